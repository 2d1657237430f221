//! What a store can be asked for while one revision of the spec replaces another: each live instance by the terms of its
//! own revision.

use super::client::{Client, Opener};
use super::demand::{Clients, Quiet};
use super::waves::Rolling;
use crate::budget::replacement::{Overlap, Placed, overlap};
use crate::diagnostic::{counted, thousands};
use crate::model::{Model, Platform, ThingId, Workload};

/// The clients of two revisions of a spec: the one that runs, and the one that replaces it.
#[derive(Debug)]
pub struct Transition<'m> {
    old: Clients<'m>,
    new: Clients<'m>,
}

/// One moment of the transition.
#[derive(Clone, Debug)]
pub struct Moment<'m> {
    /// Who is being replaced; nobody before the first wave and after the last.
    pub rolling: Vec<ThingId>,
    /// Everyone who holds connections.
    pub holders: Vec<Holder<'m>>,
    /// The sum.
    pub total: u64,
}

/// A client with what its old and its new instances hold.
#[derive(Clone, Copy, Debug)]
pub struct Holder<'m> {
    /// In the revision that runs.
    pub old: Option<Share<'m>>,
    /// In the one that replaces it.
    pub new: Option<Share<'m>>,
    /// The new revision has no such workload: what runs of it stays until someone removes it.
    pub removed: bool,
}

/// What the live instances of one revision hold.
#[derive(Clone, Copy, Debug)]
pub struct Share<'m> {
    /// The client.
    pub client: Client<'m>,
    /// Live instances, or processes on PM2.
    pub units: u64,
    /// Connections of each.
    pub each: u64,
    processes: bool,
}

impl Share<'_> {
    /// All of them.
    #[must_use]
    pub const fn connections(&self) -> u64 {
        self.units.saturating_mul(self.each)
    }

    fn terms(&self, age: &str) -> String {
        let units = counted(self.units, if self.processes { "process" } else { "instance" });
        let (count, unit) = units.split_once(' ').unwrap_or_default();
        let units = format!("{count} {age}{unit}");
        match self.client.opener {
            Opener::Migration => format!("{} of the migration", thousands(self.connections())),
            _ => format!("{units} × {}", self.each),
        }
    }
}

impl Holder<'_> {
    /// All connections of both revisions.
    #[must_use]
    pub fn connections(&self) -> u64 {
        let both = self.old.iter().chain(&self.new);
        both.map(Share::connections).fold(0, u64::saturating_add)
    }

    /// Whose they are.
    #[must_use]
    pub fn workload(&self) -> Option<&Workload> {
        self.new.or(self.old).map(|share| share.client.workload)
    }

    /// `265 = 10 old instances × 20 + 2 new instances × 25`
    #[must_use]
    pub fn terms(&self) -> String {
        let two = self.old.is_some() && self.new.is_some();
        let shares = [(self.old, "old "), (self.new, "new ")];
        let parts: Vec<String> = shares
            .into_iter()
            .filter_map(|(share, age)| Some((share?, age)))
            .filter(|(share, _)| share.units != 0)
            .map(|(share, age)| share.terms(if two || age == "old " { age } else { "" }))
            .collect();
        format!("{} = {}", thousands(self.connections()), parts.join(" + "))
    }
}

impl<'m> Transition<'m> {
    /// From the revision that runs to the one that replaces it.
    #[must_use]
    pub fn new(old: &'m Model, new: &'m Model) -> Self {
        Self {
            old: Clients::of(old),
            new: Clients::of(new),
        }
    }

