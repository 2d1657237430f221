//! How many connections a store gives.

use loadline_grammar::Span;

use crate::diagnostic::thousands;
use crate::facts::engines::engine_default;
use crate::model::{Store, ThingKind};

/// What a store gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Supply {
    /// Connections that it accepts.
    pub accepted: u64,
    /// Those that clients of the spec do not get.
    pub reserved: u64,
    /// `accepted` is the engine's default.
    pub accepted_by_default: bool,
    /// `reserved` is the engine's default.
    pub reserved_by_default: bool,
    /// Where the number stands.
    pub span: Span,
}

impl Supply {
    /// What is left for clients.
    #[must_use]
    pub const fn usable(&self) -> u64 {
        self.accepted.saturating_sub(self.reserved)
    }

    /// `270 usable: 300 − 30 reserved`
    #[must_use]
    pub fn terms(&self) -> String {
        let default = if self.accepted_by_default { " by default" } else { "" };
        match self.reserved {
            0 => format!("{} usable{default}", thousands(self.accepted)),
            reserved => {
                let kept = if self.reserved_by_default {
                    "reserved by default"
                } else {
                    "reserved"
                };
                format!(
                    "{} usable: {}{default} − {reserved} {kept}",
                    thousands(self.usable()),
                    thousands(self.accepted)
                )
            }
        }
    }
}

/// What a store gives to the clients of the spec; `None` when neither the spec nor the engine says.
#[must_use]
pub fn supply(store: &Store) -> Option<Supply> {
    if let Some(pooler) = &store.pooler {
        let accepted = pooler.max_clients.value.saturating_mul(pooler.processes.value);
        return Some(Supply {
            accepted,
            reserved: 0,
            accepted_by_default: !pooler.max_clients.is_written(),
            reserved_by_default: false,
            span: pooler.max_clients.span,
        });
    }
    without_pooler(store)
}

/// What the store itself gives, whoever stands before it.
fn without_pooler(store: &Store) -> Option<Supply> {
    let default = engine_default(store.engine_name());
    let declared = match store.id.kind {
        ThingKind::Database => store.max_connections.as_ref(),
        ThingKind::Cache => store.max_clients.as_ref(),
        _ => return None,
    };
    let accepted = declared
        .map(|declared| declared.value)
        .or_else(|| default.map(|default| default.max_connections))?;
    let reserved = store.reserve.as_ref().map(|reserve| reserve.value);
    Some(Supply {
        accepted,
        reserved: reserved.unwrap_or_else(|| default.map_or(0, |default| default.reserved)),
        accepted_by_default: declared.is_none(),
        reserved_by_default: reserved.is_none(),
        span: declared.map_or(store.span, |declared| declared.span),
    })
}

/// Connections of a store that its clients do not get, unless they say `from_reserve`.
#[must_use]
pub fn reserved(store: &Store) -> u64 {
    without_pooler(store).map_or(0, |supply| supply.reserved)
}

/// What the pooler of a database can ask the database itself for, and what the database gives.
#[must_use]
pub fn pooler_demand(store: &Store) -> Option<(u64, Supply)> {
    let pooler = store.pooler.as_ref()?;
    let asked = pooler
        .size
        .value
        .saturating_mul(pooler.pools.value)
        .saturating_mul(pooler.processes.value);
    let supply = without_pooler(store)?;
    Some((asked, supply))
}
