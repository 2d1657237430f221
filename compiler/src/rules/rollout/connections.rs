//! Stores that are asked for too many connections, for the rules that say what of a rollout makes them so.

use crate::budget::connections::{Situation, Supply, supply};
use crate::model::Store;
use crate::rules::Context;

pub(super) struct Overcommitted<'m> {
    pub(super) store: &'m Store,
    pub(super) supply: Supply,
    pub(super) worst: Situation<'m>,
}

/// Databases whose worst case is more than they accept.
pub(super) fn overcommitted<'c>(context: &Context<'c>) -> impl Iterator<Item = Overcommitted<'c>> {
    let clients = context.clients;
    let databases = context.model.stores.iter().filter(|store| store.is_database());
    databases.filter_map(move |store| {
        let (worst, supply) = (clients.demand(store.id)?.worst, supply(store)?);
        (supply.usable() < worst.total).then_some(Overcommitted { store, supply, worst })
    })
}
