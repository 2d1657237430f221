//! The revisions of each service, in the order in which it runs them.
//!
//! A version is a point on a line: what several changes say of one version they say of one revision, and its rollout is
//! one rollout, whoever names it. The line follows what the changes order, and else the versions.

use std::collections::{BTreeMap, BTreeSet};

use loadline_grammar::Span;

use super::bits::Bits;
use super::columns::{ColumnId, Columns};
use super::order::StepId;
use crate::lower::Version;
use crate::model::{Change, ThingId};

/// What changes say of one revision, before its place is known.
#[derive(Debug)]
pub(super) struct Node<'m> {
    pub(super) service: ThingId,
    pub(super) version: Version,
    /// With the step that says it; step 0 is a `from`.
    pub(super) statements: Vec<(StepId, &'m crate::model::Revision)>,
    /// The events of its rollout, if one of the changes rolls it out.
    pub(super) start: Option<usize>,
    pub(super) end: Option<usize>,
    /// The beginnings of changes that say it runs then.
    pub(super) begins: Vec<usize>,
}

impl Node<'_> {
    fn events(&self) -> impl Iterator<Item = usize> + '_ {
        self.start.into_iter().chain(self.begins.iter().copied())
    }
}

/// Every revision that a change names.
pub(super) fn nodes(changes: &[Change]) -> Vec<Node<'_>> {
    let versions = all_versions(changes);
    let mut nodes: BTreeMap<(ThingId, Version, usize), Node<'_>> = BTreeMap::new();
    for (change, settings) in changes.iter().enumerate() {
        let mut seen: BTreeMap<(ThingId, Version), usize> = BTreeMap::new();
        let from = settings.from.iter().map(|from| (0, from));
        let steps = settings.steps();
        let deploys = steps.iter().enumerate().filter_map(|(index, step)| match step {
            crate::model::Step::Deploy(deploy) => Some((index + 1, *deploy)),
            _ => None,
        });
        for (step, revision) in from.chain(deploys) {
            let service = revision.service.id;
            let version = whole(&versions, service, &revision.version.value);
            // One that comes again in the same change is rolled out again.
            let times = seen.entry((service, version.clone())).or_insert(0);
            let node = nodes.entry((service, version.clone(), *times)).or_insert_with(|| Node {
                service,
                version,
                statements: Vec::new(),
                start: None,
                end: None,
                begins: Vec::new(),
            });
            *times += 1;
            node.statements.push((StepId { change, step }, revision));
        }
    }
    nodes.into_values().collect()
}

fn all_versions(changes: &[Change]) -> BTreeMap<ThingId, BTreeSet<Version>> {
    let mut versions: BTreeMap<ThingId, BTreeSet<Version>> = BTreeMap::new();
    let named = changes
        .iter()
        .flat_map(|change| change.from.iter().chain(&change.deploy));
    for revision in named {
        let of_service = versions.entry(revision.service.id).or_default();
        of_service.insert(revision.version.value.clone());
    }
    versions
}

/// `2.1` is `2.1.4` where that is the only one it can stand for.
fn whole(versions: &BTreeMap<ThingId, BTreeSet<Version>>, service: ThingId, version: &Version) -> Version {
    let mut longer = versions
        .get(&service)
        .into_iter()
        .flatten()
        .filter(|other| *other != version && version.selects(other));
    match (longer.next(), longer.next()) {
        (Some(only), None) => only.clone(),
        _ => version.clone(),
    }
}

/// Groups nodes by service, each in the order of its line: as the changes say, else by version.
pub(super) fn arrange<'n, 'm>(nodes: &'n [Node<'m>], before: &[Bits]) -> Vec<Vec<&'n Node<'m>>> {
    let mut of_service: BTreeMap<ThingId, Vec<&Node<'_>>> = BTreeMap::new();
    for node in nodes {
        of_service.entry(node.service).or_default().push(node);
    }
    of_service.into_values().map(|nodes| in_line(nodes, before)).collect()
}

/// Of nodes that no other one has to come before, the first is the next. They come sorted by version.
fn in_line<'n, 'm>(nodes: Vec<&'n Node<'m>>, before: &[Bits]) -> Vec<&'n Node<'m>> {
    let precedes = |first: &Node<'_>, second: &Node<'_>| {
        let known = |event: usize| before.get(event);
        let mut before = second.events().filter_map(known);
        before.any(|before| first.events().any(|event| before.contains(event)))
    };
    // For each, who comes before it and is not in the line yet.
    let mut waits: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); nodes.len()];
    for (place, waits) in waits.iter_mut().enumerate() {
        let Some(node) = nodes.get(place) else { continue };
        let others = nodes.iter().enumerate().filter(|(other, _)| *other != place);
        waits.extend(
            others
                .filter(|(_, other)| precedes(other, node))
                .map(|(other, _)| other),
        );
    }
    let mut left: Vec<usize> = (0..nodes.len()).collect();
    let mut line = Vec::new();
    while !left.is_empty() {
        let free = |place: &usize| waits.get(*place).is_none_or(BTreeSet::is_empty);
        let next = left.remove(left.iter().position(free).unwrap_or(0));
        line.extend(nodes.get(next).copied());
        for waits in &mut waits {
            waits.remove(&next);
        }
    }
    line
}

