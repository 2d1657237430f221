//! A control plane as discrete events: when controllers look, how long their calls take, what instances do meanwhile.
//!
//! One Deployment with its ReplicaSets and pods. Each controller works on one object at a time, one call after the other,
//! at the rate of its own client; a call takes [`lag`](Settings::lag), and then all who watch have seen what it wrote. What it then decides is in
//! [`rollout`](crate::rollout).

mod client;
mod deployment_worker;
#[cfg(test)]
mod laws;
mod log;
mod pods;
mod set_worker;
mod settings;
#[cfg(test)]
mod vectors;

use crate::queue::Queue;
use crate::rollout::{Condition, Deployment, Plan, Progress, Set, Status, Summary};
use crate::{Instances, Span, Tick};
use client::Client;
use deployment_worker::DeploymentWorker;
pub use log::{Counted, Log, SpecChange};
use pods::Pod;
use set_worker::SetWorker;
pub use settings::{Change, Lives, Settings};

/// More events than this are no rollout: a limit for a loop that would not end.
const EVENTS_MAX: u64 = 5_000_000;

/// One Deployment, its sets and pods, and the controllers that act on them.
#[derive(Clone, Debug)]
pub struct ControlPlane {
    settings: Settings,
    deployment: Deployment,
    progress: Progress,
    sets: Vec<Set>,
    pods: Vec<Pod>,
    lives: Vec<Lives>,
    workers: Vec<SetWorker>,
    worker: DeploymentWorker,
    /// The ReplicaSet controller's: creates, deletes, status and events of all sets share it.
    pods_client: Client,
    /// The Deployment controller's.
    sets_client: Client,
    plan: Plan,
    queue: Queue<Event>,
    counts: Instances,
    log: Log,
}

/// It did not come to an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endless;

/// What can happen. Of events at one time, what happens to instances comes before what controllers read.
#[derive(Clone, Copy, Debug)]
enum Event {
    Change(Change),
    Gone { pod: usize },
    Ready { pod: usize },
    Created { set: usize },
    Deleted { pod: usize },
    BatchDone { set: usize },
    Told { of_pods: bool },
    StatusWritten { set: usize, status: Status },
    SetWake { set: usize },
    SetSync { set: usize },
    SpecWritten { set: usize, spec: u64 },
    DeploymentDone { summary: Option<Condition> },
    Deadline,
    DeploymentSync,
}

impl Event {
    const fn kind(self) -> u8 {
        match self {
            Self::Change(_) => 0,
            Self::Gone { .. } => 1,
            Self::Ready { .. } => 2,
            Self::Created { .. } => 3,
            Self::Deleted { .. } => 4,
            Self::BatchDone { .. } => 5,
            Self::Told { .. } => 6,
            Self::StatusWritten { .. } => 7,
            Self::SetWake { .. } => 8,
            Self::SetSync { .. } => 9,
            Self::SpecWritten { .. } => 10,
            Self::DeploymentDone { .. } => 11,
            Self::Deadline => 12,
            Self::DeploymentSync => 13,
        }
    }
}

impl ControlPlane {
    /// A Deployment at rest: all replicas of its template are there, ready and available. `lives` says how the pods of each
    /// revision live, the first being the one that runs.
    #[must_use]
    pub fn at_rest(settings: Settings, deployment: Deployment, lives: Vec<Lives>) -> Self {
        let replicas = deployment.replicas;
        let status = Status {
            replicas,
            ready: replicas,
            available: replicas,
            terminating: 0,
        };
        let running = Set {
            exists: true,
            spec: replicas,
            desired: replicas,
            most: deployment.most(),
            status,
            pods: replicas,
        };
        let mut sets = vec![Set::default(); lives.len()];
        if let Some(set) = sets.get_mut(deployment.template) {
            *set = running;
        }
        let counts = Instances {
            starting: 0,
            ready: replicas,
            terminating: 0,
        };
        let mut log = Log::default();
        log.count(Tick::START, counts);
        Self {
            progress: Progress::complete(Summary::of(&deployment, &sets)),
            pods: (0..replicas).map(|_| Pod::at_rest(deployment.template)).collect(),
            workers: sets.iter().map(|_| SetWorker::default()).collect(),
            worker: DeploymentWorker::default(),
            pods_client: Client::new(&settings),
            sets_client: Client::new(&settings),
            plan: Plan::default(),
            queue: Queue::new(),
            settings,
            deployment,
            sets,
            lives,
            counts,
            log,
        }
    }

    /// Somebody changes the Deployment.
    pub fn change(&mut self, at: Tick, change: Change) {
        self.at(at, Event::Change(change));
    }

    /// Runs until nothing happens any more.
    ///
    /// # Errors
    /// If that never comes.
    pub fn run(mut self) -> Result<Log, Endless> {
        for _ in 0..EVENTS_MAX {
            let Some((now, event)) = self.queue.next() else {
                return Ok(self.log);
            };
            self.handle(now, event);
        }
        Err(Endless)
    }

    fn handle(&mut self, now: Tick, event: Event) {
        match event {
            Event::Change(change) => self.changed(now, change),
            Event::Gone { pod } => self.pod_gone(now, pod),
            Event::Ready { pod } => self.pod_ready(now, pod),
            Event::Created { set } => self.pod_created(now, set),
            Event::Deleted { pod } => self.pod_deleted(now, pod),
            Event::BatchDone { set } => self.batch_done(now, set),
            Event::Told { of_pods } => self.told(now, of_pods),
            Event::StatusWritten { set, status } => self.status_written(now, set, status),
            Event::SetWake { set } => self.set_wake(now, set),
            Event::SetSync { set } => self.set_sync(now, set),
            Event::SpecWritten { set, spec } => self.spec_written(now, set, spec),
            Event::DeploymentDone { summary } => self.deployment_done(now, summary),
            Event::Deadline => self.deployment_due(now),
            Event::DeploymentSync => self.deployment_sync(now),
        }
    }

    fn changed(&mut self, now: Tick, change: Change) {
        match change {
            Change::Template(set) => self.deployment.template = set,
            Change::Scale(replicas) => self.deployment.replicas = replicas,
            Change::Pause => {
                self.deployment.paused = true;
                self.progress.mark(Condition::Paused, now);
            }
            Change::Resume => {
                self.deployment.paused = false;
                self.progress.mark(Condition::Resumed, now);
            }
        }
        self.deployment_due(now);
    }

    fn at(&mut self, at: Tick, event: Event) {
        self.queue.plan(at, event.kind(), event);
    }
}

/// Later by `span`; the end of time does not come.
fn later(now: Tick, span: Span) -> Tick {
    now.after(span).unwrap_or(Tick::at(u64::MAX))
}
