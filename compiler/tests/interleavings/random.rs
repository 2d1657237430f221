//! Changes made up at random, small enough for every interleaving.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use crate::spec::{Change, Column, Does, Op, Revision, SERVICES, Spec, Step};

pub(crate) const COLUMNS: [Column; 5] = ["t.a", "t.b", "t.c", "u.a", "u.b"];

/// Steps of all changes together, at most.
const STEPS_MAX: usize = 8;

pub(crate) fn spec() -> impl Strategy<Value = Spec> {
    let schema = proptest::option::of(subsequence(COLUMNS.to_vec(), 1..=4).prop_flat_map(|columns| {
        let declared: Vec<_> = columns
            .into_iter()
            .map(|column| (Just(column), prop::bool::weighted(0.3), prop::bool::weighted(0.3)))
            .collect();
        declared
    }));
    let changes = prop_oneof![
        2 => prop::collection::vec(change(5), 1),
        4 => prop::collection::vec(change(4), 2),
        1 => prop::collection::vec(change(3), 3),
    ];
    let afters = prop::collection::vec((0..3_usize, 0..5_usize, 0..3_usize, 0..5_usize), 0..3);
    (schema, changes, afters).prop_map(|(schema, changes, afters)| assemble(schema, changes, &afters))
}

/// A change before its revisions have versions.
type Draft = (Vec<(Column, Column)>, Vec<Revision>, Vec<Does>);

fn change(steps: usize) -> impl Strategy<Value = Draft> {
    let moves = prop_oneof![
        2 => Just(Vec::new()),
        3 => (columns(), columns()).prop_map(|(old, new)| match (old.first(), new.last()) {
            (Some(old), Some(new)) if old != new => vec![(*old, *new)],
            _ => Vec::new(),
        }),
    ];
    let from = prop::collection::vec(revision(0..=2), 1..=2);
    (moves, from, prop::collection::vec(does(), 1..=steps))
}

fn columns() -> impl Strategy<Value = Vec<Column>> {
    subsequence(COLUMNS.to_vec(), 0..=2)
}

fn revision(step: std::ops::RangeInclusive<u32>) -> impl Strategy<Value = Revision> {
    // Two services have more to do with each other than three.
    let service = prop_oneof![4 => Just(SERVICES[0]), 2 => Just(SERVICES[1]), 1 => Just(SERVICES[2])];
    (service, step, columns(), columns()).prop_map(|(service, version, reads, writes)| Revision {
        service,
        version,
        reads,
        writes,
    })
}

fn does() -> impl Strategy<Value = Does> {
    let column = || select(COLUMNS.to_vec());
    let add = (column(), prop::bool::weighted(0.25), prop::bool::weighted(0.2));
    let expand = prop_oneof![
        6 => add.prop_map(|(column, not_null, default)| vec![Op::Add(column, not_null, default)]),
        1 => (column(), any::<bool>()).prop_map(|(column, on)| vec![Op::NotNull(column, on)]),
        1 => (column(), any::<bool>()).prop_map(|(column, on)| vec![Op::Default(column, on)]),
        1 => select(vec![("t.a", "t.b"), ("t.b", "t.c"), ("u.a", "u.b")])
            .prop_map(|(old, new)| vec![Op::Rename(old, new)]),
    ];
    prop_oneof![
        3 => expand.prop_map(Does::Expand),
        4 => revision(1..=2).prop_map(Does::Deploy),
        2 => subsequence(COLUMNS.to_vec(), 1..=2).prop_map(Does::Backfill),
        1 => (select(SERVICES.to_vec()), 0..4_u32).prop_map(|(service, version)| Does::Retire(service, version)),
        2 => subsequence(COLUMNS.to_vec(), 1..=2).prop_map(|columns| {
            Does::Contract(columns.into_iter().map(Op::Drop).collect())
        }),
    ]
}

/// Versions grow within a change, and each service that it deploys has a first one.
fn assemble(
    schema: Option<Vec<(Column, bool, bool)>>,
    drafts: Vec<Draft>,
    afters: &[(usize, usize, usize, usize)],
) -> Spec {
    let mut left = STEPS_MAX;
    let mut changes: Vec<Change> = Vec::new();
    for (moves, from, steps) in drafts {
        let mut change = Change {
            moves,
            ..Change::default()
        };
        for from in from {
            if change.from.iter().all(|other| other.service != from.service) {
                change.from.push(from);
            }
        }
        let mut newest: Vec<(&str, u32)> = change.from.iter().map(|from| (from.service, from.version)).collect();
        for mut does in steps {
            if left == 0 {
                break;
            }
            if let Does::Deploy(revision) = &mut does {
                match newest.iter_mut().find(|(service, _)| *service == revision.service) {
                    Some((_, version)) => {
                        *version += revision.version;
                        revision.version = *version;
                    }
                    None => continue,
                }
            }
            change.steps.push(Step { does, after: None });
            left -= 1;
        }
        changes.push(change);
    }
    for (change, step, other, at) in afters {
        let there = changes.get(*other).is_some_and(|change| *at < change.steps.len());
        if let Some(step) = changes.get_mut(*change).and_then(|change| change.steps.get_mut(*step))
            && there
            && change != other
        {
            step.after = Some((*other, *at));
        }
    }
    Spec { schema, changes }
}
