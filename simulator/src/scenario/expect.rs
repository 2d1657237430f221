//! What is expected of a run, and whether it was so.

use loadline_compiler::model::{self, Expect, ExpectMetric, Measure, ThingId, ThingKind};
use loadline_compiler::values::Comparison;

use super::{Reading, place, services};
use crate::outcome::{Figures, Judged, Measurement, Percentiles, Place, Tally};
use crate::statistics::Proportion;

/// An expectation.
#[derive(Clone, Debug)]
pub struct Expected {
    /// As it is written.
    pub text: String,
    /// Where.
    pub place: Place,
    /// In which part of the runs it must hold, in parts per million.
    pub share: u32,
    metric: ExpectMetric,
    thing: Thing,
    comparison: Comparison,
    bound: Measurement,
}

/// What something is measured of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Thing {
    Clients,
    Service(usize),
    Store(usize),
    Queue(usize),
}

/// A whole in parts per million.
const WHOLE: u64 = 1_000_000;

impl Reading<'_> {
    pub(super) fn expected(&mut self, scenario: &model::Scenario) -> Vec<Expected> {
        let all: Vec<Option<Expected>> = scenario.expect.iter().map(|expect| self.expectation(expect)).collect();
        all.into_iter().flatten().collect()
    }

    fn expectation(&mut self, expect: &Expect) -> Option<Expected> {
        let thing = match expect.thing.0.as_ref() {
            None => Some(Thing::Clients),
            Some(thing) => self.thing(thing.value.id),
        };
        let metric = expect.metric.value;
        let Some(thing) = thing.filter(|thing| fits(metric, *thing)) else {
            let message = format!("`{}` of this is not measured", metric.word());
            self.refuse(
                expect.span,
                message,
                "of several gateways one measures what they lead to: `expect errors api < 1%`",
            );
            return None;
        };
        Some(Expected {
            text: text(expect),
            place: place(expect.span),
            share: expect
                .share
                .as_ref()
                .map_or(1_000_000, |share| services::parts(share.value)),
            metric,
            thing,
            comparison: expect.comparison.value,
            bound: bound(expect.value.value),
        })
    }

    fn thing(&self, id: ThingId) -> Option<Thing> {
        // What comes through the only gateway is what comes from clients.
        if id.kind == ThingKind::Gateway && self.model.gateways.len() == 1 {
            return Some(Thing::Clients);
        }
        let service = self.service(id).map(Thing::Service);
        let store = || self.stores.get(&id).copied().map(Thing::Store);
        service
            .or_else(store)
            .or_else(|| self.queues.get(&id).copied().map(Thing::Queue))
    }
}

/// Whether a metric is measured of a thing.
const fn fits(metric: ExpectMetric, thing: Thing) -> bool {
    match metric {
        ExpectMetric::Connections => matches!(thing, Thing::Store(_)),
        ExpectMetric::QueueDepth => matches!(thing, Thing::Queue(_)),
        ExpectMetric::MinReady | ExpectMetric::Live | ExpectMetric::SessionsLost => matches!(thing, Thing::Service(_)),
        ExpectMetric::Duration => matches!(thing, Thing::Service(_) | Thing::Clients),
        _ => matches!(thing, Thing::Service(_) | Thing::Clients),
    }
}

fn text(expect: &Expect) -> String {
    let thing = expect
        .thing
        .0
        .as_ref()
        .map_or_else(String::new, |thing| format!(" {}", thing.value.name));
    let share = expect
        .share
        .as_ref()
        .map_or_else(String::new, |share| format!(" in {}", share.value));
    let value = match expect.value.value {
        Measure::Amount(amount) => amount.to_string(),
        Measure::Ratio(ratio) => ratio.to_string(),
        Measure::Duration(duration) => duration.to_string(),
        Measure::Rate(rate) => rate.to_string(),
    };
    format!(
        "{}{thing} {} {value}{share}",
        expect.metric.value.word(),
        expect.comparison.value.symbol()
    )
}

const fn bound(measure: Measure) -> Measurement {
    match measure {
        Measure::Amount(amount) => Measurement::Count(amount.in_millionths() / WHOLE),
        Measure::Ratio(ratio) => Measurement::Parts(ratio.in_millionths()),
        Measure::Duration(duration) => Measurement::Micros(duration.in_micros()),
        Measure::Rate(rate) => Measurement::Count(rate.in_millionths_per_hour()),
    }
}

impl Expected {
    /// What was asked for, which says in what it is measured.
    #[must_use]
    pub const fn unit(&self) -> Measurement {
        self.bound
    }

