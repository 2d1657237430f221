//! How many connections a store can be asked for, and how many it gives.

use loadline_grammar::Span;

use super::instances::{self, Live, LiveHow};
use crate::diagnostic::{counted, thousands};
use crate::facts::engines::engine_default;
use crate::facts::pools::pool_default;
use crate::model::{Deploys, Model, Platform, Store, ThingId, ThingKind, Uses, Workload};

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
    /// A sidecar, once in each instance.
    Sidecar,
    /// The migration job, once.
    Migration,
}

impl<'m> Client<'m> {
    /// Connections of one pool, overflow included; the library's default if none is declared, `None` if that is not known.
    #[must_use]
    pub fn pool(&self) -> Option<u64> {
        match &self.uses.pool {
            Some(pool) => pool
                .get()
                .map(|size| size.saturating_add(self.uses.overflow.value)),
            None if self.opener == Opener::Migration => Some(1),
            None => self.library_default().and_then(|default| default.max),
        }
    }

    /// The default of the library that is most used here; only asked when no pool is declared.
    #[must_use]
    pub fn library_default(&self) -> Option<crate::facts::pools::PoolDefault> {
        let language = self.workload.runtime.as_ref()?.language.value;
        pool_default(language, self.engine)
    }

    /// Pools in one live unit: an instance, or on PM2 a process.
    fn pools_per_unit(&self, model: &Model, live: &Live) -> u64 {
        let processes = match (self.opener, live.how) {
            (Opener::Main, LiveHow::Reload { .. }) => 1,
            (Opener::Main, _) => match model.platform(self.workload) {
                // Outside a reload PM2's units are counted as processes too.
                Platform::Pm2(_) if !self.workload.is_job() => 1,
                _ => instances::processes(model, self.workload),
            },
            (Opener::Sidecar | Opener::Migration, _) => 1,
        };
        processes.saturating_mul(self.threads())
    }

    /// Threads that open a pool: `max(1, threads)`.
    fn threads(&self) -> u64 {
        let threads = self
            .workload
            .threads
            .as_ref()
            .map_or(1, |threads| threads.count.value);
        if self.opener == Opener::Main && self.uses.per_thread.value {
            threads.max(1)
        } else {
            1
        }
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
            Opener::Main | Opener::Sidecar => format!("{total} = {units}{pools} × {pool}"),
        }
    }
}

/// When the clients of a store hold what.
#[derive(Clone, Debug)]
pub struct Situation<'m> {
    /// Who is rolling out.
    pub rolling: Vec<ThingId>,
    /// Every client, in the order of the model.
    pub clients: Vec<ClientDemand<'m>>,
    /// The sum.
    pub total: u64,
}

/// What a store can be asked for.
#[derive(Clone, Debug)]
pub struct Demand<'m> {
    /// The situation in which it is asked for most.
    pub worst: Situation<'m>,
    /// No rollout and every autoscaler at its minimum.
    pub least: u64,
    /// No rollout, everything at its maximum.
    pub steady: u64,
    /// Clients whose pool is not declared and whose library's default is not known: they are not in the sums.
    pub unknown: Vec<Client<'m>>,
}

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
        let default = if self.accepted_by_default {
            " by default"
        } else {
            ""
        };
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
    let default = engine_default(store.engine_name());
    if let Some(pooler) = &store.pooler {
        let accepted = pooler
            .max_clients
            .value
            .saturating_mul(pooler.processes.value);
        return Some(Supply {
            accepted,
            reserved: 0,
            accepted_by_default: !pooler.max_clients.is_written(),
            reserved_by_default: false,
            span: pooler.max_clients.span,
        });
    }
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

