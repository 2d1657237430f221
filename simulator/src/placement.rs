//! Which node a pod goes to: what it asks for must fit, and among the nodes where it does pods are spread.
//!
//! kube-scheduler adds up weighted scores of its plugins; here what weighs most decides first: the zone with the fewest pods of
//! the workload, the node with the fewest (`PodTopologySpread`, which is written for every workload of several instances), then the
//! node of which the least is requested (`NodeResourcesFit`, LeastAllocated). No pod is moved or preempted once it is placed, and
//! none is kept back from a node by affinity or taints.

use loadline_compiler::budget::placement::Resource;
use loadline_compiler::model::{Cluster, Workload};

/// Pods that a kubelet takes at most. Source: kubernetes, KubeletConfiguration, `maxPods`.
const PODS_MAX: u64 = 110;

/// What a pod that asks for nothing counts for when nodes are compared, not when it is asked whether it fits: 100 millicores, 200
/// MiB. Source: kubernetes, `pkg/scheduler/util/pod_resources.go`, `DefaultMilliCPURequest`, `DefaultMemoryRequest`.
const COMPARED_AS: Amounts = Amounts {
    millicores: 100,
    bytes: 200 << 20,
};

/// Processor and memory, requested or there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Amounts {
    /// Processor, in thousandths of a core.
    pub millicores: u64,
    /// Memory.
    pub bytes: u64,
}

impl Amounts {
    /// What the scheduler counts for an instance, its sidecars included.
    #[must_use]
    pub fn requested(workload: &Workload) -> Self {
        Self {
            millicores: Resource::Cpu.requested(workload),
            bytes: Resource::Memory.requested(workload),
        }
    }

    /// What a node has for pods; without end where the spec does not say.
    #[must_use]
    pub fn of_node(cluster: &Cluster) -> Self {
        Self {
            millicores: Resource::Cpu.of_node(cluster).unwrap_or(u64::MAX),
            bytes: Resource::Memory.of_node(cluster).unwrap_or(u64::MAX),
        }
    }

    const fn plus(self, other: Self) -> Self {
        Self {
            millicores: self.millicores.saturating_add(other.millicores),
            bytes: self.bytes.saturating_add(other.bytes),
        }
    }

    const fn minus(self, other: Self) -> Self {
        Self {
            millicores: self.millicores.saturating_sub(other.millicores),
            bytes: self.bytes.saturating_sub(other.bytes),
        }
    }

    const fn fits_into(self, other: Self) -> bool {
        self.millicores <= other.millicores && self.bytes <= other.bytes
    }

    /// For comparing nodes: what is asked for, or something where nothing is.
    const fn compared(self) -> Self {
        Self {
            millicores: if self.millicores == 0 {
                COMPARED_AS.millicores
            } else {
                self.millicores
            },
            bytes: if self.bytes == 0 { COMPARED_AS.bytes } else { self.bytes },
        }
    }
}

/// The nodes of a cluster and what is on them.
#[derive(Clone, Debug)]
pub struct Nodes {
    nodes: Vec<Node>,
    /// Pods that count for spreading: of each workload on each node, once it has one. No node takes more than a byte can count.
    spread: Vec<Vec<u8>>,
    zones: usize,
}

#[derive(Clone, Copy, Debug)]
struct Node {
    allocatable: Amounts,
    requested: Amounts,
    compared: Amounts,
    pods: u64,
    is_cordoned: bool,
}

impl Nodes {
    /// The nodes of a cluster, for so many workloads. Where the spec does not say how many there are: one in each zone.
    #[must_use]
    pub fn of(cluster: &Cluster, workloads: usize) -> Self {
        let zones = usize::try_from(cluster.zones.value).unwrap_or(usize::MAX).max(1);
        let nodes = cluster.nodes.as_ref().map(|nodes| nodes.value);
        let nodes = nodes.map_or(zones, |nodes| usize::try_from(nodes).unwrap_or(usize::MAX));
        Self::new(nodes, zones, Amounts::of_node(cluster), workloads)
    }

