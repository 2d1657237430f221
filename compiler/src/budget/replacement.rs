//! How the instances of two revisions of one workload overlap, each with its own replicas and its own way to stop.
//!
//! What runs is replaced by the rules of the new revision (its surge, its `min_ready`, its boot), but what stops does so by
//! those of the old one (its grace, its drain).

use crate::budget::instances::{self, Effective};
use crate::budget::rolling::rolling;
use crate::budget::shutdown::ShutdownSum;
use crate::model::{Model, Platform, RolloutController, Strategy, Uses, Workload};
use crate::quantity::Duration;

/// A workload in its model.
#[derive(Clone, Copy, Debug)]
pub struct Placed<'m> {
    /// The model.
    pub model: &'m Model,
    /// The workload.
    pub workload: &'m Workload,
}

/// The most instances (on PM2: processes) of each revision that can be live, and of both together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overlap {
    /// Of the old revision.
    pub old: u64,
    /// Of the new revision.
    pub new: u64,
    /// Of both at the same time.
    pub together: u64,
    /// Never both: the old ones are gone before the first new one comes.
    pub apart: bool,
}

impl Overlap {
    /// The mix that weighs most, as (old, new), when each instance weighs so much: the heavier ones are all there, and the
    /// lighter ones take the rest. At the start of a rollout all old instances still hold what they have, at its end all new ones do.
    #[must_use]
    pub fn heaviest(&self, old: u64, new: u64) -> (u64, u64) {
        if self.apart {
            let is_old = self.new.saturating_mul(new) <= self.old.saturating_mul(old);
            return if is_old { (self.old, 0) } else { (0, self.new) };
        }
        if new <= old {
            let all = self.old.min(self.together);
            (all, self.new.min(self.together - all))
        } else {
            let all = self.new.min(self.together);
            (self.old.min(self.together - all), all)
        }
    }
}

/// What makes the pods or processes of a workload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Controller {
    /// `Deployment`, `StatefulSet`, `Rollout`, `unit`, `PM2 app`, `container`.
    pub kind: &'static str,
    /// The host or cluster, if the spec names one.
    pub place: String,
    namespace: String,
}

impl Controller {
    /// Of a workload. A job has none that is replaced.
    #[must_use]
    pub fn of(placed: Placed<'_>) -> Self {
        let Placed { model, workload } = placed;
        let place = workload
            .place
            .map_or(String::new(), |place| model.name(place).to_owned());
        let (kind, cluster) = match model.platform(workload) {
            Platform::Systemd(_) => ("unit", None),
            Platform::Pm2(_) => ("PM2 app", None),
            Platform::Compose => ("container", None),
            Platform::Kubernetes(cluster) => {
                let cluster = cluster.and_then(|cluster| model.cluster(cluster));
                let rollouts = cluster.and_then(|cluster| cluster.rollouts.as_ref());
                let argo = rollouts.is_some_and(|rollouts| rollouts.value == RolloutController::Argo);
                let strategy = workload.rollout.as_ref().map(|rollout| rollout.strategy.value);
                let moves_traffic = matches!(strategy, Some(Strategy::Canary | Strategy::BlueGreen));
                let kind = match () {
                    () if workload.is_job() => "Job",
                    () if workload.is_stateful() => "StatefulSet",
                    () if moves_traffic && argo => "Rollout",
                    () => "Deployment",
                };
                (kind, cluster)
            }
        };
        let namespace = cluster.and_then(|cluster| cluster.namespace.as_ref());
        Self {
            kind,
            place,
            namespace: namespace.map_or(String::new(), |namespace| namespace.value.to_string()),
        }
    }

    /// `the Deployment of \`prod\``
    #[must_use]
    pub fn shown(&self) -> String {
        let namespace = match self.namespace.as_str() {
            "" => String::new(),
            namespace => format!(" in namespace `{namespace}`"),
        };
        match self.place.as_str() {
            "" => format!("a {}{namespace}", self.kind),
            place => format!("a {} of `{place}`{namespace}", self.kind),
        }
    }
}

