//! One client of a store, and what it holds.

use crate::budget::instances::{self, Live, LiveHow};
use crate::diagnostic::{counted, thousands};
use crate::facts::pools::{PoolDefault, pool_default};
use crate::facts::runtimes;
use crate::model::{Model, Platform, Uses, Workload};

/// One client of a store: a pool in each process of a workload.
#[derive(Clone, Copy, Debug)]
pub struct Client<'m> {
    /// Whose.
    pub workload: &'m Workload,
    /// The pool.
    pub uses: &'m Uses,
    /// Who in the instance opens it.
    pub opener: Opener,
    /// The store's engine.
    pub engine: &'m str,
}

/// Who opens a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opener {
    /// Each process of the main container.
    Main,
    /// Each process of the main container, for a queue that lives in the store.
    Queue,
    /// A sidecar, once in each instance.
    Sidecar,
    /// The migration job, once.
    Migration,
    /// The migration that every instance runs as it starts: nothing keeps all of them from doing so at once.
    Start,
}

impl Opener {
    /// Whether each process of the main container opens it.
    #[must_use]
    pub const fn is_process(self) -> bool {
        matches!(self, Self::Main | Self::Queue)
    }

    /// Whether it is a migration, in a job or in the instances.
    #[must_use]
    pub const fn migrates(self) -> bool {
        matches!(self, Self::Migration | Self::Start)
    }
}

impl<'m> Client<'m> {
    /// Connections of one pool, overflow included; the library's default if none is declared, `None` if that is not known.
    #[must_use]
    pub fn pool(&self) -> Option<u64> {
        match &self.uses.pool {
            // Whoever migrates works alone.
            Some(pool) if pool.is_auto() && self.opener.migrates() => Some(1),
            Some(pool) => pool.get().map(|size| size.saturating_add(self.uses.overflow.value)),
            None if self.opener.migrates() => Some(1),
            None => self.library_default().and_then(|default| default.max),
        }
    }

    /// The default of the library that is most used here; only asked when no pool is declared.
    #[must_use]
    pub fn library_default(&self) -> Option<PoolDefault> {
        let language = self.workload.runtime.as_ref()?.language.value;
        pool_default(language, self.engine)
    }

    /// Pools in one live unit: an instance, or on PM2 a process.
    pub(super) fn pools_per_unit(&self, model: &Model, live: &Live) -> u64 {
        let processes = match (self.opener, live.how) {
            (Opener::Main | Opener::Queue, LiveHow::Reload { .. }) => 1,
            (Opener::Main | Opener::Queue, _) => match model.platform(self.workload) {
                // Outside a reload PM2's units are counted as processes too.
                Platform::Pm2(_) if !self.workload.is_job() => 1,
                _ => instances::processes(model, self.workload),
            },
            (Opener::Sidecar | Opener::Migration | Opener::Start, _) => 1,
        };
        processes.saturating_mul(self.threads())
    }

    /// Threads of a process that open a pool: `max(1, threads)`.
    #[must_use]
    pub fn threads(&self) -> u64 {
        let threads = self.workload.threads.as_ref().map_or(1, |threads| threads.count.value);
        if self.opener.is_process() && self.is_per_thread() {
            threads.max(1)
        } else {
            1
        }
    }

    /// Unless it is written: a worker thread of Node loads its own modules, and with them its own pool; elsewhere threads
    /// share memory and pool.
    fn is_per_thread(&self) -> bool {
        let per_thread = &self.uses.per_thread;
        let runtime = self.workload.runtime.as_ref();
        let shares = runtime.is_some_and(|runtime| runtimes::threads_share_memory(runtime.language.value));
        per_thread.value && (per_thread.is_written() || !shares)
    }
}

/// A client with what it can hold in some situation.
#[derive(Clone, Copy, Debug)]
pub struct ClientDemand<'m> {
    /// The client.
    pub client: Client<'m>,
    /// Live instances, or processes on PM2.
    pub live: Live,
    /// Pools in each.
    pub pools: u64,
    /// Connections of each pool.
    pub pool: u64,
    /// All of them.
    pub connections: u64,
}

impl ClientDemand<'_> {
    /// `160 = 16 instances × 2 processes × 5`
    #[must_use]
    pub fn terms(&self) -> String {
        let total = thousands(self.connections);
        let reload = matches!(self.live.how, LiveHow::Reload { .. });
        let units = counted(self.live.count, if reload { "process" } else { "instance" });
        let pools = if self.pools == 1 {
            String::new()
        } else {
            format!(" × {} pools", self.pools)
        };
        let overflow = self.client.uses.overflow.value;
        let pool = match overflow {
            0 => self.pool.to_string(),
            _ => format!("({} + {overflow})", self.pool.saturating_sub(overflow)),
        };
        match self.client.opener {
            Opener::Migration => format!("{total} of the migration"),
            Opener::Start => format!("{total} of the migrations at the start = {units} × {pool}"),
            Opener::Queue => format!("{total} for `{}` = {units}{pools} × {pool}", self.client.uses.name()),
            Opener::Main | Opener::Sidecar => format!("{total} = {units}{pools} × {pool}"),
        }
    }
}