/// What the pooler of a database can ask the database itself for, and what the database gives.
#[must_use]
pub fn pooler_demand(store: &Store) -> Option<(u64, Supply)> {
    let pooler = store.pooler.as_ref()?;
    let asked = pooler
        .size
        .value
        .saturating_mul(pooler.pools.value)
        .saturating_mul(pooler.processes.value);
    let default = engine_default(store.engine_name());
    let declared = store.max_connections.as_ref();
    let reserved = store.reserve.as_ref().map(|reserve| reserve.value);
    let supply = Supply {
        accepted: declared
            .map(|declared| declared.value)
            .or_else(|| default.map(|default| default.max_connections))?,
        reserved: reserved.unwrap_or_else(|| default.map_or(0, |default| default.reserved)),
        accepted_by_default: declared.is_none(),
        reserved_by_default: reserved.is_none(),
        span: declared.map_or(store.span, |declared| declared.span),
    };
    Some((asked, supply))
}

/// All clients of all stores, found once, and the waves of the project.
#[derive(Debug)]
pub struct Clients<'m> {
    model: &'m Model,
    /// By store, in the order of the model.
    by_store: std::collections::BTreeMap<ThingId, Vec<Client<'m>>>,
    /// Who rolls out together.
    waves: Vec<Vec<ThingId>>,
}

impl<'m> Clients<'m> {
    /// Of a model.
    #[must_use]
    pub fn of(model: &'m Model) -> Self {
        let mut by_store: std::collections::BTreeMap<ThingId, Vec<Client<'m>>> =
            std::collections::BTreeMap::new();
        for workload in &model.workloads {
            let own = workload.uses.iter().map(|uses| (uses, Opener::Main));
            let beside = workload
                .sidecar
                .iter()
                .flat_map(|sidecar| &sidecar.uses)
                .map(|uses| (uses, Opener::Sidecar));
            let migration = workload
                .migrate
                .iter()
                .flat_map(|migrate| &migrate.uses)
                .map(|uses| (uses, Opener::Migration));
            for (uses, opener) in own.chain(beside).chain(migration) {
                let Some(store) = model.store(uses.store.id) else {
                    continue;
                };
                let client = Client {
                    workload,
                    uses,
                    opener,
                    engine: store.engine_name(),
                };
                by_store.entry(store.id).or_default().push(client);
            }
        }
        let deployed =
            |thing: ThingId| matches!(thing.kind, ThingKind::Service | ThingKind::Worker);
        let waves = match model.project.deploys.value {
            Deploys::Waves => model.graph.waves(deployed),
            Deploys::Parallel => vec![
                model
                    .graph
                    .things()
                    .filter(|thing| deployed(*thing))
                    .collect(),
            ],
            Deploys::Sequential => model
                .graph
                .things()
                .filter(|thing| deployed(*thing))
                .map(|thing| vec![thing])
                .collect(),
        };
        Self {
            model,
            by_store,
            waves,
        }
    }

    /// The clients of a store.
    #[must_use]
    pub fn of_store(&self, store: ThingId) -> &[Client<'m>] {
        self.by_store.get(&store).map_or(&[], Vec::as_slice)
    }

