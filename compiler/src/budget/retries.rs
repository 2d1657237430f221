//! What retries do to time and to load: how long a call may take with all its attempts, and how often one request at the
//! top of a path arrives at its end.

use std::collections::{BTreeMap, VecDeque};

use petgraph::Direction;
use petgraph::graph::{DiGraph, EdgeIndex, NodeIndex};
use petgraph::visit::EdgeRef;

use crate::model::{Calls, Model, ThingId, Workload};
use crate::quantity::{Amount, Duration};

/// Attempts of one call at most: the first and its retries. A budget bounds the retries of all calls together, not of one.
#[must_use]
pub fn attempts(call: &Calls) -> u64 {
    call.retries.value.saturating_add(1)
}

/// How many requests the callee gets for one, when it fails: `1 + retries`, or with a budget `1 + budget`.
#[must_use]
pub fn load_factor(call: &Calls) -> Amount {
    let retries = Amount::whole(call.retries.value).in_millionths();
    let budget = call.retry_budget.as_ref().map(|budget| budget.in_millionths());
    let further = budget.map_or(retries, |budget| budget.min(retries));
    Amount::millionths(Amount::ONE.in_millionths().saturating_add(further))
}

/// The waits between all attempts.
#[must_use]
pub fn backoff_total(call: &Calls) -> Duration {
    backoff(call, call.retries.value)
}

/// The waits before so many retries: the first, doubled each time up to the longest. Spreading at random only shortens them.
fn backoff(call: &Calls, retries: u64) -> Duration {
    let Some(backoff) = &call.backoff else {
        return Duration::ZERO;
    };
    let mut wait = backoff.low;
    let mut total = Duration::ZERO;
    for retry in 0..retries {
        // From here on all are the same.
        if wait == backoff.high || wait.is_zero() {
            return total.plus(wait.times(retries - retry));
        }
        total = total.plus(wait);
        wait = wait.times(2).min(backoff.high);
    }
    total
}

/// The longest that a call can take, all attempts and waits together; `None` when nothing ends an attempt.
#[must_use]
pub fn longest(call: &Calls) -> Option<Duration> {
    longest_with(call, call.retries.value)
}

fn longest_with(call: &Calls, retries: u64) -> Option<Duration> {
    let timeout = call.timeout.as_ref()?.value;
    Some(timeout.times(retries.saturating_add(1)).plus(backoff(call, retries)))
}

/// The most retries with which a call takes no longer than this; `None` when a single attempt may take longer.
#[must_use]
pub fn retries_within(call: &Calls, time: Duration) -> Option<u64> {
    let fits = |retries: u64| longest_with(call, retries).is_some_and(|longest| longest <= time);
    if !fits(0) {
        return None;
    }
    let (mut fitting, mut over) = (0, call.retries.value.saturating_add(1));
    while fitting + 1 < over {
        let middle = fitting + (over - fitting) / 2;
        if fits(middle) {
            fitting = middle;
        } else {
            over = middle;
        }
    }
    Some(fitting)
}

/// `3s × 3 + 300ms backoff`
#[must_use]
pub fn longest_terms(call: &Calls) -> String {
    let timeout = call.timeout.as_ref().map(|timeout| timeout.value).unwrap_or_default();
    let mut text = timeout.to_string();
    if call.retries.value != 0 {
        text.push_str(&format!(" × {} attempts", attempts(call)));
    }
    let waits = backoff_total(call);
    if !waits.is_zero() {
        text.push_str(&format!(" + {waits} backoff"));
    }
    text
}

/// The call of a workload that can keep it waiting longest, calls back to `asked_by` excepted: what is asked there is seldom
/// the same request going round.
#[must_use]
pub fn slowest_call(workload: &Workload, asked_by: ThingId) -> Option<(&Calls, Duration)> {
    let calls = workload.calls.iter();
    let waited_for = calls.filter(|call| call.is_waited_for() && call.callee.id != asked_by);
    let mut slowest: Option<(&Calls, Duration)> = None;
    for (call, time) in waited_for.filter_map(|call| longest(call).map(|time| (call, time))) {
        if slowest.is_none_or(|(_, other)| other < time) {
            slowest = Some((call, time));
        }
    }
    slowest
}

/// A chain of calls, each by the callee of the one before, and how often its last callee is asked for one request.
#[derive(Clone, Debug)]
pub struct Chain<'m> {
    /// The calls, from the top.
    pub calls: Vec<(&'m Workload, &'m Calls)>,
    /// The product of their factors.
    pub factor: Amount,
}

type Network<'m> = DiGraph<ThingId, (&'m Workload, &'m Calls)>;

