//! From the facts to a verdict: the slices, joined where one has to know of another.

use std::collections::BTreeSet;

use super::columns::ColumnId;
use super::effects::Op;
use super::order::{Part, StepId};
use super::slice::Slice;
use super::verdict::{Finds, RetiredRunning, Undecided, Verdict};
use super::walk::{Outcome, walk};
use super::world::World;
use crate::model::ThingId;

/// States that are looked at, over all slices.
pub const STATES_MAX: usize = 2_000_000;

/// Explores all changes together.
#[must_use]
pub fn explore(world: &World<'_>) -> Verdict {
    explore_within(world, STATES_MAX)
}

/// Explores with a limit of states of one's own.
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
            left = left.saturating_sub(walked.states);
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
    let renames = world.effects.values().flat_map(|effects| &effects.ops);
    let renames = renames.filter_map(|op| match op {
        Op::Rename { old, new } => Some(BTreeSet::from([*old, *new])),
        _ => None,
    });
    let data = world
        .columns
        .all()
        .filter_map(|column| world.columns.datum(column).cloned());
    let mut groups: Vec<BTreeSet<ColumnId>> = Vec::new();
    for joined in data
        .chain(renames)
        .chain(world.columns.all().map(|column| BTreeSet::from([column])))
    {
        let (mut with, apart): (Vec<_>, Vec<_>) = groups.into_iter().partition(|group| !group.is_disjoint(&joined));
        with.push(joined);
        groups = apart;
        groups.push(with.into_iter().flatten().collect());
    }
    groups.sort();
    groups
}

/// Two clusters of which one has to know what rollback targets the other takes away: because it drops what such a target touches,
/// or because a service may be left without any.
fn tied(world: &World<'_>, clusters: &[Cluster]) -> Option<(usize, usize)> {
    let services = |lost: &BTreeSet<usize>| -> BTreeSet<ThingId> {
        let revisions = lost.iter().filter_map(|revision| world.revisions.get(*revision));
        revisions.map(|revision| revision.service).collect()
    };
    let walked = |index: usize| clusters.get(index).and_then(|cluster| cluster.walked.as_ref());
    for one in 0..clusters.len() {
        for other in (0..clusters.len()).filter(|other| *other != one) {
            let (Some(own), Some(others)) = (walked(one), walked(other)) else {
                continue;
            };
            let drops = !own.under_target.is_disjoint(&others.lost);
            let strands = !own.lost_newest.is_disjoint(&services(&others.lost));
            // What was not walked to its end is not joined with more.
            if (drops || strands) && !own.cut && !others.cut {
                return Some((one.min(other), one.max(other)));
            }
        }
    }
    None
}

/// `retire` of a revision that can be live then.
fn retired_running(world: &World<'_>) -> Vec<RetiredRunning> {
    let order = &world.order;
    let mut found = Vec::new();
    for (event, retire) in order.events.iter().enumerate() {
        let step: StepId = retire.step();
        let Some((service, version)) = world.retired(step).filter(|_| retire.part == Part::Whole) else {
            continue;
        };
        for line in world.lines.iter().filter(|line| line.service == service) {
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
