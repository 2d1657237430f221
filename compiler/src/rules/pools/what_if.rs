//! Numbers that a finding proposes, found by asking the budget: what is proposed is what the next run accepts.

use super::pool_near_limit::NEAR;
use crate::budget::connections::{ClientDemand, Clients, Opener};
use crate::model::{Model, Store, ThingId, Uses, Workload};
use crate::values::{Auto, Bounds, Val};

/// The worst case of a store.
pub(super) fn worst(model: &Model, store: ThingId) -> Option<u64> {
    Clients::of(model).demand(store).map(|demand| demand.worst.total)
}

/// The same model with other replica counts.
pub(super) fn with_scale(model: &Model, replicas: impl Fn(&Workload) -> Bounds<u64>) -> Model {
    let mut changed = model.clone();
    for (workload, original) in changed.workloads.iter_mut().zip(&model.workloads) {
        workload.settings.scale.replicas.value = replicas(original);
    }
    changed
}

/// The same model with another upper end of one workload's scale; the lower end stays where it can.
fn with_most(model: &Model, id: ThingId, most: u64) -> Model {
    with_scale(model, |workload| match workload.id == id {
        true => Bounds {
            low: workload.scale.min().min(most),
            high: most,
        },
        false => workload.scale.replicas.value,
    })
}

/// The most replicas of a workload, up to those it has, with which the model is as wanted.
pub(super) fn most_replicas(model: &Model, workload: &Workload, wanted: impl Fn(&Model) -> bool) -> Option<u64> {
    largest(workload.scale.max(), |most| {
        wanted(&with_most(model, workload.id, most))
    })
}

/// A pool that lets everything fit, and what is asked for with it.
pub(super) struct Smaller {
    pub(super) size: u64,
    pub(super) total: u64,
}

/// The largest pool of one client with which a store is asked for no more than `limit`.
pub(super) fn smaller_pool(model: &Model, store: &Store, demand: &ClientDemand<'_>, limit: u64) -> Option<Smaller> {
    let total = |size: u64| worst(&with_pool(model, demand, size)?, store.id);
    let most = demand.pool.saturating_sub(demand.client.uses.overflow.value);
    let size = largest(most, |size| total(size).is_some_and(|total| total <= limit))?;
    Some(Smaller {
        size,
        total: total(size)?,
    })
}

/// What keeps `pool-near-limit` silent, and if nothing does, what just fits.
pub(super) fn limits(usable: u64) -> [u64; 2] {
    [NEAR.floor_of(usable), usable]
}

fn with_pool(model: &Model, demand: &ClientDemand<'_>, size: u64) -> Option<Model> {
    let mut changed = model.clone();
    let (client, id) = (&demand.client, demand.client.workload.id);
    let changed_workload = changed.workloads.iter_mut().find(|workload| workload.id == id)?;
    let same = |uses: &Uses| std::ptr::eq(uses, client.uses);
    let (before, after) = (&client.workload.settings, &mut changed_workload.settings);
    let uses = match client.opener {
        // What a queue's client needs is not a matter of taste.
        Opener::Queue => None,
        Opener::Main => after.uses.get_mut(before.uses.iter().position(same)?),
        Opener::Sidecar => {
            let mut all = before.sidecar.iter().flat_map(|sidecar| &sidecar.uses);
            let place = all.position(same)?;
            after
                .sidecar
                .iter_mut()
                .flat_map(|sidecar| &mut sidecar.uses)
                .nth(place)
        }
        Opener::Migration | Opener::Start => {
            let mut all = before.migrate.iter().flat_map(|migrate| &migrate.uses);
            let place = all.position(same)?;
            after
                .migrate
                .iter_mut()
                .flat_map(|migrate| &mut migrate.uses)
                .nth(place)
        }
    }?;
    uses.pool = Some(Val::written(Auto(Some(size)), uses.span));
    Some(changed)
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
