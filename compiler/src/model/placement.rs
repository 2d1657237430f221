//! Where instances go.

use super::parts::{ToPlace, Word};
use crate::lower::{Name, Pairs, Ref, Text, Val};
use crate::schema::{block, words};

words! {
    /// What instances are spread over.
    pub enum Spread("what to spread over") {
        /// Availability zones.
        Zone = "zone",
        /// Nodes.
        Node = "node",
    }
}

block! {
    /// Where the scheduler puts instances.
    pub struct Placement("placement") {
        /// Spread instances evenly; over zones when the cluster has several, else over nodes.
        spread: Option<Val<Spread>>,
        /// Labels that a node must have.
        node: Pairs<Text>,
        /// Taints that are tolerated.
        tolerate: Vec<Tolerate>,
        /// Priority class.
        priority: Option<Val<Word>>,
        /// An existing service account, instead of one of its own.
        account: Option<Val<Name>>,
    }
}

block! {
    /// A taint that is tolerated.
    pub struct Tolerate("tolerate") {
        head {
            /// Its key.
            key: Val<Text>,
            /// Its value; any when left out.
            value: Option<Val<Text>>,
        }
    }
}

words! {
    /// What keeps processes running on a host.
    pub enum ProcessManager("a process manager") {
        /// Units of the system.
        Systemd = "systemd",
        /// PM2's daemon.
        Pm2 = "pm2",
    }
}

block! {
    /// The host or cluster it runs on.
    pub struct RunsOn("runs_on") {
        head {
            /// The place.
            place: Val<Ref<ToPlace>>,
        }
        /// On a host: what keeps the processes running, instead of the host's own.
        process: Option<Val<ProcessManager>>,
    }
}
