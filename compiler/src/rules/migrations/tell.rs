//! How a counterexample is told: as the numbered steps that lead to it.

use crate::diagnostic::{Diagnostic, listed};
use crate::migrations::{ColumnId, Failure, FailureKind, Moment, Revision, StepId, Told, World};
use crate::model::Step;
use crate::sql::{Effect, EffectKind};
use crate::values::Column;

/// `reads`, `writes`, or both.
pub(super) fn verb(revision: &Revision, column: ColumnId) -> &'static str {
    match (revision.reads.contains(&column), revision.writes.contains(&column)) {
        (true, true) => "reads and writes",
        (true, false) => "reads",
        (false, _) => "writes",
    }
}

/// `step 4`, and of which change where there are several.
pub(super) fn step(world: &World<'_>, at: StepId) -> String {
    let change = world.changes.get(at.change).map(|change| change.name.value.0.as_str());
    match (at.step, change.filter(|_| 1 < world.changes.len())) {
        (0, Some(change)) => format!("the beginning of `{change}`"),
        (0, None) => "the beginning".to_owned(),
        (step, Some(change)) => format!("step {step} of `{change}`"),
        (step, None) => format!("step {step}"),
    }
}

/// When something is found: the step, or the beginning.
pub(super) fn when(world: &World<'_>, moment: &Moment) -> String {
    moment
        .at
        .map_or_else(|| "the beginning".to_owned(), |at| step(world, at))
}

/// `names.contract`, as `after` takes it.
pub(super) fn reference(world: &World<'_>, at: StepId) -> Option<String> {
    let change = world.changes.get(at.change)?;
    let name = change.step_names().into_iter().nth(at.step.checked_sub(1)?)?;
    Some(format!("{}.{name}", change.name.value))
}

/// Adds the steps up to a moment, numbered; where they are of several changes, each at its place too.
pub(super) fn story(mut diagnostic: Diagnostic, world: &World<'_>, moment: &Moment) -> Diagnostic {
    if moment.story.is_empty() {
        return diagnostic;
    }
    let several = moment
        .story
        .iter()
        .any(|told| Some(told.step.change) != moment.story.first().map(|told| told.step.change));
    let mut told: Vec<String> = Vec::new();
    for (index, step) in moment.story.iter().enumerate() {
        let number = index + 1;
        let change = world.changes.get(step.step.change).filter(|_| several);
        let of = change
            .map(|change| format!(" (`{}`)", change.name.value))
            .unwrap_or_default();
        told.push(format!(
            "{number} {}{of}{}",
            shown(world, step.step),
            midway(world, *step)
        ));
        if several {
            let label = format!("{number}{} in this story", ordinal(number));
            let span = world.span(step.step);
            if diagnostic.labels.iter().all(|label| label.span != span) {
                diagnostic = diagnostic.label(span, label);
            }
        }
    }
    diagnostic.note(format!("the story: {}", told.join("; ")))
}

/// The same, where the steps of one change alone do not tell it.
pub(super) fn story_of_several(diagnostic: Diagnostic, world: &World<'_>, moment: &Moment) -> Diagnostic {
    let first = moment.story.first().map(|told| told.step.change);
    if moment.story.iter().all(|told| Some(told.step.change) == first) {
        return diagnostic;
    }
    story(diagnostic, world, moment)
}

fn ordinal(number: usize) -> &'static str {
    match (number % 10, number % 100) {
        (1, tens) if tens != 11 => "st",
        (2, tens) if tens != 12 => "nd",
        (3, tens) if tens != 13 => "rd",
        _ => "th",
    }
}

