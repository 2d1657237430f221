//! PodDisruptionBudgets.

use serde::Serialize;

use super::metadata::{IntOrPercent, Object, Selector};
use super::objects::Objects;
use super::subject::Subject;
use super::units::{self, Round};

/// One instance may be taken away at a time, when the spec does not say.
const UNAVAILABLE_DEFAULT: u64 = 1;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PdbSpec<'m> {
    max_unavailable: IntOrPercent,
    /// Pods that are not well do not hold a drain up. On by default since 1.27, unknown to 1.25. Source: KEP-3017.
    #[serde(skip_serializing_if = "Option::is_none")]
    unhealthy_pod_eviction_policy: Option<&'static str>,
    selector: Selector<'m>,
}

/// With a single replica a budget either blocks every drain or means nothing.
pub(crate) fn emit(subject: &Subject<'_>, objects: &mut Objects<'_, '_>) {
    let budget = subject.workload.budget.as_ref();
    if subject.workload.scale.max() < 2 {
        if let Some(budget) = budget {
            let message = format!(
                "`{}` has one replica, which a disruption budget cannot protect",
                subject.name
            );
            let consequence = "left out: with it no node could ever be drained";
            objects.out.not_expressible(budget.span, message, consequence);
        }
        return;
    }
    let unavailable = budget.map(|budget| &budget.unavailable);
    let max_unavailable = match unavailable {
        // Up, as the controller rounds: half a percent must not become none, which blocks every drain.
        Some(unavailable) => units::share(unavailable, Round::Up, "unavailable", objects.out),
        None => IntOrPercent::Count(UNAVAILABLE_DEFAULT),
    };
    let object = Object {
        api_version: "policy/v1",
        kind: "PodDisruptionBudget",
        metadata: subject.metadata(subject.name),
        spec: PdbSpec {
            max_unavailable,
            unhealthy_pod_eviction_policy: subject.place.at_least(1, 27).then_some("AlwaysAllow"),
            selector: subject.selector(subject.name),
        },
    };
    objects.add("PodDisruptionBudget", subject.name, &object);
}
