//! What holds of an autoscaler, whatever is measured.

use proptest::prelude::*;

use super::Pod;
use super::vectors::{CPU, asks, hpa, missing, pending, ready, syncs, with_behavior};

fn pods() -> impl Strategy<Value = Vec<Pod>> {
    let pod = (0..2500_u64, 0..6_u8).prop_map(|(cpu, kind)| match kind {
        0 => pending(),
        1 => missing(),
        2 => Pod {
            terminating: true,
            ..ready(cpu)
        },
        _ => ready(cpu),
    });
    prop::collection::vec(pod, 1..30)
}

proptest! {
    #[test]
    fn it_stays_within_its_range(
        loads in prop::collection::vec(0..4000_u64, 1..40),
        (min, span, first) in (1..10_u64, 0..30_u64, 1..40_u64),
        behaves: bool,
    ) {
        let hpa = if behaves { with_behavior(min, min + span) } else { hpa(min, min + span) };
        for replicas in syncs(&hpa, first, &loads) {
            prop_assert!((min..=min + span).contains(&replicas));
        }
    }

    #[test]
    fn a_metric_never_asks_against_its_direction(pods in pods(), replicas in 1..30_u64) {
        let counted = |pod: &&Pod| !pod.pending && !pod.terminating;
        let measured: Vec<u64> = pods.iter().filter(counted).filter_map(|pod| pod.cpu).collect();
        let Some(asked) = asks(CPU, replicas, &pods) else {
            prop_assert!(measured.is_empty());
            return Ok(());
        };
        let count = u64::try_from(measured.len()).unwrap();
        let average = measured.iter().sum::<u64>() / count;
        // Where something is missing or starts it never goes against the direction; surge and lost pods are what they
        // are.
        if pods.iter().any(|pod| !pod.terminating && (pod.cpu.is_none() && !pod.pending)) {
            prop_assert!(average < 800 || replicas <= asked);
            prop_assert!(810 <= average || asked <= replicas);
        }
        prop_assert!(asked <= count.max(replicas).saturating_mul(4).max(pods.len() as u64 * 4));
    }

    #[test]
    fn with_behavior_it_never_moves_against_what_is_asked(
        loads in prop::collection::vec(0..4000_u64, 2..40),
        first in 1..40_u64,
    ) {
        let hpa = with_behavior(1, 50);
        let mut before = first.min(50);
        for (replicas, load) in syncs(&hpa, before, &loads).into_iter().zip(&loads) {
            prop_assert!(before <= replicas || *load < 800, "shrank from {before} to {replicas} at {load}");
            prop_assert!(replicas <= before || 800 < *load, "grew from {before} to {replicas} at {load}");
            before = replicas;
        }
    }
}
