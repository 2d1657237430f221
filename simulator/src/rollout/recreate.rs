//! Recreate: the old ones are gone before the new ones come.
//!
//! Source: recreate.go.

use super::{Deployment, Plan, Set};

/// One sync: the old sets to nothing; then, when none of their pods is left, terminating ones included, the new set.
pub(crate) fn recreate(deployment: &Deployment, sets: &[Set], plan: &mut Plan) {
    let old = || {
        sets.iter()
            .enumerate()
            .filter(|(index, _)| *index != deployment.template)
    };
    if old().any(|(_, set)| set.active()) {
        for (index, _) in old().filter(|(_, set)| set.active()) {
            plan.write(index, 0);
        }
        return;
    }
    if old().any(|(_, set)| set.pods != 0) {
        return;
    }
    let new = sets.get(deployment.template).filter(|set| set.exists);
    if new.is_none_or(|set| set.spec != deployment.replicas) {
        plan.write(deployment.template, deployment.replicas);
    }
}
