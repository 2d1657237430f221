//! StatefulSets, second by second.

use loadline_compiler::quantity::Share;
use proptest::prelude::*;

use super::vectors::seconds;
use super::{Change, Foretold, Lives, Settings};
use crate::rollout::{Condition, Management, StatefulSet};
use crate::{Span, Tick};

const fn set(replicas: u64, management: Management) -> StatefulSet {
    StatefulSet {
        replicas,
        management,
        partition: 0,
        max_unavailable: None,
        min_ready: Span::ZERO,
        template: 0,
    }
}

const ORDERED: Management = Management::OrderedReady;
const PARALLEL: Management = Management::Parallel;

/// Five seconds to boot, ten to stop.
fn lives() -> Lives {
    Lives::alike(Some(seconds(5)), seconds(10), seconds(30))
}

fn broken() -> Lives {
    Lives { boot: None, ..lives() }
}

fn begun(set: StatefulSet) -> Foretold {
    let mut told = Foretold::new(Settings::ideal());
    told.add_stateful(Tick::START, set, vec![lives()]);
    told
}

fn at_rest(set: StatefulSet, lives: Vec<Lives>) -> Foretold {
    let mut told = Foretold::new(Settings::ideal());
    told.add_stateful_at_rest(set, lives);
    told
}

/// When it was complete, in seconds; the most that lived at once, and the fewest that were ready.
fn course(told: &mut Foretold) -> (Option<u64>, u64, u64) {
    let log = told.finish().unwrap().log(0).unwrap();
    let complete = log.complete().map(|at| at.micros() / 1_000_000);
    (complete, log.peak_live(), log.least_ready())
}

#[test]
fn it_begins_in_order_or_at_once() {
    assert_eq!(course(&mut begun(set(3, ORDERED))), (Some(15), 3, 0));
    assert_eq!(course(&mut begun(set(3, PARALLEL))), (Some(5), 3, 0));
    let slowly = StatefulSet {
        min_ready: seconds(4),
        ..set(3, ORDERED)
    };
    // Available after 9 s, but looked at every 4: there is one delayed sync, and the earliest stays.
    assert_eq!(course(&mut begun(slowly)), (Some(36), 3, 0));
}

/// Each number is gone before it comes back: never more than there are to be, and one fewer for as long as that takes.
#[test]
fn an_update_goes_one_by_one_and_never_beyond_its_replicas() {
    for management in [ORDERED, PARALLEL] {
        let mut told = at_rest(set(3, management), vec![lives()]);
        told.change(Tick::START, 0, Change::Template(1));
        assert_eq!(course(&mut told), (Some(45), 3, 2), "{management:?}");
        assert_eq!(told.plane().instances_of(0, 1).ready, 3);
        // Pods 2, 1, 0, in this order.
        let ordinals: Vec<_> = (3..6).map(|pod| told.plane().ordinal(pod)).collect();
        assert_eq!(ordinals, [Some(2), Some(1), Some(0)]);
        assert!(told.plane().is_complete(0));
    }
}

#[test]
fn pods_below_the_partition_keep_their_revision() {
    let partitioned = StatefulSet {
        partition: 2,
        ..set(4, ORDERED)
    };
    let mut told = at_rest(partitioned, vec![lives()]);
    told.change(Tick::START, 0, Change::Template(1));
    // Even one that is evicted.
    told.evict(Tick::at(100_000_000), 0);
    told.finish().unwrap();
    assert_eq!(told.plane().instances_of(0, 0).ready, 2);
    assert_eq!(told.plane().instances_of(0, 1).ready, 2);
    assert!(told.plane().is_complete(0));
}

#[test]
fn fewer_go_from_the_highest_each_after_the_last_is_gone() {
    let mut told = at_rest(set(4, ORDERED), vec![lives()]);
    told.change(Tick::START, 0, Change::Scale(2));
    assert_eq!(course(&mut told), (Some(20), 4, 2));
    assert!(told.plane().is_active(0) && told.plane().is_active(1));
    let mut told = at_rest(set(4, PARALLEL), vec![lives()]);
    told.change(Tick::START, 0, Change::Scale(2));
    assert_eq!(course(&mut told), (Some(10), 4, 2));
}

/// Reverting the template does not help: the broken pod must be deleted by hand.
#[test]
fn a_broken_update_blocks_until_its_pod_is_deleted() {
    let mut told = at_rest(set(3, ORDERED), vec![lives(), broken()]);
    told.change(Tick::START, 0, Change::Template(1));
    told.change(Tick::at(60_000_000), 0, Change::Undo);
    assert_eq!(course(&mut told), (None, 3, 2));
    assert_eq!(told.plane().template(0), 0);
    assert_eq!(told.plane().instances_of(0, 1).starting, 1);
    told.evict(Tick::at(200_000_000), 3);
    assert_eq!(course(&mut told), (Some(215), 3, 2));
    // In parallel the controller does it.
    let mut told = at_rest(set(3, PARALLEL), vec![lives(), broken()]);
    told.change(Tick::START, 0, Change::Template(1));
    told.change(Tick::at(60_000_000), 0, Change::Undo);
    assert_eq!(course(&mut told), (Some(75), 3, 2));
}

