//! Machines.

use super::parts::Allow;
use super::placement::ProcessManager;
use super::thing::ThingId;
use crate::lower::{Name, Text, Val};
use crate::quantity::{Bytes, Cpu};
use crate::schema::block;

block! {
    /// Machines of one kind, on which processes run without containers.
    pub struct HostSettings("host") {
        head {
            /// Its name.
            name: Val<Name>,
        }
        /// How many there are.
        count: Val<u64> = 1,
        /// Cores of each.
        cpu: Option<Val<Cpu>>,
        /// Memory of each.
        memory: Option<Val<Bytes>>,
        /// Memory that the operating system and others need.
        reserve: Val<Bytes> = Bytes::ZERO,
        /// What keeps processes running.
        process: Option<Val<ProcessManager>>,
        /// Addresses of the machines, for gateways on other hosts.
        address: Option<Val<Vec<Text>>>,
        /// Silences one rule here; the reason is required.
        allow: Vec<Allow>,
    }
}

/// Machines with all their settings.
#[derive(Clone, Debug)]
pub struct Host {
    /// Which thing it is.
    pub id: ThingId,
    /// The `##` comments before its block.
    pub documentation: String,
    /// Its settings.
    pub settings: HostSettings,
}

impl std::ops::Deref for Host {
    type Target = HostSettings;

    fn deref(&self) -> &HostSettings {
        &self.settings
    }
}
