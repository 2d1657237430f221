//! `pool auto`: what a store can give, divided among its clients.

use super::client::Client;
use super::demand::{Clients, Quiet};
use super::supply::supply;
use crate::model::Store;

impl<'m> Clients<'m> {
    /// `pool auto`: what each client of a store gets that left its pool to us. Fixed pools are served first; the rest is
    /// divided by load, and by how many pools there are in the situation that leaves least.
    ///
    /// A share below 1 is `None`: it is never raised to 1, since that would be a promise the store cannot keep.
    #[must_use]
    pub fn automatic_pools(&self, store: &Store) -> Vec<(Client<'m>, Option<u64>)> {
        let clients = self.of_store(store.id);
        // A migration works alone, with one connection.
        let is_auto = |client: &Client<'m>| {
            client.uses.pool.as_ref().is_some_and(|pool| pool.is_auto()) && !client.opener.migrates()
        };
        let automatic: Vec<Client<'m>> = clients.iter().filter(|client| is_auto(client)).copied().collect();
        let Some(supply) = supply(store).filter(|_| !automatic.is_empty()) else {
            return automatic.into_iter().map(|client| (client, None)).collect();
        };
        let weights: Vec<u64> = weights(&automatic);
        let all_weights: u64 = weights.iter().sum();
        let mut shares: Vec<Option<u64>> = vec![None; automatic.len()];
        let mut waves = self.waves.with(clients);
        waves.extend(self.waves.beside(self.model, clients));
        // All other waves are one to these clients: nobody of them rolls out.
        let is_apart = waves.len() < self.waves.len();
        let quiet = [(None, Quiet::Swinging), (None, Quiet::AtMost)];
        let quiet = quiet.into_iter().take(if is_apart { 2 } else { 1 });
        for (wave, at_rest) in quiet.chain(waves.into_iter().map(|wave| (Some(wave), Quiet::AtMost))) {
            let rolling = self.with_neighbours(wave, clients);
            let fixed = clients.iter().filter(|client| !is_auto(client));
            let taken = fixed
                .filter_map(|client| self.client_demand(client, &rolling, at_rest))
                .fold(0_u64, |sum, demand| sum.saturating_add(demand.connections));
            let rest = supply.usable().saturating_sub(taken);
            for ((client, weight), share) in automatic.iter().zip(&weights).zip(&mut shares) {
                let live = self.live(client, &rolling, at_rest);
                let pools = live.count.saturating_mul(client.pools_per_unit(self.model, &live));
                let part = u128::from(rest) * u128::from(*weight) / u128::from(all_weights.max(1));
                let size = u64::try_from(part).unwrap_or(u64::MAX).checked_div(pools).unwrap_or(0);
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
    let scaled = |loads: Vec<u64>| loads.into_iter().map(|load| (load / 1_000_000).max(1)).collect();
    loads.map_or_else(|| vec![1; clients.len()], scaled)
}

/// Whether weights could be taken from the load of all of them.
#[must_use]
pub fn weighted_by_load(clients: &[Client<'_>]) -> bool {
    clients
        .iter()
        .all(|client| client.workload.load.peak.is_some() || client.workload.load.rate.is_some())
}
