//! The rolling update: grow the new set, else shrink the old ones.
//!
//! Source: rolling.go; deployment_util.go `NewRSNewReplicas`. All arithmetic is on what ReplicaSets are asked for and on
//! their last status: pods that terminate are invisible to it.

use super::{Deployment, Plan, Set};

/// One sync of a rolling update.
pub(crate) fn roll(deployment: &Deployment, sets: &[Set], plan: &mut Plan) {
    create(deployment, sets, plan);
    if !grow(deployment, plan) {
        shrink(deployment, sets, plan);
    }
}

/// The set of the template, if there is none yet, is born with the room that there is.
pub(crate) fn create(deployment: &Deployment, sets: &[Set], plan: &mut Plan) {
    if sets.get(deployment.template).is_none_or(|set| !set.exists) {
        let room = deployment.most().saturating_sub(plan.total());
        plan.write(deployment.template, room.min(deployment.replicas));
    }
}

/// Gives the new set all of the room in one step. Whether it changed anything.
pub(crate) fn grow(deployment: &Deployment, plan: &mut Plan) -> bool {
    let new = plan.spec(deployment.template);
    if deployment.replicas < new {
        plan.write(deployment.template, deployment.replicas);
        return true;
    }
    let room = deployment.most().saturating_sub(plan.total());
    let more = room.min(deployment.replicas.saturating_sub(new));
    if more == 0 {
        return false;
    }
    plan.write(deployment.template, new.saturating_add(more));
    true
}

/// Takes from the old sets, oldest first: what is not available, then what is more than enough.
pub(crate) fn shrink(deployment: &Deployment, sets: &[Set], plan: &mut Plan) -> bool {
    let before = plan.total();
    let available = sets.get(deployment.template).map_or(0, |set| set.status.available);
    // Signed: the status of a set that just shrank still tells of more than it is asked for.
    let waiting = signed(plan.spec(deployment.template)) - signed(available);
    let budget = signed(before) - signed(deployment.least()) - waiting;
    let Ok(budget @ 1..) = u64::try_from(budget) else {
        return false;
    };
    if clean_up(deployment, sets, plan, budget) {
        scale_down(deployment, sets, plan);
    }
    plan.total() < before
}

/// Takes what is not available, within the budget. `false` ends the sync: a status that is behind its set tells of more
/// than there is, and the controller takes that for an error.
fn clean_up(deployment: &Deployment, sets: &[Set], plan: &mut Plan, mut budget: u64) -> bool {
    for (index, set) in old(deployment, sets) {
        if budget == 0 {
            break;
        }
        let Some(unavailable) = set.spec.checked_sub(set.status.available) else {
            return false;
        };
        let fewer = unavailable.min(budget);
        if fewer != 0 {
            plan.write(index, set.spec - fewer);
            budget -= fewer;
        }
    }
    true
}

/// Takes what is available beyond the fewest: gated by the budget, not limited by it.
fn scale_down(deployment: &Deployment, sets: &[Set], plan: &mut Plan) {
    let new = sets.get(deployment.template).map_or(0, |set| set.status.available);
    let available = old(deployment, sets).fold(new, |sum, (_, set)| sum.saturating_add(set.status.available));
    let mut extra = available.saturating_sub(deployment.least());
    for (index, _) in old(deployment, sets) {
        let fewer = plan.spec(index).min(extra);
        if fewer != 0 {
            plan.write(index, plan.spec(index) - fewer);
            extra -= fewer;
        }
    }
}

/// The sets of other templates that ask for anything, oldest first.
fn old<'s>(deployment: &Deployment, sets: &'s [Set]) -> impl Iterator<Item = (usize, &'s Set)> {
    let template = deployment.template;
    let all = sets.iter().enumerate();
    all.filter(move |(index, set)| *index != template && set.active())
}

pub(super) fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