/// The chains on which retries multiply beyond `limit`: for each call that takes the product over it, the worst chain that
/// goes on from there.
///
/// One pass over the calls in an order in which callers come first: the largest product at a callee follows from those of its
/// callers. Calls that would lead back in that order are left out, so that a circle is gone round less than once; every
/// product is that of a real chain, and a circle itself is `dependency-cycle`.
#[must_use]
pub fn amplifications(model: &Model, limit: Amount) -> Vec<Chain<'_>> {
    let network = network(model);
    let order = callers_first(&network);
    let mut rank = vec![0_usize; network.node_count()];
    for (place, node) in order.iter().enumerate() {
        if let Some(slot) = rank.get_mut(node.index()) {
            *slot = place;
        }
    }
    let rank_of = |node: NodeIndex| rank.get(node.index()).copied().unwrap_or_default();
    let mut best = vec![Reached::default(); network.node_count()];
    let mut worst: BTreeMap<EdgeIndex, (Amount, NodeIndex)> = BTreeMap::new();
    for &node in &order {
        let here = best.get(node.index()).copied().unwrap_or_default();
        if let Some(crossing) = here.crossing {
            let entry = worst.entry(crossing).or_insert((here.factor, node));
            if entry.0 < here.factor {
                *entry = (here.factor, node);
            }
        }
        for edge in network
            .edges(node)
            .filter(|edge| rank_of(node) < rank_of(edge.target()))
        {
            let factor = here.factor.times(load_factor(edge.weight().1));
            let crossing = here.crossing.or((limit < factor).then_some(edge.id()));
            if let Some(there) = best.get_mut(edge.target().index())
                && (there.by.is_none() || there.factor < factor)
            {
                *there = Reached {
                    factor,
                    by: Some(edge.id()),
                    crossing,
                };
            }
        }
    }
    let chain = |(factor, end): (Amount, NodeIndex)| Chain {
        calls: calls_to(&network, &best, end),
        factor,
    };
    worst.into_values().map(chain).collect()
}

/// The largest product with which a callee is reached, by which call, and which call took it over the limit.
#[derive(Clone, Copy, Debug)]
struct Reached {
    factor: Amount,
    by: Option<EdgeIndex>,
    crossing: Option<EdgeIndex>,
}

impl Default for Reached {
    fn default() -> Self {
        Self {
            factor: Amount::ONE,
            by: None,
            crossing: None,
        }
    }
}

fn network(model: &Model) -> Network<'_> {
    let mut network = Network::new();
    let mut nodes: BTreeMap<ThingId, NodeIndex> = BTreeMap::new();
    for workload in &model.workloads {
        for call in workload.calls.iter().filter(|call| call.is_request()) {
            let from = *nodes
                .entry(workload.id)
                .or_insert_with(|| network.add_node(workload.id));
            let callee = call.callee.id;
            let to = *nodes.entry(callee).or_insert_with(|| network.add_node(callee));
            network.add_edge(from, to, (workload, call));
        }
    }
    network
}

/// Every node after its callers; where they call each other in a circle, the first of them first.
fn callers_first(network: &Network<'_>) -> Vec<NodeIndex> {
    let mut waiting: Vec<usize> = network
        .node_indices()
        .map(|node| network.neighbors_directed(node, Direction::Incoming).count())
        .collect();
    let mut is_done = vec![false; network.node_count()];
    let mut ready: VecDeque<NodeIndex> = network
        .node_indices()
        .filter(|node| waiting.get(node.index()) == Some(&0))
        .collect();
    let mut rest = network.node_indices();
    let mut order = Vec::with_capacity(network.node_count());
    loop {
        let next = ready
            .pop_front()
            .or_else(|| rest.by_ref().find(|node| is_done.get(node.index()) == Some(&false)));
        let Some(node) = next else { return order };
        match is_done.get_mut(node.index()) {
            Some(done) if !*done => *done = true,
            _ => continue,
        }
        order.push(node);
        for callee in network.neighbors(node) {
            if let Some(count) = waiting.get_mut(callee.index()) {
                *count = count.saturating_sub(1);
                if *count == 0 {
                    ready.push_back(callee);
                }
            }
        }
    }
}

fn calls_to<'m>(network: &Network<'m>, best: &[Reached], end: NodeIndex) -> Vec<(&'m Workload, &'m Calls)> {
    let mut calls = Vec::new();
    let mut at = end;
    while let Some(edge) = best.get(at.index()).and_then(|reached| reached.by) {
        calls.extend(network.edge_weight(edge).copied());
        let Some((from, _)) = network.edge_endpoints(edge) else {
            break;
        };
        at = from;
    }
    calls.reverse();
    calls
}
