//! How a container ends that a probe has asked to end.

use super::super::{Luck, run};
use crate::outcome::{Cause, FactKind, Figures, Killed, Story};
use crate::scenario::Scenario;
use crate::{Seed, Span, Tick};

const LUCK: Luck = Luck { seed: Seed(1), run: 0 };

/// A service of one instance, of which the liveness probe fails soon after the minute, since it asks for another service.
fn ill(wait: &str, change: impl FnOnce(&mut Scenario)) -> (Figures, Story) {
    let model = crate::testing::model(&format!(
        "project p
         cluster c {{ nodes 3; cpu 2; memory 4Gi; version 1.34 }}
         database db {{ engine postgres 16; max_connections 100 }}
         service other {{ image \"example.com/o:1\"; scale 1; listen http 3000; load {{ boot 1s }} }}
         service api {{
           image \"example.com/api:1\"; scale 1; listen http 3000 {{ closes_idle on }}
           uses db {{ pool 7; hold 1ms }}
           health {{ ready \"/ready\" {{ every 5s; failing 2 }}; live \"/live\" {{ every 5s; failing 2; checks [other] }} }}
           shutdown {{ settle 5s; drain 20s; grace 30s }}
           load {{ rate 20/s; cpu 1ms; wait {wait} {{ fixed }}; boot 4s; longest 15s }}
         }}
         scenario ill {{ at 60s {{ fail other {{ for 12s }} }}; until 3m }}",
    ));
    let mut scenario = Scenario::of(&model, &model.scenarios[0]).expect("it can be simulated");
    scenario.plan.told = true;
    change(&mut scenario);
    let outcome = run(&scenario.system, &scenario.plan, LUCK);
    (outcome.figures, outcome.story.unwrap())
}

/// When something happened first to the service.
fn first(story: &Story, what: impl Fn(&FactKind) -> bool) -> Tick {
    story.facts.iter().find(|fact| what(&fact.what)).unwrap().at
}

fn told(story: &Story) -> Tick {
    first(
        story,
        |what| matches!(what, FactKind::InstanceKilled(why) if *why == Killed::Liveness),
    )
}

fn seconds(seconds: u64) -> Span {
    Span::from_micros(seconds * 1_000_000)
}

#[test]
fn what_its_probe_ends_serves_through_settle() {
    let (figures, story) = ill("10ms", |_| {});
    let refused = first(&story, |what| matches!(what, FactKind::FirstFailure(_)));
    let after = refused.since(told(&story));
    assert!(seconds(5) <= after && after < seconds(6), "{after:?}");
    assert_eq!(
        (
            figures.services[1].restarts,
            figures.services[1].attempts.of(Cause::Killed)
        ),
        (1, 0)
    );
    assert!(0 < figures.services[1].attempts.of(Cause::Refused));
}

/// What is in flight may end; meanwhile its connections are there, and it counts as ready until its probe has been refused twice.
#[test]
fn what_its_probe_ends_drains() {
    let (figures, story) = ill("15s", |_| {});
    let told = usize::try_from(told(&story).micros() / 1_000_000).unwrap();
    let line = &story.timeline.services[1];
    let ready = |after: usize| line.ready[told + after];
    assert_eq!((ready(7), ready(17)), (1, 0));
    let connections = |after: usize| story.timeline.stores[0].connections[told + after];
    // It ends when its last request does, 20 s after it was told, is started at once, and boots for 4 s.
    assert_eq!((connections(7), connections(18)), (7, 7));
    assert_eq!((ready(22), ready(25)), (0, 1));
    assert_eq!(figures.services[1].attempts.of(Cause::Killed), 0);
}

/// A process that is stalled runs no handler: it goes on to accept requests until it is killed.
#[test]
fn a_stalled_process_is_killed_when_its_grace_is_over() {
    let (figures, story) = ill("10ms", |scenario| {
        scenario.plan.happenings = vec![super::super::Happening {
            at: Tick::at(60_000_000),
            length: Some(seconds(60)),
            what: super::super::What::StallService(1),
            text: "stall".to_owned(),
            place: None,
        }];
    });
    let killed = first(
        &story,
        |what| matches!(what, FactKind::InstanceKilled(why) if *why == Killed::Deaf),
    );
    assert_eq!(killed.since(told(&story)), seconds(30));
    assert!(100 <= figures.services[1].attempts.of(Cause::Killed));
}

/// One that is over sooner: the handler runs then, and what has queued is worked on.
#[test]
fn a_stall_that_ends_in_time_lets_the_handler_run() {
    let (figures, story) = ill("10ms", |scenario| {
        scenario.plan.happenings = vec![super::super::Happening {
            at: Tick::at(60_000_000),
            length: Some(seconds(20)),
            what: super::super::What::StallService(1),
            text: "stall".to_owned(),
            place: None,
        }];
    });
    assert!(told(&story) < Tick::at(80_000_000));
    assert_eq!(
        (
            figures.services[1].restarts,
            figures.services[1].attempts.of(Cause::Killed)
        ),
        (1, 0)
    );
}
