//! Whether a cluster's nodes have room for what runs on them, and for what a rollout needs beside it.
//!
//! The verdict "does not fit" is a proof: from a lower bound on the nodes that the requests need, whatever the scheduler
//! does. That nothing is found is no proof of the opposite: the scheduler does not move what it has placed.

use std::collections::{BTreeMap, BTreeSet};

use crate::budget::instances::{self, Effective};
use crate::budget::rolling;
use crate::model::{Cluster, Model, Reserve, ThingId, Workload};
use crate::quantity::{Bytes, Cpu};

/// What nodes are short of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    /// Processor.
    Cpu,
    /// Memory.
    Memory,
}

impl Resource {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Memory, Self::Cpu];

    /// In a sentence.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Cpu => "processor",
            Self::Memory => "memory",
        }
    }

    /// Millicores or bytes as they are written.
    #[must_use]
    pub fn text(self, amount: u64) -> String {
        match self {
            Self::Cpu => Cpu::millicores(amount).to_string(),
            Self::Memory => Bytes::new(amount).about(),
        }
    }

    /// What the scheduler counts for an instance, its sidecars included; 0 where nothing is asked for.
    #[must_use]
    pub fn requested(self, workload: &Workload) -> u64 {
        let beside = workload.sidecar.iter();
        match self {
            Self::Cpu => {
                let cpu = |cpu: &crate::values::Bounds<Cpu>| cpu.low.in_millicores();
                let own = workload.cpu.as_ref().map_or(0, |own| cpu(own));
                let beside = beside.filter_map(|sidecar| sidecar.cpu.as_ref()).map(|own| cpu(own));
                beside.fold(own, u64::saturating_add)
            }
            Self::Memory => {
                let memory = |memory: &crate::model::Memory| memory.request().map_or(0, Bytes::get);
                let own = workload.memory.as_ref().map_or(0, memory);
                let beside = beside.filter_map(|sidecar| sidecar.memory.as_ref()).map(memory);
                beside.fold(own, u64::saturating_add)
            }
        }
    }

    /// What a node has for instances; `None` when it is not declared.
    #[must_use]
    pub fn of_node(self, cluster: &Cluster) -> Option<u64> {
        let reserve = cluster.reserve.as_ref().map(|reserve| reserve.value);
        let all = match self {
            Self::Cpu => cluster.cpu.as_ref()?.value.in_millicores(),
            Self::Memory => cluster.memory.as_ref()?.value.get(),
        };
        Some(match (reserve, self) {
            (Some(Reserve::Ratio(ratio)), _) => all.saturating_sub(ratio.floor_of(all)),
            (Some(Reserve::Memory(kept)), Self::Memory) => all.saturating_sub(kept.get()),
            (Some(Reserve::Memory(_)), Self::Cpu) | (None, _) => all,
        })
    }
}

/// Some instances that are alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instances {
    /// Whose.
    pub workload: ThingId,
    /// How many, a rollout's own included.
    pub count: u64,
    /// How many of those the rollout needs beside the replicas.
    pub extra: u64,
    /// What each asks for, in millicores or bytes.
    pub each: u64,
}

/// Why it does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unplaceable {
    /// What there is too little of.
    pub resource: Resource,
    /// What a node has of it.
    pub node: u64,
    /// Who rolls out; `None` when it does not fit at rest.
    pub rolling: Option<ThingId>,
    /// Everything that must be placed.
    pub instances: Vec<Instances>,
    /// Nodes that it needs at least; `None` when an instance is larger than a node.
    pub nodes: Option<u64>,
}

