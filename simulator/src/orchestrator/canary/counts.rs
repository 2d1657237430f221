//! How many pods the two revisions of a canary without a router have: as near to the weight as whole pods come.
//!
//! Source: Argo Rollouts, utils/replicaset/canary.go, `CalculateReplicaCountsForBasicCanary` and
//! `approximateWeightedCanaryStableReplicaCounts`, stated anew.

/// What is there, and what is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Now {
    /// R.
    pub(super) replicas: u64,
    /// Part of the traffic that the new revision is to have, in percent.
    pub(super) weight: u64,
    /// s, resolved.
    pub(super) surge: u64,
    /// u, resolved.
    pub(super) unavailable: u64,
    /// Pods of the new revision.
    pub(super) new: Set,
    /// Pods of the stable one; `None` when that is the same.
    pub(super) stable: Option<Set>,
    /// Pods of any others.
    pub(super) others: u64,
}

/// Pods of a revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Set {
    pub(super) spec: u64,
    pub(super) available: u64,
}

impl Set {
    /// What counts when the fewest available are reckoned; what is about to be deleted does not.
    fn counted(self, any: bool) -> u64 {
        if any { self.spec } else { self.spec.min(self.available) }
    }
}

/// New and stable: how many each is to have after this step.
pub(super) fn next(now: &Now) -> (u64, u64) {
    let (desired_new, desired_stable) = match now.stable {
        Some(_) => nearest(now.replicas, now.weight, now.surge),
        None => (now.replicas, 0),
    };
    let stable_set = now.stable.unwrap_or(Set { spec: 0, available: 0 });
    let (mut new, mut stable) = (now.new.spec, stable_set.spec);
    let most = now.replicas.saturating_add(now.surge);
    let room = most.saturating_sub(new + stable + now.others);
    // The stable one first.
    let grown = room.min(desired_stable.saturating_sub(stable));
    stable += grown;
    new += (room - grown).min(desired_new.saturating_sub(new));
    if now.others != 0 {
        // Others go before anything else shrinks.
        return (new, stable);
    }
    let least = now.replicas.saturating_sub(now.unavailable);
    // Growing, the stable one counts with what is not available too; on the way back the new one.
    let grows = now.new.spec <= desired_new;
    let counted = now.new.counted(!grows) + now.stable.map_or(0, |set| set.counted(grows));
    let Some(fewer @ 1..) = counted.checked_sub(least) else {
        return (new, stable);
    };
    if !grows {
        new = drained(now.new, desired_new, fewer, new);
        within(now.new, stable_set, new, stable, most, least)
    } else if now.stable.is_some() {
        stable = drained(stable_set, desired_stable, fewer, stable);
        let (stable, new) = within(stable_set, now.new, stable, new, most, least);
        (new, stable)
    } else {
        (new, stable)
    }
}

/// How many of a set are left, that is to have fewer.
fn drained(set: Set, desired: u64, fewer: u64, as_it_is: u64) -> u64 {
    if desired < set.spec {
        desired.max(set.spec.saturating_sub(fewer))
    } else {
        as_it_is
    }
}

/// Keeps both within the most, unless that took away too many available ones.
fn within(drain: Set, adjust: Set, mut drained: u64, mut adjusted: u64, most: u64, least: u64) -> (u64, u64) {
    let over = (adjusted + drained).saturating_sub(most);
    adjusted = adjusted.saturating_sub(over);
    let available = drain.available.min(drained) + adjust.available.min(adjusted);
    let lost = adjust.available.saturating_sub(adjusted);
    adjusted += lost.min(least.saturating_sub(available));
    let over = (adjusted + drained).saturating_sub(most);
    drained = drained.saturating_sub(over);
    (drained, adjusted)
}

/// Of R pods, and of one more where surge allows it, the whole number whose share is nearest to the weight; the larger
/// of two that are as near. Neither side is left with none between 1 and 99 %, unless there is one pod alone.
pub(super) fn nearest(replicas: u64, weight: u64, surge: u64) -> (u64, u64) {
    if replicas == 0 {
        return (0, 0);
    }
    let product = replicas.saturating_mul(weight);
    let (up, down) = (product.div_ceil(100), product / 100);
    let is_tied = |total: u64| total.saturating_mul(weight) % 100 == 50;
    let none_allowed = matches!(weight, 0 | 100) || (replicas == 1 && surge == 0);
    let down_allowed = down != 0 || none_allowed;
    let options = [
        (up < replicas || none_allowed).then_some((up, replicas)),
        (!is_tied(replicas) && down_allowed).then_some((down, replicas)),
        (surge != 0).then_some((up, replicas + 1)),
        (surge != 0 && !is_tied(replicas + 1) && down_allowed).then_some((down, replicas + 1)),
    ];
    // |100·new/total − weight|, as a fraction over the total.
    let off = |option: (u64, u64)| (100 * u128::from(option.0)).abs_diff(u128::from(weight) * u128::from(option.1));
    let nearer = |best: (u64, u64), other: (u64, u64)| {
        if off(other) * u128::from(best.1) < off(best) * u128::from(other.1) {
            other
        } else {
            best
        }
    };
    match options.into_iter().flatten().reduce(nearer) {
        Some((new, total)) => (new, total - new),
        None => (0, replicas),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples in the source: R, weight, unavailable, surge; then new and stable after the first step from (0, R).
    #[test]
    fn the_first_steps_of_the_source() {
        for (replicas, weight, unavailable, surge, expected) in [
            (10, 10, 1, 1, (1, 9)),
            (10, 30, 0, 3, (3, 10)),
            (10, 30, 5, 0, (0, 7)),
            // Its comment says 9: with surge 1 of 11 is nearer to 5 % than 1 of 10, and that is what its code finds.
            (10, 5, 1, 1, (1, 10)),
            (1, 5, 0, 1, (1, 1)),
            (1, 95, 0, 1, (1, 1)),
        ] {
            let now = Now {
                replicas,
                weight,
                surge,
                unavailable,
                new: Set { spec: 0, available: 0 },
                stable: Some(Set {
                    spec: replicas,
                    available: replicas,
                }),
                others: 0,
            };
            assert_eq!(next(&now), expected, "{replicas} at {weight}%");
        }
    }

    #[test]
    fn weights_are_approximated_by_whole_pods() {
        // 3 at 50 %: both 1 and 2 are as far; the larger. With surge, 2 of 4 is exact.
        assert_eq!(nearest(3, 50, 0), (2, 1));
        assert_eq!(nearest(3, 50, 1), (2, 2));
        // Never none between 1 and 99 %.
        assert_eq!(nearest(10, 1, 0), (1, 9));
        assert_eq!(nearest(2, 99, 0), (1, 1));
        assert_eq!((nearest(1, 10, 0), nearest(1, 10, 1)), ((0, 1), (1, 1)));
        assert_eq!(nearest(5, 100, 1), (5, 0));
        assert_eq!(nearest(5, 0, 1), (0, 5));
    }
}
