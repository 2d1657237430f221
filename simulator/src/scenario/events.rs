//! What happens: the events of a scenario, besides traffic.

use loadline_compiler::model::{self, At, Boot, Outage, RolloutEvent, ThingId, ThingKind};
use loadline_compiler::quantity::Ratio;

use super::{Reading, in_order, laws, place, places, services, written};
use crate::chance::Law;
use crate::engine::{Happening, What};
use crate::system::Behaviour;
use crate::{Span, Tick};

/// Millionths of one.
const ONE: u64 = 1_000_000;

impl Reading<'_> {
    pub(super) fn events(&mut self, scenario: &model::Scenario) -> Vec<Happening> {
        let mut happenings = Vec::new();
        for at in &scenario.at {
            self.happenings(at, &mut happenings);
        }
        in_order(happenings)
    }

    fn happenings(&mut self, at: &At, all: &mut Vec<Happening>) {
        let when = Tick::START.plus(at.time.value.into());
        let mut add = |span: loadline_grammar::Span, length: Option<Span>, what: What, text: String| {
            all.push(Happening {
                at: when,
                length,
                what,
                text,
                place: Some(place(span)),
            });
        };
        for event in &at.traffic {
            add(event.span, None, What::Traffic, written::traffic(event));
        }
        for event in &at.rollout {
            if let Some((service, revision, version)) = self.rollout(event) {
                let text = written::rollout(event, &version);
                add(event.span, None, What::Rollout { service, revision }, text);
            }
        }
        for event in &at.rollback {
            if let Some(service) = self.service(event.service.value.id) {
                add(
                    event.span,
                    None,
                    What::Rollback(service),
                    format!("rollback {}", event.service.value.name),
                );
            }
        }
        for event in &at.fail {
            if let Some((what, length)) = self.outage(event, None) {
                add(event.span, length, what, written::outage("fail", event));
            }
        }
        for event in &at.slow {
            let by = event.by.as_ref().map(|by| by.value.in_millionths());
            if let Some((what, length)) = by.and_then(|by| self.outage(event, Some(by))) {
                add(event.span, length, what, written::outage("slow", event));
            }
        }
        for event in &at.stall {
            if let Some(service) = self.service(event.service.value.id) {
                let length = event.duration.as_ref().map(|length| Span::from(length.value));
                let text = written::stall(event);
                add(event.span, length, What::StallService(service), text);
            }
        }
        for event in &at.partition {
            let length = event.duration.as_ref().map(|length| Span::from(length.value));
            let text = written::partition(event);
            let cuts = self.cuts(event.one.value.id, event.other.value.id);
            if cuts.is_empty() {
                let message = format!(
                    "`{}` and `{}` do not talk to each other",
                    event.one.value.name, event.other.value.name
                );
                self.refuse(event.span, message, "name a service and what it calls or uses");
            }
            for what in cuts {
                add(event.span, length, what, text.clone());
            }
        }
        for event in &at.kill {
            if let Some(service) = self.service(event.service.value.id) {
                let text = format!("kill {} {{ count {} }}", event.service.value.name, event.count.value);
                add(event.span, None, What::Kill(service, event.count.value), text);
            }
        }
        for event in &at.drain_node {
            if let Some(what) = self.drained(event) {
                let text = format!("drain_node {} {{ node {} }}", event.place.value.name, event.node.value);
                add(event.span, None, what, text);
            }
        }
        for event in &at.scale {
            if let Some(service) = self.service(event.service.value.id) {
                let text = format!("scale {} {}", event.service.value.name, event.replicas.value);
                add(event.span, None, What::Scale(service, event.replicas.value), text);
            }
        }
        for event in &at.leak {
            let (service, every) = (self.service(event.service.value.id), event.every.value);
            let bytes = event.memory.as_ref().map(|memory| memory.value);
            if let (Some(service), Some(bytes)) = (service, bytes) {
                let what = What::Leak {
                    service,
                    bytes,
                    every: every.into(),
                };
                add(event.span, None, what, written::leak(event));
            } else {
                self.refuse(
                    event.span,
                    "how much is lost each time is not said",
                    "`leak api { memory 1Mi; every 1s }`",
                );
            }
        }
        for event in &at.migrate {
            if let Some((what, text)) = self.migrate(event) {
                add(event.span, None, what, text);
            }
        }
    }

    /// The revision that a rollout brings: the spec as it is, with what the event says. Its service, its place, its name.
    fn rollout(&mut self, event: &RolloutEvent) -> Option<(usize, usize, String)> {
        let id = event.service.value.id;
        let service = self.service(id)?;
        let settings = self.system.services.get_mut(service)?;
        let base = settings.revisions.first()?.clone();
        let revision = settings.revisions.len();
        settings.revisions.push(changed(base, event));
        if let Some(places) = self.system.places.services.get_mut(service) {
            places.revision(event.errors.as_ref().and_then(places::written));
        }
        let names = self.system.names.revisions.get_mut(service)?;
        let version = event.to.as_ref().map(|version| version.value.0.clone());
        let version = version.unwrap_or_else(|| format!("{} again", names.first().map_or("", String::as_str)));
        names.push(version.clone());
        if revision == 1 {
            self.migrates_elsewhere(id);
        }
        Some((service, revision, version))
    }

    /// What the migration of a service does is not in the spec.
    fn migrates_elsewhere(&mut self, id: ThingId) {
        let workload = self.model.workload(id);
        let Some((workload, migrate)) = workload.and_then(|own| Some((own, own.migrate.as_ref()?))) else {
            return;
        };
        let message = format!(
            "a rollout of `{}` does not run its `migrate {}`: what that does is not known",
            workload.name.value,
            migrate.when.value.word()
        );
        let help = "declare it as a `change`, and migrate its steps: `at 25s { migrate full-name }`";
        self.assume(migrate.span, message, help);
    }

    fn outage(&mut self, event: &Outage, slower: Option<u64>) -> Option<(What, Option<Span>)> {
        let id = event.thing.value.id;
        let length = event.duration.as_ref().map(|length| Span::from(length.value));
        let share = event.share.as_ref().map(|share| services::parts(share.value));
        if let Some(service) = self.service(id) {
            let what = slower.map_or(What::FailService(service, share), |by| What::SlowService(service, by));
            return Some((what, length));
        }
        if let Some(store) = self.stores.get(&id).copied() {
            let failover = self.system.stores.get(store).and_then(|store| store.failover);
            let length = length.or(failover.filter(|_| slower.is_none() && share.is_none()));
            let what = slower.map_or(What::FailStore(store, share), |by| What::SlowStore(store, by));
            return Some((what, length));
        }
        let message = format!(
            "`{}` cannot fail or be slow in a simulation yet",
            event.thing.value.name
        );
        self.refuse(
            event.thing.span,
            message,
            "services, workers, databases, caches and externals can",
        );
        None
    }

    /// What two things have between them, both ways.
    fn cuts(&self, one: ThingId, other: ThingId) -> Vec<What> {
        let mut cuts = Vec::new();
        for (from, to) in [(one, other), (other, one)] {
            let callee = self.system_callee(to);
            let caller = self.service(from);
            let from_clients = from.kind == ThingKind::Gateway;
            for (number, edge) in self.system.edges.iter().enumerate() {
                let of_caller = if from_clients {
                    edge.caller.is_none()
                } else {
                    caller.is_some() && edge.caller == caller
                };
                if of_caller && Some(edge.callee) == callee {
                    cuts.push(What::CutEdge(number));
                }
            }
            let (Some(caller), Some(store)) = (caller, self.stores.get(&to).copied()) else {
                continue;
            };
            let uses = self
                .system
                .services
                .get(caller)
                .map(|service| service.uses.as_slice())
                .unwrap_or_default();
            let used = uses.iter().enumerate().filter(|(_, used)| used.store == store);
            cuts.extend(used.map(|(place, _)| What::CutUse(caller, place)));
        }
        cuts
    }

    fn system_callee(&self, id: ThingId) -> Option<crate::system::Callee> {
        let service = self.service(id).map(crate::system::Callee::Service);
        service.or_else(|| self.stores.get(&id).copied().map(crate::system::Callee::Store))
    }
}

/// A revision as an event changes it.
fn changed(base: Behaviour, event: &RolloutEvent) -> Behaviour {
    let slower = event
        .slower
        .as_ref()
        .map(|slower| Ratio::millionths(ONE.saturating_add(slower.value.in_millionths())));
    let stretch = |law: Law| slower.map_or(law.clone(), |slower| law.stretched(slower));
    Behaviour {
        cpu: stretch(base.cpu),
        wait: stretch(base.wait),
        boot: match event.boot.as_ref().map(|boot| boot.value) {
            Some(Boot::Never) => None,
            Some(Boot::After(range)) => Some(laws::between(range)),
            None => base.boot,
        },
        errors: event
            .errors
            .as_ref()
            .map_or(base.errors, |errors| services::parts(errors.value)),
        memory: event.memory.as_ref().map(|memory| memory.value.get()).or(base.memory),
        warmup: base.warmup,
    }
}
