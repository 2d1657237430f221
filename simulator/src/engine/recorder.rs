//! What is written down: figures of all, and for a run that is told how it looked step by step.

use super::{Engine, Luck, Outcome, Plan, Timer};
use crate::outcome::{
    Cause, Fact, Figures, Percentiles, QueueFigures, QueueLine, ServiceFigures, ServiceLine, StoreFigures, StoreLine,
    Story, Timeline,
};
use crate::statistics::Latencies;
use crate::system::System;
use crate::{Span, Tick};
use loadline_compiler::quantity::Ratio;

/// The length of a step of the timeline.
pub(super) const STEP: Span = Span::from_micros(1_000_000);

/// What is written down.
#[derive(Clone, Debug)]
pub(super) struct Recorder {
    pub(super) told: bool,
    pub(super) facts: Vec<Fact>,
    pub(super) memory: super::facts::Memory,
    pub(super) timeline: Timeline,
    /// Of the step that is under way: clients', then services'.
    steps: Vec<StepCounts>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct StepCounts {
    pub(super) arrived: u32,
    succeeded: u32,
    causes: [u32; Cause::COUNT],
    latencies: Latencies,
}

impl Recorder {
    pub(super) fn new(system: &System, plan: &Plan) -> Self {
        let mut timeline = Timeline {
            step: STEP,
            ..Timeline::default()
        };
        if plan.told {
            timeline.services = vec![ServiceLine::default(); system.services.len()];
            timeline.stores = vec![StoreLine::default(); system.stores.len()];
            timeline.queues = vec![QueueLine::default(); system.queues.len()];
        }
        let count = if plan.told { system.services.len() + 1 } else { 0 };
        Self {
            told: plan.told,
            facts: Vec::new(),
            memory: super::facts::Memory::new(system),
            timeline,
            steps: vec![StepCounts::default(); count],
        }
    }

    pub(super) const fn first_step(&self) -> Tick {
        if self.told { Tick::START.plus(STEP) } else { Tick::NEVER }
    }

    /// The counts of a step: of clients, or of a service.
    #[inline]
    pub(super) fn step(&mut self, service: Option<u32>) -> Option<&mut StepCounts> {
        self.steps.get_mut(service.map_or(0, |service| service as usize + 1))
    }
}

impl StepCounts {
    pub(super) fn end(&mut self, outcome: Result<(), Cause>, time: Span) {
        match outcome {
            Ok(()) => {
                self.succeeded += 1;
                self.latencies.record(time);
            }
            Err(cause) => {
                if let Some(count) = self.causes.get_mut(cause as usize) {
                    *count += 1;
                }
            }
        }
    }

    /// Puts the step at the end of its line, and begins anew.
    fn write(&mut self, line: &mut ServiceLine) {
        let steps = line.arrived.len();
        line.arrived.push(self.arrived);
        line.succeeded.push(self.succeeded);
        for (cause, count) in Cause::ALL.into_iter().zip(self.causes) {
            let place = line.causes.iter().position(|(other, _)| *other == cause);
            match place.and_then(|place| line.causes.get_mut(place)) {
                Some((_, counts)) => counts.push(count),
                None if count != 0 => {
                    let mut counts = vec![0; steps];
                    counts.push(count);
                    line.causes.push((cause, counts));
                }
                None => {}
            }
        }
        let of = percentiles(&self.latencies);
        line.p50.push(of.p50);
        line.p95.push(of.p95);
        line.p99.push(of.p99);
        *self = Self::default();
    }
}

impl Engine<'_> {
    /// A step of the timeline is over.
    pub(super) fn recorder_step(&mut self) {
        let Recorder { timeline, steps, .. } = &mut self.recorder;
        let lines = std::iter::once(&mut timeline.clients).chain(&mut timeline.services);
        for (step, line) in steps.iter_mut().zip(lines) {
            step.write(line);
        }
        for (state, line) in self.services.iter().zip(&mut timeline.services) {
            line.starting.push(small(state.counts.starting));
            line.ready.push(small(state.counts.ready));
            line.terminating.push(small(state.counts.terminating));
        }
        for (state, line) in self.stores.iter_mut().zip(&mut timeline.stores) {
            for (service, held) in state.held.iter().enumerate() {
                let place = line.holders.iter().position(|(other, _)| *other == service);
                match place.and_then(|place| line.holders.get_mut(place)) {
                    Some((_, counts)) => counts.push(small(held.live())),
                    None if held.live() != 0 => {
                        let mut counts = vec![0; line.connections.len()];
                        counts.push(small(held.live()));
                        line.holders.push((service, counts));
                    }
                    None => {}
                }
            }
            line.connections.push(small(state.most_now.max(state.connections)));
            line.refused.push(small(state.refused_now));
            line.waiting
                .push(u32::try_from(state.waiting.len()).unwrap_or(u32::MAX));
            state.most_now = state.connections;
            state.refused_now = 0;
        }
        for (broker, line) in self.brokers.iter().zip(&mut timeline.queues) {
            line.depth.push(small(broker.depth()));
        }
        self.timers.plan(self.now.plus(STEP), Timer::Step);
    }

