//! How a new revision is judged: by the script that releases on a host, and by the analysis of a rollout that moves
//! traffic.

use crate::model::{Listen, PortName, Probe, ProbeCheck, Protocol, Rollout, Workload};
use crate::quantity::Duration;

/// A new process of PM2 that is slower than this is taken to be ready, and its predecessor killed, so it must be on
/// the safe side. PM2's own 3 s have ended many a good process.
const LISTEN_TIMEOUT_UNKNOWN: Duration = Duration::seconds(30);

/// How long an answer may take where the spec has no word for it.
const ANSWER: Duration = Duration::seconds(5);

/// The least that `curl` and `timeout` are given: a busy machine needs longer than most probes allow.
const ANSWER_MIN: Duration = Duration::seconds(1);

/// How a release is judged of which the spec says nothing: as `rollout reload { verify … }` would without settings.
const AFTER: Duration = Duration::seconds(3);
const EVERY: Duration = Duration::seconds(2);
const TRIES: u64 = 5;

/// How often a condition of `abort` is measured, and how long after the start of the analysis for the first time.
pub const MEASURED_EVERY: Duration = Duration::minutes(1);

/// Over how long a measurement is taken: four scrapes of the usual 30s.
pub const MEASURED_OVER: Duration = Duration::minutes(2);

/// More failed measurements than this take the rollout back.
pub const FAILURES_SUFFERED: u64 = 0;

/// How often is measured behind a switch of all traffic, before the new set counts as good: for as long as the old one
/// is held after that.
#[must_use]
pub fn measurements_behind_switch(rollout: &Rollout) -> u64 {
    let hold = rollout.hold.as_ref().map(|hold| hold.value);
    hold.and_then(|hold| hold.ceil_div(MEASURED_EVERY)).unwrap_or(1).max(1)
}

/// How long a new process may take: half as long again as the slowest boot, and what a startup probe allows.
#[must_use]
pub fn listen_timeout(workload: &Workload) -> Duration {
    let boot = workload.load.boot.as_ref().map(|boot| boot.high.scaled_up(3, 2));
    let startup = workload.health.startup.as_ref().map(allowed);
    boot.max(startup)
        .unwrap_or(LISTEN_TIMEOUT_UNKNOWN)
        .max(Duration::millis(1))
}

fn allowed(probe: &Probe) -> Duration {
    probe.after.value.plus(probe.every.value.times(probe.failures()))
}

/// How the script judges a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verification {
    /// How long it is left alone after its first answer.
    pub after: Duration,
    /// Time between tries.
    pub every: Duration,
    /// How many tries; each must pass.
    pub tries: u64,
    /// How long an answer may take.
    pub answer: Duration,
    /// How long its first answer may take, in whole seconds.
    pub boot: Duration,
}

impl Verification {
    /// By `rollout { verify }`, else by the probes, else by a connection.
    #[must_use]
    pub fn of(workload: &Workload) -> Self {
        let verify = workload.rollout.as_ref().and_then(|rollout| rollout.verify.as_ref());
        let boot = Duration::seconds(listen_timeout(workload).ceil_seconds());
        match (verify, asking_probe(workload)) {
            (None, Some(probe)) => Self {
                after: probe.after.value,
                every: probe.every.value,
                // As often as it would have to fail to count.
                tries: probe.failures().max(probe.passing.value),
                answer: probe.timeout.value.max(ANSWER_MIN),
                boot,
            },
            _ => Self {
                after: verify.map_or(AFTER, |verify| verify.after.value),
                every: verify.map_or(EVERY, |verify| verify.every.value),
                tries: verify.map_or(TRIES, |verify| verify.tries.value).max(1),
                answer: ANSWER,
                boot,
            },
        }
    }
}

/// The probe that says whether a process can serve, of those that the script can ask too.
#[must_use]
pub fn asking_probe(workload: &Workload) -> Option<&Probe> {
    let asks = |probe: &&Probe| matches!(probe.check, ProbeCheck::Http(_) | ProbeCheck::Tcp(_));
    let health = &workload.health;
    let probes = [health.ready.as_ref(), health.startup.as_ref()];
    probes.into_iter().flatten().find(asks)
}

/// The listener that is asked: the probe's; of what `verify` names a path, the first that speaks HTTP.
#[must_use]
pub fn asked_listener(workload: &Workload) -> Option<&Listen> {
    let verifies = workload
        .rollout
        .as_ref()
        .is_some_and(|rollout| rollout.verify.is_some());
    let of_probe = asking_probe(workload).filter(|_| !verifies);
    let mut all = workload.listen.iter();
    match of_probe.and_then(|probe| probe.port.as_ref()).map(|port| &port.value) {
        Some(PortName::Name(name)) => all.find(|listen| listen.name() == name),
        Some(PortName::Number(number)) => all.find(|listen| listen.port.0 == *number),
        None => all
            .find(|listen| listen.protocol.value == Protocol::Http)
            .or_else(|| workload.listen.first()),
    }
}
