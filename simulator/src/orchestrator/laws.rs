//! What holds of every rollout, however instances live.

use loadline_compiler::budget::instances::reload_concurrency;
use loadline_compiler::budget::rolling::fenceposts;
use loadline_compiler::model::AbortMetric;
use loadline_compiler::quantity::Share;
use loadline_compiler::values::Comparison;
use proptest::prelude::*;

use super::world::{Event, GOOD, Life, World, seconds};
use super::*;
use crate::Span;

/// A new revision: it may never listen, never be ready, crash, or fail requests.
fn life() -> impl Strategy<Value = Life> {
    let spans = (1..10_u64, 0..5_u64, 0..20_u64);
    (spans, 0..8_u8).prop_map(|((boot, more, stop), kind)| Life {
        listens: (kind != 0).then(|| seconds(boot)),
        ready: (1 < kind).then(|| seconds(boot + more)),
        stop: seconds(stop),
        crash: (kind == 2).then(|| seconds(boot + more + 7)),
        errors: if kind == 3 { 100_000 } else { 0 },
        answers: kind != 4,
    })
}

/// Begins at 10 s, and perhaps is taken back.
fn events(rollback: Option<u64>) -> Vec<(u64, Event)> {
    let back = rollback.map(|after| (10 + after, Event::Rollback));
    [(10, Event::Begin(2))].into_iter().chain(back).collect()
}

fn verify() -> Verify {
    Verify {
        asks: true,
        boot: seconds(12),
        after: seconds(1),
        every: seconds(1),
        tries: 3,
        answer: seconds(5),
    }
}

fn aborts() -> Vec<Condition> {
    vec![Condition {
        metric: AbortMetric::ErrorRate,
        comparison: Comparison::Greater,
        bound: 10_000,
    }]
}

const fn pace(count: Option<u64>) -> Pace {
    Pace {
        delay: seconds(60),
        interval: seconds(60),
        count,
        failures: 0,
    }
}

fn run(orchestrator: Orchestrator, replicas: u32, second: Life, rollback: Option<u64>) -> World {
    let mut world = World::new(orchestrator, replicas).with(2, second);
    world.run(&events(rollback), 4000);
    world
}

