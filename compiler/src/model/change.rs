//! Schema changes as ordered stories.

use loadline_grammar::Span;

use super::parts::{ToDatabase, ToWorkload, Word};
use crate::lower::{Column, Name, ProjectPath, Ref, Val, Version};
use crate::quantity::Duration;
use crate::schema::block;

block! {
    /// A change of a schema, step by step. A step begins when the one before it has ended; a `deploy` ends when every
    /// instance of the old revision is gone, terminating ones included.
    pub struct ChangeSettings("change") {
        head {
            /// Its name.
            name: Val<Name>,
        }
        /// The database.
        on: Option<Val<Ref<ToDatabase>>>,
        /// Two columns that hold the same: `moves users.name to users.full_name`.
        moves: Vec<Moves>,
        /// The first revision of a service in this story, which runs when it begins.
        from: Vec<Revision>,
        /// An SQL file that only adds: running code does not notice.
        expand: Vec<SqlStep>,
        /// A rollout of a revision.
        deploy: Vec<Revision>,
        /// An SQL file that fills new columns for old rows.
        backfill: Vec<SqlStep>,
        /// From here on this revision and older ones are not rolled back to.
        retire: Vec<Retire>,
        /// An SQL file that removes what no revision needs any more.
        contract: Vec<SqlStep>,
    }
}

block! {
    /// Columns that are one datum.
    pub struct Moves("moves") [group] {
        head {
            /// The old column.
            old: Val<Column>,
            /// The new column.
            "to" new: Val<Column>,
        }
    }
}

block! {
    /// A revision of a service, and the columns it touches.
    pub struct Revision("deploy") [group] {
        head {
            /// The service, worker or job.
            service: Val<Ref<ToWorkload>>,
            /// Its version.
            version: Val<Version>,
            /// A name for the step.
            "as" step: Option<Val<Name>>,
        }
        /// Columns it reads.
        reads: Option<Val<Vec<Column>>>,
        /// Columns it writes.
        writes: Option<Val<Vec<Column>>>,
        /// A step of another change that must have ended: `after other.contract`.
        after: Vec<Val<Word>>,
    }
}

block! {
    /// An SQL file.
    pub struct SqlStep("expand") [group] {
        head {
            /// The file, relative to the project.
            file: Val<ProjectPath>,
            /// A name for the step.
            "as" step: Option<Val<Name>>,
        }
        /// How long a statement waits for a lock until it gives up.
        lock_timeout: Option<Val<Duration>>,
        /// How long a statement may run.
        timeout: Option<Val<Duration>>,
        /// Rows in one batch.
        batch: Option<Val<u64>>,
        /// Wait between batches, and before a further attempt (then 10s when left out).
        pause: Option<Val<Duration>>,
        /// How many rows it fills; for the simulator, which takes one batch when left out.
        rows in ["backfill"]: Option<Val<u64>>,
        /// How long each statement works that goes through a whole table (a rewrite, a scan, an index), and of a backfill each
        /// batch; for the simulator.
        takes: Option<Val<Duration>>,
        /// Further attempts of who runs it, when it gets no lock or no connection; for the simulator.
        retries: Val<u64> = 0,
        /// A step of another change that must have ended: `after other.contract`.
        after: Vec<Val<Word>>,
    }
}

block! {
    /// From here on this revision and older ones are not rolled back to.
    pub struct Retire("retire") [group] {
        head {
            /// The service.
            service: Val<Ref<ToWorkload>>,
            /// The newest version that is given up.
            version: Val<Version>,
            /// A name for the step.
            "as" step: Option<Val<Name>>,
        }
        /// A step of another change that must have ended: `after other.contract`.
        after: Vec<Val<Word>>,
    }
}

/// A change with its steps in order.
#[derive(Clone, Debug)]
pub struct Change {
    /// The `##` comments before its block.
    pub documentation: String,
    /// Its settings.
    pub settings: ChangeSettings,
    /// What its SQL files do to the schema, by file.
    pub files: Vec<SqlFile>,
    /// The schema of its database before the first change, if one is given.
    pub schema: Option<SqlFile>,
}

impl std::ops::Deref for Change {
    type Target = ChangeSettings;

    fn deref(&self) -> &ChangeSettings {
        &self.settings
    }
}

/// An SQL file that was read.
#[derive(Clone, Debug)]
pub struct SqlFile {
    /// Relative to the project.
    pub path: String,
    /// Where its text stands.
    pub span: Span,
    /// What it does.
    pub effects: crate::sql::Effects,
}

/// One step of a change.
#[derive(Clone, Copy, Debug)]
pub enum Step<'c> {
    /// Adds to the schema.
    Expand(&'c SqlStep),
    /// Rolls out a revision.
    Deploy(&'c Revision),
    /// Fills columns.
    Backfill(&'c SqlStep),
    /// Gives up revisions.
    Retire(&'c Retire),
    /// Removes from the schema.
    Contract(&'c SqlStep),
}

impl<'s> Step<'s> {
    /// Where it is written.
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            Self::Expand(step) | Self::Backfill(step) | Self::Contract(step) => step.span,
            Self::Deploy(step) => step.span,
            Self::Retire(step) => step.span,
        }
    }

    /// Its keyword.
    #[must_use]
    pub const fn keyword(&self) -> &'static str {
        match self {
            Self::Expand(_) => "expand",
            Self::Deploy(_) => "deploy",
            Self::Backfill(_) => "backfill",
            Self::Retire(_) => "retire",
            Self::Contract(_) => "contract",
        }
    }

    /// The name that it is given with `as`.
    #[must_use]
    pub const fn given_name(&self) -> Option<&'s Val<Name>> {
        match self {
            Self::Expand(step) | Self::Backfill(step) | Self::Contract(step) => step.step.as_ref(),
            Self::Deploy(step) => step.step.as_ref(),
            Self::Retire(step) => step.step.as_ref(),
        }
    }

    /// The steps that must have ended before it begins, besides the one before it.
    #[must_use]
    pub fn after(&self) -> &'s [Val<Word>] {
        match self {
            Self::Expand(step) | Self::Backfill(step) | Self::Contract(step) => &step.after,
            Self::Deploy(step) => &step.after,
            Self::Retire(step) => &step.after,
        }
    }
}

impl Change {
    /// The steps in the order they are written.
    #[must_use]
    pub fn steps(&self) -> Vec<Step<'_>> {
        let mut steps: Vec<Step<'_>> = self.expand.iter().map(Step::Expand).collect();
        steps.extend(self.deploy.iter().map(Step::Deploy));
        steps.extend(self.backfill.iter().map(Step::Backfill));
        steps.extend(self.retire.iter().map(Step::Retire));
        steps.extend(self.contract.iter().map(Step::Contract));
        steps.sort_by_key(Step::span);
        steps
    }

    /// The names of the steps, in order: given with `as`, else the keyword, from the second of its kind on with its number
    /// (`deploy-2`).
    #[must_use]
    pub fn step_names(&self) -> Vec<String> {
        let steps = self.steps();
        let named = steps.iter().enumerate().map(|(index, step)| match step.given_name() {
            Some(name) => name.value.0.clone(),
            None => {
                let earlier = steps.iter().take(index);
                match earlier.filter(|other| other.keyword() == step.keyword()).count() {
                    0 => step.keyword().to_owned(),
                    before => format!("{}-{}", step.keyword(), before + 1),
                }
            }
        });
        named.collect()
    }

    /// What a file of this change does.
    #[must_use]
    pub fn file(&self, path: &str) -> Option<&SqlFile> {
        self.files.iter().find(|file| file.path == path)
    }
}
