//! How a counterexample is told: as the numbered steps that lead to it.

use crate::diagnostic::Diagnostic;
use crate::migrations::{Failure, FailureKind, Revision, Story};
use crate::model::Step;
use crate::sql::{Effect, EffectKind};
use crate::values::Column;

/// `reads`, `writes`, or both.
pub(super) fn verb(revision: &Revision, column: &Column) -> &'static str {
    match (revision.reads.contains(column), revision.writes.contains(column)) {
        (true, true) => "reads and writes",
        (true, false) => "reads",
        (false, _) => "writes",
    }
}

/// Adds the steps up to the failure, numbered.
pub(super) fn steps(diagnostic: Diagnostic, story: &Story<'_>, failure: &Failure) -> Diagnostic {
    let last = failure.step;
    let mut told: Vec<String> = Vec::new();
    for (index, step) in story.change.steps().into_iter().enumerate().take(last) {
        let number = index + 1;
        let midway = if number == last && failure.midway {
            ", old and new side by side"
        } else {
            ""
        };
        told.push(format!("{number} {}{midway}", shown(step)));
    }
    if told.is_empty() {
        diagnostic
    } else {
        diagnostic.note(format!("the story: {}", told.join("; ")))
    }
}

fn shown(step: Step<'_>) -> String {
    match step {
        Step::Expand(sql) => format!("expand {}", sql.file.value.0),
        Step::Backfill(sql) => format!("backfill {}", sql.file.value.0),
        Step::Contract(sql) => format!("contract {}", sql.file.value.0),
        Step::Deploy(deploy) => format!("deploy {} {}", deploy.service.name, deploy.version.value),
        Step::Retire(retire) => format!("retire {} {}", retire.service.name, retire.version.value),
    }
}

/// The statement of a step that takes a column away.
fn taken<'s>(story: &'s Story<'_>, step: usize, column: &Column) -> Option<&'s Effect> {
    let steps = story.change.steps();
    let file = match step.checked_sub(1).and_then(|index| steps.get(index)) {
        Some(Step::Expand(sql) | Step::Backfill(sql) | Step::Contract(sql)) => story.change.file(&sql.file.value.0),
        _ => None,
    };
    let takes = |effect: &EffectKind| match effect {
        EffectKind::DropColumn(dropped) | EffectKind::RenameColumn { old: dropped, .. } => {
            dropped.column.eq_ignore_ascii_case(&column.column) && dropped.table.eq_ignore_ascii_case(&column.table)
        }
        EffectKind::DropTable(table) | EffectKind::RenameTable { old: table, .. } => {
            table.eq_ignore_ascii_case(&column.table)
        }
        _ => false,
    };
    file.and_then(|file| file.effects.statements.iter().find(|effect| takes(&effect.kind)))
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
    pub(super) fn of(story: &Story<'_>, step: usize, column: &Column) -> Self {
        match taken(story, step, column).map(|effect| &effect.kind) {
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
pub(super) fn statement(diagnostic: Diagnostic, story: &Story<'_>, step: usize, column: &Column) -> Diagnostic {
    match taken(story, step, column) {
        Some(effect) => diagnostic.label(effect.span, "this statement"),
        None => diagnostic,
    }
}

/// The step that adds a column, from 1.
pub(super) fn added_by(story: &Story<'_>, column: &Column) -> Option<usize> {
    let adds = |step: &Step<'_>| {
        let (Step::Expand(sql) | Step::Backfill(sql) | Step::Contract(sql)) = step else {
            return false;
        };
        let effects = story
            .change
            .file(&sql.file.value.0)
            .map(|file| &file.effects.statements);
        effects.into_iter().flatten().any(|effect| match &effect.kind {
            EffectKind::AddColumn { table, column: new } => *table == column.table && new.name == column.column,
            EffectKind::AddTable { table, columns } => {
                *table == column.table && columns.iter().any(|new| new.name == column.column)
            }
            _ => false,
        })
    };
    story.change.steps().iter().position(adds).map(|index| index + 1)
}

/// Labels backfills before a step that did not make a column complete, and what kept them from it.
pub(super) fn backfills(mut diagnostic: Diagnostic, story: &Story<'_>, column: &Column, before: usize) -> Diagnostic {
    for (index, step) in story.change.steps().into_iter().enumerate().take(before) {
        let Step::Backfill(sql) = step else { continue };
        let text = format!(
            "step {} ran while a revision was live that does not write `{column}`, or fills others",
            index + 1
        );
        diagnostic = diagnostic.label(sql.span, text);
    }
    diagnostic
}

/// What a rollback would meet.
pub(super) fn because(story: &Story<'_>, failure: &Failure) -> String {
    let who = story
        .revisions
        .get(failure.revision)
        .map_or_else(String::new, Revision::shown);
    let column = &failure.column;
    match &failure.kind {
        FailureKind::NotThere => format!("`{who}` needs `{column}`, which is not there"),
        FailureKind::Dropped { by } => {
            let taken = Taking::of(story, *by, column).participle();
            format!("`{who}` needs `{column}`, which step {by} {taken}")
        }
        FailureKind::DroppedUnderTarget => format!("`{who}` needs `{column}`"),
        FailureKind::Skewed { by } => {
            let writers: Vec<String> = by
                .iter()
                .filter_map(|index| story.revisions.get(*index))
                .map(|writer| format!("`{}`", writer.shown()))
                .collect();
            format!(
                "`{who}` reads `{column}`, which {} would not write",
                crate::diagnostic::listed(&writers)
            )
        }
        FailureKind::Refused { .. } => {
            format!("`{who}` does not write `{column}`, which is NOT NULL and has no default")
        }
        FailureKind::Incomplete => format!("`{who}` reads `{column}`, which is no longer complete"),
    }
}
