//! What a team demands beyond the defaults.

use super::parts::Word;
use crate::lower::{Name, Text, Val};
use crate::quantity::Ratio;
use crate::schema::{block, words};

words! {
    /// A requirement that rules look at.
    pub enum Requirement("a requirement") {
        /// Part of the memory limit that must stay free; 10% when nothing is required.
        MemoryHeadroom = "memory_headroom",
        /// Part of a pool that may be busy at the peak; 80% when nothing is required.
        PoolUtilization = "pool_utilization",
        /// How busy instances may be at the peak; 80% of their processor when nothing is required.
        CpuUtilization = "cpu_utilization",
        /// A second revision pushed in the middle of a rollout must fit too.
        RolloverSafe = "rollover_safe",
        /// Every state of a rollout must have a revision to roll back to.
        Rollback = "rollback",
        /// Migrations must not block: a statement that keeps others waiting while it works is an error.
        OnlineMigrations = "online_migrations",
        /// Images must be pinned by digest everywhere, not only in production.
        Digests = "digests",
        /// Judge as if this were production, whatever the environment is called.
        Production = "production",
    }
}

block! {
    /// What a team demands beyond the defaults. All policies of a project hold.
    pub struct Policy("policy") {
        head {
            /// Its name.
            name: Val<Name>,
        }
        /// A named requirement; may repeat.
        require: Vec<Require>,
        /// A rule whose findings are errors; `warnings` makes errors of all warnings.
        deny: Vec<Val<Word>>,
        /// A rule whose findings are warnings.
        warn: Vec<Val<Word>>,
        /// A rule whose findings are notes.
        note: Vec<Val<Word>>,
        /// A rule that is not applied, and why.
        off: Vec<Off>,
    }
}

impl Policy {
    /// The requirement, if this policy makes it.
    #[must_use]
    pub fn requires(&self, requirement: Requirement) -> Option<&Require> {
        self.require
            .iter()
            .find(|require| require.requirement.value == requirement)
    }
}

block! {
    /// A requirement that rules look at.
    pub struct Require("require") {
        head {
            /// Which.
            requirement: Val<Requirement>,
            /// How much, for those that have a measure.
            value: Option<Val<Ratio>>,
        }
    }
}

block! {
    /// A rule that is not applied.
    pub struct Off("off") {
        head {
            /// Which.
            rule: Val<Word>,
            /// Why.
            reason: Option<Val<Text>>,
        }
    }
}
