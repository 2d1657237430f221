//! The connections that a rollout takes: what `check` counts against what a real PostgreSQL counts.

use super::orders::{SPEC, compiled, program};
use super::postgres::Postgres;
use super::rollout::Rollout;
use crate::harness::{root, run_in};

/// Rounds of a rollout: from the second on, each is like the one before.
const REPLACED: usize = 3;

#[test]
fn a_rollout_takes_what_was_counted() {
    let Some(case) = program() else { return };
    let files = compiled(&case);
    let counted = counted(&[]);
    let Some(postgres) = Postgres::start(&case.path(""), counted.limit, counted.reserve) else {
        return;
    };
    let mut rollout = Rollout::prepare(&case, &postgres, &files);
    let watch = postgres.watch_connections("api", &case.path("most.log"));
    rollout.scale();
    // The worst that can happen: each process that ends has a request in its hands that does not.
    for _ in 0..REPLACED {
        assert_eq!(rollout.replace(1), 0, "{}", rollout.said());
    }
    let most = postgres.most_connections(&watch);
    eprintln!("counted {}, seen {most}", counted.worst);
    assert!(most <= counted.worst, "{most} of {} counted", counted.worst);
    assert!(most * 10 >= counted.worst * 9, "{most} of {} counted", counted.worst);
}

#[test]
fn what_is_refused_would_have_been_refused_by_the_database() {
    const TOO_MANY: [&str; 2] = ["--set", "api.rollout.surge=5"];
    let Some(case) = program() else { return };
    let refused = run_in(
        &root(),
        &[&["check", SPEC, "--format", "short"], &TOO_MANY[..]].concat(),
        "",
    );
    assert!(refused.stdout.contains("LL201 pool-overcommit"), "{}", refused.shown());

    // The compiler writes nothing of it, so the Deployment is the good one's, and the surge is the test's.
    let files = compiled(&case);
    let counted = counted(&TOO_MANY);
    let Some(postgres) = Postgres::start(&case.path(""), counted.limit, counted.reserve) else {
        return;
    };
    let mut rollout = Rollout::prepare(&case, &postgres, &files);
    rollout.scale();
    let failed = rollout.replace(5);
    assert!(failed > 0, "{}", rollout.said());
    assert!(rollout.said().contains("53300"), "{}", rollout.said());
}

/// What the checker says of the database.
struct Counted {
    worst: u64,
    limit: u64,
    reserve: u64,
}

fn counted(set: &[&str]) -> Counted {
    let run = run_in(&root(), &[&["show", "orders-db", "-p", SPEC], set].concat(), "");
    let line = run
        .stdout
        .lines()
        .find(|line| line.starts_with("connections: "))
        .unwrap();
    let numbers: Vec<u64> = line
        .split(|letter: char| !letter.is_ascii_digit())
        .filter_map(|word| word.parse().ok())
        .collect();
    let [worst, _usable, limit, reserve] = numbers[..] else {
        panic!("{line}")
    };
    Counted { worst, limit, reserve }
}
