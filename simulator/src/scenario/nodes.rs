//! Nodes of clusters, and what else runs on them.

use loadline_compiler::budget::instances;
use loadline_compiler::model::{self, Workload};

use super::Reading;
use crate::disruption::Budget;
use crate::engine::What;
use crate::placement::{Amounts, Nodes};
use crate::system::Group;

impl Reading<'_> {
    /// The clusters that say how many nodes they have.
    pub(super) fn nodes(&mut self) {
        let model = self.model;
        let workloads = model.workloads.len();
        for cluster in model.clusters.iter().filter(|cluster| cluster.nodes.is_some()) {
            // Services come first in the counts for spreading; there are no more of them than workloads.
            let mut nodes = Nodes::of(cluster, 2 * workloads);
            // What answers no requests here takes its room all the same: static sites.
            let others = (workloads..).zip(&model.workloads).filter(|(_, workload)| {
                workload.place == Some(cluster.id) && !Self::is_service(workload.id) && !workload.is_job()
            });
            for (place, workload) in others {
                for _ in 0..instances::replicas_min(model, workload) {
                    nodes.place(place, Amounts::requested(workload));
                }
            }
            let first = self.system.names.nodes.len();
            let names = (1..=nodes.count()).map(|number| format!("{} node {number}", cluster.name.value));
            self.system.names.nodes.extend(names);
            self.groups.insert(cluster.id, self.system.groups.len());
            self.system.groups.push(Group {
                nodes,
                allocatable: Amounts::of_node(cluster),
                first,
            });
        }
    }

    pub(super) fn group(&self, workload: &Workload) -> Option<usize> {
        self.groups.get(&workload.place?).copied()
    }

    pub(super) fn disruptions(&self, workload: &Workload) -> Option<Budget> {
        let cluster = workload.place.and_then(|place| self.model.cluster(place));
        cluster.and_then(|cluster| Budget::of(Some(cluster), workload))
    }

    /// A node that is emptied.
    pub(super) fn drained(&mut self, event: &model::DrainNode) -> Option<What> {
        let place = &event.place.value;
        let Some(group) = self.groups.get(&place.id).copied() else {
            let (message, help) = if self.model.host(place.id).is_some() {
                let message = format!("`{}` is no cluster: nothing starts its instances elsewhere", place.name);
                (
                    message,
                    "what a machine takes with it when it is gone: `kill api { count 2 }`",
                )
            } else {
                let message = format!("how many nodes `{}` has is not said", place.name);
                (message, "`nodes 3` in its block")
            };
            self.refuse(event.span, message, help);
            return None;
        };
        let node = usize::try_from(event.node.value).unwrap_or(usize::MAX).checked_sub(1);
        let count = self.system.groups.get(group).map_or(0, |group| group.nodes.count());
        let Some(node) = node.filter(|node| *node < count) else {
            let message = format!("`{}` has no node {}", place.name, event.node.value);
            self.refuse(event.node.span, message, format!("a number from 1 to {count}"));
            return None;
        };
        Some(What::Drain { group, node })
    }
}
