//! The autoscaler looks at what instances use, and asks for other numbers of them.

use super::instances::State;
use super::{Engine, Timer};
use crate::autoscaler::{History, Hpa, Inputs, Pod, recommend};
use crate::outcome::FactKind;
use crate::{Span, Tick};

/// What an autoscaler remembers of its service.
#[derive(Clone, Debug, Default)]
pub(super) struct Scaler {
    history: History,
    /// Of each instance: processor time and attempts when it was last looked at.
    last: std::collections::BTreeMap<u32, (u64, u64)>,
    at: Tick,
}

impl Engine<'_> {
    pub(super) fn begin_autoscaler(&mut self, service: u32) {
        if let Some(scaling) = &self.settings(service).scaling {
            self.timers
                .plan(Tick::START.plus(scaling.every), Timer::Autoscale { service });
        }
    }

    /// The autoscaler's time has come.
    pub(super) fn autoscale(&mut self, service: u32) {
        let system = self.system;
        let Some(scaling) = &system.service(service).scaling else {
            return;
        };
        let mut scaler = std::mem::take(&mut self.services[service].scaler);
        let pods = self.pods(service, &mut scaler);
        let queues: Vec<Option<u64>> = scaling
            .queues
            .iter()
            .map(|queue| Some(self.brokers[*queue].depth()))
            .collect();
        let replicas = self.rollouts.replicas(service);
        let counts = self.services[service].counts;
        let inputs = Inputs {
            now: self.now,
            replicas,
            status: counts.counted(),
            pods: &pods,
            queues: &queues,
        };
        let hpa: &Hpa = &scaling.hpa;
        let wanted = recommend(hpa, &inputs, &mut scaler.history);
        self.services[service].scaler = scaler;
        if wanted != replicas {
            let (from, to) = (replicas, wanted);
            self.note_of_service(service, FactKind::Scaled { from, to });
            self.scale(service, wanted);
        }
        self.timers
            .plan(self.now.plus(scaling.every), Timer::Autoscale { service });
    }

    fn pods(&self, service: u32, scaler: &mut Scaler) -> Vec<Pod> {
        let passed = self.now.since(scaler.at);
        scaler.at = self.now;
        let all = &self.services[service].instances;
        let pods = all.iter().map(|instance| {
            let at = &self.instances[*instance];
            let before = scaler.last.insert(*instance, (at.computed, at.accepted));
            let used = |now: u64, before: u64| rate(now - before, passed);
            Pod {
                pending: at.state == State::Created,
                terminating: matches!(at.state, State::Settling | State::Draining | State::Gone),
                ready: at.is_ready(),
                changed: at.since,
                started: at.created,
                sampled: self.now,
                // Microseconds of processor time in a microsecond are cores.
                cpu: before.map(|(computed, _)| used(at.computed, computed)),
                memory: None,
                rate: before.map(|(_, accepted)| {
                    used(
                        at.accepted.saturating_mul(1_000_000),
                        accepted.saturating_mul(1_000_000),
                    )
                }),
            }
        });
        pods.collect()
    }
}

/// Thousandths in a second, of what is counted in microseconds or millionths.
fn rate(count: u64, passed: Span) -> u64 {
    let exact = u128::from(count) * 1_000;
    let rate = exact.checked_div(u128::from(passed.micros())).unwrap_or(0);
    u64::try_from(rate).unwrap_or(u64::MAX)
}
