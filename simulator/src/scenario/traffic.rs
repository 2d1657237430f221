//! How many requests come when.

use std::collections::BTreeMap;

use loadline_compiler::model::{self, ThingId, ThingKind, TrafficEvent, Unsaid};
use loadline_compiler::quantity::{Duration, Rate};

use super::laws::law;
use super::{Reading, Scenario};
use crate::chance::{Rates, scaled};
use crate::engine::Group;
use crate::{Span, Tick};

impl Scenario {
    /// All traffic so many millionths of what it is: requests come as often, at once as many, of as many users, and as many clients
    /// wait.
    pub fn scale_traffic(&mut self, millionths: u64) {
        for (_, rates) in &mut self.plan.traffic {
            *rates = rates.clone().scaled(millionths);
        }
        for users in &mut self.plan.users {
            users.count = scaled(users.count, millionths).max(1);
        }
        for group in &mut self.plan.groups {
            group.clients = scaled(group.clients, millionths);
        }
    }
}

impl Reading<'_> {
    /// The traffic of a scenario; who gets none in it gets what an ordinary day brings.
    pub(super) fn traffic(&mut self, scenario: &model::Scenario) -> (Vec<(usize, Rates)>, Vec<Group>) {
        let mut groups = Vec::new();
        let mut rates: BTreeMap<usize, Rates> = BTreeMap::new();
        let mut events: Vec<(Duration, &TrafficEvent)> = Vec::new();
        for at in &scenario.at {
            events.extend(at.traffic.iter().map(|traffic| (at.time.value, traffic)));
        }
        events.sort_by_key(|(at, _)| *at);
        for (at, event) in &events {
            let Some(entry) = self.target(event) else { continue };
            if let Some(clients) = &event.clients {
                let from = Tick::START.plus((*at).into());
                groups.push(Group {
                    edge: entry,
                    clients: clients.value,
                    think: law(event.think.as_ref(), Unsaid::Exponential, &self.model.samples),
                    from,
                    until: event
                        .duration
                        .as_ref()
                        .map_or(Tick::NEVER, |length| from.plus(length.value.into())),
                });
                // They are the traffic: nothing else comes, unless it is said.
                rates.entry(entry).or_insert_with(|| Rates::steady(Rate::per_second(0)));
                continue;
            }
            let before = rates
                .remove(&entry)
                .unwrap_or_else(|| Rates::steady(Rate::per_second(0)));
            rates.insert(entry, self.with(before, Tick::START.plus((*at).into()), event));
        }
        let entries: Vec<(ThingId, usize)> = self.entries.iter().map(|(id, entry)| (*id, *entry)).collect();
        for (id, entry) in entries {
            let ordinary = self.model.workload(id).and_then(|workload| workload.load.rate.as_ref());
            if let Some(rate) = ordinary {
                rates.entry(entry).or_insert_with(|| Rates::steady(rate.value));
            }
        }
        (rates.into_iter().collect(), groups)
    }

    fn with(&mut self, before: Rates, at: Tick, event: &TrafficEvent) -> Rates {
        if let Some(series) = &event.series {
            let every: Span = event
                .every
                .as_ref()
                .map_or(Duration::seconds(1), |every| every.value)
                .into();
            let read = self
                .model
                .series
                .0
                .get(&series.value.0)
                .map(Vec::as_slice)
                .unwrap_or_default();
            let times = (0_u64..).map(|line| Span::from_micros(every.micros().saturating_mul(line)));
            let record: Vec<(Span, Rate)> = times.zip(read.iter().copied()).collect();
            return before.series(at, &record);
        }
        let rate = event.rate.as_ref().map(|rate| rate.value);
        let flow = match (rate, &event.ramp, &event.duration) {
            (Some(rate), Some(ramp), _) => before.ramp(at, rate, ramp.value.into()),
            (Some(rate), None, Some(length)) => before.spike(at, rate, length.value.into()),
            (Some(rate), None, None) => before.step(at, rate),
            (None, ..) => before,
        };
        match &event.burst {
            Some(burst) => flow.burst(at, burst.value),
            None => flow,
        }
    }

    /// The edge by which requests of an event come.
    pub(super) fn target(&mut self, event: &TrafficEvent) -> Option<usize> {
        let id = event.target.value.id;
        if let Some(entry) = self.entries.get(&id).copied() {
            self.ask_like_clients(entry, event);
            return Some(entry);
        }
        let name = event.target.value.name.clone();
        if id.kind == ThingKind::Gateway {
            let routes = self
                .model
                .gateway(id)
                .map(|gateway| gateway.route.iter())
                .into_iter()
                .flatten();
            let mut services: Vec<ThingId> = routes.map(|route| route.target.value.id).collect();
            services.retain(|service| self.entries.contains_key(service));
            services.dedup();
            if let [only] = services.as_slice()
                && let Some(entry) = self.entries.get(only).copied()
            {
                self.ask_like_clients(entry, event);
                return Some(entry);
            }
            let (message, help) = match services.len() {
                0 => (
                    format!("`{name}` routes to no service: sites are not simulated"),
                    "services, workers, gateways of services and queues get traffic".to_owned(),
                ),
                several => (
                    format!("`{name}` routes to {several} services, and nobody says which of them how much goes to"),
                    match services.first().and_then(|id| self.model.workload(*id)) {
                        Some(first) => {
                            format!("name the service: `traffic {} 200/s` takes its route", first.name.value)
                        }
                        None => "name the service".to_owned(),
                    },
                ),
            };
            self.refuse(event.target.span, message, help);
            return None;
        }
        let message = format!("requests to `{name}` are not simulated");
        self.refuse(
            event.target.span,
            message,
            "services, workers, gateways and queues get traffic",
        );
        None
    }

    /// Clients may be impatient, and try again.
    fn ask_like_clients(&mut self, entry: usize, event: &TrafficEvent) {
        let Some(edge) = self.system.edges.get_mut(entry) else {
            return;
        };
        let patience = super::entries::patience(event.timeout.as_ref().map(|timeout| timeout.value));
        let shortens = patience.is_some_and(|patience| edge.timeout.is_none_or(|timeout| patience < timeout));
        if shortens && let Some(places) = self.system.places.edges.get_mut(entry) {
            places.timeout = event.timeout.as_ref().and_then(super::places::written);
        }
        edge.timeout = match (edge.timeout, patience) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        if event.retries.value != 0 {
            edge.retries = u32::try_from(event.retries.value).unwrap_or(u32::MAX);
            edge.only_unsent = false;
        }
        if let Some(backoff) = &event.backoff {
            edge.backoff = crate::edge::Backoff::new(backoff.low.into(), backoff.high.into());
        }
    }
}
