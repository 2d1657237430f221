//! The explorer against a model that tries every interleaving: of random changes, and of good stories with one thing wrong.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]
#![allow(clippy::indexing_slicing, reason = "a test may panic")]

mod naive;
mod random;
mod spec;
mod stories;

use std::collections::{BTreeMap, BTreeSet};

use loadline_compiler::migrations::{FailureKind, World, explore};
use loadline_compiler::project;
use loadline_compiler::source::Sources;
use proptest::prelude::*;

use naive::Found;
use spec::{Column, SERVICES, Spec};

/// Asks both, and compares. What is wrong must be a thing that the naive model finds wrong in a story of the same length.
fn compare(spec: &Spec) -> Result<Found, String> {
    let naive = naive::explore(spec);
    let sources = Sources::new();
    let mut files = spec.files();
    let project = project::load(&sources, &mut files, "loadline.load").unwrap();
    let resolved = project.resolve(None, &mut files);
    let unread: Vec<&String> = resolved.diagnostics.iter().map(|found| &found.message).collect();
    let world = World::of(&resolved.model);
    let verdict = explore(&world);
    assert!(verdict.undecided.is_empty(), "too large for a test");

    let column = |id| -> Column {
        let name = world.column(id).to_string();
        random::COLUMNS.into_iter().find(|column| **column == name).unwrap()
    };
    let revision = |index: usize| {
        let revision = &world.revisions[index];
        let service = SERVICES.into_iter().find(|name| **name == revision.name).unwrap();
        (
            service,
            revision.version.0.strip_prefix("1.").unwrap().parse::<u32>().unwrap(),
        )
    };
    let mut found = Found {
        contradiction: world.contradiction.is_some(),
        ..Found::default()
    };
    for failure in &verdict.failures {
        let kind = match failure.kind {
            FailureKind::NotThere => "not there",
            FailureKind::Dropped { .. } => "dropped",
            FailureKind::DroppedUnderTarget => "dropped under target",
            FailureKind::Skewed { .. } => "skewed",
            FailureKind::Incomplete => "incomplete",
            FailureKind::Refused { .. } => "refused",
        };
        let value = (failure.moment.story.len(), BTreeSet::from([kind]));
        found.failures.insert(column(failure.column), value);
    }
    for lost in &verdict.lost {
        found
            .lost
            .insert(revision(lost.revision), lost.because.moment.story.len());
    }
    for lost in &verdict.stranded {
        found
            .stranded
            .insert(revision(lost.revision).0, lost.because.moment.story.len());
    }
    for retired in &verdict.retired_running {
        found
            .retired_running
            .insert((retired.step.change, retired.step.step - 1));
    }

    let lengths = |found: &Found| -> BTreeMap<Column, usize> {
        found
            .failures
            .iter()
            .map(|(column, (length, _))| (*column, *length))
            .collect()
    };
    let kinds = found.failures.iter().all(|(column, (_, kinds))| {
        naive
            .failures
            .get(column)
            .is_some_and(|(_, expected)| kinds.is_subset(expected))
    });
    let same = found.contradiction == naive.contradiction
        && lengths(&found) == lengths(&naive)
        && kinds
        && found.lost == naive.lost
        && found.stranded == naive.stranded
        && found.retired_running == naive.retired_running;
    if same {
        Ok(naive)
    } else {
        Err(format!(
            "explorer: {found:#?}\nevery interleaving: {naive:#?}\n{}\n{unread:?}\n{verdict:#?}",
            spec.text()
        ))
    }
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 4_000, ..ProptestConfig::default() })]

    #[test]
    fn random_changes_are_judged_as_every_interleaving_is(spec in random::spec()) {
        if let Err(difference) = compare(&spec) {
            prop_assert!(false, "{}", difference);
        }
    }
}

#[test]
fn stories_with_one_thing_wrong_are_judged_as_every_interleaving_is() {
    let mut refused = 0;
    let mut all = 0;
    for (name, story) in stories::good() {
        let good = compare(&story).unwrap_or_else(|difference| panic!("{name}: {difference}"));
        assert!(
            good.failures.is_empty() && good.stranded.is_empty(),
            "{name}: {good:#?}"
        );
        for (what, broken) in stories::broken(&story) {
            let found = compare(&broken).unwrap_or_else(|difference| panic!("{name}, {what}: {difference}"));
            all += 1;
            refused += usize::from(!found.failures.is_empty() || !found.stranded.is_empty());
        }
    }
    assert!(
        all / 2 < refused,
        "{refused} of {all} are refused: the stories say little"
    );
}
