//! Canaries, told.

use loadline_compiler::model::AbortMetric;
use loadline_compiler::quantity::Share;
use loadline_compiler::values::Comparison;

use super::*;
use crate::Span;
use crate::orchestrator::Orchestrator;
use crate::orchestrator::analysis::{Condition, Pace};
use crate::orchestrator::smoke::Smoke;
use crate::orchestrator::world::{BAD, Event, GOOD, Life, SICK, World, seconds, told};

fn settings(routed: bool) -> CanarySettings {
    CanarySettings {
        routed,
        surge: Share::Count(1),
        unavailable: Share::Count(0),
        min_ready: Span::ZERO,
        deadline: seconds(600),
        steps: [25, 50]
            .into_iter()
            .flat_map(|weight| [CanaryStep::Weight(weight), CanaryStep::Pause(seconds(90))])
            .collect(),
        aborts: vec![Condition {
            metric: AbortMetric::ErrorRate,
            comparison: Comparison::Greater,
            bound: 10_000,
        }],
        pace: Pace {
            delay: seconds(60),
            interval: seconds(60),
            count: None,
            failures: 0,
        },
        hold: seconds(30),
    }
}

fn world(settings: CanarySettings, second: Life) -> World {
    World::new(Orchestrator::from(Canary::new(settings, 1)), 4).with(2, second)
}

fn run(input: &str, routed: bool, second: Life, events: &[(u64, Event)]) -> String {
    let gateway = if routed {
        "a gateway splits the traffic"
    } else {
        "traffic follows the pods; surge 1"
    };
    let about = format!("4 replicas, 25% and 50% for 90 s each, errors measured each minute; {gateway}");
    told(
        &format!("{about}\n{input}"),
        &world(settings(routed), second).run(events, 1200),
    )
}

const BEGIN: [(u64, Event); 1] = [(10, Event::Begin(2))];

#[test]
fn routed_the_new_set_grows_with_its_weight_and_the_stable_one_stays_whole() {
    insta::assert_snapshot!(run("v2 is good", true, GOOD, &BEGIN));
}

#[test]
fn routed_what_never_gets_ready_gets_no_traffic_and_is_reported() {
    insta::assert_snapshot!(run("v2 is never ready", true, SICK, &BEGIN));
}

#[test]
fn routed_an_abort_takes_all_traffic_back_at_once() {
    insta::assert_snapshot!(run("a fifth of v2's requests fails", true, BAD, &BEGIN));
}

#[test]
fn routed_a_rollback_in_the_middle_skips_the_steps() {
    let events = [(10, Event::Begin(2)), (150, Event::Rollback)];
    insta::assert_snapshot!(run("v2 is good, and v1 is wanted again", true, GOOD, &events));
}

#[test]
fn routed_a_further_revision_begins_again_and_the_one_between_goes() {
    let events = [(10, Event::Begin(2)), (150, Event::Begin(3))];
    insta::assert_snapshot!(run("v3 comes in the middle of v2", true, GOOD, &events));
}

#[test]
fn without_a_router_both_sets_keep_to_surge_and_unavailable() {
    insta::assert_snapshot!(run("v2 is good", false, GOOD, &BEGIN));
}

#[test]
fn without_a_router_what_never_gets_ready_stays_beside_a_whole_stable_set() {
    let mut world = world(settings(false), SICK);
    world.run(&BEGIN, 1200);
    assert_eq!(world.told.last().unwrap().1, Act::Stuck { revision: 2 });
    assert_eq!((world.fewest_ready, world.most), (4, 5));
}

#[test]
fn without_a_router_an_abort_is_a_rolling_update_back() {
    insta::assert_snapshot!(run("a fifth of v2's requests fails", false, BAD, &BEGIN));
}

#[test]
fn without_a_router_a_further_revision_takes_the_place_of_the_one_between() {
    let events = [(10, Event::Begin(2)), (150, Event::Begin(3))];
    insta::assert_snapshot!(run("v3 comes in the middle of v2", false, GOOD, &events));
}

#[test]
fn rollback_afterwards_runs_all_steps_again() {
    let mut world = world(settings(true), GOOD);
    world.run(&[(10, Event::Begin(2)), (400, Event::Rollback)], 1200);
    let times: Vec<u64> = world.told.iter().map(|told| told.0.micros() / 1_000_000).collect();
    assert_eq!(world.told.last().unwrap().1, Act::Promoted { revision: 1 });
    // Three boots of 5 s and two pauses, both times.
    assert_eq!(times, [10 + 195, 400 + 195]);
}

#[test]
fn an_aborted_one_stays_degraded_until_the_spec_changes() {
    let mut world = world(settings(true), BAD);
    world.run(
        &[(10, Event::Begin(2)), (300, Event::Begin(2)), (400, Event::Begin(3))],
        1200,
    );
    assert_eq!(world.orchestrator.asked(), 3);
    assert_eq!(world.told.last().unwrap().1, Act::Promoted { revision: 3 });
    assert_eq!(
        world
            .told
            .iter()
            .filter(|told| matches!(told.1, Act::Aborted { .. }))
            .count(),
        1
    );
}

#[test]
fn measuring_that_fails_five_times_in_a_row_aborts() {
    let mut world = world(settings(true), GOOD);
    world.measurable = false;
    world.run(&BEGIN, 1200);
    let aborted = Act::Aborted {
        revision: 2,
        why: Why::Unmeasurable,
    };
    assert_eq!(
        world.told.first(),
        Some(&(crate::orchestrator::world::at(10 + 100), aborted))
    );
}

#[test]
fn a_second_set_that_gets_its_traffic_in_steps_is_whole_before_any() {
    let mut settings = settings(true);
    let smoke = Smoke {
        start: seconds(1),
        fetches: true,
    };
    settings
        .steps
        .splice(0..0, [CanaryStep::Whole, CanaryStep::Smoke(smoke)]);
    settings.hold = seconds(120);
    let input = "blue-green with a gateway: all of v2 first, a check, then steps";
    let good = world(settings.clone(), GOOD).run(&BEGIN, 1200);
    insta::assert_snapshot!(told(input, &good));
    let mut bad = world(settings, Life { answers: false, ..GOOD });
    bad.run(&BEGIN, 1200);
    let why = Why::Smoke;
    assert_eq!(bad.told.first().unwrap().1, Act::Aborted { revision: 2, why });
}

#[test]
fn an_autoscaler_scales_both_sets() {
    let mut world = world(settings(true), GOOD);
    world.run(&[(10, Event::Begin(2)), (60, Event::Replicas(8))], 80);
    let count = |revision| {
        world
            .members
            .iter()
            .filter(|member| member.revision == revision)
            .count()
    };
    assert_eq!((count(1), count(2)), (8, 2));
}

#[test]
fn nothing_to_go_back_to_is_refused() {
    let mut world = world(settings(true), GOOD);
    world.run(&[(10, Event::Rollback)], 20);
    assert_eq!(world.told[0].1, Act::Refused { revision: 1 });
}
