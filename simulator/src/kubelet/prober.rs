//! The worker that asks one probe of one container. There is one for each; it looks at every tick, and mostly asks.
//!
//! A restatement of `doProbe` in kubernetes, `pkg/kubelet/prober/worker.go`. What it does not have: the random wait of up to a
//! period when the kubelet itself has only just started.

use loadline_compiler::budget::probes;
use loadline_compiler::model::Probe;

use super::ticker::Ticker;
use crate::{Span, Tick};

/// What the answers of a probe decide about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Whether the others are asked; when it fails, the container is killed.
    Startup,
    /// Whether the instance gets traffic.
    Readiness,
    /// Whether the container is killed.
    Liveness,
}

/// A probe with its numbers, as the kubelet has them: times in whole seconds, counts of at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Probing {
    /// What it decides about.
    pub role: Role,
    /// Whole seconds after the start of the container in which it is not asked.
    pub after_seconds: u64,
    /// How often it is asked.
    pub period: Span,
    /// How long an answer may take.
    pub timeout: Span,
    /// Failures in a row that count.
    pub failing: u64,
    /// Successes in a row that count; one, except for readiness.
    pub passing: u64,
}

impl Probing {
    /// Of a probe of the spec.
    #[must_use]
    pub fn new(role: Role, probe: &Probe) -> Self {
        let passing = match role {
            Role::Readiness => probe.passing.value.max(1),
            Role::Startup | Role::Liveness => 1,
        };
        Self {
            role,
            after_seconds: probe.after.ceil_seconds(),
            period: probes::period(probe).into(),
            timeout: probes::timeout(probe).into(),
            failing: probes::failures(probe),
            passing,
        }
    }
}

/// What is known of a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing yet: a startup probe that has not passed.
    Unknown,
    /// Well: started, ready, alive.
    Success,
    /// Not.
    Failure,
}

/// A verdict that is new. Of startup and liveness a failure has the container killed; of readiness a change reaches the
/// endpoints. One about a container that is no longer there has no effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Published {
    /// About which container.
    pub container: u64,
    /// The verdict.
    pub verdict: Verdict,
}

/// How a probe was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// 200 to 399, exit code 0, a connection.
    Passed,
    /// Anything else, or nothing in time.
    Failed,
    /// The kubelet could not ask. It counts for nothing.
    NotAsked,
}

/// What the kubelet knows of the pod when it looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Seen {
    /// It has ended and will not be started again.
    pub is_over: bool,
    /// It was deleted and terminates.
    pub is_deleting: bool,
    /// Its startup probe has passed, or it has none.
    pub is_started: bool,
    /// The last container that was made; `None` before the first.
    pub container: Option<Container>,
}

/// A container: a pod gets a new one at every restart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Container {
    /// Which one: different after every restart.
    pub id: u64,
    /// Since when it runs; `None` while it does not.
    pub running_since: Option<Tick>,
}

/// What the worker does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing until the next tick.
    Wait,
    /// It asks: [`Prober::answered`] says how that went.
    Ask,
    /// It is done for good.
    Stop,
}

/// What comes of a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// The verdict, if it is a new one.
    pub published: Option<Published>,
    /// What the worker does next.
    pub step: Step,
}

/// The worker of one probe of one container of one pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prober {
    probing: Probing,
    ticker: Ticker,
    container: Option<u64>,
    /// The last verdict about this container.
    verdict: Option<Verdict>,
    /// The last answer, and how many there were of it in a row.
    last: Answer,
    run: u64,
    is_on_hold: bool,
    is_asking: bool,
    is_triggered: bool,
    is_stopped: bool,
}

impl Prober {
    /// From when the kubelet takes the pod up: ticks are counted from there, not from the start of a container.
    #[must_use]
    pub const fn new(probing: Probing, admitted: Tick) -> Self {
        Self {
            ticker: Ticker::new(admitted),
            probing,
            container: None,
            verdict: None,
            last: Answer::Passed,
            run: 0,
            is_on_hold: false,
            is_asking: false,
            is_triggered: false,
            is_stopped: false,
        }
    }

