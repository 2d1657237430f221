//! How many connections a store gives.

use loadline_grammar::Span;

use crate::diagnostic::{counted, thousands};
use crate::facts::engines::engine_default;
use crate::model::{PoolMode, Pooler, Store, ThingKind};

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
    /// They are the server connections of a pooler in session mode, which shares none of them.
    pub session: bool,
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
        if self.session {
            let servers = counted(self.accepted, "server connection");
            return format!("{servers}{default}: in session mode each client keeps one for itself");
        }
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
        return Some(of_pooler(pooler));
    }
    without_pooler(store)
}

/// A pooler gives as many connections as it accepts clients. In session mode it gives no more than it has itself: a client
/// keeps its server connection until it disconnects, and who comes later waits for one (PgBouncer: `query_wait_timeout`,
/// 120 s, then the client is sent away).
fn of_pooler(pooler: &Pooler) -> Supply {
    let servers = pooler.size.value.saturating_mul(pooler.pools.value);
    let session = pooler.mode.value == PoolMode::Session && servers < pooler.max_clients.value;
    let (each, number) = if session {
        (servers, &pooler.size)
    } else {
        (pooler.max_clients.value, &pooler.max_clients)
    };
    Supply {
        accepted: each.saturating_mul(pooler.processes.value),
        reserved: 0,
        accepted_by_default: !number.is_written(),
        reserved_by_default: false,
        session,
        span: number.span,
    }
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
        session: false,
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
