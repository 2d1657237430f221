//! Scaling, and what a paused Deployment does: no set is favoured.
//!
//! Source: sync.go `scale`; deployment_util.go `FindActiveOrLatest`, `IsSaturated`, `GetProportion`, `getReplicaSetFraction`.

use super::rolling::signed;
use super::{Deployment, Plan, Set, Strategy};

/// One sync in which replicas changed, or of a paused Deployment.
pub(crate) fn scale(deployment: &Deployment, sets: &[Set], plan: &mut Plan) {
    let active = || sets.iter().enumerate().filter(|(_, set)| set.active());
    let only = match active().count() {
        0 => latest(deployment, sets),
        1 => active().map(|(index, _)| index).next(),
        _ => None,
    };
    if let Some(only) = only {
        if plan.spec(only) != deployment.replicas {
            plan.write(only, deployment.replicas);
        }
        return;
    }
    if sets
        .get(deployment.template)
        .is_some_and(|new| saturated(deployment, new))
    {
        for (index, _) in active().filter(|(index, _)| *index != deployment.template) {
            plan.write(index, 0);
        }
        return;
    }
    if matches!(deployment.strategy, Strategy::Rolling { .. }) {
        in_proportion(deployment, sets, plan);
    }
}

/// The set of the template, or the newest there is.
fn latest(deployment: &Deployment, sets: &[Set]) -> Option<usize> {
    let exists = |index: &usize| sets.get(*index).is_some_and(|set| set.exists);
    Some(deployment.template)
        .filter(exists)
        .or_else(|| (0..sets.len()).rev().find(exists))
}

/// Whether the new set has all it needs, so that the old ones can go, paused or not.
fn saturated(deployment: &Deployment, new: &Set) -> bool {
    let replicas = deployment.replicas;
    new.exists && new.spec == replicas && new.desired == replicas && new.status.available == replicas
}

/// Spreads what is added or taken away over the active sets by their size; what that leaves goes to the largest.
///
/// Signed: of a Deployment that has room left although it is asked for less, each set gives up its share of the less, and
/// the largest gets all of that and the room.
fn in_proportion(deployment: &Deployment, sets: &[Set], plan: &mut Plan) {
    let allowed = if deployment.replicas == 0 { 0 } else { deployment.most() };
    let add = signed(allowed) - signed(plan.total());
    let mut added = 0;
    let mut first = None;
    // Larger first; among equals the newer when growing, the older when shrinking.
    let mut done = None;
    while let Some(index) = next(sets, 0 < add, done) {
        done = Some(index);
        first = first.or(done);
        let Some(set) = sets.get(index) else { break };
        let (more, left) = (share(set, deployment) - signed(set.spec), add - added);
        let more = match (add.signum(), left) {
            (0, _) | (_, 0) => 0,
            (1, _) => more.min(left),
            _ => more.max(left),
        };
        added += more;
        plan.write(index, resized(set.spec, more));
    }
    if let Some(first) = first.filter(|_| added != add) {
        plan.write(first, resized(plan.spec(first), add - added));
    }
}

fn resized(spec: u64, more: i64) -> u64 {
    spec.saturating_add_signed(more)
}

/// The active set after `done`, in the order in which they are looked at.
fn next(sets: &[Set], grows: bool, done: Option<usize>) -> Option<usize> {
    let key = |index: usize| {
        let spec = sets.get(index).map_or(0, |set| set.spec);
        let age = if grows { sets.len().saturating_sub(index) } else { index };
        (std::cmp::Reverse(spec), age)
    };
    let after = |index: &usize| done.is_none_or(|done| key(done) < key(*index));
    let active = (0..sets.len()).filter(|index| sets.get(*index).is_some_and(Set::active));
    active.filter(after).min_by_key(|index| key(*index))
}

/// What a set would have if all grew alike, to the nearest whole.
fn share(set: &Set, deployment: &Deployment) -> i64 {
    if deployment.replicas == 0 || set.most == 0 {
        return 0;
    }
    let exact = u128::from(set.spec) * u128::from(deployment.most());
    let most = u128::from(set.most);
    i64::try_from((exact * 2 + most) / (most * 2)).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use loadline_compiler::quantity::Share;

    use super::*;
    use crate::Span;
    use crate::rollout::{Status, sync};

    /// Sets as they were when the Deployment had so many replicas; the last is the new one.
    fn scaled(specs: &[u64], was: (u64, u64), to: (u64, u64)) -> Vec<u64> {
        let deployment = Deployment {
            replicas: to.0,
            strategy: Strategy::Rolling {
                surge: Share::Count(to.1),
                unavailable: Share::Count(0),
            },
            min_ready: Span::ZERO,
            deadline: None,
            paused: false,
            template: specs.len() - 1,
        };
        let set = |spec: &u64| Set {
            exists: true,
            spec: *spec,
            desired: was.0,
            most: was.1,
            status: Status::default(),
            pods: *spec,
        };
        let sets: Vec<Set> = specs.iter().map(set).collect();
        let mut plan = Plan::default();
        sync(&deployment, &sets, &mut plan);
        (0..sets.len()).map(|index| plan.spec(index)).collect()
    }

    #[test]
    fn sets_keep_their_proportion_as_the_reference_has_it() {
        assert_eq!(scaled(&[60, 30, 20], (100, 110), (120, 10)), [71, 35, 24]);
        assert_eq!(scaled(&[71, 35, 24], (120, 130), (130, 10)), [76, 38, 26]);
        assert_eq!(scaled(&[8, 5], (10, 13), (15, 4)), [12, 7]);
        assert_eq!(scaled(&[8, 5], (10, 13), (6, 2)), [5, 3]);
        assert_eq!(scaled(&[3, 10], (10, 13), (20, 5)), [6, 19]);
    }

    #[test]
    fn one_active_set_takes_all_and_nothing_leaves_nothing() {
        assert_eq!(scaled(&[10, 0], (10, 10), (14, 2)), [14, 0]);
        assert_eq!(scaled(&[8, 5], (10, 13), (0, 0)), [0, 0]);
    }

    /// All are asked for less, and yet there is room: 30 allowed, 25 there. As a 1.20.2 did it: 20 and 5 of 20 with twice as many
    /// allowed, scaled to 15.
    #[test]
    fn room_that_is_left_goes_to_the_largest_with_what_the_others_give_up() {
        assert_eq!(scaled(&[5, 20], (20, 40), (15, 15)), [4, 26]);
        // The other way round: more than is allowed, although more is asked for.
        assert_eq!(scaled(&[8, 9], (10, 12), (11, 3)), [9, 5]);
    }

    #[test]
    fn what_rounding_leaves_goes_to_the_largest() {
        // Thirds of 10 are 3 each: one is left, and the newest of equals comes first.
        assert_eq!(scaled(&[2, 2, 2], (6, 6), (10, 0)), [3, 3, 4]);
        // Half is rounded up: 5 + 5 would be more than there is.
        assert_eq!(scaled(&[3, 3], (6, 6), (9, 0)), [4, 5]);
    }
}
