//! What replaces the instances of a workload, other than a Deployment: state machines that something else drives.
//!
//! A controller is looked at whenever an instance of its workload changed and when the time came that it asked for. It
//! is level-triggered: what it does follows from what it sees and from the few things that it has to remember. What it
//! wants done it says in [`Act`]s. How long those take, and what instances do by themselves, is the business of who
//! drives it.
//!
//! The contract: what one look asked for is in the [`Fleet`] of the next (a started instance as [`State::Starting`], a
//! stopped one as [`State::Terminating`] or gone), however long it takes until anything comes of it. That is what
//! controllers of Kubernetes call expectations; without it they would start everything twice.

mod analysis;
mod blue_green;
mod canary;
mod compose;
mod deadline;
#[cfg(test)]
mod end_to_end;
#[cfg(test)]
mod laws;
mod machines;
mod pm2;
mod release;
mod replica_sets;
mod restart;
mod revisions;
mod smoke;
mod systemd;
mod verify;
#[cfg(test)]
mod world;
mod written;

pub use analysis::{Condition, Pace};
pub use blue_green::{BlueGreen, BlueGreenSettings};
pub use canary::{Canary, CanarySettings, CanaryStep};
pub use compose::{Compose, ComposeSettings};
pub use machines::{Machines, is_candidate};
pub use pm2::{Pm2, Pm2Settings};
pub use release::Script;
pub use restart::{Ended, RestartPolicy, StartLimit};
pub use smoke::Smoke;
pub use systemd::{Systemd, SystemdSettings};
pub use verify::Verify;

use crate::{Span, Tick};

/// The slot of a process that a release starts beside the service to be tried: no request of a client reaches it, and
/// no replica is counted. On the machines of a host it is this and the numbers before: [`is_candidate`].
pub const CANDIDATE: u32 = u32::MAX;

/// Over how long [`Measured`] is taken, at most: the window of the emitted queries (`rate(…[2m])`).
pub const MEASURED_OVER: Span = Span::from_micros(120_000_000);

/// What a controller sees of one workload; on hosts, of one workload on one machine.
#[derive(Clone, Copy, Debug)]
pub struct Fleet<'f> {
    /// The time.
    pub now: Tick,
    /// How many instances there are to be.
    pub replicas: u64,
    /// Every instance that is not gone, in the order of creation.
    pub members: &'f [Member],
}

/// An instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its name in the run, never given twice.
    pub id: u32,
    /// What it runs.
    pub revision: u32,
    /// The number of a unit or of a process of PM2, from 0; [`CANDIDATE`] for one that is tried. A pod has none: 0.
    pub slot: u32,
    /// How it is.
    pub state: State,
    /// When it was asked for.
    pub created: Tick,
    /// When its process started that runs, or ran last: later than `created` after a restart in place.
    pub started: Tick,
    /// Since when it is in this state.
    pub since: Tick,
}

/// How an instance is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It was asked for, or its process was started again, and it does not listen yet.
    Starting,
    /// It listens; nobody asked whether it is well.
    Listening,
    /// It is well: its readiness probe passes, or it said so (`wait_ready`).
    Ready,
    /// It was ready and is not.
    Unready,
    /// Its process has ended by itself. On Kubernetes the kubelet starts another; on hosts only [`Act::Restart`] does.
    BackOff {
        /// How.
        ended: Ended,
    },
    /// It was told to stop.
    Terminating,
}

