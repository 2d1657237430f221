//! What autoscalers are known to do.

use super::*;

const fn seconds(seconds: u64) -> Span {
    Span::from_micros(seconds * 1_000_000)
}

const fn at(second: u64) -> Tick {
    Tick::at(second * 1_000_000)
}

/// Long after all initialisation.
const LATER: u64 = 10_000;

/// Ready for long, and uses so much.
pub(super) fn ready(cpu: u64) -> Pod {
    Pod {
        pending: false,
        terminating: false,
        ready: true,
        changed: at(40),
        started: at(0),
        sampled: at(LATER),
        cpu: Some(cpu),
        memory: None,
        rate: None,
    }
}

pub(super) fn pending() -> Pod {
    Pod {
        pending: true,
        ready: false,
        cpu: None,
        ..ready(0)
    }
}

pub(super) fn missing() -> Pod {
    Pod { cpu: None, ..ready(0) }
}

/// 80 % of a core.
pub(super) const CPU: Target = Target::Cpu {
    request: Some(1000),
    percent: 80,
};

pub(super) fn hpa(min: u64, max: u64) -> Hpa {
    Hpa {
        min,
        max,
        targets: vec![CPU],
        behavior: None,
    }
}

pub(super) fn with_behavior(min: u64, max: u64) -> Hpa {
    Hpa {
        behavior: Some(Behavior {
            up: Rules::up(),
            down: Rules::down(),
        }),
        ..hpa(min, max)
    }
}

/// What one metric asks for.
pub(super) fn asks(target: Target, replicas: u64, pods: &[Pod]) -> Option<u64> {
    let inputs = Inputs {
        now: at(LATER),
        replicas,
        status: u64::try_from(pods.iter().filter(|pod| !pod.terminating).count()).unwrap(),
        pods,
        queues: &[],
    };
    target.propose(&inputs)
}

/// Syncs every 15 s, with pods that use so much of a core each; the replicas after each.
pub(super) fn syncs(hpa: &Hpa, first: u64, uses: &[u64]) -> Vec<u64> {
    let mut history = History::default();
    let mut replicas = first;
    let mut seen = Vec::new();
    for (index, used) in uses.iter().enumerate() {
        let pods = vec![ready(*used); usize::try_from(replicas).unwrap()];
        let inputs = Inputs {
            now: at(LATER + 15 * u64::try_from(index).unwrap()),
            replicas,
            status: replicas,
            pods: &pods,
            queues: &[],
        };
        replicas = recommend(hpa, &inputs, &mut history);
        seen.push(replicas);
    }
    seen
}

#[test]
fn surge_pods_count_so_that_it_grows_while_below_its_target() {
    // R = 10, 13 ready at 85 % of the target: ⌈0.85 × 13⌉.
    assert_eq!(asks(CPU, 10, &vec![ready(680); 13]), Some(12));
    assert_eq!(asks(CPU, 10, &vec![ready(680); 10]), Some(9));
}

#[test]
fn within_a_tenth_nothing_changes() {
    for (cpu, expected) in [(880, 10), (890, 12), (720, 10), (719, 9)] {
        assert_eq!(asks(CPU, 10, &vec![ready(cpu); 10]), Some(expected), "{cpu}");
    }
    // Whole percent, rounded down: 88.9 % is 88 %.
    assert_eq!(asks(CPU, 10, &vec![ready(889); 10]), Some(10));
}

#[test]
fn terminating_pods_are_left_out() {
    let mut pods = vec![ready(1600); 4];
    let gone = Pod {
        terminating: true,
        ..ready(0)
    };
    pods.extend([gone; 4]);
    assert_eq!(asks(CPU, 4, &pods), Some(8));
}

#[test]
fn unready_pods_use_nothing_when_it_grows_and_are_left_out_when_it_shrinks() {
    // 4 at 1.6 × the target, and 4 that start: 0.8 × the target over all 8, which is the other direction.
    let mut pods = vec![ready(1280); 4];
    pods.extend([pending(); 4]);
    assert_eq!(asks(CPU, 8, &pods), Some(8));
    // 4 at 2.5 × the target: 1.25 × 8.
    let mut pods = vec![ready(2000); 4];
    pods.extend([pending(); 4]);
    assert_eq!(asks(CPU, 8, &pods), Some(10));
    let mut pods = vec![ready(400); 4];
    pods.extend([pending(); 4]);
    assert_eq!(asks(CPU, 8, &pods), Some(2));
}

