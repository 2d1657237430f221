//! Schema migrations beside a rollout, and jobs.

use super::uses::Uses;
use crate::lower::{Command, Text, Val};
use crate::quantity::Duration;
use crate::schema::{block, words};

words! {
    /// When migrations run.
    pub enum MigrateWhen("a moment") {
        /// In a job of its own, ahead of the rollout: for what expands the schema.
        Before = "before",
        /// In a job of its own, behind the rollout.
        After = "after",
        /// In every instance as it starts: a race, and repeated work.
        OnStart = "on_start",
    }
}

block! {
    /// Schema migrations that go with a rollout.
    pub struct Migrate("migrate") {
        head {
            /// When.
            when: Val<MigrateWhen>,
        }
        /// What runs them, a file or a list, with the image of the workload.
        run: Option<Val<Command>>,
        /// The databases, with the pool of the migration itself.
        uses: Vec<Uses>,
        /// How long a statement waits for a lock until it gives up.
        lock_timeout: Option<Val<Duration>>,
        /// How long the whole run may take.
        timeout: Option<Val<Duration>>,
    }
}

words! {
    /// What happens when a run is due while the last one is not done.
    pub enum Concurrency("a way to overlap") {
        /// The new run is left out.
        Forbid = "forbid",
        /// Both run.
        Allow = "allow",
        /// The old run is ended.
        Replace = "replace",
    }
}

block! {
    /// When a job runs.
    pub struct Schedule("schedule") {
        head {
            /// Five fields: minute, hour, day of month, month, day of week.
            cron: Val<Text>,
        }
        /// What happens when a run is due while the last one is not done.
        concurrency: Val<Concurrency> = Concurrency::Forbid,
        /// A run that could not start this long after its time is left out.
        deadline: Option<Val<Duration>>,
        /// Time zone of the fields: `"Europe/Paris"`; UTC when left out.
        zone: Option<Val<Text>>,
    }
}