/// With so many replicas of each workload: what cannot be placed, at rest or in the rollout of one workload.
#[must_use]
pub fn unplaceable(model: &Model, cluster: &Cluster, replicas: impl Fn(&Workload) -> u64) -> Option<Unplaceable> {
    let nodes = cluster.nodes.as_ref()?.value;
    let placed: Vec<&Workload> = model
        .workloads
        .iter()
        .filter(|workload| workload.place == Some(cluster.id) && !workload.is_job())
        .collect();
    // The same for every rollout: who asks for what, and the bounds of it.
    let at_rest: Vec<AtRest> = Resource::ALL
        .into_iter()
        .filter_map(|resource| Some(AtRest::of(resource, resource.of_node(cluster)?, &placed, &replicas)))
        .collect();
    let rollouts = placed.iter().map(|workload| {
        let extra = beside(model, workload, replicas(workload));
        (Some(*workload), extra)
    });
    // Of rollouts that need the same, the first stands for all.
    let mut tried = BTreeSet::new();
    let mut tries = std::iter::once((None, 0)).chain(rollouts.filter(|(_, extra)| 0 < *extra));
    tries.find_map(|(rolling, extra)| {
        let more = |resource: Resource| rolling.map(|workload| (resource.requested(workload), extra));
        if !tried.insert(Resource::ALL.map(more)) {
            return None;
        }
        at_rest.iter().find_map(|at_rest| {
            let needed = at_rest.bounds.needed(more(at_rest.resource), nodes);
            (at_rest.is_too_large || needed.is_some()).then(|| Unplaceable {
                resource: at_rest.resource,
                node: at_rest.node,
                rolling: rolling.map(|workload| workload.id),
                instances: at_rest.with(rolling, extra),
                nodes: needed.filter(|_| !at_rest.is_too_large),
            })
        })
    })
}

/// What must be placed when nothing rolls out.
struct AtRest {
    resource: Resource,
    node: u64,
    instances: Vec<Instances>,
    bounds: Bounds,
    /// An instance fits on no node.
    is_too_large: bool,
}

impl AtRest {
    fn of(resource: Resource, node: u64, placed: &[&Workload], replicas: &impl Fn(&Workload) -> u64) -> Self {
        let of = |workload: &&Workload| Instances {
            workload: workload.id,
            count: replicas(workload),
            extra: 0,
            each: resource.requested(workload),
        };
        let instances = placed.iter().map(of).filter(|one| 0 < one.each && 0 < one.count);
        let instances: Vec<Instances> = instances.collect();
        Self {
            resource,
            node,
            bounds: Bounds::of(&instances, node),
            is_too_large: instances.iter().any(|one| node < one.each),
            instances,
        }
    }

    /// With what a rollout needs beside it.
    fn with(&self, rolling: Option<&Workload>, extra: u64) -> Vec<Instances> {
        let mut instances = self.instances.clone();
        let own = instances
            .iter_mut()
            .filter(|one| rolling.is_some_and(|rolling| rolling.id == one.workload));
        for one in own {
            (one.count, one.extra) = (one.count.saturating_add(extra), extra);
        }
        instances
    }
}

/// How many instances a rollout cannot do without beside the replicas: one that makes progress possible when none may be
/// missing, a complete set where traffic moves between sets.
fn beside(model: &Model, workload: &Workload, replicas: u64) -> u64 {
    match instances::strategy(model, workload) {
        Effective::Rolling => {
            let (surge, unavailable) = rolling::shares(workload.rollout.as_ref());
            let (surge, unavailable) = rolling::fenceposts(surge, unavailable, replicas);
            u64::from(unavailable == 0 && 0 < surge && 0 < replicas)
        }
        Effective::TwoSets => replicas,
        Effective::None | Effective::OneSet | Effective::Reload => 0,
    }
}

/// Rounding steps that are tried; more would only help with more than so many instances on a node.
const STEPS_MAX: u64 = 128;

/// How much of a node an instance counts for, so that no node can carry more than [`Weight::full`] of it.
///
/// By size; by size rounded up to the next k-th (u of Fekete and Schepers, "New classes of fast lower bounds for bin packing
/// problems", 2001), which is exact when all are alike; and with the small ones left out and the large ones as a whole node each
/// (Martello and Toth).
#[derive(Clone, Copy, Debug)]
enum Weight {
    Size,
    Rounded(u128),
    WithoutSmall(u128),
}

impl Weight {
    fn of(self, size: u128, node: u128) -> u128 {
        match self {
            Self::Size => size,
            Self::Rounded(k) => {
                let steps = (k + 1) * size;
                if steps.is_multiple_of(node) {
                    k * size
                } else {
                    steps / node * node
                }
            }
            Self::WithoutSmall(least) if size < least => 0,
            Self::WithoutSmall(least) if node - least < size => node,
            Self::WithoutSmall(_) => size,
        }
    }

    const fn full(self, node: u128) -> u128 {
        match self {
            Self::Size | Self::WithoutSmall(_) => node,
            Self::Rounded(k) => k * node,
        }
    }
}

