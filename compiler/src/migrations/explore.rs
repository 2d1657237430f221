//! The walk through a story, and the rollbacks tried from each of its states.

use std::collections::{BTreeMap, BTreeSet};

use loadline_grammar::Span;

use super::state::State;
use super::story::{Action, Story, normal};
use crate::lower::Column;
use crate::model::{Step, ThingId};
use crate::sql::{EffectKind, Effects};

/// What was found in a story.
#[derive(Debug, Default)]
pub struct Verdict {
    /// Each column's first failure, in the order of the steps.
    pub failures: Vec<Failure>,
    /// Rollback targets that a step takes away.
    pub lost: Vec<Lost>,
    /// Services that had no target left before the story itself gave them up: service and step.
    pub stranded: Vec<(ThingId, usize)>,
    /// `retire` of the revision that runs: step and revision.
    pub retired_running: Vec<(usize, usize)>,
}

/// A state in which a revision does not find what it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Step, from 1; 0 is before the first.
    pub step: usize,
    /// In the middle of that step: old and new instances side by side.
    pub midway: bool,
    /// The column.
    pub column: Column,
    /// The revision, by its place in [`Story::revisions`].
    pub revision: usize,
    /// What is wrong.
    pub kind: FailureKind,
}

/// What a revision does not find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// The column is not there yet, or not at all.
    NotThere,
    /// A step took it away while the revision was live.
    Dropped {
        /// The step that dropped it.
        by: usize,
    },
    /// A step takes it away while the revision can still be rolled back to.
    DroppedUnderTarget,
    /// It is read while live revisions leave it out.
    Skewed {
        /// Those revisions.
        by: Vec<usize>,
    },
    /// It is read and was never made complete.
    Incomplete,
    /// Rows without it are inserted, and it refuses them: it is NOT NULL and has no default.
    Refused {
        /// The step that made it so; 0 when it was so before the first.
        since: usize,
    },
}

/// A rollback target that is one no longer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// The step from which on, from 1.
    pub step: usize,
    /// The revision.
    pub revision: usize,
    /// What a rollback to it would meet.
    pub because: Failure,
}

/// Walks a story to its end.
#[must_use]
pub fn explore(story: &Story<'_>) -> Verdict {
    let mut walk = Walk {
        story,
        state: State::start(story),
        targets: BTreeMap::new(),
        gave_up: BTreeSet::new(),
        verdict: Verdict::default(),
        failed: BTreeSet::new(),
    };
    walk.judge(0, false);
    for (index, (_, action)) in story.actions.iter().enumerate() {
        walk.step(index + 1, action);
    }
    walk.verdict
}

struct Walk<'w, 'm> {
    story: &'w Story<'m>,
    state: State,
    /// Revisions that each service can be rolled back to, oldest first.
    targets: BTreeMap<ThingId, Vec<usize>>,
    /// Services whose targets the story itself gave up, at least in part.
    gave_up: BTreeSet<ThingId>,
    verdict: Verdict,
    /// Columns whose failure was reported: what follows from it is not reported again.
    failed: BTreeSet<Column>,
}

impl Walk<'_, '_> {
    fn step(&mut self, step: usize, action: &Action<'_>) {
        match action {
            Action::Deploy(revision) => self.deploy(step, *revision),
            Action::Retire { service, version } => {
                self.gave_up.insert(*service);
                let story = self.story;
                let named = |index: &usize| {
                    story
                        .revisions
                        .get(*index)
                        .is_some_and(|revision| version.selects(&revision.version))
                };
                let running = self
                    .state
                    .live
                    .get(service)
                    .into_iter()
                    .flatten()
                    .copied()
                    .find(|index| named(index));
                if let Some(running) = running {
                    self.verdict.retired_running.push((step, running));
                }
                let targets = self.targets.entry(*service).or_default();
                // The named revision and all that ran before it.
                if let Some(newest) = targets.iter().rposition(named) {
                    targets.drain(..=newest);
                }
            }
            Action::Sql { step: kind, effects } => self.sql(step, *kind, *effects),
        }
    }

    fn deploy(&mut self, step: usize, revision: usize) {
        let Some(service) = self.story.revisions.get(revision).map(|revision| revision.service) else {
            return;
        };
        let old = self.state.live.get(&service).cloned().unwrap_or_default();
        let targets = self.targets.entry(service).or_default();
        targets.extend(old.iter().copied().filter(|index| *index != revision));
        targets.retain(|index| *index != revision);
        self.state.live.entry(service).or_default().push(revision);
        self.state.settle(self.story);
        self.judge(step, true);
        self.state.live.insert(service, vec![revision]);
        self.judge(step, false);
    }

    fn sql(&mut self, step: usize, kind: Step<'_>, effects: Option<&Effects>) {
        // A file that could not be read was reported; it does what the step says it does.
        if let Some(effects) = effects {
            for column in self.state.taken_by(effects) {
                self.dropped_under_target(step, &column);
            }
            self.state.apply(self.story, effects, step);
        }
        if matches!(kind, Step::Backfill(_)) {
            self.backfill(effects);
        }
        self.judge(step, false);
    }

    /// A column becomes complete when nothing that is live leaves it out while it is filled.
    fn backfill(&mut self, effects: Option<&Effects>) {
        let filled = effects.map(filled).unwrap_or_default();
        let columns: Vec<Column> = self.state.present.iter().cloned().collect();
        for column in columns {
            let named = filled.as_ref().is_none_or(|filled| filled.contains(&column));
            // Where the file does not show what it fills (a function, a loop), it is taken to fill what the story moves.
            let meant = filled.is_some() || self.story.datum(&column).is_some() || self.story.nature(&column).added;
            if named && meant && self.state.leaving_out(self.story, &column).is_empty() {
                self.state.complete.insert(column);
            }
        }
    }

