//! An owner that knows in advance how pods live.

use super::{Change, ControlPlane, Log, Order, Settings, later};
use crate::queue::Queue;
use crate::rollout::{Deployment, StatefulSet};
use crate::{Span, Tick};

/// More steps than this for a change are no rollout: a limit for a loop that would not end.
const STEPS_MAX: u64 = 5_000_000;

/// How the pods of a revision live.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Lives {
    /// From create to Ready, in the order of creation; `None` is never.
    pub boots: Vec<Option<Span>>,
    /// For those that are created after these.
    pub boot: Option<Span>,
    /// From delete to gone, in the order of deletion.
    pub stops: Vec<Span>,
    /// For those that are deleted after these.
    pub stop: Span,
    /// From create to running.
    pub start: Span,
}

impl Lives {
    /// All alike: a pod that has not ended by itself after the grace period is killed.
    #[must_use]
    pub fn alike(boot: Option<Span>, ends: Span, grace: Span) -> Self {
        Self {
            boot,
            stop: ends.min(grace),
            ..Self::default()
        }
    }

    /// When a pod that is created now, as the `number`th, becomes ready.
    fn ready(&self, number: usize, now: Tick) -> Option<Tick> {
        let boot = self.boots.get(number).copied().unwrap_or(self.boot);
        boot.map(|boot| later(now, boot))
    }

    /// When a pod that is deleted now, as the `number`th, is gone.
    fn gone(&self, number: usize, now: Tick) -> Tick {
        later(now, self.stops.get(number).copied().unwrap_or(self.stop))
    }
}

/// A control plane whose pods' lives are told in advance.
#[derive(Clone, Debug)]
pub struct Foretold {
    plane: ControlPlane,
    /// By workload and revision.
    lives: Vec<Vec<Told>>,
    agenda: Queue<Turn>,
    orders: Vec<Order>,
}

/// How the pods of a revision live, and how many have been created and deleted.
#[derive(Clone, Debug)]
struct Told {
    lives: Lives,
    created: usize,
    deleted: usize,
}

/// What happens to a pod, in the order of the kinds.
#[derive(Clone, Copy, Debug)]
enum Turn {
    Running(usize),
    Gone(usize),
    Ready(usize),
    Unready(usize),
    Evicted(usize),
}

impl Turn {
    const fn kind(self) -> u8 {
        match self {
            Self::Running(_) => 0,
            Self::Gone(_) => 1,
            Self::Ready(_) => 2,
            Self::Unready(_) => 3,
            Self::Evicted(_) => 4,
        }
    }
}

/// It did not come to an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endless;

impl Foretold {
    /// Without workloads.
    #[must_use]
    pub const fn new(settings: Settings) -> Self {
        Self {
            plane: ControlPlane::new(settings),
            lives: Vec::new(),
            agenda: Queue::new(),
            orders: Vec::new(),
        }
    }

    /// With one Deployment at rest.
    #[must_use]
    pub fn at_rest(settings: Settings, deployment: Deployment, lives: Vec<Lives>) -> Self {
        let mut told = Self::new(settings);
        told.add_at_rest(deployment, lives);
        told
    }

    /// A Deployment that begins now. `lives` says how the pods of each revision live; those of further ones live as the last.
    pub fn add(&mut self, now: Tick, deployment: Deployment, lives: Vec<Lives>) -> usize {
        self.tell(lives);
        self.plane.add(now, deployment)
    }

    /// A Deployment at rest.
    pub fn add_at_rest(&mut self, deployment: Deployment, lives: Vec<Lives>) -> usize {
        self.tell(lives);
        let workload = self.plane.add_at_rest(Tick::START, deployment, &mut self.orders);
        // They are there already.
        self.orders.clear();
        workload
    }

    /// A StatefulSet that begins now.
    pub fn add_stateful(&mut self, now: Tick, set: StatefulSet, lives: Vec<Lives>) -> usize {
        self.tell(lives);
        self.plane.add_stateful(now, set)
    }

    /// A StatefulSet at rest.
    pub fn add_stateful_at_rest(&mut self, set: StatefulSet, lives: Vec<Lives>) -> usize {
        self.tell(lives);
        let workload = self.plane.add_stateful_at_rest(Tick::START, set, &mut self.orders);
        self.orders.clear();
        workload
    }

    fn tell(&mut self, lives: Vec<Lives>) {
        let told = lives.into_iter().map(|lives| Told {
            lives,
            created: 0,
            deleted: 0,
        });
        self.lives.push(told.collect());
    }

    /// Somebody changes a Deployment.
    pub fn change(&mut self, at: Tick, workload: usize, change: Change) {
        self.plane.change(at, workload, change);
    }

