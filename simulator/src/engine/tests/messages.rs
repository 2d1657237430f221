//! Messages: every one becomes something, however often it is delivered.

use loadline_compiler::quantity::Rate;

use super::super::{Luck, run};
use super::small::{edge, exponential, plan, service, system};
use crate::broker::{Full, Settings};
use crate::chance::{Law, Rates};
use crate::outcome::{Figures, Place, QueueFigures};
use crate::system::{Callee, Edge, Queue};
use crate::{Seed, Span, Tick};

const LUCK: Luck = Luck { seed: Seed(1), run: 0 };

fn queue(settings: Settings, dead_letter: Option<usize>) -> Queue {
    Queue {
        place: Place { start: 0, end: 0 },
        settings,
        dead_letter,
    }
}

const ENDLESS: Settings = Settings {
    visibility: None,
    attempts_max: None,
    depth_max: None,
    full: Full::Refuse,
};

/// A worker on two messages at a time, which fail so often, for a minute of messages and another one; and its dead letters.
fn worked_on(work: Law, errors: u32, settings: Settings, rate: u64) -> Figures {
    let mut worker = service(work, 2);
    worker.consumes = vec![(0, 2)];
    worker.revisions[0].errors = errors;
    let entry = Edge {
        callee: Callee::Queue(0),
        ..edge(None, 0)
    };
    let mut system = system(vec![worker], vec![entry]);
    system.queues = vec![queue(settings, Some(1)), queue(ENDLESS, None)];
    let mut plan = plan(rate, 120);
    let rates = Rates::steady(Rate::per_second(rate)).step(Tick::at(60_000_000), Rate::per_second(0));
    plan.traffic = vec![(0, rates)];
    plan.told = true;
    let outcome = run(&system, &plan, LUCK);
    let (figures, line) = (outcome.figures, &outcome.story.unwrap().timeline.services[0]);
    // Step by step it is the same as in all.
    let sum = |counts: &[u32]| counts.iter().copied().map(u64::from).sum::<u64>();
    assert_eq!(sum(&line.arrived), figures.services[0].requests.arrived);
    assert_eq!(sum(&line.succeeded), figures.services[0].requests.succeeded);
    figures
}

fn is_conserved(queue: &QueueFigures) {
    assert_eq!(
        queue.published,
        queue.consumed + queue.dead + queue.lost + queue.left,
        "{queue:?}"
    );
}

#[test]
fn what_fails_too_often_becomes_a_dead_letter() {
    let settings = Settings {
        attempts_max: Some(3),
        ..ENDLESS
    };
    let figures = worked_on(exponential(10_000), 500_000, settings, 10);
    let (work, letters) = (figures.queues[0], figures.queues[1]);
    is_conserved(&work);
    // One of eight fails three times.
    assert!((50..110).contains(&work.dead), "{work:?}");
    assert_eq!((letters.published, letters.left), (work.dead, work.dead));
    let requests = figures.services[0].requests;
    assert_eq!((requests.succeeded, requests.failed()), (work.consumed, work.dead));
    assert_eq!(requests.in_flight(), 0);
}

#[test]
fn what_is_hidden_for_less_than_its_work_takes_is_delivered_twice() {
    let millis = |millis: u64| Span::from_micros(millis * 1_000);
    let with = |hidden: u64| Settings {
        visibility: Some(millis(hidden)),
        attempts_max: Some(2),
        ..ENDLESS
    };
    let in_time = worked_on(Law::Fixed(millis(200)), 0, with(300), 1);
    assert_eq!((in_time.queues[0].redelivered, in_time.queues[0].dead), (0, 0));
    let too_short = worked_on(Law::Fixed(millis(200)), 0, with(100), 1);
    let work = too_short.queues[0];
    is_conserved(&work);
    assert_eq!((work.consumed, work.redelivered), (0, work.published));
    assert_eq!(work.dead, work.published);
    // Nobody waits for ever for what was given up while it was worked on.
    assert_eq!(too_short.services[0].requests.in_flight(), 0);
}

#[test]
fn what_finds_no_room_is_lost() {
    let settings = Settings {
        depth_max: Some(5),
        ..ENDLESS
    };
    let figures = worked_on(exponential(1_000_000), 0, settings, 10);
    is_conserved(&figures.queues[0]);
    assert_eq!(figures.queues[0].deepest.0, 5);
    assert!(0 < figures.queues[0].lost);
}

/// Each queue has its own number of messages in work at a time: one that is full of slow work does not hold up the other.
#[test]
fn a_worker_of_two_queues_works_on_each_by_itself() {
    let model = crate::testing::model(
        "project p
         cluster c { nodes 3; cpu 2; memory 4Gi; version 1.34 }
         queue mail { engine rabbitmq 4.1 }
         queue invoices { engine rabbitmq 4.1 }
         worker office {
           image \"example.com/o:1\"; scale 1
           consumes mail { concurrency 3 }
           consumes invoices { concurrency 1 }
           load { wait 1s { fixed }; boot 1s }
         }
         scenario both { at 0s { traffic mail 30/s; traffic invoices 30/s }; until 101s }",
    );
    let scenario = crate::scenario::Scenario::of(&model, &model.scenarios[0]).expect("it can be simulated");
    let figures = run(&scenario.system, &scenario.plan, LUCK).figures;
    // Both have more than they can do: 3 a second, and 1.
    let consumed: Vec<u64> = figures.queues.iter().map(|queue| queue.consumed).collect();
    assert!(
        (297..=300).contains(&consumed[0]) && (99..=100).contains(&consumed[1]),
        "{consumed:?}"
    );
    figures.queues.iter().for_each(is_conserved);
}
