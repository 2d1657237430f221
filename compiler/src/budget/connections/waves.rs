//! Who rolls out together: the waves of a project, and on machines with PM2 a neighbour beside them.

use std::collections::{BTreeMap, BTreeSet};

use super::client::Client;
use crate::model::{Deploys, Model, Platform, ThingId, ThingKind};

/// The waves of a project: each workload is in one of them.
#[derive(Debug)]
pub(super) struct Waves {
    waves: Vec<Vec<ThingId>>,
    of: BTreeMap<ThingId, usize>,
    /// Hosts with PM2 on which a wave has one workload only, each with those waves and its place in them.
    alone: BTreeMap<ThingId, BTreeMap<usize, usize>>,
}

/// Who is rolling out: a wave or nobody, and some beside it.
#[derive(Clone, Debug, Default)]
pub(super) struct Rolling {
    pub(super) wave: Option<usize>,
    pub(super) beside: Vec<ThingId>,
}

impl Waves {
    pub(super) fn of(model: &Model) -> Self {
        let deployed = |thing: ThingId| matches!(thing.kind, ThingKind::Service | ThingKind::Worker);
        let all = || model.graph.things().filter(|thing| deployed(*thing));
        let waves: Vec<Vec<ThingId>> = match model.project.deploys.value {
            Deploys::Waves => model.graph.waves(deployed),
            Deploys::Parallel => vec![all().collect()],
            Deploys::Sequential => all().map(|thing| vec![thing]).collect(),
        };
        let mut of = BTreeMap::new();
        let mut alone: BTreeMap<ThingId, BTreeMap<usize, usize>> = BTreeMap::new();
        for (wave, things) in waves.iter().enumerate() {
            let mut on_host: BTreeMap<ThingId, Vec<usize>> = BTreeMap::new();
            for (place, thing) in things.iter().enumerate() {
                of.insert(*thing, wave);
                if let Some(host) = pm2_host(model, *thing) {
                    on_host.entry(host).or_default().push(place);
                }
            }
            for (host, places) in on_host {
                if let [place] = places.as_slice() {
                    alone.entry(host).or_default().insert(wave, *place);
                }
            }
        }
        Self { waves, of, alone }
    }

    pub(super) fn len(&self) -> usize {
        self.waves.len()
    }

    /// The wave of a workload.
    pub(super) fn place(&self, thing: ThingId) -> Option<usize> {
        self.of.get(&thing).copied()
    }

    /// Waves in which some clients roll out.
    pub(super) fn with(&self, clients: &[Client<'_>]) -> BTreeSet<usize> {
        let waves = clients.iter().filter_map(|client| self.place(client.workload.id));
        waves.collect()
    }

    /// Waves that have one workload on a host of some clients: one of them may reload beside it.
    pub(super) fn beside(&self, model: &Model, clients: &[Client<'_>]) -> BTreeSet<usize> {
        let hosts = clients.iter().filter_map(|client| pm2_host(model, client.workload.id));
        let alone = hosts.filter_map(|host| self.alone.get(&host));
        alone.flat_map(BTreeMap::keys).copied().collect()
    }

    /// Hosts of some clients on which a wave has one workload only, in the order of the wave.
    pub(super) fn lonely(&self, model: &Model, wave: usize, clients: &[Client<'_>]) -> Vec<ThingId> {
        let hosts = clients.iter().filter_map(|client| pm2_host(model, client.workload.id));
        let alone = hosts.filter_map(|host| Some((*self.alone.get(&host)?.get(&wave)?, host)));
        let in_order: BTreeMap<usize, ThingId> = alone.collect();
        in_order.into_values().collect()
    }

    /// Whether a workload is rolling out.
    pub(super) fn rolls(&self, rolling: &Rolling, thing: ThingId) -> bool {
        let in_wave = rolling.wave.is_some() && self.place(thing) == rolling.wave;
        in_wave || rolling.beside.contains(&thing)
    }

    /// All that are rolling out.
    pub(super) fn all(&self, rolling: Rolling) -> Vec<ThingId> {
        let wave = rolling.wave.and_then(|wave| self.waves.get(wave));
        let mut all = wave.cloned().unwrap_or_default();
        all.extend(rolling.beside);
        all
    }
}

/// The host on which PM2 keeps a workload running.
pub(super) fn pm2_host(model: &Model, thing: ThingId) -> Option<ThingId> {
    let workload = model.workload(thing).filter(|workload| !workload.is_job())?;
    match model.platform(workload) {
        Platform::Pm2(host) => Some(host),
        _ => None,
    }
}