    /// When it looks next: at the next tick, at once when it was triggered or a tick came while it asked; `None` while it
    /// asks, and when it is done.
    #[must_use]
    pub const fn next(&self, now: Tick) -> Option<Tick> {
        if self.is_asking || self.is_stopped {
            None
        } else if self.is_triggered {
            Some(now)
        } else {
            Some(self.ticker.next(now, self.probing.period))
        }
    }

    /// Readiness is asked once more, at once, whenever the status of a pod is written that is not ready: source, `UpdatePodStatus`
    /// in `prober_manager.go`. The ticks stay where they are. Whether the worker can look now: not while it asks; it does after.
    pub const fn trigger(&mut self) -> bool {
        if matches!(self.probing.role, Role::Readiness) && !matches!(self.verdict, Some(Verdict::Success)) {
            self.is_triggered = !self.is_stopped;
        }
        self.is_triggered && !self.is_asking
    }

    /// Looks at the pod. Nothing comes of it while an answer is awaited.
    pub fn tick(&mut self, now: Tick, seen: Seen) -> Turn {
        if self.is_stopped || self.is_asking {
            let step = if self.is_stopped { Step::Stop } else { Step::Wait };
            return Turn { published: None, step };
        }
        if !self.ticker.take(now, self.probing.period) {
            self.is_triggered = false;
        }
        let before = (self.container, self.verdict);
        let step = self.look(now, seen);
        match step {
            Step::Wait => {}
            Step::Ask => self.is_asking = true,
            Step::Stop => self.is_stopped = true,
        }
        let is_new = before != (self.container, self.verdict);
        Turn {
            published: self.published().filter(|_| is_new),
            step,
        }
    }

    fn look(&mut self, now: Tick, seen: Seen) -> Step {
        if seen.is_over {
            return Step::Stop;
        }
        let Some(container) = seen.container else {
            return Step::Wait;
        };
        if self.container != Some(container.id) {
            self.container = Some(container.id);
            self.verdict = Some(match self.probing.role {
                Role::Startup => Verdict::Unknown,
                Role::Readiness => Verdict::Failure,
                Role::Liveness => Verdict::Success,
            });
            self.is_on_hold = false;
        }
        if self.is_on_hold {
            return Step::Wait;
        }
        let Some(since) = container.running_since else {
            self.verdict = Some(Verdict::Failure);
            return Step::Wait;
        };
        if seen.is_deleting && self.probing.role != Role::Readiness {
            self.verdict = Some(Verdict::Success);
            return Step::Stop;
        }
        if now.since(since).micros() / 1_000_000 < self.probing.after_seconds {
            return Step::Wait;
        }
        // Startup is asked until it has passed, the others from then on.
        if seen.is_started == (self.probing.role == Role::Startup) {
            return Step::Wait;
        }
        Step::Ask
    }

    /// What was asked is answered, or its time is over; the verdict, if it is a new one.
    pub fn answered(&mut self, answer: Answer) -> Option<Published> {
        self.is_asking = false;
        let (threshold, verdict) = match answer {
            Answer::Passed => (self.probing.passing, Verdict::Success),
            Answer::Failed => (self.probing.failing, Verdict::Failure),
            Answer::NotAsked => return None,
        };
        self.run = if self.last == answer { self.run + 1 } else { 1 };
        self.last = answer;
        if self.run < threshold {
            return None;
        }
        let is_new = self.verdict.replace(verdict) != Some(verdict);
        let is_final = match self.probing.role {
            Role::Startup => true,
            Role::Liveness => verdict == Verdict::Failure,
            Role::Readiness => false,
        };
        if is_final {
            self.is_on_hold = true;
            self.run = 0;
        }
        self.published().filter(|_| is_new)
    }

    /// The verdict that stands; `None` before there was a container.
    #[must_use]
    pub fn published(&self) -> Option<Published> {
        let (container, verdict) = (self.container?, self.verdict?);
        Some(Published { container, verdict })
    }

    /// The probe.
    #[must_use]
    pub const fn probing(&self) -> &Probing {
        &self.probing
    }
}

#[cfg(test)]
mod tests;
