//! How many connections a store can be asked for, situation by situation.

use std::collections::BTreeMap;

use super::client::{Client, ClientDemand, Opener};
use super::waves::{Rolling, Waves, pm2_host};
use crate::budget::instances::{self, Live, LiveHow};
use crate::model::{MigrateWhen, Model, Platform, ThingId, Uses, Workload};

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
/// All clients of all stores, found once, and the waves of the project.
#[derive(Debug)]
pub struct Clients<'m> {
    pub(super) model: &'m Model,
    /// By store, in the order of the model.
    by_store: BTreeMap<ThingId, Vec<Client<'m>>>,
    /// Those that take connections of the store's reserve.
    on_reserve: BTreeMap<ThingId, Vec<Client<'m>>>,
    pub(super) waves: Waves,
    /// The first workload of each name; jobs apart.
    pub(super) by_name: BTreeMap<(&'m str, bool), ThingId>,
}

impl<'m> Clients<'m> {
    /// Of a model.
    #[must_use]
    pub fn of(model: &'m Model) -> Self {
        let mut by_store: BTreeMap<ThingId, Vec<Client<'m>>> = BTreeMap::new();
        let mut on_reserve: BTreeMap<ThingId, Vec<Client<'m>>> = BTreeMap::new();
        for workload in &model.workloads {
            for (uses, opener) in opened_by(workload) {
                let Some(store) = model.store(uses.store.id) else {
                    continue;
                };
                let client = Client {
                    workload,
                    uses,
                    opener,
                    engine: store.engine_name(),
                };
                let clients = if uses.from_reserve.value {
                    &mut on_reserve
                } else {
                    &mut by_store
                };
                clients.entry(store.id).or_default().push(client);
            }
        }
        let waves = Waves::of(model);
        let named = model.workloads.iter().rev();
        let by_name = named.map(|workload| ((workload.name.value.0.as_str(), workload.is_job()), workload.id));
        Self {
            model,
            by_store,
            on_reserve,
            waves,
            by_name: by_name.collect(),
        }
    }

    /// The clients of a store, those that take connections of its reserve excepted.
    #[must_use]
    pub fn of_store(&self, store: ThingId) -> &[Client<'m>] {
        self.by_store.get(&store).map_or(&[], Vec::as_slice)
    }

