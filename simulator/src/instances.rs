//! Counts of instances by state, as a controller and a database see them.

use serde::{Deserialize, Serialize};

/// How many instances of one workload are in which state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Instances {
    /// Created and not ready yet.
    pub starting: u64,
    /// Ready.
    pub ready: u64,
    /// Told to stop, and not gone.
    pub terminating: u64,
}

impl Instances {
    /// What a Deployment counts against replicas and surge: terminating ones are not.
    #[must_use]
    pub const fn counted(self) -> u64 {
        self.starting + self.ready
    }

    /// What can hold connections.
    #[must_use]
    pub const fn live(self) -> u64 {
        self.counted() + self.terminating
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminating_instances_are_live_but_not_counted() {
        let instances = Instances {
            starting: 1,
            ready: 10,
            terminating: 6,
        };
        assert_eq!((instances.counted(), instances.live()), (11, 17));
    }
}
