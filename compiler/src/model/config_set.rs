//! Configuration that several workloads share.

use super::env::Template;
use super::parts::Allow;
use super::thing::ThingId;
use crate::lower::{Name, Pairs, Val};
use crate::schema::block;

block! {
    /// Configuration that several workloads share by `env_from`.
    pub struct ConfigSetSettings("config_set") {
        head {
            /// Its name.
            name: Val<Name>,
        }
        /// The variables.
        env: Pairs<Template>,
        /// Silences one rule here; the reason is required.
        allow: Vec<Allow>,
    }
}

/// Shared configuration with all its settings.
#[derive(Clone, Debug)]
pub struct ConfigSet {
    /// Which thing it is.
    pub id: ThingId,
    /// The `##` comments before its block.
    pub documentation: String,
    /// Its settings.
    pub settings: ConfigSetSettings,
}

impl std::ops::Deref for ConfigSet {
    type Target = ConfigSetSettings;

    fn deref(&self) -> &ConfigSetSettings {
        &self.settings
    }
}