    /// What a store can be asked for; `None` when nobody uses it.
    #[must_use]
    pub fn demand(&self, store: ThingId) -> Option<Demand<'m>> {
        self.demand_of(self.of_store(store))
    }

    /// What the reserve of a store can be asked for; `None` when nobody takes from it.
    #[must_use]
    pub fn reserve_demand(&self, store: ThingId) -> Option<Demand<'m>> {
        self.demand_of(self.on_reserve.get(&store)?)
    }

    /// The most that a store would be asked for if the workloads that use it were changed so.
    #[must_use]
    pub fn worst_with(&self, store: ThingId, change: impl Fn(&mut Workload)) -> Option<u64> {
        let mut changed: Vec<Workload> = Vec::new();
        for client in self.of_store(store) {
            if changed.iter().all(|workload| workload.id != client.workload.id) {
                let mut workload = client.workload.clone();
                change(&mut workload);
                changed.push(workload);
            }
        }
        let engine = self.of_store(store).first()?.engine;
        let clients: Vec<Client<'_>> = changed
            .iter()
            .flat_map(|workload| opened_by(workload).map(move |(uses, opener)| (workload, uses, opener)))
            .filter(|(_, uses, _)| uses.store.id == store && !uses.from_reserve.value)
            .map(|(workload, uses, opener)| Client {
                workload,
                uses,
                opener,
                engine,
            })
            .collect();
        let demand = Clients::demand_of(self, &clients)?;
        Some(demand.worst.total)
    }

    fn demand_of(&self, clients: &[Client<'m>]) -> Option<Demand<'m>> {
        if clients.is_empty() {
            return None;
        }
        let mut situations = vec![self.situation(clients, None, Quiet::Swinging)];
        // A wave in which no client of the store takes part is the quiet situation again.
        let waves = self.waves.with(clients).into_iter();
        situations.extend(waves.map(|wave| self.situation(clients, Some(wave), Quiet::AtMost)));
        let steady = self.situation(clients, None, Quiet::AtMost).total;
        let least = self.situation(clients, None, Quiet::AtLeast).total;
        // The first of equals: rollouts come after the quiet situation, so an equal rollout does not hide it.
        let mut worst: Option<Asked<'m>> = None;
        for situation in situations {
            if worst.as_ref().is_none_or(|worst| worst.total < situation.total) {
                worst = Some(situation);
            }
        }
        let unknown = clients
            .iter()
            .filter(|client| client.pool().is_none() && client.uses.pool.is_none())
            .copied()
            .collect();
        let worst = worst?;
        Some(Demand {
            worst: Situation {
                rolling: self.waves.all(worst.rolling),
                clients: worst.clients,
                total: worst.total,
            },
            least,
            steady,
            unknown,
        })
    }

    fn situation(&self, clients: &[Client<'m>], wave: Option<usize>, quiet: Quiet) -> Asked<'m> {
        let rolling = self.with_neighbours(wave, clients);
        let demands: Vec<ClientDemand<'m>> = clients
            .iter()
            .filter_map(|client| self.client_demand(client, &rolling, quiet))
            .collect();
        let total = demands
            .iter()
            .fold(0_u64, |sum, demand| sum.saturating_add(demand.connections));
        Asked {
            rolling,
            clients: demands,
            total,
        }
    }

    pub(super) fn client_demand(
        &self,
        client: &Client<'m>,
        rolling: &Rolling,
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
    pub(super) fn live(&self, client: &Client<'m>, rolling: &Rolling, quiet: Quiet) -> Live {
        if client.opener == Opener::Migration {
            return Live {
                count: 1,
                how: LiveHow::Job,
            };
        }
        let workload = client.workload;
        let live = match quiet {
            _ if self.waves.rolls(rolling, workload.id) => {
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
            Platform::Pm2(_) if client.opener != Opener::Sidecar && !workload.is_job() => {
                let processes = live.count.saturating_mul(instances::processes(self.model, workload));
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

    /// What the rollout of one workload adds to its clients' connections.
    fn added(&self, workload: ThingId, clients: &[Client<'m>]) -> u64 {
        let own = clients.iter().filter(|client| client.workload.id == workload);
        let sum = |beside: Vec<ThingId>| {
            let rolling = Rolling { wave: None, beside };
            let demands = own
                .clone()
                .filter_map(|client| self.client_demand(client, &rolling, Quiet::AtMost));
            demands.fold(0_u64, |sum, demand| sum.saturating_add(demand.connections))
        };
        sum(vec![workload]).saturating_sub(sum(Vec::new()))
    }

    /// PM2 reloads two apps of a file at the same time, whatever order the project asks for: to those that roll out comes
    /// the neighbour on the same host that adds most.
    pub(super) fn with_neighbours(&self, wave: Option<usize>, clients: &[Client<'m>]) -> Rolling {
        let mut rolling = Rolling {
            wave,
            beside: Vec::new(),
        };
        let hosts = wave.map(|wave| self.waves.lonely(self.model, wave, clients));
        for host in hosts.into_iter().flatten() {
            let neighbours = clients.iter().map(|client| client.workload.id);
            let others =
                neighbours.filter(|id| pm2_host(self.model, *id) == Some(host) && !self.waves.rolls(&rolling, *id));
            let most = others.max_by_key(|id| (self.added(*id, clients), std::cmp::Reverse(*id)));
            rolling.beside.extend(most);
        }
        rolling
    }
}

/// A [`Situation`] before its wave is written out.
struct Asked<'m> {
    rolling: Rolling,
    clients: Vec<ClientDemand<'m>>,
    total: u64,
}

/// The pools of a workload, and who in it opens them.
fn opened_by(workload: &Workload) -> impl Iterator<Item = (&Uses, Opener)> {
    let own = workload.uses.iter().map(|uses| (uses, Opener::Main));
    let queues = workload.queue_clients.iter().map(|uses| (uses, Opener::Queue));
    let sidecars = workload.sidecar.iter().flat_map(|sidecar| &sidecar.uses);
    let beside = sidecars.map(|uses| (uses, Opener::Sidecar));
    let migration = workload.migrate.iter().flat_map(|migrate| {
        let opener = match migrate.when.value {
            MigrateWhen::OnStart => Opener::Start,
            MigrateWhen::Before | MigrateWhen::After => Opener::Migration,
        };
        migrate.uses.iter().map(move |uses| (uses, opener))
    });
    own.chain(queues).chain(beside).chain(migration)
}

/// What clients outside the wave are taken to be doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quiet {
    /// Every replica there can be.
    AtMost,
    /// The fewest.
    AtLeast,
    /// No rollout anywhere, autoscalers starting what others still stop.
    Swinging,
}