fn slot_counts(world: &World, revision: u32) -> usize {
    world
        .members
        .iter()
        .filter(|member| member.revision == revision)
        .count()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_reload_has_no_more_than_two_extra(
        second in life(),
        processes in 1..7_u32,
        back in prop::option::of(0..90_u64),
        candidate: bool,
    ) {
        let settings = Pm2Settings {
            cluster: true,
            waits_for_ready: false,
            listen_timeout: seconds(12),
            restart: RestartPolicy::Always,
            delay: seconds(5),
            backoff: None,
            min_uptime: seconds(1),
            max_restarts: 1000,
            script: Some(Script { candidate, verify: verify() }),
        };
        let world = run(Orchestrator::from(Pm2::new(settings, 1)), processes, second, back);
        let extra = usize::try_from(reload_concurrency(u64::from(processes))).unwrap();
        let processes = usize::try_from(processes).unwrap();
        prop_assert!(world.most <= processes + extra);
        prop_assert!(world.orchestrator.rests());
        prop_assert_eq!(slot_counts(&world, world.orchestrator.asked()), processes);
    }

    #[test]
    fn units_leave_one_at_a_time(
        second in life(),
        units in 1..6_u32,
        back in prop::option::of(0..90_u64),
        candidate: bool,
    ) {
        let settings = SystemdSettings {
            restart: RestartPolicy::Always,
            delay: seconds(5),
            limit: None,
            script: Script { candidate, verify: verify() },
        };
        let world = run(Orchestrator::from(Systemd::new(settings, 1)), units, second, back);
        let units = usize::try_from(units).unwrap();
        prop_assert!(world.most <= units + usize::from(candidate));
        // The way back begins with the first unit, wherever it was interrupted: then two may be away.
        let away = 1 + usize::from(back.is_some());
        prop_assert!(second.crash.is_some() || units <= world.fewest_ready + away);
        prop_assert!(world.orchestrator.rests());
        prop_assert_eq!(slot_counts(&world, world.orchestrator.asked()), units);
    }

    #[test]
    fn two_sets_and_a_whole_stable_one(
        second in life(),
        replicas in 1..7_u32,
        back in prop::option::of(0..400_u64),
        kind in 0..3_u8,
    ) {
        let smoke = Smoke { start: seconds(1), fetches: true };
        let orchestrator = if kind == 0 {
            Orchestrator::from(BlueGreen::new(BlueGreenSettings {
                min_ready: seconds(2),
                deadline: seconds(600),
                smoke: Some(smoke),
                aborts: aborts(),
                pace: pace(Some(2)),
                hold: seconds(60),
            }, 1))
        } else {
            let mut steps = vec![CanaryStep::Weight(10), CanaryStep::Pause(seconds(70)), CanaryStep::Weight(60)];
            if kind == 1 {
                steps.splice(0..0, [CanaryStep::Whole, CanaryStep::Smoke(smoke)]);
            }
            Orchestrator::from(Canary::new(CanarySettings {
                routed: true,
                surge: Share::Count(1),
                unavailable: Share::Count(0),
                min_ready: seconds(2),
                deadline: seconds(600),
                steps,
                aborts: aborts(),
                pace: pace(None),
                hold: seconds(60),
            }, 1))
        };
        let world = run(orchestrator, replicas, second, back);
        let replicas = usize::try_from(replicas).unwrap();
        prop_assert!(world.most_counted <= 2 * replicas);
        prop_assert!(second.crash.is_some() || replicas <= world.fewest_ready);
        let stuck = world.told.iter().any(|told| matches!(told.1, Act::Stuck { .. }));
        prop_assert!(world.orchestrator.rests() || stuck);
        if world.orchestrator.rests() {
            // One set is left, and all traffic goes to it.
            let Traffic::Only { revision } = world.traffic else { panic!("{:?}", world.traffic) };
            prop_assert_eq!((slot_counts(&world, revision), world.members.len()), (replicas, replicas));
        }
    }

    #[test]
    fn without_a_router_surge_and_unavailable_hold(
        second in life(),
        (replicas, surge, unavailable) in (1..9_u32, 0..4_u64, 0..4_u64),
        back in prop::option::of(0..400_u64),
    ) {
        let orchestrator = Orchestrator::from(Canary::new(CanarySettings {
            routed: false,
            surge: Share::Count(surge),
            unavailable: Share::Count(unavailable),
            min_ready: Span::ZERO,
            deadline: seconds(600),
            steps: vec![CanaryStep::Weight(20), CanaryStep::Pause(seconds(70)), CanaryStep::Weight(50)],
            aborts: aborts(),
            pace: pace(None),
            hold: seconds(30),
        }, 1));
        let world = run(orchestrator, replicas, second, back);
        let (surge, unavailable) = fenceposts(Share::Count(surge), Share::Count(unavailable), u64::from(replicas));
        prop_assert!(world.most_counted <= usize::try_from(u64::from(replicas) + surge).unwrap());
        let least = usize::try_from(u64::from(replicas).saturating_sub(unavailable)).unwrap();
        prop_assert!(second.crash.is_some() || least <= world.fewest_ready);
        let stuck = world.told.iter().any(|told| matches!(told.1, Act::Stuck { .. }));
        prop_assert!(world.orchestrator.rests() || stuck);
    }
}

#[test]
fn the_same_input_gives_the_same_run() {
    let twice = || {
        let settings = SystemdSettings {
            restart: RestartPolicy::Always,
            delay: seconds(5),
            limit: None,
            script: Script {
                candidate: true,
                verify: verify(),
            },
        };
        let orchestrator = Orchestrator::from(Systemd::new(settings, 1));
        World::new(orchestrator, 4).with(2, GOOD).run(&events(Some(40)), 600)
    };
    assert_eq!(twice(), twice());
}
