//! Changes of schemas under way: one connection each, step after step, statement after statement.

mod locking;
mod requests;
mod steps;

use super::finish::number;
use super::locks::Locks;
use super::table::Ticket;
use super::{Engine, Luck, Timer};
use crate::outcome::{StepEnd, StepFigures};
use crate::system::{Script, Statement, Step, System, Work};
use crate::{Stream, Tick};

/// What is known of changes.
#[derive(Clone, Debug)]
pub(super) struct Changes<'s> {
    runners: Vec<Runner>,
    /// Of each store.
    locks: Vec<Locks<'s>>,
    /// Of each store: its luck with statements of changes.
    luck: Vec<Stream>,
    /// How far each step of each change is.
    progress: Vec<Vec<Progress>>,
    /// What became of the steps that were begun.
    all: Vec<StepFigures>,
    /// Whether the transactions of requests have to be looked at: somebody has locks, or waits for others to end.
    watches: bool,
    /// Whether a step is a rollout that has not ended.
    rolls: bool,
}

/// How far a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    NotBegun,
    UnderWay,
    Ended,
    Failed,
}

/// Who runs steps of a change.
#[derive(Clone, Debug)]
struct Runner {
    change: usize,
    step: usize,
    /// The last one that it runs.
    last: usize,
    /// It waits for the step before its first one, too.
    in_order: bool,
    state: State,
    /// What was planned for an earlier one is void.
    life: u32,
    connected: bool,
    /// Where it is in its script.
    batch: u64,
    transaction: usize,
    statement: usize,
    /// Attempts that came to nothing.
    tries: u64,
    /// When it asked for the lock that it waits for.
    asked: Tick,
    /// When its statement has run for too long.
    deadline: Tick,
    /// Transactions that it lets end.
    lets: Vec<Ticket>,
    /// Which of the steps that were begun.
    figures: usize,
    /// The last fact about it.
    fact: Option<usize>,
    /// It was told that requests wait behind it.
    awaited: bool,
}

/// What it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Waits for steps that have to end before.
    Waits,
    /// Waits until it tries again.
    TriesLater,
    /// Rests between batches.
    Rests,
    /// Waits for a lock.
    WantsLock,
    /// Lets transactions end: behind its work, or before it.
    LetsEnd { behind: bool },
    /// Waits for its turn at the store.
    Queues,
    /// Is worked on; whether that takes too long.
    Works { too_long: bool },
    /// The answer is on its way.
    Returns,
    /// The store is away.
    Away,
    /// A rollout: which of all.
    Rolls(usize),
    /// It is done, or has failed.
    Over,
}

/// Changes wait for their turn at a store among attempts; there are never that many of those.
const RUNNERS: u32 = 1 << 31;

impl Changes<'_> {
    pub(super) fn new(system: &System, luck: Luck) -> Self {
        let stores = (0_u32..).zip(&system.stores);
        Self {
            runners: Vec::new(),
            locks: system.stores.iter().map(|_| Locks::default()).collect(),
            luck: stores.map(|(place, _)| luck.of(place, "changes")).collect(),
            progress: system
                .changes
                .iter()
                .map(|change| vec![Progress::NotBegun; change.steps.len()])
                .collect(),
            all: Vec::new(),
            watches: false,
            rolls: false,
        }
    }

    /// Whether a step is under way, or waits.
    pub(super) fn busy(&self) -> bool {
        self.runners.iter().any(|runner| runner.state != State::Over)
    }

    /// Whether transactions of requests have to be looked at.
    #[inline]
    pub(super) const fn watches(&self) -> bool {
        self.watches
    }

    /// Whether a rollout is waited for.
    #[inline]
    pub(super) const fn rolls(&self) -> bool {
        self.rolls
    }

    pub(super) fn figures(&self) -> Vec<StepFigures> {
        self.all.clone()
    }

    fn look_what_is_watched(&mut self) {
        let lets = |runner: &Runner| matches!(runner.state, State::LetsEnd { .. });
        self.watches = self.locks.iter().any(|locks| !locks.rest()) || self.runners.iter().any(lets);
        self.rolls = self
            .runners
            .iter()
            .any(|runner| matches!(runner.state, State::Rolls(_)));
    }

    /// It has waited for locks, or for others to end, until now.
    fn has_waited(&mut self, runner: u32, now: Tick) {
        let waited = self.runner(runner).map(|at| now.since(at.asked));
        if let (Some(figures), Some(waited)) = (self.figures_of(runner), waited) {
            figures.waited = figures.waited.max(waited);
        }
    }

    fn figures_of(&mut self, runner: u32) -> Option<&mut StepFigures> {
        let figures = self.runners.get(runner as usize)?.figures;
        self.all.get_mut(figures)
    }

    fn runner(&mut self, runner: u32) -> Option<&mut Runner> {
        self.runners.get_mut(runner as usize)
    }
}

impl<'s> Engine<'s> {
    /// Somebody runs steps of a change, from one to another.
    pub(super) fn migrate(&mut self, change: usize, (first, last): (usize, usize), in_order: bool) {
        let runner = number(self.changes.runners.len());
        self.changes.runners.push(Runner {
            change,
            step: first,
            last,
            in_order,
            state: State::Waits,
            life: 0,
            connected: false,
            batch: 0,
            transaction: 0,
            statement: 0,
            tries: 0,
            asked: self.now,
            deadline: Tick::NEVER,
            lets: Vec::new(),
            figures: usize::MAX,
            fact: self.recorder.memory.event(),
            awaited: false,
        });
        self.begin_step(runner);
        self.changes.look_what_is_watched();
    }

    /// What a change waited for has come, by the clock.
    pub(super) fn change_goes_on(&mut self, runner: u32, life: u32) {
        let Some(at) = self.changes.runner(runner).filter(|at| at.life == life) else {
            return;
        };
        match at.state {
            State::Waits => self.begin_step(runner),
            State::TriesLater => self.connect_change(runner),
            State::Rests => self.begin_statement(runner),
            State::WantsLock | State::LetsEnd { .. } | State::Queues => self.waited_too_long(runner),
            State::Works { too_long } => self.change_worked(runner, too_long),
            State::Returns => self.statement_done(runner),
            State::Away | State::Rolls(_) | State::Over => {}
        }
        self.changes.look_what_is_watched();
    }

    /// Plans what a change does next; what was planned before is void.
    fn turn_change(&mut self, runner: u32, state: State, at: Tick) {
        if let Some(own) = self.changes.runner(runner) {
            own.state = state;
            own.life += 1;
            let life = own.life;
            self.timers.plan(at, Timer::Change { runner, life });
        }
    }

    fn step_of(&self, runner: u32) -> Option<&'s Step> {
        let at = self.changes.runners.get(runner as usize)?;
        self.system.changes.get(at.change)?.steps.get(at.step)
    }

    fn script_of(&self, runner: u32) -> Option<&'s Script> {
        match &self.step_of(runner)?.work {
            Work::Script(script) => Some(script),
            Work::Rollout { .. } | Work::Nothing => None,
        }
    }

    fn statement_of(&self, runner: u32) -> Option<&'s Statement> {
        let at = self.changes.runners.get(runner as usize)?;
        let transaction = self.script_of(runner)?.transactions.get(at.transaction)?;
        transaction.statements.get(at.statement)
    }
}

impl StepFigures {
    fn begun(step: usize, began: Tick) -> Self {
        Self {
            step,
            began,
            ended: None,
            end: StepEnd::Unfinished,
            attempts: 1,
            waited: crate::Span::ZERO,
            behind: 0,
            longest: crate::Span::ZERO,
        }
    }
}
