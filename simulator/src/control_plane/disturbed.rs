//! What holds whatever is done to a Deployment and its pods, as often as anybody likes.

use loadline_compiler::quantity::Share;
use proptest::prelude::*;

use super::laws::{Case, case, span};
use super::{Change, Foretold, Lives, Log, Settings};
use crate::rollout::{Decide, Deployment, Set, Strategy as Rollout, sync};
use crate::{Span, Tick};

/// Something that happens to a pod or to the Deployment, in the first minutes.
#[derive(Clone, Copy, Debug)]
enum Disturbance {
    Flap(usize, Span),
    Evict(usize),
    Change(Change),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        (0..3usize).prop_map(Change::Template),
        (1..25u64).prop_map(Change::Scale),
        Just(Change::Pause),
        Just(Change::Resume),
        Just(Change::Undo),
    ]
}

fn of_pods() -> impl Strategy<Value = Disturbance> {
    prop_oneof![
        (0..60usize, span(1..20)).prop_map(|(pod, lasts)| Disturbance::Flap(pod, lasts)),
        (0..60usize).prop_map(Disturbance::Evict),
    ]
}

fn disturbances(of: impl Strategy<Value = Disturbance>) -> impl Strategy<Value = Vec<(Tick, Disturbance)>> {
    let at = (0..200_000_000u64).prop_map(Tick::at);
    prop::collection::vec((at, of), 0..12)
}

/// The case with these things done to it, and resumed in the end.
fn disturbed(case: &Case, disturbances: &[(Tick, Disturbance)]) -> Foretold {
    let mut told = Foretold::at_rest(case.settings, case.deployment, vec![case.lives.clone()]);
    told.change(Tick::START, 0, Change::Template(1));
    for (at, disturbance) in disturbances {
        match *disturbance {
            Disturbance::Flap(pod, lasts) => told.flap(*at, pod, lasts),
            Disturbance::Evict(pod) => told.evict(*at, pod),
            Disturbance::Change(change) => told.change(*at, 0, change),
        }
    }
    told.change(Tick::at(201_000_000), 0, Change::Resume);
    told
}

/// The Deployment at each number of replicas that it was to have.
fn targets(deployment: Deployment, disturbances: &[(Tick, Disturbance)]) -> Vec<Deployment> {
    let scaled = disturbances.iter().filter_map(|(_, disturbance)| match disturbance {
        Disturbance::Change(Change::Scale(replicas)) => Some(*replicas),
        _ => None,
    });
    let replicas = std::iter::once(deployment.replicas).chain(scaled);
    replicas.map(|replicas| Deployment { replicas, ..deployment }).collect()
}