    /// So many that are alike; the first in the first zone, the second in the second, and so on.
    #[must_use]
    pub fn new(nodes: usize, zones: usize, allocatable: Amounts, workloads: usize) -> Self {
        let node = Node {
            allocatable,
            requested: Amounts::default(),
            compared: Amounts::default(),
            pods: 0,
            is_cordoned: false,
        };
        Self {
            nodes: vec![node; nodes],
            spread: vec![Vec::new(); workloads],
            zones: zones.max(1),
        }
    }

    /// Puts a pod of a workload on a node; `None`: it fits nowhere, and stays pending until something [goes](Self::gone).
    pub fn place(&mut self, workload: usize, requested: Amounts) -> Option<usize> {
        let candidates = self.nodes.iter().enumerate().filter(|(_, node)| node.takes(requested));
        let compared = requested.compared();
        let zones = self.by_zone(workload);
        let cost = |(place, node): &(usize, &Node)| {
            let free = node.free_percent(compared);
            (
                zones.get(place % self.zones).copied().unwrap_or_default(),
                self.on_node(workload, *place),
                u64::MAX - free,
            )
        };
        let (place, _) = candidates.min_by_key(cost)?;
        let node = self.nodes.get_mut(place)?;
        node.requested = node.requested.plus(requested);
        node.compared = node.compared.plus(compared);
        node.pods += 1;
        if let Some(spread) = self.spread.get_mut(workload) {
            spread.resize(self.nodes.len(), 0);
            if let Some(count) = spread.get_mut(place) {
                *count += 1;
            }
        }
        Some(place)
    }

    /// A pod is deleted: it no longer counts for spreading, and keeps what it asked for until it is [gone](Self::gone).
    pub fn leaving(&mut self, workload: usize, node: usize) {
        if let Some(count) = self.spread.get_mut(workload).and_then(|nodes| nodes.get_mut(node)) {
            *count = count.saturating_sub(1);
        }
    }

    /// A pod is gone: others may fit now.
    pub fn gone(&mut self, node: usize, requested: Amounts) {
        if let Some(node) = self.nodes.get_mut(node) {
            node.requested = node.requested.minus(requested);
            node.compared = node.compared.minus(requested.compared());
            node.pods = node.pods.saturating_sub(1);
        }
    }

    /// Whether new pods may come to a node.
    pub fn cordon(&mut self, node: usize, is_cordoned: bool) {
        if let Some(node) = self.nodes.get_mut(node) {
            node.is_cordoned = is_cordoned;
        }
    }

    /// How many nodes there are.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.nodes.len()
    }

    /// What is requested of a node, by pods that terminate, too.
    #[must_use]
    pub fn requested(&self, node: usize) -> Amounts {
        self.nodes
            .get(node)
            .map_or_else(Amounts::default, |node| node.requested)
    }

    fn on_node(&self, workload: usize, node: usize) -> u64 {
        let nodes = self.spread.get(workload);
        nodes
            .and_then(|nodes| nodes.get(node))
            .map_or(0, |count| u64::from(*count))
    }

    /// How many of a workload are in each zone.
    fn by_zone(&self, workload: usize) -> Vec<u64> {
        let mut zones = vec![0; self.zones.min(self.nodes.len())];
        let nodes = self.spread.get(workload).map(Vec::as_slice).unwrap_or_default();
        for row in nodes.chunks(self.zones) {
            for (zone, count) in zones.iter_mut().zip(row) {
                *zone += u64::from(*count);
            }
        }
        zones
    }
}

impl Node {
    const fn takes(&self, requested: Amounts) -> bool {
        !self.is_cordoned && self.pods < PODS_MAX && self.requested.plus(requested).fits_into(self.allocatable)
    }

    /// What would be free with one more, in percent of each resource, both added: LeastAllocated.
    fn free_percent(&self, more: Amounts) -> u64 {
        let after = self.compared.plus(more);
        let percent = |requested: u64, there: u64| {
            let free = u128::from(there.saturating_sub(requested)) * 100;
            let percent = free.checked_div(u128::from(there)).unwrap_or_default();
            u64::try_from(percent).unwrap_or(100)
        };
        percent(after.millicores, self.allocatable.millicores) + percent(after.bytes, self.allocatable.bytes)
    }
}

#[cfg(test)]
mod tests {
    use loadline_compiler::budget::placement::unplaceable;
    use proptest::prelude::*;