    /// What a run came to; nothing if there was nothing to measure.
    #[must_use]
    pub fn measure(&self, figures: &Figures) -> Option<Measurement> {
        match self.thing {
            Thing::Clients => self.of_requests(&figures.clients, figures.client_latency, figures, None),
            Thing::Service(service) => {
                let of = figures.services.get(service)?;
                match self.metric {
                    ExpectMetric::MinReady => Some(Measurement::Count(of.least_ready.0)),
                    ExpectMetric::Live => Some(Measurement::Count(of.most_live.0.live())),
                    // Where none can be lost, none was.
                    ExpectMetric::SessionsLost => {
                        Some(Measurement::Count(of.sessions.map_or(0, |sessions| sessions.lost())))
                    }
                    _ => self.of_requests(&of.requests, of.latency, figures, Some(service)),
                }
            }
            Thing::Store(store) => figures
                .stores
                .get(store)
                .map(|of| Measurement::Count(of.peak.connections)),
            Thing::Queue(queue) => figures.queues.get(queue).map(|of| Measurement::Count(of.deepest.0)),
        }
    }

    fn of_requests(
        &self,
        tally: &Tally,
        latency: Percentiles,
        figures: &Figures,
        service: Option<usize>,
    ) -> Option<Measurement> {
        let time = |span: Option<crate::Span>| span.map(|span| Measurement::Micros(span.micros()));
        match self.metric {
            ExpectMetric::Availability => tally.availability().map(Measurement::Parts),
            ExpectMetric::Errors => self.part(tally, tally.failed() + tally.dropped()),
            ExpectMetric::Dropped => self.part(tally, tally.dropped()),
            ExpectMetric::P50 => time(latency.p50),
            ExpectMetric::P95 => time(latency.p95),
            ExpectMetric::P99 => time(latency.p99),
            ExpectMetric::Duration => {
                let rollouts = figures
                    .rollouts
                    .iter()
                    .filter(|rollout| service.is_none_or(|service| rollout.service == service));
                // What does not end takes longer than any bound: the rest of the run, and more.
                let lengths = rollouts.map(|rollout| {
                    let ended = rollout.complete.map(|at| at.since(rollout.began).micros());
                    ended.map_or(Measurement::UNFINISHED, Measurement::Micros)
                });
                lengths.max_by_key(|length| amount(*length))
            }
            _ => None,
        }
    }

    /// So many, or such a part of all, as the bound is given.
    fn part(&self, tally: &Tally, count: u64) -> Option<Measurement> {
        match self.bound {
            Measurement::Parts(_) => {
                let done = tally.succeeded + tally.failed() + tally.dropped();
                let parts = (u128::from(count) * u128::from(WHOLE)).checked_div(u128::from(done))?;
                u64::try_from(parts).ok().map(Measurement::Parts)
            }
            _ => Some(Measurement::Count(count)),
        }
    }

    /// Whether a value is as it should be.
    #[must_use]
    pub fn holds(&self, value: Measurement) -> bool {
        let (value, bound) = (amount(value), amount(self.bound));
        match self.comparison {
            Comparison::Less => value < bound,
            Comparison::AtMost => value <= bound,
            Comparison::Equal => value == bound,
            Comparison::AtLeast => bound <= value,
            Comparison::Greater => bound < value,
        }
    }

    /// How far a value is on the right side; negative: on the wrong one.
    fn margin(&self, value: Measurement) -> i64 {
        let signed = |amount: u64| i64::try_from(amount).unwrap_or(i64::MAX);
        let (value, bound) = (signed(amount(value)), signed(amount(self.bound)));
        match self.comparison {
            Comparison::Less | Comparison::AtMost => bound.saturating_sub(value),
            Comparison::Greater | Comparison::AtLeast => value.saturating_sub(bound),
            Comparison::Equal => -value.abs_diff(bound).cast_signed(),
        }
    }

    /// What all runs say.
    #[must_use]
    pub fn judge(&self, runs: &[Figures]) -> Judged {
        let values: Vec<Option<Measurement>> = runs.iter().map(|figures| self.measure(figures)).collect();
        let measured = || values.iter().flatten().copied();
        let held = measured().filter(|value| self.holds(*value)).count() as u64;
        let worst = measured().min_by_key(|value| self.margin(*value));
        let count = values.len() as u64;
        let wanted = u128::from(count) * u128::from(self.share);
        Judged {
            text: self.text.clone(),
            place: Some(self.place),
            share: self.share,
            held: wanted <= u128::from(held) * u128::from(WHOLE),
            runs_held: held,
            runs: count,
            interval: interval(held, count),
            worst,
            margin: worst.map(|worst| self.margin(worst)),
            bound: self.bound,
            values,
        }
    }
}

const fn amount(measurement: Measurement) -> u64 {
    match measurement {
        Measurement::Parts(amount) | Measurement::Micros(amount) | Measurement::Count(amount) => amount,
    }
}

/// Where the probability lies, in parts per million.
fn interval(held: u64, runs: u64) -> (u32, u32) {
    let interval = Proportion { so: held, of: runs }.interval();
    (services::parts(interval.low), services::parts(interval.high))
}
