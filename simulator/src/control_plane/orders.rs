//! What a control plane makes of what its owner tells it, and what several Deployments share.

use super::vectors::{deployment, seconds};
use super::{Change, ControlPlane, Foretold, Lives, Log, Settings};
use crate::rollout::{Condition, Deployment};
use crate::{Instances, Tick};

const fn second(at: u64) -> Tick {
    Tick::at(at * 1_000_000)
}

fn lives(boot: u64, stop: u64) -> Vec<Lives> {
    vec![Lives::alike(Some(seconds(boot)), seconds(stop), seconds(3600))]
}

/// What a run amounts to at a moment: nothing that comes later has happened.
fn until(told: &mut Foretold, at: Tick) -> &ControlPlane {
    while told.upcoming().is_some_and(|next| next <= at) {
        told.step();
    }
    told.plane()
}

const fn ready(ready: u64) -> Instances {
    Instances {
        starting: 0,
        ready,
        terminating: 0,
    }
}

#[test]
fn a_flap_starts_min_ready_anew() {
    let spec = deployment(3, "1", "0", 10);
    let mut told = Foretold::at_rest(Settings::ideal(), spec, lives(5, 1));
    told.flap(second(100), 1, seconds(2));
    told.flap(second(106), 1, seconds(1));
    let available = |told: &mut Foretold, at| until(told, second(at)).set(0, 0).unwrap().status.available;
    assert_eq!(available(&mut told, 99), 3);
    assert_eq!(available(&mut told, 101), 2);
    // It would be, had it not flapped again.
    assert_eq!(available(&mut told, 112), 2);
    assert_eq!(available(&mut told, 116), 2);
    assert_eq!(available(&mut told, 117), 3);
    let plane = until(&mut told, second(1000));
    assert_eq!(plane.instances(0), ready(3));
    // Nobody creates another for it.
    assert_eq!(plane.log(0).unwrap().peak_live(), 3);
}

#[test]
fn an_evicted_pod_is_replaced_at_once() {
    let mut told = Foretold::at_rest(Settings::ideal(), deployment(3, "1", "0", 0), lives(5, 30));
    told.evict(second(10), 2);
    let expected = Instances {
        starting: 1,
        ready: 2,
        terminating: 1,
    };
    assert_eq!(until(&mut told, second(10)).instances(0), expected);
    assert_eq!(until(&mut told, second(100)).instances(0), ready(3));
    assert_eq!(told.plane().pod(3), Some((0, 0)));
    assert!(!told.plane().is_active(2));
}

/// The one that is not ready goes first, then the one that became so last.
#[test]
fn victims_are_those_that_are_not_ready() {
    let mut told = Foretold::at_rest(Settings::ideal(), deployment(5, "1", "0", 0), lives(5, 1));
    told.flap(second(10), 3, seconds(3600));
    told.flap(second(10), 1, seconds(10));
    told.change(second(60), 0, Change::Scale(3));
    let plane = until(&mut told, second(61));
    let left: Vec<usize> = (0..5).filter(|pod| plane.is_active(*pod)).collect();
    assert_eq!(left, [0, 2, 4]);
}

/// A pod that is gone although nobody told it to end, as after the loss of a node.
#[test]
fn a_pod_that_is_lost_is_replaced() {
    let mut orders = Vec::new();
    let mut plane = ControlPlane::new(Settings::ideal());
    plane.add_at_rest(Tick::START, deployment(2, "1", "0", 0), &mut orders);
    orders.clear();
    plane.pod_gone(second(5), 0);
    assert_eq!(plane.instances(0), ready(1));
    while plane.next().is_some() {
        plane.step(&mut orders);
    }
    let created = super::Order::Create {
        workload: 0,
        revision: 0,
        pod: 2,
    };
    assert_eq!(orders, [created]);
    // What is said twice, or of a pod that is gone, changes nothing.
    for _ in 0..2 {
        plane.pod_ready(second(9), 2);
        plane.pod_gone(second(9), 0);
        plane.pod_unready(second(9), 0);
        plane.pod_evicted(second(9), 0);
    }
    assert_eq!(plane.instances(0), ready(2));
    assert_eq!(plane.instances_of(0, 0), ready(2));
}