    /// What a store can be asked for; `None` when nobody uses it.
    #[must_use]
    pub fn demand(&self, store: ThingId) -> Option<Demand<'m>> {
        let clients = self.of_store(store);
        if clients.is_empty() {
            return None;
        }
        let mut situations = vec![self.situation(clients, &[], Quiet::Swinging)];
        // A wave in which no client of the store takes part is the quiet situation again.
        let takes_part = |wave: &&Vec<ThingId>| {
            clients
                .iter()
                .any(|client| wave.contains(&client.workload.id))
        };
        situations.extend(
            self.waves
                .iter()
                .filter(takes_part)
                .map(|wave| self.situation(clients, wave, Quiet::AtMost)),
        );
        let steady = self.situation(clients, &[], Quiet::AtMost).total;
        let least = self.situation(clients, &[], Quiet::AtLeast).total;
        // The first of equals: rollouts come after the quiet situation, so an equal rollout does not hide it.
        let mut worst: Option<Situation<'m>> = None;
        for situation in situations {
            if worst
                .as_ref()
                .is_none_or(|worst| worst.total < situation.total)
            {
                worst = Some(situation);
            }
        }
        let unknown = clients
            .iter()
            .filter(|client| client.pool().is_none() && client.uses.pool.is_none())
            .copied()
            .collect();
        Some(Demand {
            worst: worst?,
            least,
            steady,
            unknown,
        })
    }

    fn situation(&self, clients: &[Client<'m>], wave: &[ThingId], quiet: Quiet) -> Situation<'m> {
        let rolling = self.with_neighbours(wave, clients);
        let demands: Vec<ClientDemand<'m>> = clients
            .iter()
            .filter_map(|client| self.client_demand(client, &rolling, quiet))
            .collect();
        let total = demands
            .iter()
            .fold(0_u64, |sum, demand| sum.saturating_add(demand.connections));
        Situation {
            rolling,
            clients: demands,
            total,
        }
    }

    fn client_demand(
        &self,
        client: &Client<'m>,
        rolling: &[ThingId],
        quiet: Quiet,
    ) -> Option<ClientDemand<'m>> {
        let live = self.live(client, rolling, quiet);
        let pool = client.pool()?;
        let pools = client.pools_per_unit(self.model, &live);
        Some(ClientDemand {
            client: *client,
            live,
            pools,
            pool,
            connections: live.count.saturating_mul(pools).saturating_mul(pool),
        })
    }

    /// Live units of one client: of the one migration, of the rollout, or of the quiet time.
    fn live(&self, client: &Client<'m>, rolling: &[ThingId], quiet: Quiet) -> Live {
        if client.opener == Opener::Migration {
            return Live {
                count: 1,
                how: LiveHow::Job,
            };
        }
        let workload = client.workload;
        let live = match quiet {
            _ if rolling.contains(&workload.id) => {
                return instances::rolling_out(self.model, workload, client.uses);
            }
            Quiet::Swinging => instances::swinging(self.model, workload, client.uses),
            Quiet::AtMost => instances::steady(self.model, workload),
            Quiet::AtLeast => Live {
                count: instances::replicas_min(self.model, workload),
                ..instances::steady(self.model, workload)
            },
        };
        match self.model.platform(workload) {
            // PM2's unit is the process.
            Platform::Pm2(_) if client.opener == Opener::Main && !workload.is_job() => {
                let processes = live
                    .count
                    .saturating_mul(instances::processes(self.model, workload));
                Live {
                    count: processes,
                    how: LiveHow::Reload {
                        processes,
                        extra: 0,
                        candidates: 0,
                    },
                }
            }
            _ => live,
        }
    }

    /// PM2 reloads two apps of a file at the same time, whatever order the project asks for: to those that roll out comes
    /// the neighbour on the same host that adds most.
    fn with_neighbours(&self, wave: &[ThingId], clients: &[Client<'m>]) -> Vec<ThingId> {
        let mut rolling = wave.to_vec();
        let pm2_host = |workload: &Workload| match self.model.platform(workload) {
            Platform::Pm2(host) if !workload.is_job() => Some(host),
            _ => None,
        };
        for thing in wave {
            let Some(host) = self.model.workload(*thing).and_then(pm2_host) else {
                continue;
            };
            let on_host = |id: &ThingId| self.model.workload(*id).and_then(pm2_host) == Some(host);
            if 1 < rolling.iter().filter(|id| on_host(id)).count() {
                continue;
            }
            let neighbours = clients
                .iter()
                .filter(|client| client.opener == Opener::Main && on_host(&client.workload.id));
            let added = |client: &Client<'m>| {
                let mid = instances::rolling_out(self.model, client.workload, client.uses).count;
                let quiet = self.live(client, &[], Quiet::AtMost).count;
                mid.saturating_sub(quiet)
                    .saturating_mul(client.pool().unwrap_or(0))
            };
            let others = neighbours.filter(|client| !rolling.contains(&client.workload.id));
            if let Some(most) =
                others.max_by_key(|client| (added(client), std::cmp::Reverse(client.workload.id)))
            {
                rolling.push(most.workload.id);
            }
        }
        rolling
    }

    /// `pool auto`: what each client of a store gets that left its pool to us. Fixed pools are served first; the rest is
    /// divided by load, and by how many pools there are in the situation that leaves least.
    ///
    /// A share below 1 is `None`: it is never raised to 1, since that would be a promise the store cannot keep.
    #[must_use]
    pub fn automatic_pools(&self, store: &Store) -> Vec<(Client<'m>, Option<u64>)> {
        let clients = self.of_store(store.id);
        let is_auto =
            |client: &Client<'m>| client.uses.pool.as_ref().is_some_and(|pool| pool.is_auto());
        let automatic: Vec<Client<'m>> = clients
            .iter()
            .filter(|client| is_auto(client))
            .copied()
            .collect();
        let Some(supply) = supply(store).filter(|_| !automatic.is_empty()) else {
            return automatic.into_iter().map(|client| (client, None)).collect();
        };
        let weights: Vec<u64> = weights(&automatic);
        let all_weights: u64 = weights.iter().sum();
        let mut shares: Vec<Option<u64>> = vec![None; automatic.len()];
        let quiet: Vec<ThingId> = Vec::new();
        for (wave, at_rest) in std::iter::once((&quiet, Quiet::Swinging))
            .chain(self.waves.iter().map(|wave| (wave, Quiet::AtMost)))
        {
            let rolling = self.with_neighbours(wave, clients);
            let fixed = clients.iter().filter(|client| !is_auto(client));
            let taken = fixed
                .filter_map(|client| self.client_demand(client, &rolling, at_rest))
                .fold(0_u64, |sum, demand| sum.saturating_add(demand.connections));
            let rest = supply.usable().saturating_sub(taken);
            for ((client, weight), share) in automatic.iter().zip(&weights).zip(&mut shares) {
                let live = self.live(client, &rolling, at_rest);
                let pools = live
                    .count
                    .saturating_mul(client.pools_per_unit(self.model, &live));
                let part = u128::from(rest) * u128::from(*weight) / u128::from(all_weights.max(1));
                let size = u64::try_from(part)
                    .unwrap_or(u64::MAX)
                    .checked_div(pools)
                    .unwrap_or(0);
                *share = Some(share.map_or(size, |least: u64| least.min(size)));
            }
        }
        let without_overflow = |client: &Client<'m>, share: Option<u64>| {
            share
                .and_then(|share| share.checked_sub(client.uses.overflow.value))
                .filter(|&size| 1 <= size)
        };
        automatic
            .iter()
            .zip(shares)
            .map(|(client, share)| (*client, without_overflow(client, share)))
            .collect()
    }
}

/// Load of each client: its peak, else its rate; 1 for all when not every one says.
fn weights(clients: &[Client<'_>]) -> Vec<u64> {
    let load = |client: &Client<'_>| {
        let load = &client.workload.load;
        load.peak
            .as_ref()
            .or(load.rate.as_ref())
            .map(|rate| rate.in_millionths_per_hour())
    };
    let loads: Option<Vec<u64>> = clients.iter().map(load).collect();
    // Millionths per hour are more precise than any division needs, and their sum must fit.
    let scaled = |loads: Vec<u64>| {
        loads
            .into_iter()
            .map(|load| (load / 1_000_000).max(1))
            .collect()
    };
    loads.map_or_else(|| vec![1; clients.len()], scaled)
}

/// Whether weights could be taken from the load of all of them.
#[must_use]
pub fn weighted_by_load(clients: &[Client<'_>]) -> bool {
    clients
        .iter()
        .all(|client| client.workload.load.peak.is_some() || client.workload.load.rate.is_some())
}

/// What clients outside the wave are taken to be doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quiet {
    /// Every replica there can be.
    AtMost,
    /// The fewest.
    AtLeast,
    /// No rollout anywhere, autoscalers starting what others still stop.
    Swinging,
}
