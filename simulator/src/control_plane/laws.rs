//! What holds for every rollout, whatever is asked for and however long things take.

use loadline_compiler::budget::rolling::{MIN_READY_TRUNCATED, Rolling};
use loadline_compiler::quantity::{Duration, Ratio, Share};
use proptest::prelude::*;

use super::{Change, Foretold, Lives, Log, Settings};
use crate::rollout::{Deployment, MinReadyLaw, Strategy as Rollout};
use crate::{Span, Tick};

/// A rollout, and how long its pods take.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) deployment: Deployment,
    pub(super) settings: Settings,
    pub(super) lives: Lives,
}

impl Case {
    fn run(&self, changes: &[(u64, Change)]) -> Log {
        let lives = vec![self.lives.clone(); 3];
        let mut plane = Foretold::at_rest(self.settings, self.deployment, lives);
        plane.change(Tick::START, 0, Change::Template(1));
        for (at, change) in changes {
            plane.change(Tick::at(*at), 0, *change);
        }
        plane.run().expect("it comes to rest")
    }

    /// What `check` counts with for pods that live like these.
    fn budget(&self) -> Rolling {
        let fences = self.deployment.fences();
        let shortest = self.lives.boots.iter().flatten().min().unwrap();
        let longest = self.lives.stops.iter().max().unwrap();
        let early = match self.settings.min_ready {
            MinReadyLaw::EachPod => MIN_READY_TRUNCATED,
            MinReadyLaw::OneDelayedSync => Duration::ZERO,
        };
        Rolling {
            replicas: self.deployment.replicas,
            surge: fences.surge,
            unavailable: fences.unavailable,
            holding: Duration::micros(longest.micros()),
            boot: Some(Duration::micros(shortest.micros())),
            min_ready: Duration::micros(self.deployment.min_ready.micros()).minus(early),
        }
    }
}

/// What each set was asked for at the end, and the most that all were asked for together.
fn asked(log: &Log, begins: u64) -> (Vec<u64>, u64) {
    let mut specs = vec![begins, 0, 0];
    let mut most = begins;
    for change in &log.specs {
        specs[change.set] = change.spec;
        most = most.max(specs.iter().sum());
    }
    (specs, most)
}

fn share() -> impl Strategy<Value = Share> {
    prop_oneof![
        (0..5u64).prop_map(Share::Count),
        (0..=100u64).prop_map(|percent| Share::Ratio(Ratio::percent(percent))),
    ]
}

pub(super) fn span(seconds: std::ops::Range<u64>) -> impl Strategy<Value = Span> {
    (seconds.start * 1_000_000..seconds.end * 1_000_000).prop_map(Span::from_micros)
}

prop_compose! {
    /// Without latency and throttling, or with both.
    fn settings(ideal: bool)(minor in 32..37u64, lag in 0..60_000u64, phase in 0..1_000_000u64) -> Settings {
        let settings = Settings::of_version(1, minor);
        let lag = Span::from_micros(lag);
        let phase = Span::from_micros(phase);
        if ideal {
            Settings { lag: Span::ZERO, qps: 0, phase, ..settings }
        } else {
            Settings { lag, phase, ..settings }
        }
    }
}

prop_compose! {
    pub(super) fn case(ideal: bool)(
        replicas in 1..25u64,
        surge in share(),
        unavailable in share(),
        min_ready in prop_oneof![Just(0), 1..8u64],
        settings in settings(ideal),
        boots in prop::collection::vec(span(1..40), 50),
        stops in prop::collection::vec(span(0..60), 50),
    ) -> Case {
        let deployment = Deployment {
            replicas,
            strategy: Rollout::Rolling { surge, unavailable },
            min_ready: Span::from_micros(min_ready * 1_000_000),
            deadline: None,
            paused: false,
            template: 0,
        };
        // More are created or deleted only by further revisions; they live like the first.
        let (boot, stop) = (Some(boots[0]), stops[0]);
        let boots = boots.into_iter().map(Some).collect();
        Case { deployment, settings, lives: Lives { boots, boot, stops, stop, start: Span::from_micros(300_000) } }
    }
}

fn keeps_its_fences(case: &Case) -> Result<(), TestCaseError> {
    let deployment = &case.deployment;
    let log = case.run(&[]);
    let (last, most) = asked(&log, deployment.replicas);
    prop_assert_eq!(last, vec![0, deployment.replicas, 0]);
    prop_assert!(log.complete().is_some());
    prop_assert!(
        most <= deployment.most(),
        "{} asked for, {} allowed",
        most,
        deployment.most()
    );
    prop_assert!(deployment.least() <= log.least_ready(), "{} ready", log.least_ready());
    // The same again.
    prop_assert_eq!(&log, &case.run(&[]));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_rolling_update_keeps_its_fences_and_ends(case in case(true)) {
        keeps_its_fences(&case)?;
    }

    #[test]
    fn latency_and_throttling_change_nothing_of_that(case in case(false)) {
        keeps_its_fences(&case)?;
    }

    /// The static worst case is none if a run goes beyond it.
    #[test]
    fn the_budget_is_never_below_what_is_seen(case in prop_oneof![case(true), case(false)]) {
        let (budget, seen) = (case.budget().live().count, case.run(&[]).peak_live());
        prop_assert!(seen <= budget, "{} live, {} counted with", seen, budget);
    }

    #[test]
    fn nor_with_a_further_revision_or_a_rollback(case in case(true), at in 0..120_000_000u64, back: bool) {
        let template = if back { 0 } else { 2 };
        let log = case.run(&[(at, Change::Template(template))]);
        let (last, most) = asked(&log, case.deployment.replicas);
        prop_assert_eq!(last[template], case.deployment.replicas);
        prop_assert!(most <= case.deployment.most());
        let (budget, seen) = (case.budget().with_rollover(), log.peak_live());
        prop_assert!(seen <= budget, "{} live, {} counted with", seen, budget);
    }

    /// Whatever is done to it: it comes to rest with what was asked for last.
    #[test]
    fn scaling_and_pausing_end_where_they_should(
        case in case(false),
        scale in (0..80_000_000u64, 1..25u64),
        pause in 0..80_000_000u64,
        long in 0..40_000_000u64,
    ) {
        let changes = [
            (scale.0, Change::Scale(scale.1)),
            (pause, Change::Pause),
            (pause + long, Change::Resume),
        ];
        let log = case.run(&changes);
        let (last, _) = asked(&log, case.deployment.replicas);
        prop_assert_eq!(last, vec![0, scale.1, 0]);
        let end = log.counts.last().unwrap().instances;
        prop_assert_eq!((end.ready, end.live()), (scale.1, scale.1));
    }

    /// Never two revisions at once, and never more than there should be.
    #[test]
    fn recreate_waits_for_the_old_to_be_gone(case in case(false)) {
        let deployment = Deployment { strategy: Rollout::Recreate, ..case.deployment };
        let log = Case { deployment, ..case }.run(&[]);
        prop_assert_eq!(asked(&log, deployment.replicas), (vec![0, deployment.replicas, 0], deployment.replicas));
        prop_assert_eq!(log.peak_live(), deployment.replicas);
        prop_assert_eq!(log.least_ready(), 0);
        prop_assert!(log.complete().is_some());
    }
}