#[test]
fn a_deployment_begins_from_nothing() {
    let mut told = Foretold::new(Settings::of_version(1, 36));
    let workload = told.add(Tick::START, deployment(4, "25%", "25%", 0), lives(5, 1));
    assert!(!told.plane().is_complete(workload));
    let plane = told.finish().unwrap();
    assert!(plane.is_complete(workload));
    assert_eq!(plane.instances(workload), ready(4));
    assert_eq!(plane.progress(workload).unwrap().condition, Condition::Complete);
    assert_eq!(plane.revisions(workload), 1);
}

/// Undo goes to the revision before, and undone again it goes back.
#[test]
fn undo_is_the_template_before() {
    let mut told = Foretold::at_rest(Settings::ideal(), deployment(4, "1", "0", 0), lives(5, 1));
    let template = |told: &Foretold| told.plane().deployment(0).unwrap().template;
    told.change(second(1), 0, Change::Undo);
    told.finish().unwrap();
    assert_eq!(template(&told), 0);
    for (at, change, expected) in [
        (100, Change::Template(1), 1),
        (200, Change::Template(2), 2),
        (300, Change::Undo, 1),
        (400, Change::Undo, 2),
        (500, Change::Template(0), 0),
        (600, Change::Undo, 2),
        (700, Change::Pause, 2),
        (701, Change::Undo, 2),
    ] {
        told.change(second(at), 0, change);
        told.finish().unwrap();
        assert_eq!(template(&told), expected, "{change:?}");
    }
}

/// Throttled, two Deployments take twice as long as one, since they share the calls; without workers to spare they take turns.
#[test]
fn deployments_share_calls_and_workers() {
    let took = |deployments: usize, workers: u64| {
        let settings = Settings {
            workers,
            tells_terminating: false,
            ..Settings::of_version(1, 34)
        };
        let mut told = Foretold::new(settings);
        for workload in 0..deployments {
            told.add_at_rest(deployment(100, "100%", "0", 0), lives(2, 1));
            told.change(Tick::START, workload, Change::Template(1));
        }
        let plane = told.finish().unwrap();
        let logs = (0..deployments).map(|workload| plane.log(workload).unwrap());
        let seconds = |at: Tick| at.micros() / 1_000_000;
        let all_there = |log: &Log| log.counts.iter().find(|row| row.instances.live() == 200).unwrap().at;
        logs.map(|log| (seconds(all_there(log)), seconds(log.complete().unwrap())))
            .collect::<Vec<_>>()
    };
    let alone = took(1, 5);
    let shared = took(4, 5);
    assert!(
        shared.iter().all(|(_, complete)| 2 * alone[0].1 < *complete),
        "{alone:?}, {shared:?}"
    );
    // One worker finishes a set before it takes up the next.
    let in_turn = took(4, 1);
    assert!(2 * in_turn[0].0 < shared[0].0, "{in_turn:?}, {shared:?}");
}

#[test]
fn a_log_changes_nothing() {
    let run = |log| {
        let settings = Settings {
            log,
            ..Settings::of_version(1, 36)
        };
        let mut told = Foretold::at_rest(settings, deployment(20, "25%", "25%", 3), lives(5, 10));
        told.change(Tick::START, 0, Change::Template(1));
        told.flap(second(7), 22, seconds(4));
        let times: Vec<Tick> = std::iter::from_fn(|| told.step()).collect();
        (times, told.plane().progress(0).copied(), told.plane().log(0).cloned())
    };
    let ((with, progress, log), (without, same, none)) = (run(true), run(false));
    assert_eq!((with, progress), (without, same));
    assert!(!log.unwrap().specs.is_empty());
    assert_eq!(none.unwrap(), Log::default());
}

/// Indices that do not exist are no reason to stop.
#[test]
fn what_does_not_exist_is_ignored() {
    let mut plane = ControlPlane::new(Settings::ideal());
    plane.change(Tick::START, 7, Change::Scale(3));
    plane.change(Tick::START, 7, Change::Template(3));
    let mut orders = Vec::new();
    while plane.next().is_some() {
        plane.step(&mut orders);
    }
    plane.pod_ready(Tick::START, 7);
    plane.pod_gone(Tick::START, 7);
    assert_eq!(orders, []);
    assert_eq!(plane.deployment(7), None::<&Deployment>);
}

/// A hundred thousand pods are nothing, and events fit their heap.
#[test]
fn pods_and_events_stay_small() {
    assert_eq!(size_of::<super::Pod>(), 32);
    assert_eq!(size_of::<super::Event>(), 16);
}