    /// Nothing that can be rolled back to may touch what goes.
    fn dropped_under_target(&mut self, step: usize, column: &Column) {
        let all: Vec<usize> = self.targets.values().flatten().copied().collect();
        let story = self.story;
        let touching = all.into_iter().find(|index| {
            story
                .revisions
                .get(*index)
                .is_some_and(|revision| revision.touches(column))
        });
        // A live one is found by the judgement of the state, and is the stronger reason.
        let live = self.state.live().any(|index| {
            story
                .revisions
                .get(index)
                .is_some_and(|revision| revision.touches(column))
        });
        if let (Some(revision), false) = (touching, live)
            && self.failed.insert(column.clone())
        {
            let kind = FailureKind::DroppedUnderTarget;
            self.verdict.failures.push(Failure {
                step,
                midway: false,
                column: column.clone(),
                revision,
                kind,
            });
        }
    }

    /// Judges the state, then tries every rollback from it.
    fn judge(&mut self, step: usize, midway: bool) {
        let found = failures(self.story, &self.state, step, midway);
        let broken = !found.is_empty();
        for failure in found {
            if self.failed.insert(failure.column.clone()) {
                self.verdict.failures.push(failure);
            }
        }
        // From a state that is broken itself a rollback shows nothing.
        if !broken {
            self.try_rollbacks(step, midway);
        }
    }

    fn try_rollbacks(&mut self, step: usize, midway: bool) {
        let services: Vec<ThingId> = self.targets.keys().copied().collect();
        for service in services {
            let targets = self.targets.get(&service).cloned().unwrap_or_default();
            let mut left = Vec::new();
            let mut lost_here = false;
            for target in targets.iter().copied() {
                match self.rollback(service, target, step, midway) {
                    None => left.push(target),
                    // What follows from a failure that was reported is not reported again.
                    Some(because) if self.failed.contains(&because.column) => {}
                    Some(because) => {
                        lost_here = true;
                        self.verdict.lost.push(Lost {
                            step,
                            revision: target,
                            because,
                        });
                    }
                }
            }
            let stranded = lost_here && left.is_empty() && !self.gave_up.contains(&service);
            if stranded && !self.verdict.stranded.iter().any(|(thing, _)| *thing == service) {
                self.verdict.stranded.push((service, step));
            }
            self.targets.insert(service, left);
        }
    }

    /// Both revisions live, then the target alone: what the rollback would meet.
    fn rollback(&self, service: ThingId, target: usize, step: usize, midway: bool) -> Option<Failure> {
        let mut probe = self.state.clone();
        let live = probe.live.entry(service).or_default();
        if !live.contains(&target) {
            live.push(target);
        }
        probe.settle(self.story);
        let first = failures(self.story, &probe, step, midway).into_iter().next();
        first.or_else(|| {
            probe.live.insert(service, vec![target]);
            probe.settle(self.story);
            failures(self.story, &probe, step, midway).into_iter().next()
        })
    }
}

/// The columns that a backfill says it fills; `None` when its statements do not show.
fn filled(effects: &Effects) -> Option<BTreeSet<Column>> {
    let writes = effects.statements.iter().filter_map(|effect| match &effect.kind {
        EffectKind::Write { table, columns } => Some((table, columns)),
        _ => None,
    });
    let mut filled = BTreeSet::new();
    for (table, columns) in writes {
        filled.extend(columns.iter().map(|column| {
            normal(&Column {
                table: table.clone(),
                column: column.clone(),
            })
        }));
    }
    (!filled.is_empty() && effects.not_understood.is_empty()).then_some(filled)
}

/// What live revisions do not find in a state, and what the database does not take from them.
fn failures(story: &Story<'_>, state: &State, step: usize, midway: bool) -> Vec<Failure> {
    let mut found = Vec::new();
    for index in state.live() {
        let Some(revision) = story.revisions.get(index) else {
            continue;
        };
        for column in state.not_null.keys() {
            let since = state.refuses_without(column);
            if let Some(since) = since.filter(|since| story.inserts_without(revision, column, *since)) {
                found.push(Failure {
                    step,
                    midway,
                    column: column.clone(),
                    revision: index,
                    kind: FailureKind::Refused { since },
                });
            }
        }
        for column in revision.columns() {
            let kind = if !state.present.contains(column) {
                match state.dropped.get(column) {
                    Some(by) => FailureKind::Dropped { by: *by },
                    None => FailureKind::NotThere,
                }
            } else if revision.reads.contains(column) && !state.complete.contains(column) {
                match state.leaving_out(story, column) {
                    by if by.is_empty() => FailureKind::Incomplete,
                    by => FailureKind::Skewed { by },
                }
            } else {
                continue;
            };
            found.push(Failure {
                step,
                midway,
                column: column.clone(),
                revision: index,
                kind,
            });
        }
    }
    found
}

impl Story<'_> {
    /// Where a step is written, from 1; the change itself for 0.
    #[must_use]
    pub fn step_span(&self, step: usize) -> Span {
        let place = step.checked_sub(1).and_then(|index| self.actions.get(index));
        place.map_or(self.change.span, |(span, _)| *span)
    }

    /// How many steps there are.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.actions.len()
    }
}
