//! Steps one after the other, backfills, and laws that hold whatever is locked.

use loadline_compiler::facts::postgres_locks::Lock;
use loadline_compiler::quantity::Rate;
use proptest::prelude::*;

use super::super::super::{Luck, Outcome, What, run};
use super::super::small::exponential;
use super::{HERE, LUCK, alter, at, claim, migrated, millis, planned, script, shop, shown, statement, with_timeout};
use crate::Seed;
use crate::chance::Rates;
use crate::outcome::StepEnd;
use crate::system::{Script, Step, Work};

fn backfill(batches: u64) -> Script {
    Script {
        batches,
        pause: millis(500),
        goes_on: true,
        ..alter(Lock::RowExclusive, 1_000)
    }
}

#[test]
fn a_backfill_works_batch_by_batch_and_takes_a_place_of_the_store() {
    let mut system = shop(Lock::RowExclusive, Lock::RowExclusive, vec![backfill(3)]);
    let free = migrated(&system, 2_000).figures;
    // 2 to 3 s, 3.5 to 4.5 s, 5 to 6 s.
    assert_eq!(shown(&free.steps[0]), (2_000, Some(6_000), 0, 0, 0));
    system.stores[0].capacity = Some(1);
    let busy = migrated(&system, 2_000).figures;
    // The report has the only place until 11 s. Then come those of 3.5 s and 4.5 s, behind the batch, and those after them.
    assert_eq!(shown(&busy.steps[0]).0, 2_000);
    assert!(Some(at(15_000)) <= busy.steps[0].ended, "{:?}", busy.steps[0]);
}

#[test]
fn a_backfill_goes_on_after_a_failover_and_a_migration_does_not() {
    let fail = || vec![(3_700, Some(3_000), What::FailStore(0, None))];
    let system = shop(Lock::RowExclusive, Lock::RowExclusive, vec![backfill(3)]);
    let figures = run(&system, &planned(2_000, fail()), LUCK).figures;
    // The second batch is lost at 3.7 s: it is done from 6.7 s to 7.7 s, the third from 8.2 s to 9.2 s.
    assert_eq!(shown(&figures.steps[0]), (2_000, Some(9_200), 0, 0, 0));
    let system = shop(Lock::RowExclusive, Lock::RowExclusive, vec![alter(Lock::Share, 0)]);
    let figures = run(&system, &planned(2_000, fail()), LUCK).figures;
    assert_eq!(shown(&figures.steps[0]), (2_000, Some(3_700), 1_700, 1, 200));
    assert_eq!(figures.steps[0].end, StepEnd::Failed);
    assert_eq!(figures.stores[0].peak.connections, 5);
}

#[test]
fn each_step_begins_when_the_one_before_it_has_ended() {
    let steps = vec![
        alter(Lock::ShareUpdateExclusive, 1_000),
        alter(Lock::AccessExclusive, 0),
    ];
    let mut system = shop(Lock::AccessShare, Lock::AccessShare, steps);
    let again = system.services[1].revisions[0].clone();
    system.services[1].revisions.push(again);
    let deploy = Step {
        name: 2,
        place: HERE,
        after: Vec::new(),
        work: Work::Rollout {
            service: 1,
            revision: 1,
        },
    };
    system.changes[0].steps.insert(1, deploy);
    if let Work::Script(last) = &mut system.changes[0].steps[2].work {
        // What the first revision needs is gone, and the first revision, too.
        last.transactions[0].breaks = vec![(1, 0)];
    }
    let all = What::Migrate {
        change: 0,
        first: 0,
        last: 2,
        in_order: true,
    };
    let mut plan = planned(0, Vec::new());
    plan.happenings[0].at = at(12_000);
    plan.happenings[0].what = all;
    plan.until_settled = true;
    plan.end = at(3_600_000);
    let figures = run(&system, &plan, LUCK).figures;
    let [first, second, third] = figures.steps[..] else {
        panic!("{:?}", figures.steps);
    };
    assert_eq!((first.began, first.ended), (at(12_000), Some(at(13_000))));
    assert_eq!(first.ended, Some(second.began));
    assert_eq!(second.ended, figures.rollouts[0].drained);
    assert_eq!(second.ended, Some(third.began));
    assert_eq!(figures.clients.failed(), 0);
    // It has settled half a minute after the last step.
    let quiet = figures.end.since(third.ended.unwrap()).micros();
    assert!((30_000_000..=31_000_000).contains(&quiet), "{quiet}");
}

