//! Numbers that a finding proposes, found by asking the budget: what is proposed is what the next run accepts.

use super::pool_near_limit::NEAR;
use crate::budget::connections::{Client, ClientDemand, Clients, Opener};
use crate::model::{Model, Store, ThingId, Uses, Workload};
use crate::values::{Auto, Bounds, Val};

/// The most replicas of a workload, up to those it has, with which the model is as wanted.
pub(super) fn most_replicas(model: &Model, workload: &Workload, wanted: impl Fn(&Model) -> bool) -> Option<u64> {
    largest(workload.scale.max(), |most| {
        let mut changed = model.clone();
        let all = changed.workloads.iter_mut();
        all.filter(|other| other.id == workload.id)
            .for_each(|workload| at_most(workload, most));
        wanted(&changed)
    })
}

/// The most replicas of a workload, up to those it has, with which a store is asked for no more than `limit`.
pub(super) fn most_replicas_within(
    clients: &Clients<'_>,
    store: ThingId,
    workload: &Workload,
    limit: u64,
) -> Option<u64> {
    largest(workload.scale.max(), |most| {
        let change = |changed: &mut Workload| {
            if changed.id == workload.id {
                at_most(changed, most);
            }
        };
        clients.worst_with(store, change).is_some_and(|worst| worst <= limit)
    })
}

/// Another upper end of the scale; the lower end stays where it can.
fn at_most(workload: &mut Workload, most: u64) {
    let low = workload.scale.min().min(most);
    workload.settings.scale.replicas.value = Bounds { low, high: most };
}

/// A pool that lets everything fit, and what is asked for with it.
pub(super) struct Smaller {
    pub(super) size: u64,
    pub(super) total: u64,
}

/// The largest pool of one client with which a store is asked for no more than `limit`.
pub(super) fn smaller_pool(
    clients: &Clients<'_>,
    store: &Store,
    demand: &ClientDemand<'_>,
    limit: u64,
) -> Option<Smaller> {
    let total = |size: u64| with_pool(clients, store, &demand.client, size);
    let most = demand.pool.saturating_sub(demand.client.uses.overflow.value);
    let size = largest(most, |size| total(size).is_some_and(|total| total <= limit))?;
    Some(Smaller {
        size,
        total: total(size)?,
    })
}

/// What a store is asked for at most with another pool of one client.
pub(super) fn with_pool(clients: &Clients<'_>, store: &Store, client: &Client<'_>, size: u64) -> Option<u64> {
    clients.worst_with(store.id, |workload| {
        if let Some(uses) = the_same(client, workload) {
            uses.pool = Some(Val::written(Auto(Some(size)), uses.span));
        }
    })
}

/// What keeps `pool-near-limit` silent, and if nothing does, what just fits.
pub(super) fn limits(usable: u64) -> [u64; 2] {
    [NEAR.floor_of(usable), usable]
}

/// A client's pool in a copy of its workload.
fn the_same<'w>(client: &Client<'_>, copy: &'w mut Workload) -> Option<&'w mut Uses> {
    if copy.id != client.workload.id {
        return None;
    }
    let same = |uses: &Uses| std::ptr::eq(uses, client.uses);
    let (before, after) = (&client.workload.settings, &mut copy.settings);
    match client.opener {
        // What a queue's client needs is not a matter of taste.
        Opener::Queue => None,
        Opener::Main => after.uses.get_mut(before.uses.iter().position(same)?),
        Opener::Sidecar => {
            let place = before.sidecar.iter().flat_map(|sidecar| &sidecar.uses).position(same)?;
            after
                .sidecar
                .iter_mut()
                .flat_map(|sidecar| &mut sidecar.uses)
                .nth(place)
        }
        Opener::Migration | Opener::Start => {
            let place = before.migrate.iter().flat_map(|migrate| &migrate.uses).position(same)?;
            after
                .migrate
                .iter_mut()
                .flat_map(|migrate| &mut migrate.uses)
                .nth(place)
        }
    }
}

/// The largest number from 1 to `most` that fits. More never need less, so the border is found by halving.
fn largest(most: u64, fits: impl Fn(u64) -> bool) -> Option<u64> {
    if most == 0 || !fits(1) {
        return None;
    }
    if fits(most) {
        return Some(most);
    }
    let (mut low, mut high) = (1, most);
    while low + 1 < high {
        let middle = low + (high - low) / 2;
        if fits(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some(low)
}