#[test]
fn missing_pods_use_all_of_their_request_when_it_shrinks() {
    // 3 at half the target: ⌈0.5 × 3⌉ = 2. The missing one counts as 1000: (3·400 + 1000) / 4 = 55 %, ⌈55/80 × 4⌉.
    let mut pods = vec![ready(400); 3];
    assert_eq!(asks(CPU, 4, &pods), Some(2));
    pods.push(missing());
    assert_eq!(asks(CPU, 4, &pods), Some(3));
}

#[test]
fn missing_pods_use_nothing_when_it_grows() {
    // 3 at 1.5 × the target: 5. With a fourth at nothing: 1.125 × 4 = 4.5.
    let mut pods = vec![ready(1200); 3];
    assert_eq!(asks(CPU, 4, &pods), Some(5));
    pods.push(missing());
    assert_eq!(asks(CPU, 4, &pods), Some(5));
    pods.push(missing());
    // 0.9 × the target with two: it would shrink, which is against the direction.
    assert_eq!(asks(CPU, 4, &pods), Some(4));
}

#[test]
fn for_five_minutes_processor_time_counts_only_a_window_after_ready() {
    let booted = |ready_at: u64, sampled: u64| Pod {
        started: at(LATER - 100),
        changed: at(ready_at),
        sampled: at(sampled),
        ..ready(2000)
    };
    let is_counted = |pod: Pod| asks(CPU, 1, &[pod]).is_some();
    assert!(is_counted(booted(LATER - 50, LATER - 35)));
    assert!(!is_counted(booted(LATER - 50, LATER - 36)), "measured while it booted");
    let unready = Pod {
        ready: false,
        ..booted(LATER - 50, LATER)
    };
    assert!(!is_counted(unready));
    // Memory does not ask.
    let memory = Target::Memory {
        request: Some(100),
        percent: 80,
    };
    let pod = Pod {
        memory: Some(160),
        ..unready
    };
    assert_eq!(asks(memory, 1, &[pod]), Some(2));
}

#[test]
fn after_five_minutes_only_what_was_never_ready_is_left_out() {
    let unready = |changed| Pod {
        ready: false,
        changed: at(changed),
        ..ready(1600)
    };
    assert_eq!(
        asks(CPU, 1, &[unready(29)]),
        None,
        "never ready: it changed last within 30 s of its start"
    );
    assert_eq!(
        asks(CPU, 1, &[unready(31)]),
        Some(2),
        "it was ready, and is not any more"
    );
}

#[test]
fn without_a_request_the_metric_fails() {
    let target = Target::Cpu {
        request: None,
        percent: 80,
    };
    assert_eq!(asks(target, 1, &[ready(1000)]), None);
    assert_eq!(asks(CPU, 1, &[pending()]), None);
}

#[test]
fn a_rate_is_an_average_over_pods() {
    let target = Target::Rate { millis: 50_000 };
    let pod = |rate| Pod {
        rate: Some(rate),
        ..ready(0)
    };
    assert_eq!(asks(target, 2, &[pod(90_000), pod(60_000)]), Some(3));
}

#[test]
fn a_queue_asks_for_so_many_each_and_counts_surge_when_it_stays() {
    let target = Target::Queue { queue: 0, each: 100 };
    let asks = |waiting, replicas, status| {
        let queues = [waiting];
        let inputs = Inputs {
            now: at(LATER),
            replicas,
            status,
            pods: &[],
            queues: &queues,
        };
        target.propose(&inputs)
    };
    assert_eq!(asks(Some(1001), 4, 4), Some(11));
    assert_eq!(asks(Some(0), 4, 4), Some(0));
    assert_eq!(asks(None, 4, 4), None);
    // 1,250 for 13 pods is near enough: but there were to be 10.
    assert_eq!(asks(Some(1250), 10, 13), Some(13));
    assert_eq!(asks(Some(50), 0, 0), Some(1));
}

#[test]
fn the_largest_proposal_counts_and_a_failing_metric_forbids_to_shrink() {
    let failing = Target::Memory {
        request: None,
        percent: 80,
    };
    let both = |cpu| {
        let hpa = Hpa {
            targets: vec![failing, CPU],
            ..with_behavior(1, 20)
        };
        let pods = vec![ready(cpu); 4];
        let inputs = Inputs {
            now: at(LATER),
            replicas: 4,
            status: 4,
            pods: &pods,
            queues: &[],
        };
        desired(&hpa, &inputs)
    };
    assert_eq!(both(1600), Some(8));
    assert_eq!(both(400), None);
}

