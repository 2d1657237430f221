//! LL7: rollouts.

pub mod no_progress_possible;
pub mod not_changeable_in_place;
pub mod old_instances_stay;
pub mod port_changed_while_called;
pub mod removed_while_called;
pub mod transition_overcommit;

use crate::model::{Model, Workload};

/// The same workload of another revision of the spec.
fn counterpart<'m>(model: &'m Model, workload: &Workload) -> Option<&'m Workload> {
    model
        .workloads
        .iter()
        .find(|other| other.name.value == workload.name.value && other.is_job() == workload.is_job())
}