    /// The clients of the revision that runs.
    #[must_use]
    pub const fn old(&self) -> &Clients<'m> {
        &self.old
    }

    /// The clients of the new revision.
    #[must_use]
    pub const fn new_clients(&self) -> &Clients<'m> {
        &self.new
    }

    /// The moment at which a store of the new revision is asked for most; the first of equals. `None` when nobody uses it.
    #[must_use]
    pub fn worst(&self, store: ThingId) -> Option<Moment<'m>> {
        let mut worst: Option<Moment<'m>> = None;
        for moment in self.moments(store) {
            if worst.as_ref().is_none_or(|worst| worst.total < moment.total) {
                worst = Some(moment);
            }
        }
        worst.filter(|worst| !worst.holders.is_empty())
    }

    /// Each wave in its order, then what is left when the last one has ended.
    #[must_use]
    pub fn moments(&self, store: ThingId) -> Vec<Moment<'m>> {
        let pairs = self.pairs(store);
        let clients = self.new.of_store(store);
        let waves = 0..self.new.waves.len();
        let mut moments: Vec<Moment<'m>> = waves
            .map(|wave| self.moment(&pairs, self.new.with_neighbours(Some(wave), clients), wave))
            .collect();
        moments.push(self.moment(&pairs, Rolling::default(), self.new.waves.len()));
        moments
    }

    /// Clients of a store in both revisions: those of the same workload and name belong together.
    fn pairs(&self, store: ThingId) -> Vec<(Option<Client<'m>>, Option<Client<'m>>)> {
        let name = self.new.model.name(store);
        let of_kind = |id: &ThingId| id.kind == store.kind && self.old.model.name(*id) == name;
        let before = self.old.model.things().find(of_kind);
        let mut old: Vec<Client<'m>> = before.map_or_else(Vec::new, |id| self.old.of_store(id).to_vec());
        // A migration of the revision that runs has run.
        old.retain(|client| client.opener != Opener::Migration);
        let same = |a: &Client<'_>, b: &Client<'_>| {
            a.workload.name.value == b.workload.name.value && a.opener == b.opener && a.uses.name() == b.uses.name()
        };
        let mut pairs: Vec<(Option<Client<'m>>, Option<Client<'m>>)> = Vec::new();
        for new in self.new.of_store(store) {
            let place = old.iter().position(|old| same(old, new));
            pairs.push((place.map(|place| old.remove(place)), Some(*new)));
        }
        pairs.extend(old.into_iter().map(|old| (Some(old), None)));
        pairs
    }

    fn moment(&self, pairs: &[(Option<Client<'m>>, Option<Client<'m>>)], rolling: Rolling, wave: usize) -> Moment<'m> {
        let holders: Vec<Holder<'m>> = pairs
            .iter()
            .map(|(old, new)| self.holder(old.as_ref(), new.as_ref(), &rolling, wave))
            .filter(|holder| holder.connections() != 0)
            .collect();
        let total = holders.iter().map(Holder::connections).fold(0, u64::saturating_add);
        Moment {
            rolling: self.new.waves.all(rolling),
            holders,
            total,
        }
    }

    fn holder(&self, old: Option<&Client<'m>>, new: Option<&Client<'m>>, rolling: &Rolling, wave: usize) -> Holder<'m> {
        let successor = match (old, new) {
            (_, Some(new)) => Some(new.workload),
            (Some(old), None) => same_workload(&self.new, old.workload),
            (None, None) => None,
        };
        let predecessor = match (old, new) {
            (Some(old), _) => Some(old.workload),
            (None, Some(new)) => same_workload(&self.old, new.workload),
            (None, None) => None,
        };
        let old_share = old.map(|client| share(&self.old, client));
        let new_share = new.map(|client| share(&self.new, client));
        let alone = |share: Option<Share<'m>>| Holder {
            old: share.filter(|_| new.is_none()),
            new: share.filter(|_| new.is_some()),
            removed: false,
        };
        let Some(successor) = successor else {
            return Holder {
                removed: true,
                ..alone(old_share)
            };
        };
        // A migration runs once, before or behind the rollout that it belongs to.
        if new.is_some_and(|client| client.opener == Opener::Migration) {
            return alone(new_share);
        }
        let own_wave = self.new.waves.place(successor.id);
        let replaced = self.new.waves.rolls(rolling, successor.id) || own_wave.is_none();
        let before = |own: usize| wave < own;
        let Some(predecessor) = predecessor else {
            // It is new: there is nothing of it before its wave.
            return alone(new_share.filter(|_| !own_wave.is_some_and(before)));
        };
        let placed = (
            Placed {
                model: self.old.model,
                workload: predecessor,
            },
            Placed {
                model: self.new.model,
                workload: successor,
            },
        );
        let at_rest = (
            old_share.map_or_else(|| units(&self.old, new, predecessor), |share| share.units),
            new_share.map_or_else(|| units(&self.new, old, successor), |share| share.units),
        );
        let in_place = crate::budget::replacement::is_in_place(placed.0, placed.1);
        let (old_units, new_units) = match own_wave {
            Some(own) if before(own) && !replaced => (at_rest.0, 0),
            // What is not replaced in place stays beside its successor.
            Some(_) if !replaced => (if in_place { 0 } else { at_rest.0 }, at_rest.1),
            _ => {
                let uses = |client: Option<&Client<'m>>| client.map(|client| client.uses);
                let overlap: Overlap = overlap((placed.0, uses(old)), (placed.1, uses(new)), at_rest);
                let each = |share: Option<Share<'_>>| share.map_or(0, |share| share.each);
                overlap.heaviest(each(old_share), each(new_share))
            }
        };
        let with = |share: Share<'m>, units: u64| (units != 0).then_some(Share { units, ..share });
        Holder {
            old: old_share.and_then(|share| with(share, old_units)),
            new: new_share.and_then(|share| with(share, new_units)),
            removed: false,
        }
    }
}

/// The workload of the same name.
fn same_workload<'m>(clients: &Clients<'m>, other: &Workload) -> Option<&'m Workload> {
    let place = clients.by_name.get(&(other.name.value.0.as_str(), other.is_job()))?;
    clients.model.workload(*place)
}

/// What a client holds outside a rollout.
fn share<'m>(clients: &Clients<'m>, client: &Client<'m>) -> Share<'m> {
    let live = clients.live(client, &Rolling::default(), Quiet::AtMost);
    let pools = client.pools_per_unit(clients.model, &live);
    Share {
        client: *client,
        units: live.count,
        each: pools.saturating_mul(client.pool().unwrap_or(0)),
        processes: is_pm2(clients.model, client.workload) && client.opener.is_process(),
    }
}

/// Units of a workload that does not open this client, as the other revision counts them.
fn units(clients: &Clients<'_>, of: Option<&Client<'_>>, workload: &Workload) -> u64 {
    let replicas = crate::budget::instances::replicas_max(clients.model, workload);
    let by_process = of.is_some_and(|client| client.opener.is_process()) && is_pm2(clients.model, workload);
    if by_process {
        replicas.saturating_mul(crate::budget::instances::processes(clients.model, workload))
    } else {
        replicas
    }
}

fn is_pm2(model: &Model, workload: &Workload) -> bool {
    matches!(model.platform(workload), Platform::Pm2(_)) && !workload.is_job()
}
