//! Which node instances are on, and who waits for room.

use super::Engine;
use super::drains::Drained;
use super::finish::number;
use crate::outcome::NodeFigures;
use crate::placement::{Amounts, Nodes};
use crate::system::{Group, System};

/// The nodes of all groups.
#[derive(Clone, Debug)]
pub(super) struct Places {
    pub(super) groups: Vec<Nodes>,
    /// Instances that fit nowhere, in the order of creation.
    pending: Vec<u32>,
    /// The most that was asked for of each node.
    most: Vec<Amounts>,
    /// Nodes that are emptied.
    pub(super) drains: Vec<Drained>,
}

impl Places {
    pub(super) fn new(system: &System) -> Self {
        let groups: Vec<Nodes> = system.groups.iter().map(|group| group.nodes.clone()).collect();
        let all = groups
            .iter()
            .flat_map(|nodes| (0..nodes.count()).map(|node| nodes.requested(node)));
        let most = all.collect();
        Self {
            groups,
            pending: Vec::new(),
            most,
            drains: Vec::new(),
        }
    }

    /// Whether somebody waits for a node to be empty.
    pub(super) fn busy(&self) -> bool {
        self.drains.iter().any(Drained::waits)
    }
}

impl Engine<'_> {
    /// Puts an instance on a node, or in the line of those that wait for one. Whether it can start.
    pub(super) fn place(&mut self, instance: u32) -> bool {
        let service = self.instances[instance].service;
        let settings = self.settings(service);
        let Some(group) = settings.group else { return true };
        if self.place_on(instance, group, settings.requested) {
            return true;
        }
        self.places.pending.push(instance);
        self.instance_pending(service);
        false
    }

    fn place_on(&mut self, instance: u32, group: usize, requested: Amounts) -> bool {
        let service = self.instances[instance].service;
        let first = self.group(group).map_or(0, |group| group.first);
        let Some(nodes) = self.places.groups.get_mut(group) else {
            return true;
        };
        let Some(node) = nodes.place(service as usize, requested) else {
            return false;
        };
        let now = nodes.requested(node);
        if let Some(most) = self.places.most.get_mut(first + node) {
            most.millicores = most.millicores.max(now.millicores);
            most.bytes = most.bytes.max(now.bytes);
        }
        self.instances[instance].node = Some(number(node));
        true
    }

    /// It was told to stop: the next one does not keep away from where it is.
    pub(super) fn leaves_node(&mut self, instance: u32) {
        let at = &self.instances[instance];
        let (service, node) = (at.service, at.node);
        let group = self.settings(service).group;
        if let (Some(nodes), Some(node)) = (group.and_then(|group| self.places.groups.get_mut(group)), node) {
            nodes.leaving(service as usize, node as usize);
        }
        self.places.pending.retain(|pending| *pending != instance);
    }

    /// It is gone, and others may fit now.
    pub(super) fn gone_from_node(&mut self, instance: u32) {
        let at = &mut self.instances[instance];
        let (service, node) = (at.service, at.node.take());
        let settings = self.settings(service);
        let (Some(group), Some(node)) = (settings.group, node) else {
            return;
        };
        if let Some(nodes) = self.places.groups.get_mut(group) {
            nodes.gone(node as usize, settings.requested);
        }
        // One that is large does not hold up the smaller ones behind it.
        for waiting in self.places.pending.clone() {
            let service = self.instances[waiting].service;
            let settings = self.settings(service);
            if settings.group == Some(group) && self.place_on(waiting, group, settings.requested) {
                self.places.pending.retain(|pending| *pending != waiting);
                self.start(waiting, settings.life.start);
            }
        }
    }

    /// What a node is among all nodes.
    pub(super) fn node_of(&self, group: usize, node: usize) -> usize {
        self.group(group).map_or(node, |group| group.first + node)
    }

    fn group(&self, group: usize) -> Option<&Group> {
        self.system.groups.get(group)
    }

    pub(super) fn node_figures(&self) -> Vec<NodeFigures> {
        let said = |amount: u64| Some(amount).filter(|amount| *amount != u64::MAX);
        let groups = self.system.groups.iter();
        let there = groups.flat_map(|group| std::iter::repeat_n(group.allocatable, group.nodes.count()));
        let figures = self.places.most.iter().zip(there).map(|(most, there)| NodeFigures {
            cpu_requested: most.millicores,
            memory_requested: most.bytes,
            cpu: said(there.millicores),
            memory: said(there.bytes),
        });
        figures.collect()
    }
}