/// As a 1.20.2 did it: more replicas of one that is stuck wait as well, fewer do not.
#[test]
fn who_is_too_many_goes_though_the_update_is_stuck() {
    let mut told = at_rest(set(4, ORDERED), vec![lives(), broken()]);
    told.change(Tick::START, 0, Change::Template(1));
    for (at, change) in [(30, Change::Undo), (40, Change::Scale(6)), (50, Change::Scale(2))] {
        told.change(Tick::at(at * 1_000_000), 0, change);
    }
    assert_eq!(course(&mut told), (Some(70), 4, 2));
    // In parallel: five, four, three and two at once, and the next of those that stay with them.
    let mut told = at_rest(set(6, PARALLEL), vec![lives()]);
    told.change(Tick::START, 0, Change::Template(1));
    told.change(Tick::at(12_000_000), 0, Change::Scale(2));
    assert_eq!(course(&mut told), (Some(42), 6, 1));
}

#[test]
fn several_at_once_where_the_control_plane_follows_it() {
    let several = |management| {
        let set = StatefulSet {
            max_unavailable: Some(Share::Count(2)),
            ..set(4, management)
        };
        let mut told = at_rest(set, vec![lives()]);
        told.change(Tick::START, 0, Change::Template(1));
        course(&mut told)
    };
    assert_eq!(several(PARALLEL), (Some(30), 4, 2));
    // They go together, and come back one after the other.
    assert_eq!(several(ORDERED), (Some(40), 4, 2));
}

/// As many are available as there are to be, though one of them is too many: nobody looks again when the new one is
/// available. Whatever happens next brings it to its end; by itself the controller looks when its informers resync,
/// twice a day at most. Sources: stateful_set.go `syncStatefulSet`, whose delayed sync is asked for by the count alone;
/// stateful_set_control.go `updateStatus`, which counts those that are to go; client-go,
/// util/workqueue/delaying_queue.go, which keeps the earlier of two.
#[test]
fn one_too_many_can_hide_one_that_is_not_available_yet() {
    let slowly = StatefulSet {
        min_ready: seconds(4),
        ..set(3, ORDERED)
    };
    let mut told = at_rest(slowly, vec![lives()]);
    told.change(Tick::START, 0, Change::Scale(1));
    told.evict(Tick::START, 0);
    // The new pod is ready after 15 s and available after 19; the sync that waits then is due before.
    told.change(Tick::at(15_500_000), 0, Change::Scale(2));
    told.finish().unwrap();
    let plane = told.plane();
    assert_eq!(
        (plane.instances(0).ready, plane.replicas(0), plane.is_complete(0)),
        (3, 2, false)
    );
    told.change(Tick::at(100_000_000), 0, Change::Template(0));
    assert_eq!(course(&mut told), (Some(110), 3, 2));
}

/// Its calls are throttled by a client of its own, and pausing means nothing to it.
#[test]
fn it_stands_beside_deployments() {
    let mut told = Foretold::new(Settings::of_version(1, 36));
    told.add_at_rest(super::vectors::deployment(4, "1", "0", 0), vec![lives()]);
    let stateful = told.add_stateful_at_rest(set(2, ORDERED), vec![lives()]);
    told.change(Tick::START, stateful, Change::Pause);
    for workload in [0, stateful] {
        told.change(Tick::START, workload, Change::Template(1));
    }
    let plane = told.finish().unwrap();
    assert!(plane.is_complete(0) && plane.is_complete(stateful));
    assert_eq!(plane.deployment(stateful), None);
    assert_eq!(plane.stateful_set(stateful).unwrap().template, 1);
    assert_eq!((plane.replicas(stateful), plane.ordinal(0)), (2, None));
    assert_eq!(plane.progress(stateful).unwrap().condition, Condition::Complete);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is done: no number twice, never more pods than the largest target, and an end with all of them; at the
    /// latest when somebody looks again, where one too many hid one that was not available yet.
    #[test]
    fn numbers_are_unique_and_there_are_never_more_than_replicas(
        replicas in 1..8u64,
        parallel: bool,
        min_ready in 0..4u64,
        throttled: bool,
        changes in prop::collection::vec((0..300u64, 0..3usize, 1..8u64, 0..12usize), 0..8),
    ) {
        let management = if parallel { PARALLEL } else { ORDERED };
        let set = StatefulSet { min_ready: seconds(min_ready), ..set(replicas, management) };
        let settings = if throttled { Settings::of_version(1, 36) } else { Settings::ideal() };
        let mut told = Foretold::new(settings);
        told.add_stateful_at_rest(set, vec![lives()]);
        let mut most = replicas;
        for (at, template, scale, evicted) in changes {
            let at = Tick::at(at * 1_000_000);
            told.change(at, 0, Change::Template(template));
            told.evict(at, evicted);
            if template == 0 {
                told.change(at, 0, Change::Scale(scale));
                most = most.max(scale);
            }
        }
        for resync in 1..=8_u64 {
            while told.step().is_some() {
                let plane = told.plane();
                prop_assert!(plane.instances(0).live() <= most);
                prop_assert_eq!(plane.count_pods(), plane.instances(0));
            }
            if told.plane().is_complete(0) {
                break;
            }
            let plane = told.plane();
            let (replicas, available) = (plane.replicas(0), plane.progress(0).unwrap().summary.available);
            prop_assert_ne!(min_ready, 0);
            prop_assert_eq!(available, replicas, "only then nobody looks again");
            prop_assert!(available < plane.instances(0).ready, "somebody hides somebody");
            let template = plane.stateful_set(0).unwrap().template;
            told.change(Tick::at(resync * 10_000_000_000), 0, Change::Template(template));
        }
        prop_assert!(told.plane().is_complete(0));
        prop_assert_eq!(told.plane().instances(0).ready, told.plane().replicas(0));
    }
}
