//! Who depends on whom, built once.

use std::collections::BTreeMap;

use loadline_grammar::Span;
use petgraph::Direction;
use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;

use super::thing::ThingId;
use super::traffic::CallKind;

/// What an edge means; it points from who depends to what is depended on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EdgeKind {
    /// A call; `optional` when the caller can do without.
    Call {
        /// What kind of call.
        kind: CallKind,
        /// The caller can answer without it.
        optional: bool,
    },
    /// Connections to a database or cache.
    Uses,
    /// Messages put on a queue.
    Publishes,
    /// Messages taken from a queue.
    Consumes,
    /// A route of a gateway.
    Routes,
    /// A queue inside a cache, a store on a host.
    On,
    /// Messages that could not be worked on.
    DeadLetter,
}

impl EdgeKind {
    /// In a word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Call {
                kind: CallKind::Call,
                optional: false,
            } => "calls",
            Self::Call {
                kind: CallKind::Call,
                optional: true,
            } => "may call",
            Self::Call {
                kind: CallKind::Async, ..
            } => "calls async",
            Self::Call {
                kind: CallKind::Health, ..
            } => "probes",
            Self::Call {
                kind: CallKind::Redirect,
                ..
            } => "redirects to",
            Self::Uses => "uses",
            Self::Publishes => "publishes",
            Self::Consumes => "consumes",
            Self::Routes => "routes to",
            Self::On => "on",
            Self::DeadLetter => "dead letters to",
        }
    }

    /// Whether a rollout of the callee is felt by the caller: plain calls that the caller cannot do without.
    const fn orders_deploys(self) -> bool {
        matches!(
            self,
            Self::Call {
                kind: CallKind::Call,
                optional: false
            }
        )
    }
}

/// An edge with its ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    /// Who depends.
    pub from: ThingId,
    /// On what.
    pub to: ThingId,
    /// How.
    pub kind: EdgeKind,
    /// Where it is written.
    pub span: Span,
}

/// The service graph.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    inner: DiGraph<ThingId, (EdgeKind, Span)>,
    nodes: BTreeMap<ThingId, NodeIndex>,
}

impl Graph {
    /// From all things and edges, both in the order of the model.
    #[must_use]
    pub fn new(things: &[ThingId], edges: &[Edge]) -> Self {
        let mut inner = DiGraph::new();
        let mut nodes = BTreeMap::new();
        for &thing in things {
            nodes.insert(thing, inner.add_node(thing));
        }
        for edge in edges {
            if let (Some(&from), Some(&to)) = (nodes.get(&edge.from), nodes.get(&edge.to)) {
                inner.add_edge(from, to, (edge.kind, edge.span));
            }
        }
        Self { inner, nodes }
    }