fn most_asked(log: &Log, begins: u64) -> u64 {
    let (mut specs, mut most) = (vec![begins, 0, 0], begins);
    for change in &log.specs {
        specs[change.set] = change.spec;
        most = most.max(specs.iter().sum());
    }
    most
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    /// It comes to rest with what was asked for last; and never was more asked for than the largest target allows.
    #[test]
    fn it_ends_as_it_should_and_asks_for_no_more_than_it_may(
        case in prop_oneof![case(true), case(false)],
        done in disturbances(prop_oneof![of_pods(), change().prop_map(Disturbance::Change)]),
    ) {
        let mut told = disturbed(&case, &done);
        let plane = told.finish().expect("it comes to rest");
        let deployment = *plane.deployment(0).unwrap();
        prop_assert!(plane.is_complete(0));
        let (all, new) = (plane.instances(0), plane.instances_of(0, deployment.template));
        prop_assert_eq!((all.ready, all.live()), (deployment.replicas, deployment.replicas));
        prop_assert_eq!(all, new);
        let targets = targets(case.deployment, &done);
        let allowed = targets.iter().map(Deployment::most).max().unwrap();
        let asked = most_asked(plane.log(0).unwrap(), case.deployment.replicas);
        prop_assert!(asked <= allowed, "{} asked for, {} allowed", asked, allowed);
    }

    /// What a Deployment promises, as long as no pod fails by itself: with further revisions, rollbacks and pauses, too. Scaling
    /// in proportion does not look at who is ready, so it promises nothing. Nor does a rollback while calls wait for the
    /// client: a status still tells of pods that were about to be deleted (a 1.20.2 went down to 7 ready of 10 with 2 that may be
    /// unavailable, for a second, after an undo on the way).
    #[test]
    fn as_many_stay_ready_as_may_not_be_unavailable(
        case in prop_oneof![case(true), case(false)],
        done in disturbances(change().prop_map(Disturbance::Change)),
    ) {
        let waits = case.settings.lag != Span::ZERO;
        let promised = |disturbance: &Disturbance| match disturbance {
            Disturbance::Change(Change::Scale(_)) => false,
            Disturbance::Change(Change::Template(_) | Change::Undo) => !waits,
            _ => true,
        };
        let done: Vec<_> = done.into_iter().filter(|(_, disturbance)| promised(disturbance)).collect();
        let mut told = disturbed(&case, &done);
        told.finish().expect("it comes to rest");
        let promised = case.deployment.least();
        let ready = told.plane().log(0).unwrap().least_ready();
        prop_assert!(promised <= ready, "{} ready, {} promised", ready, promised);
    }

    /// A revision that never becomes ready: the old ones go down to what must be available at once, and no further.
    #[test]
    fn a_bad_image_costs_what_may_be_unavailable_at_once(case in prop_oneof![case(true), case(false)]) {
        let mut told = disturbed(&case, &[]);
        told.never_ready(0);
        told.finish().expect("it comes to rest");
        let log = told.plane().log(0).unwrap();
        let least = case.deployment.least();
        prop_assert_eq!(log.least_ready(), least);
        // Within the calls that it takes: no pod has become ready, and none ever does.
        let reached = log.counts.iter().find(|row| row.instances.ready == least).unwrap().at;
        prop_assert!(reached <= Tick::at(2_000_000), "{:?}", reached);
    }

    /// The pods of two revisions never live at one time; unless it is paused while it waits for the old ones: then the
    /// latest set gets all replicas, whatever still terminates.
    #[test]
    fn recreate_never_has_two_revisions(
        case in prop_oneof![case(true), case(false)],
        done in disturbances(prop_oneof![of_pods(), change().prop_map(Disturbance::Change)]),
    ) {
        let pause = |disturbance: &Disturbance| matches!(disturbance, Disturbance::Change(Change::Pause));
        let done: Vec<_> = done.into_iter().filter(|(_, disturbance)| !pause(disturbance)).collect();
        let deployment = Deployment { strategy: Rollout::Recreate, ..case.deployment };
        let mut told = disturbed(&Case { deployment, ..case }, &done);
        while told.step().is_some() {
            let plane = told.plane();
            let live = (0..3).filter(|revision| plane.instances_of(0, *revision).live() != 0);
            prop_assert!(live.count() <= 1);
        }
        prop_assert!(told.plane().is_complete(0));
    }

    /// What is counted along the way is what there is.
    #[test]
    fn running_counts_are_those_of_the_pods(
        case in case(false),
        done in disturbances(prop_oneof![of_pods(), change().prop_map(Disturbance::Change)]),
    ) {
        let mut told = disturbed(&case, &done);
        while told.step().is_some() {
            let plane = told.plane();
            let of_sets = (0..3).map(|revision| plane.instances_of(0, revision));
            let sum = of_sets.fold((0, 0, 0), |sum, set| {
                (sum.0 + set.starting, sum.1 + set.ready, sum.2 + set.terminating)
            });
            let all = plane.instances(0);
            prop_assert_eq!(sum, (all.starting, all.ready, all.terminating));
            prop_assert_eq!(plane.count_pods(), all);
        }
    }
}

/// Each of these decides wrongly in one thing, and breaks the law that speaks of it.
#[test]
fn wrong_decisions_break_these_laws() {
    let seen = |decide: Decide, strategy: Rollout| {
        let settings = Settings {
            decide,
            ..Settings::ideal()
        };
        let (boot, stop) = (Some(Span::from_micros(5_000_000)), Span::from_micros(8_000_000));
        let lives = vec![Lives::alike(boot, stop, stop)];
        let mut told = Foretold::at_rest(settings, Deployment::new(10, strategy), lives);
        told.change(Tick::START, 0, Change::Template(1));
        let mut revisions = 0;
        while told.step().is_some() {
            let live = (0..2).filter(|revision| told.plane().instances_of(0, *revision).live() != 0);
            revisions = revisions.max(live.count());
        }
        let log = told.plane().log(0).unwrap();
        (most_asked(log, 10), log.least_ready(), revisions)
    };
    let rolling = |surge, unavailable| Rollout::Rolling {
        surge: Share::Count(surge),
        unavailable: Share::Count(unavailable),
    };
    assert_eq!(seen(sync, rolling(2, 1)), (12, 9, 2));
    assert_eq!(seen(sync, Rollout::Recreate), (10, 0, 1));
    let one_more_surge: Decide = |deployment, sets, plan| {
        let strategy = Rollout::Rolling {
            surge: Share::Count(3),
            unavailable: Share::Count(1),
        };
        sync(
            &Deployment {
                strategy,
                ..*deployment
            },
            sets,
            plan,
        );
    };
    assert_eq!(seen(one_more_surge, rolling(2, 1)).0, 13);
    let one_more_unavailable: Decide = |deployment, sets, plan| {
        let strategy = Rollout::Rolling {
            surge: Share::Count(2),
            unavailable: Share::Count(2),
        };
        sync(
            &Deployment {
                strategy,
                ..*deployment
            },
            sets,
            plan,
        );
    };
    assert_eq!(seen(one_more_unavailable, rolling(2, 1)).1, 8);
    let impatient: Decide = |deployment, sets, plan| {
        let gone = sets.iter().map(|set| Set { pods: 0, ..*set }).collect::<Vec<_>>();
        sync(deployment, &gone, plan);
    };
    assert_eq!(seen(impatient, Rollout::Recreate).2, 2);
}