/// The revisions of a service.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) service: ThingId,
    /// Places in [`super::World::revisions`], oldest first.
    pub(super) revisions: Vec<usize>,
    /// For each, the events that bring it.
    pub(super) arrivals: Vec<Arrival>,
}

/// How a revision comes to run.
#[derive(Debug)]
pub(super) struct Arrival {
    /// First and last event of its rollout.
    pub(super) rollout: Option<(usize, usize)>,
    /// The beginnings of changes that say that it runs then.
    pub(super) begins: Vec<usize>,
    /// Those changes.
    from: Vec<usize>,
}

impl Line {
    pub(super) fn of(first: usize, nodes: &[&Node<'_>]) -> Option<Self> {
        let arrival = |node: &&Node<'_>| Arrival {
            rollout: node.start.zip(node.end),
            begins: if node.start.is_some() {
                Vec::new()
            } else {
                node.begins.clone()
            },
            from: node
                .statements
                .iter()
                .filter(|(at, _)| at.step == 0)
                .map(|(at, _)| at.change)
                .collect(),
        };
        Some(Self {
            service: nodes.first()?.service,
            revisions: (first..first + nodes.len()).collect(),
            arrivals: nodes.iter().map(arrival).collect(),
        })
    }

    /// Changes that name a revision as their first that another one comes before.
    pub(super) fn begin_later(&self) -> impl Iterator<Item = usize> + '_ {
        let later = |(place, arrival): (usize, &'_ Arrival)| place != 0 || arrival.rollout.is_some();
        let arrivals = self.arrivals.iter().enumerate();
        let later = arrivals.filter(move |arrival| later(*arrival));
        later.flat_map(|(_, arrival)| arrival.from.iter().copied())
    }

    /// The newest revision that has come when these events have happened.
    pub(super) fn position(&self, happened: impl Fn(usize) -> bool) -> Option<usize> {
        let came = |arrival: &Arrival| {
            arrival.rollout.is_some_and(|(start, _)| happened(start))
                || arrival.begins.iter().any(|begin| happened(*begin))
        };
        self.arrivals.iter().rposition(came)
    }
}

/// A revision of a service.
#[derive(Clone, Debug)]
pub struct Revision {
    /// The service.
    pub service: ThingId,
    /// Its name.
    pub name: String,
    /// The revision's version.
    pub version: Version,
    /// Columns it reads.
    pub reads: BTreeSet<ColumnId>,
    /// Columns it writes.
    pub writes: BTreeSet<ColumnId>,
    /// Columns of which something is known, although it may be that it does not touch them.
    pub(super) known: BTreeSet<ColumnId>,
    /// Where it is written that it touches a column.
    says: BTreeMap<ColumnId, Span>,
    /// Where it is written.
    pub span: Span,
    /// Whether a change says that it runs when the change begins.
    pub(super) is_from: bool,
}

impl Revision {
    /// `api 2.1`
    #[must_use]
    pub fn shown(&self) -> String {
        format!("{} {}", self.name, self.version)
    }

    /// Whether it reads or writes a column.
    #[must_use]
    pub fn touches(&self, column: ColumnId) -> bool {
        self.reads.contains(&column) || self.writes.contains(&column)
    }

    /// Whether a change begins with it.
    #[must_use]
    pub const fn is_first_of_change(&self) -> bool {
        self.is_from
    }

    /// Where it is said what it does with a column.
    #[must_use]
    pub fn span_of(&self, column: ColumnId) -> Span {
        self.says.get(&column).copied().unwrap_or(self.span)
    }

    /// What the changes say of a revision. A change speaks of the columns that it names anywhere; with others its service goes
    /// on as before.
    pub(super) fn of(node: &Node<'_>, older: Option<&Self>, columns: &Columns) -> Option<Self> {
        let (_, first) = node.statements.iter().max_by_key(|(at, _)| at.step != 0)?;
        let mut revision = Self {
            service: node.service,
            name: first.service.name.clone(),
            version: node.version.clone(),
            reads: BTreeSet::new(),
            writes: BTreeSet::new(),
            known: BTreeSet::new(),
            says: BTreeMap::new(),
            span: first.span,
            is_from: node.statements.iter().any(|(at, _)| at.step == 0),
        };
        let spoken = |column: &ColumnId| {
            let mut changes = node.statements.iter().map(|(at, _)| at.change);
            changes.any(|change| columns.speaks_of(change, *column))
        };
        for (at, statement) in &node.statements {
            for (list, into) in [
                (&statement.reads, &mut revision.reads),
                (&statement.writes, &mut revision.writes),
            ] {
                for column in list.iter().flat_map(|list| &list.value) {
                    let Some(column) = columns.find(at.change, column) else {
                        continue;
                    };
                    into.insert(column);
                    revision.says.entry(column).or_insert(statement.span);
                }
            }
            revision.known.extend(columns.spoken_by(at.change));
        }
        if let Some(older) = older {
            let goes_on = |column: &&ColumnId| !spoken(column);
            revision.reads.extend(older.reads.iter().filter(goes_on));
            revision.writes.extend(older.writes.iter().filter(goes_on));
            revision.known.extend(older.known.iter().filter(goes_on));
            let said = older.says.iter().filter(|(column, _)| !spoken(column));
            revision.says.extend(said.map(|(column, span)| (*column, *span)));
        }
        Some(revision)
    }
}
