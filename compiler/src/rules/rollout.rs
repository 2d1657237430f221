//! LL7: rollouts.

pub mod artifact_differs_between_environments;
pub mod blue_green_doubles_demand;
pub mod canary_too_small_to_see;
pub mod canary_without_abort;
pub mod capacity_below_peak_during_rollout;
mod connections;
pub mod deadline_too_short;
pub mod deploy_left_out;
pub mod disruption_budget_blocks_drain;
pub mod min_ready_zero_with_drain;
pub mod no_progress_possible;
pub mod not_changeable_in_place;
pub mod old_instances_stay;
pub mod port_changed_while_called;
pub mod reload_not_gated;
pub mod removed_while_called;
pub mod selector_of_rollout_unsupported;
pub mod single_replica_gap;
pub mod total_outage_on_bad_deploy;
pub mod transition_overcommit;

use super::Context;
use crate::budget::replacement::Placed;
use crate::model::{Model, Workload};

/// The same workload of another revision of the spec.
fn counterpart<'m>(model: &'m Model, workload: &Workload) -> Option<&'m Workload> {
    model
        .workloads
        .iter()
        .find(|other| other.name.value == workload.name.value && other.is_job() == workload.is_job())
}

/// What is in the revision that runs and in this one, as (old, new). Nothing without a revision to compare with.
fn replaced<'m>(context: &Context<'m>) -> impl Iterator<Item = (Placed<'m>, Placed<'m>)> + use<'m> {
    let model = context.model;
    context.running.into_iter().flat_map(move |running| {
        model.workloads.iter().filter_map(move |workload| {
            let old = Placed {
                model: running.model,
                workload: counterpart(running.model, workload)?,
            };
            Some((old, Placed { model, workload }))
        })
    })
}
