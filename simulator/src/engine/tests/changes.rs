//! Changes of schemas against timelines that were worked out by hand.
//!
//! A report holds its connection from 1 s to 11 s; a request of the API comes at 3.5 s and every second after it, holds one of two
//! connections for 100 ms, and waits for one for a second.

use loadline_compiler::facts::postgres_locks::Lock;
use loadline_compiler::quantity::Rate;

use super::super::{Happening, Luck, Outcome, Plan, What, run};
use super::small::{edge, plan, service, system};
use crate::chance::{Law, Rates};
use crate::outcome::{Cause, FactKind, StepEnd, StepFigures};
use crate::system::{Change, Claim, Script, Statement, Step, Store, System, Touches, Transaction, Use, Waits, Work};
use crate::{Seed, Span, Tick};

mod steps;

const LUCK: Luck = Luck { seed: Seed(11), run: 0 };
const HERE: crate::outcome::Place = crate::outcome::Place { start: 0, end: 0 };

fn millis(millis: u64) -> Span {
    Span::from_micros(millis * 1_000)
}

fn at(millis: u64) -> Tick {
    Tick::at(millis * 1_000)
}

fn claim(table: usize, lock: Lock) -> Claim {
    Claim { table, lock }
}

fn used(hold: u64, lock: Lock) -> Use {
    Use {
        place: HERE,
        store: 0,
        pool: Some(2),
        overflow: 0,
        once: false,
        eager: true,
        acquire_timeout: Some(millis(1_000)),
        hold: Some(Law::Fixed(millis(hold))),
        statement_timeout: None,
        per_request: 1_000_000,
        close: Span::ZERO,
        on_signal: false,
        idle: None,
        min_idle: 0,
        touches: Touches::Tables(vec![claim(0, lock)]),
    }
}

fn store() -> Store {
    Store {
        place: HERE,
        limit: Some(10),
        capacity: None,
        service: Law::Zero,
        latency: Law::Zero,
        failover: None,
        quota: None,
    }
}

fn shop(report: Lock, api: Lock, scripts: Vec<Script>) -> System {
    let services = [used(10_000, report), used(100, api)].map(|used| {
        let mut service = service(Law::Zero, 1);
        service.uses = vec![used];
        service
    });
    let mut system = system(services.into(), vec![edge(None, 0), edge(None, 1)]);
    system.stores = vec![store()];
    let steps = scripts.into_iter().enumerate().map(|(name, script)| Step {
        name,
        place: HERE,
        after: Vec::new(),
        work: Work::Script(script),
    });
    system.changes = vec![Change { steps: steps.collect() }];
    system.tables = vec!["users".to_owned(), "orders".to_owned()];
    system
}

fn statement(locks: Vec<Claim>, work: u64) -> Statement {
    Statement {
        locks,
        lock_timeout: None,
        timeout: None,
        work: match work {
            0 => Law::Zero,
            work => Law::Fixed(millis(work)),
        },
        waits_for: Waits::None,
    }
}

fn script(statements: Vec<Statement>) -> Script {
    Script {
        store: 0,
        transactions: vec![Transaction {
            statements,
            breaks: Vec::new(),
        }],
        batches: 1,
        pause: Span::ZERO,
        retries: 0,
        again: millis(3_000),
        goes_on: false,
    }
}

fn alter(lock: Lock, work: u64) -> Script {
    script(vec![statement(vec![claim(0, lock)], work)])
}

fn with_timeout(mut script: Script, timeout: u64) -> Script {
    for one in script.transactions.iter_mut().flat_map(|one| &mut one.statements) {
        one.lock_timeout = Some(millis(timeout));
    }
    script
}

fn planned(when: u64, all: Vec<(u64, Option<u64>, What)>) -> Plan {
    let none = || Rates::steady(Rate::per_second(0));
    let mut api = none();
    for second in 3..=15 {
        api = api.burst(at(second * 1_000 + 500), 1);
    }
    let happening = |at: Tick, length: Option<Span>, what: What| Happening {
        at,
        length,
        what,
        text: "something".to_owned(),
        place: None,
    };
    let migrate = What::Migrate {
        change: 0,
        first: 0,
        last: 0,
        in_order: false,
    };
    let mut happenings = vec![happening(at(when), None, migrate)];
    for (when, length, what) in all {
        happenings.push(happening(at(when), length.map(millis), what));
    }
    Plan {
        traffic: vec![(0, none().burst(at(1_000), 1)), (1, api)],
        happenings,
        told: true,
        ..plan(1, 40)
    }
}

fn migrated(system: &System, when: u64) -> Outcome {
    run(system, &planned(when, Vec::new()), LUCK)
}