    use super::*;
    use crate::testing::model;

    const fn amounts(millicores: u64, mib: u64) -> Amounts {
        Amounts {
            millicores,
            bytes: mib << 20,
        }
    }

    fn nodes(nodes: usize, zones: usize) -> Nodes {
        Nodes::new(nodes, zones, amounts(4_000, 8_192), 2)
    }

    #[test]
    fn zones_first_then_nodes_then_what_is_least_requested() {
        let mut nodes = nodes(4, 2);
        let places: Vec<_> = (0..6).map(|_| nodes.place(0, amounts(100, 64))).collect();
        // Zones a b a b; then the other node of each.
        assert_eq!(places, [Some(0), Some(1), Some(2), Some(3), Some(0), Some(1)]);
        // The other workload has none anywhere: it goes where the least is requested.
        assert_eq!(nodes.place(1, amounts(100, 64)), Some(2));
        assert_eq!(nodes.place(1, amounts(100, 64)), Some(3));
    }

    #[test]
    fn a_zone_with_fewer_nodes_gets_as_many() {
        let mut nodes = nodes(3, 2);
        let places: Vec<_> = (0..6).map(|_| nodes.place(0, amounts(100, 64)).unwrap()).collect();
        assert_eq!(places, [0, 1, 2, 1, 0, 1]);
    }

    #[test]
    fn what_fits_nowhere_stays_pending_until_something_goes() {
        let mut nodes = nodes(2, 1);
        let large = amounts(3_000, 64);
        assert_eq!(nodes.place(0, large), Some(0));
        assert_eq!(nodes.place(0, large), Some(1));
        assert_eq!(nodes.place(0, large), None);
        // One that terminates keeps its room.
        nodes.leaving(0, 1);
        assert_eq!(nodes.place(0, large), None);
        nodes.gone(1, large);
        assert_eq!(nodes.place(0, large), Some(1));
    }

    #[test]
    fn memory_counts_as_well_as_processor() {
        let mut nodes = nodes(1, 1);
        assert_eq!(nodes.place(0, amounts(1, 8_192)), Some(0));
        assert_eq!(nodes.place(0, amounts(1, 1)), None);
        assert_eq!(nodes.place(0, amounts(1, 0)), Some(0));
    }

    #[test]
    fn one_that_terminates_does_not_count_for_spreading() {
        let mut nodes = nodes(2, 1);
        assert_eq!(nodes.place(0, amounts(1_000, 1)), Some(0));
        nodes.leaving(0, 0);
        // Both have none of it now, and the second has more room.
        assert_eq!(nodes.place(0, amounts(1_000, 1)), Some(1));
        assert_eq!(nodes.place(0, amounts(1_000, 1)), Some(0));
    }

    #[test]
    fn nothing_comes_to_a_cordoned_node() {
        let mut nodes = nodes(2, 1);
        nodes.cordon(0, true);
        assert!((0..5).all(|_| nodes.place(0, amounts(10, 1)) == Some(1)));
        nodes.cordon(0, false);
        assert_eq!(nodes.place(0, amounts(10, 1)), Some(0));
    }

    #[test]
    fn what_asks_for_nothing_is_spread_too_and_110_fill_a_node() {
        let mut nodes = nodes(2, 1);
        let places: Vec<_> = (0..220).map(|_| nodes.place(9, Amounts::default())).collect();
        assert_eq!(places.iter().filter(|place| **place == Some(0)).count(), 110);
        assert_eq!(places.get(..4), Some([Some(0), Some(1), Some(0), Some(1)].as_slice()));
        assert_eq!(nodes.place(9, Amounts::default()), None);
    }