/// Lower bounds on the nodes that are needed for one resource: each weight with what all instances come to.
struct Bounds {
    node: u128,
    sums: Vec<(Weight, u128)>,
}

impl Bounds {
    fn of(instances: &[Instances], node: u64) -> Self {
        let node = u128::from(node.max(1));
        let mut sizes: BTreeMap<u128, u128> = BTreeMap::new();
        for one in instances {
            let count = sizes.entry(u128::from(one.each)).or_default();
            *count = count.saturating_add(u128::from(one.count));
        }
        let sum = |weight: Weight| {
            let weighed = sizes
                .iter()
                .map(|(size, count)| weight.of(*size, node).saturating_mul(*count));
            (weight, weighed.fold(0, u128::saturating_add))
        };
        let rounded = (1..=STEPS_MAX).map(|k| Weight::Rounded(u128::from(k)));
        let thresholds = sizes.keys().copied().filter(|size| size * 2 <= node);
        let weights = std::iter::once(Weight::Size)
            .chain(rounded)
            .chain(thresholds.map(Weight::WithoutSmall));
        Self {
            node,
            sums: weights.map(sum).collect(),
        }
    }

    /// Nodes that are needed at least with some more instances of one size, if there are more of them than these.
    fn needed(&self, more: Option<(u64, u64)>, nodes: u64) -> Option<u64> {
        let (size, count) = more.map_or((0, 0), |(size, count)| (u128::from(size), u128::from(count)));
        let with = |(weight, sum): &(Weight, u128)| {
            let more = weight.of(size, self.node).saturating_mul(count);
            (weight.full(self.node), sum.saturating_add(more))
        };
        let is_too_much = |(full, sum): &(u128, u128)| full.saturating_mul(u128::from(nodes)) < *sum;
        // A division of such numbers is dear, and nearly always everything fits.
        let needed = self
            .sums
            .iter()
            .map(with)
            .filter(is_too_much)
            .map(|(full, sum)| sum.div_ceil(full));
        needed.max().map(|needed| u64::try_from(needed).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ThingKind;

    fn needed(sizes: &[(u64, u64)], node: u64) -> u64 {
        let one = |&(count, each): &(u64, u64)| Instances {
            workload: ThingId::new(ThingKind::Service, 0),
            count,
            extra: 0,
            each,
        };
        let bounds = Bounds::of(&sizes.iter().map(one).collect::<Vec<_>>(), node);
        bounds.needed(None, 0).unwrap_or(0)
    }

    #[test]
    fn instances_that_are_alike_are_counted_exactly() {
        for node in [10, 16, 97] {
            for each in 1..=node {
                for count in 1..40 {
                    assert_eq!(
                        needed(&[(count, each)], node),
                        count.div_ceil(node / each),
                        "{count} × {each} in {node}"
                    );
                }
            }
        }
    }

    #[test]
    fn large_ones_do_not_share_a_node() {
        // 7 of 6 each need 7 nodes of 10, though they are 42 together.
        assert_eq!(needed(&[(7, 6)], 10), 7);
        // Small ones go beside them.
        assert_eq!(needed(&[(7, 6), (7, 4)], 10), 7);
        // These do not: 6 + 5 is more than a node, and two of 5 share one.
        assert_eq!(needed(&[(4, 6), (4, 5)], 10), 6);
    }

    /// No packing needs fewer nodes than the bound: all small ones are packed by brute force.
    #[test]
    fn the_bound_is_never_more_than_what_is_needed() {
        fn fits(items: &[u64], bins: &mut Vec<u64>) -> bool {
            let Some((first, rest)) = items.split_first() else {
                return true;
            };
            for index in 0..bins.len() {
                if *first <= bins[index] {
                    bins[index] -= first;
                    if fits(rest, bins) {
                        return true;
                    }
                    bins[index] += first;
                }
            }
            false
        }
        let node = 12;
        for a in 1..=node {
            for b in 1..=a {
                for c in 1..=b {
                    let items = [a, a, b, b, c, c, c];
                    let least = (1..=7).find(|&bins| fits(&items, &mut vec![node; bins])).unwrap();
                    let bound = needed(&[(2, a), (2, b), (3, c)], node);
                    assert!(bound <= least as u64, "{items:?}: {bound} of {least}");
                }
            }
        }
    }
}