#[test]
fn behind_a_step_that_has_failed_nothing_happens() {
    let failing = with_timeout(alter(Lock::AccessExclusive, 0), 1_000);
    let system = shop(
        Lock::AccessShare,
        Lock::AccessShare,
        vec![failing, alter(Lock::AccessShare, 0)],
    );
    let mut plan = planned(2_500, Vec::new());
    plan.happenings[0].what = What::Migrate {
        change: 0,
        first: 0,
        last: 1,
        in_order: true,
    };
    let figures = run(&system, &plan, LUCK).figures;
    assert_eq!(figures.steps.len(), 1);
    assert_eq!(figures.steps[0].end, StepEnd::Failed);
}

#[test]
fn a_step_waits_for_one_of_another_change() {
    let slow = alter(Lock::ShareUpdateExclusive, 5_000);
    let mut system = shop(Lock::AccessShare, Lock::AccessShare, vec![slow]);
    let mut other = system.changes[0].clone();
    other.steps[0].after = vec![(0, 0)];
    system.changes.push(other);
    let migrate = |change| What::Migrate {
        change,
        first: 0,
        last: 0,
        in_order: false,
    };
    // The one that waits is told first.
    let mut plan = planned(4_000, vec![(6_000, None, migrate(0))]);
    plan.happenings[0].what = migrate(1);
    let figures = run(&system, &plan, LUCK).figures;
    let times: Vec<_> = figures.steps.iter().map(|step| (step.began, step.ended)).collect();
    assert_eq!(times, [(at(6_000), Some(at(11_000))), (at(11_000), Some(at(16_000)))]);
}

fn busy(script: Script, seed: u64) -> Outcome {
    let mut system = shop(Lock::RowExclusive, Lock::RowExclusive, vec![script]);
    system.services[0].uses[0].hold = Some(exponential(400_000));
    system.services[1].uses[0].hold = Some(exponential(30_000));
    let mut plan = planned(5_000, Vec::new());
    let until = |rate| Rates::steady(Rate::per_second(rate)).step(at(20_000), Rate::per_second(0));
    plan.traffic = vec![(0, until(3)), (1, until(40))];
    run(
        &system,
        &plan,
        Luck {
            seed: Seed(seed),
            run: 0,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// What is locked and used by nobody is as if nothing were locked: the same run, to the byte.
    #[test]
    fn a_table_that_nobody_uses_keeps_nobody_waiting(seed in 0_u64..1_000, work in 0_u64..4_000) {
        let other = script(vec![statement(vec![claim(1, Lock::AccessExclusive)], work)]);
        let nothing = script(vec![statement(Vec::new(), work)]);
        let [other, nothing] = [other, nothing].map(|script| busy(script, seed));
        prop_assert_eq!(other.figures, nothing.figures);
        prop_assert_eq!(other.story, nothing.story);
    }

    /// A wait for a lock ends with its timeout, whoever waits behind it goes on, and no request is lost.
    #[test]
    fn nobody_waits_for_longer_than_the_lock_timeout(
        seed in 0_u64..1_000,
        lock in prop::sample::select(vec![Lock::AccessExclusive, Lock::Share, Lock::ShareUpdateExclusive]),
        timeout in 1_u64..2_000,
        work in 0_u64..2_000,
        retries in 0_u64..3,
    ) {
        let mut script = with_timeout(alter(lock, work), timeout);
        script.retries = retries;
        let figures = busy(script, seed).figures;
        let step = figures.steps[0];
        prop_assert!(step.waited <= millis(timeout));
        prop_assert!(step.ended.is_some() && step.attempts <= retries + 1);
        prop_assert!(step.longest <= millis(timeout + work));
        prop_assert_eq!(figures.clients.in_flight(), 0);
        prop_assert_eq!(figures.stores[0].peak.connections, 5);
    }
}