/// Whether the new revision takes the place of the old one by itself. If not, the old instances run until someone removes them.
#[must_use]
pub fn is_in_place(old: Placed<'_>, new: Placed<'_>) -> bool {
    Controller::of(old) == Controller::of(new)
}

/// How many instances of both revisions can be live while one replaces the other. `uses` is the client, old and new, whose
/// connections are counted; `at_rest` is how many units of each there are outside the rollout.
#[must_use]
pub fn overlap(old: (Placed<'_>, Option<&Uses>), new: (Placed<'_>, Option<&Uses>), at_rest: (u64, u64)) -> Overlap {
    let ((old, old_uses), (new, new_uses)) = (old, new);
    let (rest_old, rest_new) = at_rest;
    let sum = rest_old.saturating_add(rest_new);
    if !is_in_place(old, new) {
        return Overlap {
            old: rest_old,
            new: rest_new,
            together: sum,
            apart: false,
        };
    }
    let on_kubernetes = matches!(new.model.platform(new.workload), Platform::Kubernetes(_));
    // A Deployment whose replicas change is scaled before it is rolled: the old set grows, or shrinks, to the new number.
    // Source: Deployment controller, `isScalingEvent` in sync.go comes before the rollout.
    let scaled = if on_kubernetes && !new.workload.is_stateful() && !new.workload.is_job() {
        rest_old.max(rest_new)
    } else {
        rest_old
    };
    let most = rest_old.max(rest_new);
    match instances::strategy(new.model, new.workload) {
        Effective::None | Effective::OneSet => Overlap {
            old: scaled,
            new: rest_new,
            together: most,
            apart: on_kubernetes && !new.workload.is_stateful() && !new.workload.is_job(),
        },
        Effective::TwoSets => Overlap {
            old: scaled,
            new: rest_new,
            together: scaled.saturating_add(rest_new),
            apart: false,
        },
        Effective::Rolling => {
            let holding = old_uses.map_or(Duration::ZERO, |uses| ShutdownSum::of(old.workload).holding(uses));
            let bound = new_uses.or(old_uses).map(|uses| {
                let mut bound = rolling(new.model, new.workload, uses);
                bound.holding = holding;
                bound.live().count
            });
            let shrunk = rest_old.saturating_sub(rest_new);
            Overlap {
                old: scaled,
                new: rest_new,
                together: bound
                    .unwrap_or(rest_new)
                    .saturating_add(shrunk)
                    .min(scaled.saturating_add(rest_new)),
                apart: false,
            }
        }
        Effective::Reload => {
            let hosts = instances::hosts(new.model, new.workload);
            let reload = instances::reload(new.model, new.workload);
            let candidates = reload.candidates.saturating_mul(hosts);
            let extra = reload.extra.saturating_mul(hosts);
            Overlap {
                old: rest_old,
                new: rest_new.saturating_add(candidates),
                together: most.saturating_add(extra).saturating_add(candidates),
                apart: false,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heavier_instances_are_all_there() {
        let overlap = Overlap {
            old: 10,
            new: 10,
            together: 12,
            apart: false,
        };
        assert_eq!(overlap.heaviest(20, 25), (2, 10));
        assert_eq!(overlap.heaviest(25, 20), (10, 2));
        assert_eq!(overlap.heaviest(20, 20), (10, 2));
        let shrinking = Overlap {
            old: 10,
            new: 4,
            together: 10,
            apart: false,
        };
        assert_eq!(shrinking.heaviest(1, 5), (6, 4));
        assert_eq!(shrinking.heaviest(5, 1), (10, 0));
        let apart = Overlap {
            apart: true,
            ..shrinking
        };
        assert_eq!(apart.heaviest(2, 4), (10, 0));
        assert_eq!(apart.heaviest(2, 6), (0, 4));
    }
}