fn midway(world: &World<'_>, told: Told) -> &'static str {
    match world.step(told.step).filter(|_| told.midway) {
        Some(Step::Deploy(_)) => ", old and new side by side",
        Some(_) => ", still running",
        None => "",
    }
}

fn shown(world: &World<'_>, at: StepId) -> String {
    match world.step(at) {
        Some(step @ (Step::Expand(sql) | Step::Backfill(sql) | Step::Contract(sql))) => {
            format!("{} {}", step.keyword(), sql.file.value.0)
        }
        Some(Step::Deploy(deploy)) => format!("deploy {} {}", deploy.service.name, deploy.version.value),
        Some(Step::Retire(retire)) => format!("retire {} {}", retire.service.name, retire.version.value),
        None => String::new(),
    }
}

/// The statement of a step that takes a column away.
fn taken<'w>(world: &'w World<'_>, at: StepId, column: ColumnId) -> Option<&'w Effect> {
    let (Step::Expand(sql) | Step::Backfill(sql) | Step::Contract(sql)) = world.step(at)? else {
        return None;
    };
    let file = world.changes.get(at.change)?.file(&sql.file.value.0)?;
    let column = world.column(column);
    let same = |table: &str| table.trim_start_matches("public.").eq_ignore_ascii_case(&column.table);
    let is = |other: &Column| same(&other.table) && other.column.eq_ignore_ascii_case(&column.column);
    let takes = |effect: &EffectKind| match effect {
        EffectKind::DropColumn(dropped) | EffectKind::RenameColumn { old: dropped, .. } => is(dropped),
        EffectKind::DropTable(table) | EffectKind::RenameTable { old: table, .. } => same(table),
        _ => false,
    };
    file.effects.statements.iter().find(|effect| takes(&effect.kind))
}

/// How a step takes a column away.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Taking {
    /// It drops it, or its table.
    Drops,
    /// It gives it, or its table, another name.
    Renames,
}

impl Taking {
    pub(super) fn of(world: &World<'_>, step: StepId, column: ColumnId) -> Self {
        match taken(world, step, column).map(|effect| &effect.kind) {
            Some(EffectKind::RenameColumn { .. } | EffectKind::RenameTable { .. }) => Self::Renames,
            _ => Self::Drops,
        }
    }

    /// `drops`
    pub(super) const fn verb(self) -> &'static str {
        match self {
            Self::Drops => "drops",
            Self::Renames => "renames",
        }
    }

    /// `dropped`
    pub(super) const fn participle(self) -> &'static str {
        match self {
            Self::Drops => "dropped",
            Self::Renames => "renamed",
        }
    }
}

/// Labels the statement of a step that takes a column away.
pub(super) fn statement(diagnostic: Diagnostic, world: &World<'_>, step: StepId, column: ColumnId) -> Diagnostic {
    match taken(world, step, column) {
        Some(effect) => diagnostic.label(effect.span, "this statement"),
        None => diagnostic,
    }
}

/// Labels the backfills of a story that did not make a column complete, and what kept them from it.
pub(super) fn backfills(mut diagnostic: Diagnostic, world: &World<'_>, failure: &Failure) -> Diagnostic {
    let column = world.column(failure.column);
    for told in &failure.moment.story {
        let Some(Step::Backfill(sql)) = world.step(told.step) else {
            continue;
        };
        let name = step(world, told.step);
        let text = if told.midway {
            format!("{name} has not ended")
        } else if !world.fills(told.step, failure.column) {
            format!("{name} fills other columns")
        } else {
            let live = world.live_at(&failure.moment, told.step);
            let leaving = live
                .into_iter()
                .filter(|revision| world.leaves(*revision, failure.column));
            let leaving: Vec<String> = named(world, leaving);
            match leaving.as_slice() {
                [] => format!("a revision that does not write `{column}` came live beside or after {name}"),
                _ => format!(
                    "{name} ran while {} was live, which does not write `{column}`",
                    listed(&leaving)
                ),
            }
        };
        diagnostic = diagnostic.label(sql.span, text);
    }
    diagnostic
}

/// Revisions by name, each in backticks.
pub(super) fn named(world: &World<'_>, revisions: impl IntoIterator<Item = usize>) -> Vec<String> {
    let revisions = revisions.into_iter().filter_map(|index| world.revisions.get(index));
    revisions.map(|revision| format!("`{}`", revision.shown())).collect()
}

/// What a rollback would meet.
pub(super) fn because(world: &World<'_>, failure: &Failure) -> String {
    let who = world
        .revisions
        .get(failure.revision)
        .map_or_else(String::new, Revision::shown);
    let column = world.column(failure.column);
    match &failure.kind {
        FailureKind::NotThere => format!("`{who}` needs `{column}`, which is not there"),
        FailureKind::Dropped { by } => {
            let taken = Taking::of(world, *by, failure.column).participle();
            format!("`{who}` needs `{column}`, which {} {taken}", step(world, *by))
        }
        FailureKind::DroppedUnderTarget => format!("`{who}` needs `{column}`"),
        FailureKind::Skewed { by } => {
            let writers = named(world, by.iter().copied());
            format!("`{who}` reads `{column}`, which {} would not write", listed(&writers))
        }
        FailureKind::Refused { .. } => {
            format!("`{who}` does not write `{column}`, which is NOT NULL and has no default")
        }
        FailureKind::Incomplete => format!("`{who}` reads `{column}`, which is no longer complete"),
    }
}