    /// Everything that came of the run.
    pub(super) fn summed_up(mut self, luck: Luck) -> Outcome {
        for store in 0..self.stores.len() {
            self.time_above(store);
        }
        let clients = self.all_requests();
        let settled = !self.plan.until_settled || self.settling.over();
        let figures = Figures {
            run: luck.run,
            end: self.now,
            settled,
            clients: clients.tally,
            client_latency: percentiles(&clients.latencies),
            services: self.service_figures(),
            stores: self.store_figures(),
            queues: self.brokers.iter().map(queue_figures).collect(),
            nodes: self.node_figures(),
            rollouts: self.rollouts.all.clone(),
            steps: self.changes.figures(),
        };
        let story = self.recorder.told.then(|| self.story());
        let services = self.services.iter().map(|state| state.requests.latencies.clone());
        Outcome {
            figures,
            latencies: std::iter::once(clients.latencies).chain(services).collect(),
            story,
        }
    }

    fn service_figures(&self) -> Vec<ServiceFigures> {
        let all = self.services.iter().map(|state| ServiceFigures {
            requests: state.requests.tally,
            attempts: state.attempts,
            latency: percentiles(&state.requests.latencies),
            least_ready: state.least_ready,
            most_live: state.most_live,
            restarts: state.restarts,
            oom_kills: state.oom_kills,
            sessions: state.sessions.as_ref().map(|sessions| sessions.figures),
        });
        all.collect()
    }

    fn store_figures(&self) -> Vec<StoreFigures> {
        let all = self.stores.iter().zip(&self.system.stores);
        let figures = all.map(|(state, store)| StoreFigures {
            limit: store.limit,
            peak: state.peak.clone(),
            above: state.above,
            refused: state.refused,
            operations: state.operations,
            most_waiting: state.most_waiting,
        });
        figures.collect()
    }

    fn story(&mut self) -> Story {
        self.note_unended_drains();
        self.note_backlogs();
        Story {
            chain: self.chain(),
            facts: std::mem::take(&mut self.recorder.facts),
            timeline: std::mem::take(&mut self.recorder.timeline),
        }
    }
}

fn queue_figures(broker: &super::Broker) -> QueueFigures {
    let counts = broker.counts();
    QueueFigures {
        published: counts.accepted + counts.refused,
        consumed: counts.confirmed,
        redelivered: broker.redelivered,
        dead: counts.given_up,
        lost: counts.refused + counts.dropped,
        deepest: broker.deepest,
        left: broker.left(),
    }
}

/// The percentiles of what is shown.
pub(super) fn percentiles(latencies: &Latencies) -> Percentiles {
    let part = |percent| latencies.percentile(Ratio::percent(percent));
    Percentiles {
        p50: part(50),
        p95: part(95),
        p99: part(99),
        max: Some(latencies.longest()).filter(|_| latencies.count() != 0),
    }
}

fn small(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