    /// All things.
    pub fn things(&self) -> impl Iterator<Item = ThingId> + '_ {
        self.inner.node_weights().copied()
    }

    /// Who depends on a thing, each once, by their places in the model.
    #[must_use]
    pub fn dependents(&self, thing: ThingId) -> Vec<ThingId> {
        let node = self.nodes.get(&thing).copied();
        let edges = node.map(|node| self.inner.neighbors_directed(node, Direction::Incoming));
        let found = edges.into_iter().flatten();
        let mut found: Vec<ThingId> = found.filter_map(|node| self.inner.node_weight(node).copied()).collect();
        found.sort_unstable_by_key(|thing| (thing.place(), thing.kind));
        found.dedup();
        found
    }

    /// All edges, in the order they were added.
    pub fn edges(&self) -> impl Iterator<Item = Edge> + '_ {
        self.inner
            .edge_references()
            .filter_map(|edge| self.edge(edge.source(), edge.target(), *edge.weight()))
    }

    fn edge(&self, from: NodeIndex, to: NodeIndex, (kind, span): (EdgeKind, Span)) -> Option<Edge> {
        Some(Edge {
            from: *self.inner.node_weight(from)?,
            to: *self.inner.node_weight(to)?,
            kind,
            span,
        })
    }

    /// Waves of a deploy, callees first: the strongly connected components of the calls that order deploys, those of
    /// equal depth together. Only things that `deployed` accepts are listed, but all count for the depth.
    #[must_use]
    pub fn waves(&self, deployed: impl Fn(ThingId) -> bool) -> Vec<Vec<ThingId>> {
        let calls = self
            .inner
            .filter_map(|_, thing| Some(*thing), |_, edge| edge.0.orders_deploys().then_some(()));
        // Components come callees first. Not by Tarjan: that one recurses, and a chain of calls may be long.
        let components = kosaraju_scc(&calls);
        let mut component_of = vec![0_usize; calls.node_count()];
        for (index, component) in components.iter().enumerate() {
            for node in component {
                if let Some(slot) = component_of.get_mut(node.index()) {
                    *slot = index;
                }
            }
        }
        let mut depths: Vec<usize> = Vec::with_capacity(components.len());
        let mut waves: Vec<Vec<ThingId>> = Vec::new();
        for (index, component) in components.iter().enumerate() {
            let callees = component.iter().flat_map(|&node| calls.neighbors(node));
            let callee_components = callees.filter_map(|node| component_of.get(node.index()).copied());
            let deepest = callee_components
                .filter(|&callee| callee != index)
                .filter_map(|callee| depths.get(callee))
                .max();
            let depth = deepest.map_or(0, |deepest| deepest + 1);
            depths.push(depth);
            if waves.len() <= depth {
                waves.resize_with(depth + 1, Vec::new);
            }
            let members = component.iter().filter_map(|&node| calls.node_weight(node).copied());
            if let Some(wave) = waves.get_mut(depth) {
                wave.extend(members.filter(|&thing| deployed(thing)));
            }
        }
        for wave in &mut waves {
            wave.sort_unstable();
        }
        waves.retain(|wave| !wave.is_empty());
        waves
    }

    /// For each group of things that wait for each other in a circle, the shortest circle through its first member.
    #[must_use]
    pub fn cycles(&self) -> Vec<Vec<Edge>> {
        let calls = self.inner.filter_map(
            |_, thing| Some(*thing),
            |_, edge| edge.0.orders_deploys().then_some(*edge),
        );
        let mut cycles: Vec<Vec<Edge>> = Vec::new();
        for mut members in kosaraju_scc(&calls) {
            members.sort_unstable();
            if let [first, _, ..] = members.as_slice() {
                cycles.push(self.circle(&calls, *first));
            }
        }
        cycles.sort_by_key(|cycle| cycle.first().map(|edge| edge.from));
        cycles
    }

    /// The shortest way from a node back to it: breadth first, remembering how each node was reached.
    fn circle(&self, calls: &DiGraph<ThingId, (EdgeKind, Span)>, start: NodeIndex) -> Vec<Edge> {
        let mut reached = std::collections::BTreeMap::new();
        let mut queue = std::collections::VecDeque::from([start]);
        while let Some(node) = queue.pop_front().filter(|_| !reached.contains_key(&start)) {
            // The latest edge of a node comes first in its list.
            let mut out: Vec<_> = calls.edges(node).collect();
            out.reverse();
            for edge in out.into_iter().filter(|edge| edge.target() != node) {
                if let std::collections::btree_map::Entry::Vacant(entry) = reached.entry(edge.target()) {
                    entry.insert((node, *edge.weight()));
                    queue.push_back(edge.target());
                }
            }
        }
        let mut circle = Vec::new();
        let mut at = start;
        while let Some((from, weight)) = reached.get(&at) {
            circle.extend(self.edge(*from, at, *weight));
            at = *from;
            if at == start {
                break;
            }
        }
        circle.reverse();
        circle
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ThingKind;

    fn thing(place: u32) -> ThingId {
        ThingId::new(ThingKind::Service, place)
    }

    fn call(from: u32, to: u32) -> Edge {
        let kind = EdgeKind::Call {
            kind: CallKind::Call,
            optional: false,
        };
        Edge {
            from: thing(from),
            to: thing(to),
            kind,
            span: Span::default(),
        }
    }

    #[test]
    fn waves_go_callees_first_and_cycles_go_together() {
        let things: Vec<ThingId> = (0..6).map(thing).collect();
        // 0 -> 1 -> 2 <-> 3, 4 -> 2, 5 alone.
        let graph = Graph::new(&things, &[call(0, 1), call(1, 2), call(2, 3), call(3, 2), call(4, 2)]);
        let waves = graph.waves(|_| true);
        let places = |wave: &Vec<ThingId>| wave.iter().map(|thing| thing.place()).collect::<Vec<_>>();
        assert_eq!(
            waves.iter().map(places).collect::<Vec<_>>(),
            [vec![2, 3, 5], vec![1, 4], vec![0]]
        );
        assert_eq!(graph.dependents(thing(2)), [thing(1), thing(3), thing(4)]);
        assert!(graph.dependents(thing(5)).is_empty());
    }

    #[test]
    fn a_long_chain_needs_no_deep_stack() {
        let count = 100_000;
        let things: Vec<ThingId> = (0..count).map(thing).collect();
        let mut calls: Vec<Edge> = (1..count).map(|callee| call(callee - 1, callee)).collect();
        assert_eq!(Graph::new(&things, &calls).waves(|_| true).len(), 100_000);
        calls.push(call(count - 1, 0));
        let cycles = Graph::new(&things, &calls).cycles();
        assert_eq!(cycles.iter().map(Vec::len).collect::<Vec<_>>(), [100_000]);
    }

    #[test]
    fn a_cycle_is_the_shortest_one_of_its_group() {
        let things: Vec<ThingId> = (0..6).map(thing).collect();
        // 1 -> 2 -> 3 -> 1 and 2 -> 1; 4 calls itself, which orders nothing.
        let graph = Graph::new(
            &things,
            &[
                call(0, 1),
                call(1, 2),
                call(2, 3),
                call(3, 1),
                call(2, 1),
                call(4, 4),
                call(5, 4),
            ],
        );
        let cycles = graph.cycles();
        let ends = |cycle: &Vec<Edge>| {
            let of = |edge: &Edge| (edge.from.place(), edge.to.place());
            cycle.iter().map(of).collect::<Vec<_>>()
        };
        assert_eq!(cycles.iter().map(ends).collect::<Vec<_>>(), [vec![(1, 2), (2, 1)]]);
    }
}