#[test]
fn it_grows_by_doubling_or_to_four() {
    assert_eq!(syncs(&hpa(1, 100), 1, &[100_000; 6]), [4, 8, 16, 32, 64, 100]);
    // With `behavior` four pods or as many again: the same but for the first.
    assert_eq!(
        syncs(&with_behavior(1, 100), 1, &[100_000; 6]),
        [5, 10, 20, 40, 80, 100]
    );
}

#[test]
fn it_shrinks_to_what_five_minutes_agree_on() {
    // Busy once, then idle. The first sync records the four that there are.
    for hpa in [hpa(1, 100), with_behavior(1, 100)] {
        let seen = syncs(&hpa, 4, &[&[1600][..], &[100; 23]].concat());
        assert_eq!(seen[0], 8);
        let shrinks = seen.iter().position(|replicas| *replicas < 8).unwrap();
        // Without `behavior` what is exactly five minutes old still counts.
        let ends = if hpa.behavior.is_some() { 20 } else { 21 };
        assert_eq!((shrinks, seen[shrinks]), (ends, 1));
    }
}

#[test]
fn the_first_sync_records_what_there_is() {
    for hpa in [hpa(1, 100), with_behavior(1, 100)] {
        let seen = syncs(&hpa, 10, &[100; 22]);
        assert_eq!(seen[..20], [10; 20]);
        assert_eq!(*seen.last().unwrap(), 2);
    }
}

#[test]
fn without_behavior_an_old_recommendation_makes_it_grow_when_the_load_is_gone() {
    // 2 at five times the target ask for 10, and get 4; then there is no load, and it still goes to 8.
    assert_eq!(syncs(&hpa(1, 100), 2, &[4000, 0, 0, 0]), [4, 8, 10, 10]);
    assert_eq!(syncs(&with_behavior(1, 100), 2, &[4000, 0, 0]), [6, 6, 6]);
}

#[test]
fn policies_count_changes_of_their_period() {
    let policy = |change, period| Policy {
        change,
        period: seconds(period),
    };
    let rules = |select, policies| Rules {
        window: Span::ZERO,
        select,
        policies,
    };
    let scaled = |up, down| Hpa {
        behavior: Some(Behavior { up, down }),
        ..hpa(1, 100)
    };
    // Two a minute: at the start of the minute there was one.
    let slow = rules(Select::Max, vec![policy(Change::Pods(2), 60)]);
    let up = scaled(slow.clone(), Rules::down());
    assert_eq!(syncs(&up, 1, &[100_000; 9]), [3, 3, 3, 3, 5, 5, 5, 5, 7]);
    // The smaller of two.
    let both = vec![policy(Change::Pods(2), 60), policy(Change::Percent(100), 15)];
    let down = scaled(rules(Select::Min, both.clone()), Rules::down());
    assert_eq!(syncs(&down, 1, &[100_000; 5]), [2, 3, 3, 3, 4]);
    // Down by a tenth, rounded so that it goes.
    let tenth = rules(Select::Max, vec![policy(Change::Percent(10), 15)]);
    let down = scaled(Rules::up(), tenth);
    assert_eq!(syncs(&down, 100, &[0; 4]), [90, 81, 72, 64]);
    // Never.
    let never = rules(Select::Disabled, both);
    assert_eq!(syncs(&scaled(never.clone(), slow), 3, &[100_000; 3]), [3; 3]);
    assert_eq!(syncs(&scaled(Rules::up(), never), 3, &[0; 30]), [3; 30]);
}

#[test]
fn a_window_up_waits_until_all_of_it_asks_for_more() {
    let mut hpa = with_behavior(1, 100);
    if let Some(behavior) = &mut hpa.behavior {
        behavior.up.window = seconds(60);
    }
    // The first sync recorded two; when that is a minute old, it grows.
    assert_eq!(syncs(&hpa, 2, &[1600; 5]), [2, 2, 2, 2, 4]);
}

#[test]
fn outside_of_its_range_it_does_not_look_at_metrics() {
    assert_eq!(syncs(&hpa(3, 5), 9, &[100_000]), [5]);
    assert_eq!(syncs(&hpa(3, 5), 1, &[0]), [3]);
    assert_eq!(syncs(&hpa(3, 5), 0, &[100_000]), [0], "switched off");
}