    /// A pod that is ready at that time loses its readiness for a while.
    pub fn flap(&mut self, at: Tick, pod: usize, lasts: Span) {
        self.plan(at, Turn::Unready(pod));
        self.plan(later(at, lasts), Turn::Ready(pod));
    }

    /// A pod that is there at that time, and does not terminate, is evicted.
    pub fn evict(&mut self, at: Tick, pod: usize) {
        self.plan(at, Turn::Evicted(pod));
    }

    /// No pod of a workload that is created from now on becomes ready.
    pub fn never_ready(&mut self, workload: usize) {
        for told in self.lives.get_mut(workload).into_iter().flatten() {
            told.lives.boots.clear();
            told.lives.boot = None;
        }
    }

    fn plan(&mut self, at: Tick, turn: Turn) {
        self.agenda.plan(at, turn.kind(), turn);
    }

    /// Runs until nothing happens any more, and says what was seen of the first workload.
    ///
    /// # Errors
    /// If that never comes.
    pub fn run(mut self) -> Result<Log, Endless> {
        self.finish()?;
        Ok(self.plane.take_log(0))
    }

    /// The same, of what happens up to a time.
    ///
    /// # Errors
    /// If that time never comes.
    pub fn run_until(mut self, last: Tick) -> Result<Log, Endless> {
        self.go(last)?;
        Ok(self.plane.take_log(0))
    }

    /// Runs until nothing happens any more.
    ///
    /// # Errors
    /// If that never comes.
    pub fn finish(&mut self) -> Result<&ControlPlane, Endless> {
        self.go(Tick::at(u64::MAX))
    }

    fn go(&mut self, last: Tick) -> Result<&ControlPlane, Endless> {
        let most = STEPS_MAX.saturating_mul(self.lives.len() as u64);
        for _ in 0..most {
            if self.upcoming().is_none_or(|next| last < next) {
                return Ok(&self.plane);
            }
            self.step();
        }
        Err(Endless)
    }

    /// When something happens next.
    #[must_use]
    pub fn upcoming(&self) -> Option<Tick> {
        let times = [self.agenda.peek(), self.plane.next()];
        times.into_iter().flatten().min()
    }

    /// What happens next; when.
    pub fn step(&mut self) -> Option<Tick> {
        let (planned, now) = (self.plane.next(), self.agenda.peek());
        let pods_first = now.is_some_and(|now| planned.is_none_or(|planned| now <= planned));
        if pods_first {
            let (now, turn) = self.agenda.next()?;
            match turn {
                Turn::Running(pod) => self.plane.pod_running(now, pod),
                Turn::Gone(pod) => self.plane.pod_gone(now, pod),
                Turn::Ready(pod) => self.plane.pod_ready(now, pod),
                Turn::Unready(pod) => self.plane.pod_unready(now, pod),
                Turn::Evicted(pod) if self.plane.is_active(pod) => {
                    self.plane.pod_evicted(now, pod);
                    self.ends(now, pod);
                }
                Turn::Evicted(_) => {}
            }
            return Some(now);
        }
        let now = planned?;
        self.plane.step(&mut self.orders);
        let mut orders = std::mem::take(&mut self.orders);
        for order in orders.drain(..) {
            self.carry_out(now, order);
        }
        self.orders = orders;
        Some(now)
    }

    /// How it stands.
    #[must_use]
    pub const fn plane(&self) -> &ControlPlane {
        &self.plane
    }

    fn carry_out(&mut self, now: Tick, order: Order) {
        match order {
            Order::Create {
                workload,
                revision,
                pod,
            } => {
                let Some(told) = self.told(workload, revision) else {
                    return;
                };
                let (runs, ready) = (later(now, told.lives.start), told.lives.ready(told.created, now));
                told.created += 1;
                self.plan(runs, Turn::Running(pod));
                if let Some(at) = ready {
                    self.plan(at, Turn::Ready(pod));
                }
            }
            Order::Delete { pod } => self.ends(now, pod),
        }
    }

    /// A pod was told to end.
    fn ends(&mut self, now: Tick, pod: usize) {
        let place = self.plane.pod(pod);
        let Some(told) = place.and_then(|(workload, revision)| self.told(workload, revision)) else {
            return;
        };
        let gone = told.lives.gone(told.deleted, now);
        told.deleted += 1;
        self.plan(gone, Turn::Gone(pod));
    }

    fn told(&mut self, workload: usize, revision: usize) -> Option<&mut Told> {
        let told = self.lives.get_mut(workload)?;
        let last = told.len().checked_sub(1)?;
        told.get_mut(revision.min(last))
    }
}