/// Began, ended, and waited, in milliseconds; then who waited behind it, and for how long at most.
fn shown(step: &StepFigures) -> (u64, Option<u64>, u64, u64, u64) {
    let millis = |tick: Tick| tick.micros() / 1_000;
    (
        millis(step.began),
        step.ended.map(millis),
        step.waited.micros() / 1_000,
        step.behind,
        step.longest.micros() / 1_000,
    )
}

#[test]
fn a_pool_runs_dry_behind_a_lock_that_waits_for_a_long_transaction() {
    let system = shop(
        Lock::AccessShare,
        Lock::AccessShare,
        vec![alter(Lock::AccessExclusive, 0)],
    );
    let outcome = migrated(&system, 2_500);
    let figures = &outcome.figures;
    // The requests of 3.5 s and 4.5 s wait until 11 s with both connections.
    assert_eq!(shown(&figures.steps[0]), (2_500, Some(11_000), 8_500, 2, 7_500));
    assert_eq!(figures.steps[0].end, StepEnd::Done);
    // Those of 5.5 s to 9.5 s get none; the one of 10.5 s has waited for 600 ms when the first two are done.
    let api = &figures.services[1];
    assert_eq!((api.requests.of(Cause::PoolExhausted), api.requests.succeeded), (5, 8));
    assert_eq!(api.latency.max, Some(millis(7_600)));
    let story = outcome.story.unwrap();
    let kinds: Vec<&FactKind> = story.chain.iter().map(|fact| &story.facts[*fact].what).collect();
    let held_up = [
        matches!(kinds[0], FactKind::Event(_)),
        matches!(kinds[1], FactKind::StepBegan(0)),
        matches!(kinds[2], FactKind::LockAwaited { holders: 1, .. }),
        matches!(kinds[3], FactKind::RequestsWait { .. }),
        matches!(kinds[4], FactKind::PoolExhausted { .. }),
        matches!(kinds[5], FactKind::FirstFailure(Cause::PoolExhausted)),
    ];
    assert_eq!(held_up, [true; 6], "{kinds:?}");
    // Its connection is one of those that the store counts.
    assert_eq!(
        (figures.stores[0].peak.connections, figures.stores[0].peak.changes),
        (5, 1)
    );
}

#[test]
fn a_lock_timeout_ends_the_wait_of_all() {
    let step = with_timeout(alter(Lock::AccessExclusive, 0), 1_500);
    let system = shop(Lock::AccessShare, Lock::AccessShare, vec![step]);
    let outcome = migrated(&system, 2_500);
    let step = &outcome.figures.steps[0];
    assert_eq!(shown(step), (2_500, Some(4_000), 1_500, 1, 500));
    assert_eq!(step.end, StepEnd::Failed);
    assert_eq!(outcome.figures.clients.failed(), 0);
}

#[test]
fn who_tries_again_gets_it_in_the_end() {
    let mut step = with_timeout(alter(Lock::AccessExclusive, 0), 1_000);
    step.retries = 2;
    let system = shop(Lock::AccessShare, Lock::AccessShare, vec![step]);
    let outcome = migrated(&system, 2_700);
    let step = &outcome.figures.steps[0];
    // 2.7 to 3.7 s, 6.7 to 7.7 s, and from 10.7 s to 11 s.
    assert_eq!(shown(step), (2_700, Some(11_000), 1_000, 2, 200));
    assert_eq!((step.end, step.attempts), (StepEnd::Done, 3));
    assert_eq!(outcome.figures.clients.failed(), 0);
}

#[test]
fn who_waits_is_who_wants_what_conflicts() {
    let steps = |lock, report, api| {
        let figures = migrated(&shop(report, api, vec![alter(lock, 2_200)]), 2_500).figures;
        shown(&figures.steps[0])
    };
    // An index is built while others read, and not while they write: the report in its way, and the API behind it.
    let (reads, writes) = (Lock::AccessShare, Lock::RowExclusive);
    assert_eq!(steps(Lock::Share, reads, reads), (2_500, Some(4_700), 0, 0, 0));
    assert_eq!(steps(Lock::Share, reads, writes), (2_500, Some(4_700), 0, 2, 1_200));
    assert_eq!(steps(Lock::Share, writes, reads), (2_500, Some(13_200), 8_500, 0, 0));
    assert_eq!(
        steps(Lock::ShareUpdateExclusive, writes, writes),
        (2_500, Some(4_700), 0, 0, 0)
    );
}