    #[test]
    fn a_cluster_is_as_the_spec_says() {
        let spec = |cluster: &str, memory: &str| {
            model(&format!(
                "project p\ncluster c {{ {cluster} }}\nservice s {{ runs_on c; image \"example.com/s:1\"; memory {memory}; cpu 500m }}"
            ))
        };
        let model_ = spec("nodes 3; memory 4Gi; cpu 2; reserve 25%", "1Gi");
        let cluster = &model_.clusters[0];
        let requested = Amounts::requested(&model_.workloads[0]);
        assert_eq!(requested, amounts(500, 1_024));
        assert_eq!(Amounts::of_node(cluster), amounts(1_500, 3_072));
        let mut nodes = Nodes::of(cluster, 1);
        assert_eq!((0..20).filter(|_| nodes.place(0, requested).is_some()).count(), 9);
        // Of what is not declared there is no end, but for the number of pods.
        let model_ = spec("zones 2", "1Gi");
        let mut nodes = Nodes::of(&model_.clusters[0], 1);
        assert_eq!(nodes.count(), 2);
        assert_eq!((0..999).filter(|_| nodes.place(0, requested).is_some()).count(), 220);
    }

    proptest! {
        /// Never more on a node than there is, whatever comes and goes; and what is left pending fits nowhere.
        #[test]
        fn never_more_than_there_is(
            count in 1_usize..6,
            zones in 1_usize..4,
            steps in prop::collection::vec((0_usize..2, 0_u64..5_000, 0_u64..9_000, any::<bool>()), 1..200),
        ) {
            let mut nodes = nodes(count, zones);
            let mut placed: Vec<(usize, usize, Amounts)> = Vec::new();
            for (workload, millicores, mib, is_coming) in steps {
                let requested = amounts(millicores, mib);
                if is_coming || placed.is_empty() {
                    match nodes.place(workload, requested) {
                        Some(node) => placed.push((workload, node, requested)),
                        None => for node in 0..count {
                            let with = nodes.requested(node).plus(requested);
                            prop_assert!(!with.fits_into(amounts(4_000, 8_192)));
                        },
                    }
                } else {
                    let (workload, node, requested) = placed.swap_remove(workload % placed.len());
                    nodes.leaving(workload, node);
                    nodes.gone(node, requested);
                }
                for node in 0..count {
                    let sum = placed.iter().filter(|pod| pod.1 == node).fold(Amounts::default(), |sum, pod| sum.plus(pod.2));
                    prop_assert_eq!(nodes.requested(node), sum);
                    prop_assert!(sum.fits_into(amounts(4_000, 8_192)));
                }
            }
        }

        /// Pods that are alike and fit everywhere differ by at most one between nodes, and between zones of as many nodes.
        #[test]
        fn pods_are_spread_evenly(per_zone in 1_usize..4, zones in 1_usize..4, pods in 0_usize..60) {
            let mut nodes = Nodes::new(per_zone * zones, zones, Amounts { millicores: u64::MAX, bytes: u64::MAX }, 1);
            let mut on_nodes = vec![0; nodes.count()];
            (0..pods).for_each(|_| on_nodes[nodes.place(0, amounts(100, 64)).unwrap()] += 1);
            let even = |counts: &[i32]| counts.iter().max().unwrap() - counts.iter().min().unwrap() <= 1;
            prop_assert!(even(&on_nodes));
            let in_zones: Vec<i32> = (0..zones).map(|zone| on_nodes.iter().skip(zone).step_by(zones).sum()).collect();
            prop_assert!(even(&in_zones));
        }

        /// What the budget proves not to fit does not fit here either.
        #[test]
        fn agrees_with_the_budget(count in 1_u64..5, memory in 1_u64..12, sizes in prop::collection::vec((1_u64..8, 1_u64..12), 1..4)) {
            let services: Vec<String> = sizes
                .iter()
                .enumerate()
                .map(|(name, (replicas, mib))| format!("service s{name} {{ runs_on c; image \"example.com/s:1\"; memory {mib}Mi; scale {replicas}; rollout rolling {{ surge 0; unavailable 1 }} }}"))
                .collect();
            let model = model(&format!("project p\ncluster c {{ nodes {count}; memory {memory}Mi }}\n{}", services.join("\n")));
            let cluster = &model.clusters[0];
            let mut nodes = Nodes::of(cluster, model.workloads.len());
            let all_placed = model.workloads.iter().enumerate().all(|(workload, of)| {
                (0..of.scale.max()).all(|_| nodes.place(workload, Amounts::requested(of)).is_some())
            });
            prop_assert!(!all_placed || unplaceable(&model, cluster, |workload| workload.scale.max()).is_none());
        }
    }
}
