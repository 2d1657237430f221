//! One step after the other: how they begin, are tried again, end and fail.

use super::super::Engine;
use super::super::Timer;
use super::super::finish::number;
use super::super::locks::Locks;
use super::{Progress, State};
use crate::outcome::{FactKind, RolloutEnd, StepEnd, StepFigures, Subject};
use crate::system::{Step, Work};

impl Engine<'_> {
    /// A step begins, if what has to end before it has.
    pub(super) fn begin_step(&mut self, runner: u32) {
        let Some(step) = self.step_of(runner) else { return };
        let may = self.may_begin(runner, step);
        if may == Ok(false) {
            return;
        }
        let now = self.now;
        let changes = &mut self.changes;
        let Some(at) = changes.runners.get_mut(runner as usize) else {
            return;
        };
        (at.batch, at.transaction, at.statement, at.tries, at.awaited) = (0, 0, 0, 0, false);
        at.figures = changes.all.len();
        changes.all.push(StepFigures::begun(step.name, now));
        if let Some(progress) = changes.progress.get_mut(at.change).and_then(|all| all.get_mut(at.step)) {
            *progress = Progress::UnderWay;
        }
        self.note_step(runner, FactKind::StepBegan(step.name));
        if let Err(why) = may {
            self.step_failed(runner, why.to_owned());
            return;
        }
        match &step.work {
            Work::Script(_) => self.connect_change(runner),
            Work::Rollout { service, revision } => {
                let rollout = self.rollout_of(*service, *revision);
                if let Some(at) = self.changes.runner(runner) {
                    at.state = State::Rolls(rollout);
                }
            }
            Work::Nothing => self.step_ended(runner),
        }
    }

    /// The rollout of a revision: the one that another change has begun, if it is still the last one.
    fn rollout_of(&mut self, service: usize, revision: usize) -> usize {
        let all = &self.rollouts.all;
        if let Some(last) = all.iter().rposition(|rollout| rollout.service == service)
            && all.get(last).is_some_and(|rollout| {
                rollout.revision == revision && matches!(rollout.end, RolloutEnd::Unfinished | RolloutEnd::Complete)
            })
        {
            return last;
        }
        self.roll_out(number(service), revision);
        self.rollouts.all.len().saturating_sub(1)
    }

    fn may_begin(&self, runner: u32, step: &Step) -> Result<bool, &'static str> {
        let Some(at) = self.changes.runners.get(runner as usize) else {
            return Ok(false);
        };
        let before = at
            .step
            .checked_sub(1)
            .filter(|_| at.in_order)
            .map(|before| (at.change, before));
        let is = |progress: Progress| {
            let mut all = step.after.iter().copied();
            let is = |(change, step): (usize, usize)| {
                let of_change = self.changes.progress.get(change);
                of_change.and_then(|all| all.get(step)) == Some(&progress)
            };
            (all.any(is), before.is_some_and(is))
        };
        let (failed, failed_before) = is(Progress::Failed);
        if failed || failed_before {
            return Err("a step that has to end before it has failed");
        }
        let (under_way, before_it) = is(Progress::UnderWay);
        // The step before it may have been done long ago; a step of another change is only waited for if it is to come.
        Ok(!under_way && !before_it && !is(Progress::NotBegun).0)
    }

    /// It opens its connection.
    pub(super) fn connect_change(&mut self, runner: u32) {
        let Some(script) = self.script_of(runner) else { return };
        let store = number(script.store);
        if self.stores[store].away != 0 {
            if script.goes_on {
                self.changes_state(runner, State::Away);
            } else {
                self.change_gives_up(runner, "the database is away".to_owned());
            }
            return;
        }
        if self.connect(store, 1) == 1 {
            self.stores[store].changes += 1;
            self.look_at_peak(store);
            if let Some(at) = self.changes.runner(runner) {
                (at.connected, at.statement) = (true, 0);
            }
            self.begin_statement(runner);
        } else if script.goes_on {
            self.turn_change(runner, State::TriesLater, self.now.plus(script.again));
        } else {
            self.change_gives_up(runner, "the database has no connection left".to_owned());
        }
    }

    fn changes_state(&mut self, runner: u32, state: State) {
        if let Some(at) = self.changes.runner(runner) {
            at.state = state;
            at.life += 1;
        }
    }

    /// Closes its connection, and with it gives up its locks.
    fn disconnect_change(&mut self, runner: u32) {
        let Some(script) = self.script_of(runner) else { return };
        let store = number(script.store);
        let connected = self
            .changes
            .runner(runner)
            .is_some_and(|at| std::mem::take(&mut at.connected));
        if connected {
            self.disconnect(store, 1);
            self.stores[store].changes -= 1;
        }
        self.release_locks(runner, store);
    }

    /// What it tried came to nothing: it is tried again, or its step has failed.
    pub(super) fn change_gives_up(&mut self, runner: u32, why: String) {
        let (step, script) = (self.step_of(runner), self.script_of(runner));
        let (Some(step), Some(script)) = (step, script) else {
            return;
        };
        let Some(at) = self.changes.runner(runner) else { return };
        at.lets.clear();
        at.life += 1;
        let (state, tries) = (at.state, at.tries);
        if matches!(state, State::WantsLock | State::LetsEnd { .. }) {
            self.changes.has_waited(runner, self.now);
        }
        if script.retries <= tries {
            self.step_failed(runner, why);
            return;
        }
        let Some(at) = self.changes.runner(runner) else { return };
        (at.tries, at.statement, at.awaited) = (at.tries + 1, 0, false);
        // So that it is in nobody's way when others go on.
        at.state = State::TriesLater;
        if let Some(figures) = self.changes.figures_of(runner) {
            figures.attempts += 1;
        }
        let again = Some(script.again);
        let what = FactKind::StepFailed {
            step: step.name,
            why,
            again,
        };
        self.note_step(runner, what);
        self.disconnect_change(runner);
        self.turn_change(runner, State::TriesLater, self.now.plus(script.again));
    }

    fn step_failed(&mut self, runner: u32, why: String) {
        let Some(step) = self.step_of(runner) else { return };
        let what = FactKind::StepFailed {
            step: step.name,
            why,
            again: None,
        };
        self.note_step(runner, what);
        self.over(runner, (Progress::Failed, StepEnd::Failed));
        self.changes_state(runner, State::Over);
        self.disconnect_change(runner);
        self.wake_waiting();
    }

    pub(super) fn step_ended(&mut self, runner: u32) {
        let Some(step) = self.step_of(runner) else { return };
        self.note_step(runner, FactKind::StepEnded(step.name));
        self.over(runner, (Progress::Ended, StepEnd::Done));
        self.disconnect_change(runner);
        let Some(at) = self.changes.runner(runner) else { return };
        if at.step < at.last {
            at.step += 1;
            self.turn_change(runner, State::Waits, self.now);
        } else {
            self.changes_state(runner, State::Over);
        }
        self.wake_waiting();
    }

    fn over(&mut self, runner: u32, (progress, end): (Progress, StepEnd)) {
        let now = self.now;
        if let Some(figures) = self.changes.figures_of(runner) {
            (figures.ended, figures.end) = (Some(now), end);
        }
        let changes = &mut self.changes;
        if let Some(at) = changes.runners.get(runner as usize)
            && let Some(own) = changes.progress.get_mut(at.change).and_then(|all| all.get_mut(at.step))
        {
            *own = progress;
        }
    }

    /// Whoever waits for a step looks whether it was this one.
    fn wake_waiting(&mut self) {
        for (place, at) in self.changes.runners.iter().enumerate() {
            if at.state == State::Waits {
                let (runner, life) = (number(place), at.life);
                self.timers.plan(self.now, Timer::Change { runner, life });
            }
        }
    }

    /// Looks whether rollouts that are steps have ended.
    pub(in crate::engine) fn look_at_deploys(&mut self) {
        for runner in 0..number(self.changes.runners.len()) {
            let Some(State::Rolls(rollout)) = self.changes.runner(runner).map(|at| at.state) else {
                continue;
            };
            let Some(figures) = self.rollouts.all.get(rollout) else {
                continue;
            };
            let why = match figures.end {
                _ if figures.drained.is_some() => {
                    self.step_ended(runner);
                    continue;
                }
                RolloutEnd::Unfinished | RolloutEnd::Complete => continue,
                RolloutEnd::Stuck => "its rollout made no progress for longer than its deadline",
                RolloutEnd::Aborted | RolloutEnd::RolledBack => "its rollout was taken back",
                RolloutEnd::Superseded => "another rollout took the place of its own",
            };
            self.step_failed(runner, why.to_owned());
        }
        self.changes.look_what_is_watched();
    }

    /// A store is away, and with it connections and locks.
    pub(in crate::engine) fn changes_lost(&mut self, store: u32) {
        let waiting = self.changes.locks.get_mut(store as usize).map(Locks::clear);
        for (ticket, behind) in waiting.into_iter().flatten() {
            self.waited_behind(ticket, behind);
        }
        for runner in 0..number(self.changes.runners.len()) {
            let Some(script) = self.script_of(runner).filter(|script| number(script.store) == store) else {
                continue;
            };
            let Some(at) = self.changes.runner(runner).filter(|at| at.connected) else {
                continue;
            };
            if script.goes_on {
                (at.transaction, at.statement) = (0, 0);
                at.lets.clear();
                self.changes_state(runner, State::Away);
                self.disconnect_change(runner);
            } else {
                self.change_gives_up(runner, "the database went away".to_owned());
            }
        }
        self.changes.look_what_is_watched();
    }

    /// A store is there again.
    pub(in crate::engine) fn changes_back(&mut self, store: u32) {
        for runner in 0..number(self.changes.runners.len()) {
            let here = self
                .script_of(runner)
                .is_some_and(|script| number(script.store) == store);
            let away = self.changes.runner(runner).is_some_and(|at| at.state == State::Away);
            if here && away {
                self.connect_change(runner);
            }
        }
        self.changes.look_what_is_watched();
    }

    /// What a step is about.
    pub(in crate::engine) fn subject_of_step(&self, change: usize, step: usize) -> Subject {
        let step = self
            .system
            .changes
            .get(change)
            .and_then(|change| change.steps.get(step));
        match step.map(|step| &step.work) {
            Some(Work::Script(script)) => Subject::Store(script.store),
            Some(Work::Rollout { service, .. }) => Subject::Service(*service),
            Some(Work::Nothing) | None => Subject::Clients,
        }
    }

    /// Notes something about the step that a change is at, which follows from what was noted of it before.
    pub(super) fn note_step(&mut self, runner: u32, what: FactKind) {
        let Some(step) = self.step_of(runner) else { return };
        let Some((subject, because)) = self
            .changes
            .runners
            .get(runner as usize)
            .map(|at| (self.subject_of_step(at.change, at.step), at.fact))
        else {
            return;
        };
        let fact = self.note_at(subject, what, because, Some(step.place));
        if let Some(at) = self.changes.runner(runner)
            && fact.is_some()
        {
            at.fact = fact;
        }
    }
}