/// What a controller wants done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Start an instance.
    Start {
        /// What it runs.
        revision: u32,
        /// Where; [`CANDIDATE`] gets no requests of clients.
        slot: u32,
    },
    /// Start the process of an instance in [`State::BackOff`] again.
    Restart {
        /// Which.
        id: u32,
        /// What it runs now: on a host what `current` leads to, which may have changed.
        revision: u32,
    },
    /// Tell an instance to stop. One whose process has ended is gone at once.
    Stop {
        /// Which.
        id: u32,
    },
    /// Where requests go from now on; until the first, [`Traffic::Even`].
    Route(Traffic),
    /// Send one request for the path of the check; the answer is in [`Measured::answer`] of one later look.
    Ask(Asked),
    /// The rollout is over, and all instances that count run this.
    Promoted {
        /// What.
        revision: u32,
    },
    /// The rollout failed and is being taken back, as far as this controller takes anything back.
    Aborted {
        /// What was rolled out.
        revision: u32,
        /// Why.
        why: Why,
    },
    /// The way back is over: this serves alone again.
    Restored {
        /// What.
        revision: u32,
    },
    /// Nothing was begun.
    Refused {
        /// What was asked for.
        revision: u32,
    },
    /// No progress for so long that it is reported. A mark: nothing is taken back.
    Stuck {
        /// What is rolled out.
        revision: u32,
    },
    /// This instance is not started again: `failed` under systemd, `errored` under PM2.
    GaveUp {
        /// Which.
        id: u32,
    },
}

/// Which instances requests go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Traffic {
    /// To all that are ready, whatever they run.
    Even,
    /// To one revision: what a Service selects, or both sides of a gateway lead to.
    Only {
        /// Which.
        revision: u32,
    },
    /// A gateway gives a part to one revision and the rest to another; none to instances of a third.
    Split {
        /// The one.
        new: u32,
        /// The part, in millionths: more than none.
        parts: u32,
        /// The other. What does not come through the gateway goes there too, whatever the part.
        old: u32,
    },
}

/// Who is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// One instance.
    Instance(u32),
    /// Any instance of a revision that is ready, or listens where nothing says what ready is.
    Revision(u32),
}

/// Why a rollout was taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// A condition of `abort`, by its place in the spec.
    Condition(u32),
    /// Measuring failed too often in a row.
    Unmeasurable,
    /// The check before any traffic failed.
    Smoke,
    /// The process that was tried beside the service did not answer as it should; nothing was replaced.
    Candidate,
    /// What was replaced did not answer as it should, or ended.
    Verify,
    /// Somebody asked for it.
    Asked,
    /// The way back failed too: somebody must look.
    WayBack,
}

/// What was measured of the revision that is asked for, over [`MEASURED_OVER`] or as long as it exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Measured {
    /// The part of its requests that failed, in millionths; `None` without requests.
    pub errors: Option<u32>,
    /// Half of the requests were faster.
    pub p50: Option<Span>,
    /// 95 of 100 were faster.
    pub p95: Option<Span>,
    /// 99 of 100 were faster.
    pub p99: Option<Span>,
    /// Measuring itself failed: nobody answers the query.
    pub unknown: bool,
    /// How the last [`Act::Ask`] was answered, at exactly one look: well or not. Nothing for 5 s counts as not.
    pub answer: Option<bool>,
}

/// A controller of one workload. The large ones are elsewhere, so that this
/// is small.
#[derive(Clone, Debug)]
pub enum Orchestrator {
    /// Argo Rollouts: a growing part of the traffic.
    Canary(Box<Canary>),
    /// Argo Rollouts: two sets and a switch.
    BlueGreen(Box<BlueGreen>),
    /// Containers of compose.
    Compose(Box<Compose>),
    /// PM2, and the script that releases on a host.
    Pm2(Box<Pm2>),
    /// systemd, and the script that releases on a host.
    Systemd(Box<Systemd>),
    /// One of those for each machine of a host.
    Machines(Box<Machines>),
}

impl Orchestrator {
    /// Somebody asks for a revision. What comes of it is said at the next look, which is due at once.
    pub fn begin(&mut self, revision: u32) {
        match self {
            Self::Canary(canary) => canary.begin(revision),
            Self::BlueGreen(blue_green) => blue_green.begin(revision),
            Self::Compose(compose) => compose.begin(revision),
            Self::Pm2(pm2) => pm2.begin(revision),
            Self::Systemd(systemd) => systemd.begin(revision),
            Self::Machines(machines) => machines.begin(revision),
        }
    }

