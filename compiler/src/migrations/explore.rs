//! From the facts to a verdict: the slices, joined where one has to know of another.

use std::collections::{BTreeMap, BTreeSet};

use super::columns::ColumnId;
use super::effects::Op;
use super::order::{Event, Part};
use super::slice::Slice;
use super::verdict::{Finds, RetiredRunning, Undecided, Verdict};
use super::walk::{Outcome, walk};
use super::world::World;
use crate::model::ThingId;
use petgraph::unionfind::UnionFind;

/// Moves from one state to another that are tried, over all slices. Not states: where much may happen next, a state is met on many
/// ways, and each costs. A few seconds, whatever the machine has beside it.
pub const MOVES_MAX: usize = 5_000_000;

/// Explores all changes together.
#[must_use]
pub fn explore(world: &World<'_>) -> Verdict {
    explore_within(world, MOVES_MAX)
}

/// Explores with a limit of moves of one's own.
#[must_use]
pub fn explore_within(world: &World<'_>, limit: usize) -> Verdict {
    let mut verdict = Verdict::default();
    if world.contradiction.is_some() {
        return verdict;
    }
    let mut left = limit;
    let mut clusters: Vec<Cluster> = groups(world).into_iter().map(Cluster::of).collect();
    loop {
        for cluster in clusters.iter_mut().filter(|cluster| cluster.walked.is_none()) {
            let walked = cluster.walk(world, left);
            left = left.saturating_sub(walked.moves);
            cluster.walked = Some(walked);
        }
        let Some((one, other)) = tied(world, &clusters) else {
            break;
        };
        // The later is joined to the earlier, and both are walked again as one.
        let later = clusters.remove(other);
        if let Some(cluster) = clusters.get_mut(one) {
            cluster.groups.extend(later.groups);
            cluster.walked = None;
        }
    }
    verdict.moves = limit - left;
    let mut finds = Finds::default();
    for cluster in clusters {
        let undecided = cluster.undecided(world);
        verdict.undecided.extend(undecided);
        if let Some(walked) = cluster.walked {
            finds.add(walked.finds);
        }
    }
    verdict.failures = finds.failures.into_values().map(|(_, failure)| failure).collect();
    verdict.lost = finds.lost.into_values().map(|(_, lost)| lost).collect();
    verdict.stranded = finds.stranded.into_values().map(|(_, lost)| lost).collect();
    verdict.retired_running = retired_running(world);
    verdict
}

/// Groups of columns that are walked at once.
#[derive(Debug)]
struct Cluster {
    groups: Vec<BTreeSet<ColumnId>>,
    walked: Option<Outcome>,
}

impl Cluster {
    fn of(group: BTreeSet<ColumnId>) -> Self {
        Self {
            groups: vec![group],
            walked: None,
        }
    }

    fn walk(&self, world: &World<'_>, limit: usize) -> Outcome {
        let groups: Vec<&BTreeSet<ColumnId>> = self.groups.iter().collect();
        match Slice::of(world, &groups) {
            Ok(slice) if slice.lines.is_empty() => Outcome::default(),
            Ok(slice) => walk(&slice, limit),
            Err(_) => Outcome {
                cut: true,
                ..Outcome::default()
            },
        }
    }

    fn undecided(&self, world: &World<'_>) -> Option<Undecided> {
        let walked = self.walked.as_ref().filter(|walked| walked.cut)?;
        let columns: Vec<ColumnId> = self.groups.iter().flatten().copied().collect();
        let speaks = |change: &usize| columns.iter().any(|column| world.columns.speaks_of(*change, *column));
        Some(Undecided {
            changes: (0..world.changes.len()).filter(speaks).collect(),
            states: Some(walked.states).filter(|states| *states != 0),
            columns,
        })
    }
}

/// Columns that say something about each other: one datum, or one column under two names.
fn groups(world: &World<'_>) -> Vec<BTreeSet<ColumnId>> {
    let count = world.columns.all().count();
    let mut joined: UnionFind<usize> = UnionFind::new(count);
    let mut join = |one: ColumnId, other: ColumnId| {
        let _ = joined.try_union(one.0, other.0);
    };
    for op in world.effects.values().flat_map(|effects| &effects.ops) {
        if let Op::Rename { old, new } = *op {
            join(old, new);
        }
    }
    for column in world.columns.all() {
        for other in world.columns.datum(column).into_iter().flatten() {
            join(column, *other);
        }
    }
    let mut groups: BTreeMap<usize, BTreeSet<ColumnId>> = BTreeMap::new();
    for (column, group) in world.columns.all().zip(joined.into_labeling()) {
        groups.entry(group).or_default().insert(column);
    }
    let mut groups: Vec<BTreeSet<ColumnId>> = groups.into_values().collect();
    groups.sort();
    groups
}

/// Two clusters of which one has to know what rollback targets the other takes away: because it drops what such a target touches,
/// or because a service may be left without any.
fn tied(world: &World<'_>, clusters: &[Cluster]) -> Option<(usize, usize)> {
    // What was not walked to its end is not joined with more.
    let walked = clusters.iter().enumerate().filter_map(|(place, cluster)| {
        let walked = cluster.walked.as_ref().filter(|walked| !walked.cut)?;
        Some((place, walked))
    });
    let mut losing: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    let mut losing_of: BTreeMap<ThingId, BTreeSet<usize>> = BTreeMap::new();
    for (place, walked) in walked.clone() {
        for revision in &walked.lost {
            losing.entry(*revision).or_default().insert(place);
            if let Some(revision) = world.revisions.get(*revision) {
                losing_of.entry(revision.service).or_default().insert(place);
            }
        }
    }
    walked.into_iter().find_map(|(one, own)| {
        let drops = own.under_target.iter().filter_map(|revision| losing.get(revision));
        let strands = own.lost_newest.iter().filter_map(|service| losing_of.get(service));
        let others = drops.chain(strands).flatten().copied();
        let other = others.filter(|other| *other != one).min()?;
        Some((one.min(other), one.max(other)))
    })
}

/// `retire` of a revision that can be live then.
fn retired_running(world: &World<'_>) -> Vec<RetiredRunning> {
    let order = &world.order;
    let mut found = Vec::new();
    for retires in &world.index.retires {
        let (event, version) = (retires.event, retires.version);
        let Some(step) = order
            .events
            .get(event)
            .filter(|event| event.part == Part::Whole)
            .map(Event::step)
        else {
            continue;
        };
        let line = world.index.line(retires.service);
        if let Some(line) = line.and_then(|line| world.lines.get(line)) {
            let came = line.arrivals.iter().map(|arrival| match arrival.rollout {
                Some((start, _)) => !order.precedes(event, start),
                None => arrival.begins.iter().any(|begin| !order.precedes(event, *begin)),
            });
            let left = line.arrivals.iter().skip(1).map(|arrival| {
                let ended = |(_, end): (usize, usize)| order.precedes(end, event);
                let begun = |begin: &usize| order.initial.contains(*begin) || order.precedes(*begin, event);
                arrival.rollout.is_some_and(ended) || arrival.begins.iter().any(begun)
            });
            let live = came.zip(left.chain([false])).map(|(came, left)| came && !left);
            let running = line.revisions.iter().zip(live).filter(|(_, live)| *live);
            let named = running.filter_map(|(index, _)| Some((*index, world.revisions.get(*index)?)));
            let mut named = named.filter(|(_, revision)| version.selects(&revision.version));
            if let Some((revision, _)) = named.next() {
                found.push(RetiredRunning { step, revision });
            }
        }
    }
    found
}
