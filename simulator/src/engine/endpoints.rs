//! Who calls knows of instances, a little late.

use loadline_compiler::quantity::Ratio;

use super::who::Who;
use super::{Engine, Kind};
use crate::chance::{chance, index};
use crate::gateway::score;
use crate::orchestrator::is_candidate;
use crate::outcome::Cause;
use crate::system::Callee;

/// The side of a split that a user has a cookie of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) enum Side {
    #[default]
    None,
    Old,
    New,
}

impl Engine<'_> {
    /// The instance that the next request along an edge is sent to.
    pub(super) fn choose(&mut self, edge: u32, who: Who) -> Result<u32, Cause> {
        let way = self.system.edge(edge);
        let Callee::Service(service) = way.callee else {
            return Err(Cause::NoEndpoint);
        };
        let state = &self.services[place(service)];
        if state.away != 0 {
            return Err(Cause::Refused);
        }
        // Source: pkg/proxy/topology.go: those that stop are called when there is no other.
        let known = if state.known.is_empty() {
            &state.leaving
        } else {
            &state.known
        };
        let split = state.split;
        if way.sticky && who != Who::NOBODY {
            return self.choose_for(edge, service, who, split);
        }
        if let Some(split) = split {
            return self.choose_of(edge, split);
        }
        let memory = &mut self.edges[edge];
        let chosen = match known.len() {
            0 | 1 => known.first(),
            count => known.get(index(count, &mut memory.picks)),
        };
        chosen.copied().ok_or(Cause::NoEndpoint)
    }

    /// The instance for a request while traffic is split: clients' by the parts, everybody else's to the old revision.
    fn choose_of(&mut self, edge: u32, (new, parts, old): (u32, u32, u32)) -> Result<u32, Cause> {
        let way = self.system.edge(edge);
        let Callee::Service(service) = way.callee else {
            return Err(Cause::NoEndpoint);
        };
        let memory = &mut self.edges[edge];
        let is_new = way.caller.is_none() && chance(Ratio::millionths(parts.into()), &mut memory.picks);
        let revision = if is_new { new } else { old };
        let state = &self.services[place(service)];
        let of = |list: &[u32]| -> Vec<u32> {
            let all = list.iter().copied();
            all.filter(|instance| self.instances[*instance].revision == revision)
                .collect()
        };
        let mut known = of(&state.known);
        if known.is_empty() {
            known = of(&state.leaving);
        }
        let memory = &mut self.edges[edge];
        known
            .get(index(known.len(), &mut memory.picks))
            .copied()
            .ok_or(Cause::NoEndpoint)
    }

    /// The instance that a user's cookie leads to, as ingress-nginx has it (`affinity: cookie`, `affinity-mode` at its default
    /// `balanced`): a place on a ring of hashes of all that are known, so that when one comes or goes some users move, and only
    /// those who have to. While traffic is split, who has a cookie of one side stays there.
    ///
    /// Source: ingress-nginx, `rootfs/etc/nginx/lua/balancer/sticky_balanced.lua` and `sticky.lua`; `balancer.lua`,
    /// `route_to_alternative_balancer`.
    fn choose_for(
        &mut self,
        edge: u32,
        service: usize,
        who: Who,
        split: Option<(u32, u32, u32)>,
    ) -> Result<u32, Cause> {
        let memory = &mut self.edges[edge];
        let split = split.filter(|(new, _, old)| new != old);
        let side = match memory.sides.replace(who, Side::Old) {
            Side::None => match split {
                Some((_, parts, _)) if chance(Ratio::millionths(parts.into()), &mut memory.picks) => Side::New,
                _ => Side::Old,
            },
            known => known,
        };
        memory.sides.replace(who, side);
        let revision = match (split, side) {
            (Some((new, ..)), Side::New) => Some(new),
            (Some((.., old)), _) => Some(old),
            (None, _) => self.services[place(service)].split.map(|(only, ..)| only),
        };
        let cookie = self.addresses.of(who);
        let is_of = |instance: &&u32| revision.is_none_or(|of| self.instances[**instance].revision == of);
        let best = |list: &[u32]| {
            let of = list.iter().filter(is_of);
            of.copied().max_by_key(|instance| score(cookie, *instance))
        };
        let state = &self.services[place(service)];
        let chosen = best(&state.known).or_else(|| best(&state.leaving));
        chosen.ok_or(Cause::NoEndpoint)
    }

    /// An instance became ready: those who call learn of it.
    pub(super) fn announce(&mut self, instance: u32) {
        let life = self.instances[instance].life;
        let at = self.now.plus(self.system.endpoint_add);
        self.agenda.plan(at, Kind::Known, instance, life);
    }

    pub(super) fn known(&mut self, instance: u32, life: u32) {
        let at = &self.instances[instance];
        if at.life != life || !at.is_ready() || is_candidate(at.slot) {
            return;
        }
        let state = &mut self.services[at.service];
        if let Err(place) = state.known.binary_search(&instance) {
            state.known.insert(place, instance);
        }
    }

    /// An instance is not ready any more: those who call forget it.
    pub(super) fn withdraw(&mut self, instance: u32) {
        let at = &self.instances[instance];
        let after = self
            .system
            .endpoint_remove
            .max(self.settings(at.service).deregistration);
        let life = at.life;
        self.agenda.plan(self.now.plus(after), Kind::Forgotten, instance, life);
    }

    pub(super) fn forgotten(&mut self, instance: u32, _life: u32) {
        let at = &self.instances[instance];
        if !at.is_ready() {
            self.forget(instance);
        }
    }

    /// Nobody knows of it any more.
    pub(super) fn forget(&mut self, instance: u32) {
        let at = &self.instances[instance];
        // What is not ready serves nobody; what stops was ready, and goes on until it is gone.
        let (serves, state) = (at.is_settling(), &mut self.services[at.service]);
        if let Ok(place) = state.known.binary_search(&instance) {
            state.known.remove(place);
            if serves {
                state.leaving.push(instance);
            }
        }
    }
}

fn place(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}