#[test]
fn a_concurrent_index_waits_for_all_and_keeps_nobody_waiting() {
    let concurrent = |report| {
        let mut step = alter(Lock::ShareUpdateExclusive, 1_000);
        step.transactions[0].statements[0].waits_for = Waits::WritersThenAll;
        let figures = migrated(&shop(report, Lock::RowExclusive, vec![step]), 2_500).figures;
        assert_eq!(figures.clients.failed(), 0);
        shown(&figures.steps[0])
    };
    // For a writer before it builds; for a reader before it is done.
    assert_eq!(concurrent(Lock::RowExclusive), (2_500, Some(12_000), 8_500, 0, 0));
    assert_eq!(concurrent(Lock::AccessShare), (2_500, Some(11_000), 7_500, 0, 0));
}

#[test]
fn a_stronger_lock_does_not_wait_for_those_who_wait_for_the_weaker_one() {
    let locks = [Lock::ShareRowExclusive, Lock::AccessExclusive].map(|lock| statement(vec![claim(0, lock)], 0));
    let mut statements = locks.to_vec();
    statements.insert(1, statement(Vec::new(), 1_200));
    let system = shop(Lock::AccessShare, Lock::RowExclusive, vec![script(statements)]);
    let figures = migrated(&system, 2_500).figures;
    // Writers wait from 2.5 s on; from 3.7 s on it waits itself, for the report.
    assert_eq!(shown(&figures.steps[0]), (2_500, Some(11_000), 7_300, 2, 7_500));
}

#[test]
fn locks_are_held_to_the_end_of_the_transaction() {
    let first = statement(vec![claim(1, Lock::AccessExclusive)], 0);
    let second = statement(vec![claim(0, Lock::AccessExclusive)], 0);
    let mut system = shop(
        Lock::AccessShare,
        Lock::AccessShare,
        vec![script(vec![first.clone(), second.clone()])],
    );
    system.services[1].uses[0].touches = Touches::Tables(vec![claim(1, Lock::AccessShare)]);
    let together = migrated(&system, 2_500).figures;
    assert_eq!(shown(&together.steps[0]), (2_500, Some(11_000), 8_500, 2, 7_500));
    let mut apart = script(vec![first]);
    apart.transactions.extend(script(vec![second]).transactions);
    system.changes[0].steps[0].work = Work::Script(apart);
    let apart = migrated(&system, 2_500).figures;
    assert_eq!(shown(&apart.steps[0]), (2_500, Some(11_000), 8_500, 0, 0));
}

#[test]
fn a_store_without_a_connection_refuses_a_migration() {
    let mut system = shop(
        Lock::AccessShare,
        Lock::AccessShare,
        vec![alter(Lock::AccessExclusive, 0)],
    );
    system.stores[0].limit = Some(4);
    let figures = migrated(&system, 2_500).figures;
    assert_eq!(figures.steps[0].end, StepEnd::Failed);
    assert_eq!(
        (figures.steps[0].ended, figures.stores[0].refused),
        (Some(at(2_500)), 1)
    );
}

#[test]
fn a_statement_has_its_own_limit() {
    let mut step = alter(Lock::ShareUpdateExclusive, 2_000);
    step.transactions[0].statements[0].timeout = Some(millis(1_500));
    let figures = migrated(&shop(Lock::AccessShare, Lock::AccessShare, vec![step]), 2_500).figures;
    assert_eq!(
        (figures.steps[0].ended, figures.steps[0].end),
        (Some(at(4_000)), StepEnd::Failed)
    );
    // So has one of a request: it gives up after 200 ms, and its connection is free.
    let mut system = shop(
        Lock::AccessShare,
        Lock::AccessShare,
        vec![alter(Lock::AccessExclusive, 0)],
    );
    system.services[1].uses[0].statement_timeout = Some(millis(200));
    let figures = migrated(&system, 2_500).figures;
    assert_eq!(figures.services[1].requests.of(Cause::Timeout), 8);
    assert_eq!(shown(&figures.steps[0]), (2_500, Some(11_000), 8_500, 8, 200));
}

#[test]
fn who_waits_behind_a_change_can_end() {
    let system = shop(
        Lock::AccessShare,
        Lock::AccessShare,
        vec![alter(Lock::AccessExclusive, 0)],
    );
    // Both that wait are lost with their instance at 4.7 s.
    let figures = run(&system, &planned(2_500, vec![(4_700, None, What::Kill(1, 1))]), LUCK).figures;
    assert_eq!(figures.services[1].requests.of(Cause::Killed), 2);
    // So is the one that it waits for.
    let figures = run(&system, &planned(2_500, vec![(4_700, None, What::Kill(0, 1))]), LUCK).figures;
    assert_eq!(shown(&figures.steps[0]), (2_500, Some(4_700), 2_200, 2, 1_200));
}