    /// Somebody asks for what ran before. The next look is due at once.
    pub fn rollback(&mut self) {
        match self {
            Self::Canary(canary) => canary.rollback(),
            Self::BlueGreen(blue_green) => blue_green.rollback(),
            Self::Compose(compose) => compose.rollback(),
            Self::Pm2(pm2) => pm2.rollback(),
            Self::Systemd(systemd) => systemd.rollback(),
            Self::Machines(machines) => machines.rollback(),
        }
    }

    /// Looks, and says what is to be done and when it wants to look again, if nothing changes until then.
    ///
    /// `measured` is only read where [`measures`](Self::measures) says so, but for the answer.
    pub fn look(&mut self, fleet: &Fleet<'_>, measured: &Measured, acts: &mut Vec<Act>) -> Option<Tick> {
        match self {
            Self::Canary(canary) => canary.look(fleet, measured, acts),
            Self::BlueGreen(blue_green) => blue_green.look(fleet, measured, acts),
            Self::Compose(compose) => compose.look(fleet, acts),
            Self::Pm2(pm2) => pm2.look(fleet, measured, acts),
            Self::Systemd(systemd) => systemd.look(fleet, measured, acts),
            Self::Machines(machines) => machines.look(fleet, measured, acts),
        }
    }

    /// Whether a look at this time reads more of what was measured than the answer.
    #[must_use]
    pub fn measures(&self, now: Tick) -> bool {
        match self {
            Self::Canary(canary) => canary.measures(now),
            Self::BlueGreen(blue_green) => blue_green.measures(now),
            Self::Compose(_) | Self::Pm2(_) | Self::Systemd(_) | Self::Machines(_) => false,
        }
    }

    /// The revision that is asked for.
    #[must_use]
    pub fn asked(&self) -> u32 {
        match self {
            Self::Canary(canary) => canary.asked(),
            Self::BlueGreen(blue_green) => blue_green.asked(),
            Self::Compose(compose) => compose.asked(),
            Self::Pm2(pm2) => pm2.asked(),
            Self::Systemd(systemd) => systemd.asked(),
            Self::Machines(machines) => machines.asked(),
        }
    }

    /// Whether no rollout is under way.
    #[must_use]
    pub fn rests(&self) -> bool {
        match self {
            Self::Canary(canary) => canary.rests(),
            Self::BlueGreen(blue_green) => blue_green.rests(),
            Self::Compose(compose) => compose.rests(),
            Self::Pm2(pm2) => pm2.rests(),
            Self::Systemd(systemd) => systemd.rests(),
            Self::Machines(machines) => machines.rests(),
        }
    }
}

impl From<Canary> for Orchestrator {
    fn from(controller: Canary) -> Self {
        Self::Canary(Box::new(controller))
    }
}

impl From<BlueGreen> for Orchestrator {
    fn from(controller: BlueGreen) -> Self {
        Self::BlueGreen(Box::new(controller))
    }
}

impl From<Compose> for Orchestrator {
    fn from(controller: Compose) -> Self {
        Self::Compose(Box::new(controller))
    }
}

impl From<Pm2> for Orchestrator {
    fn from(controller: Pm2) -> Self {
        Self::Pm2(Box::new(controller))
    }
}

impl From<Systemd> for Orchestrator {
    fn from(controller: Systemd) -> Self {
        Self::Systemd(Box::new(controller))
    }
}

/// The earlier of two times, if there is any.
pub(crate) fn sooner(one: Option<Tick>, other: Option<Tick>) -> Option<Tick> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// Later by a time; the end of time, where that is beyond it.
pub(crate) const fn later(at: Tick, span: Span) -> Tick {
    match at.after(span) {
        Some(later) => later,
        None => Tick::at(u64::MAX),
    }
}
