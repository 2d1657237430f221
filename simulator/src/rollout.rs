//! What an orchestrator does to instances: the decision of each sync of the Deployment and ReplicaSet controllers.
//!
//! Pure functions over counts. When a sync happens, and how long its calls take, is the business of
//! [`control_plane`](crate::control_plane). The algorithms are those of kubernetes/kubernetes, `pkg/controller/deployment`
//! and `pkg/controller/replicaset`, stated anew; where they are odd, so are these.

mod availability;
mod deployment;
mod plan;
mod progress;
mod recreate;
mod replica_set;
mod rolling;
mod scale;
mod stateful_set;

pub use availability::MinReadyLaw;
pub use deployment::{Deployment, Fences, Strategy};
pub use plan::{Decide, Plan, sync};
pub use progress::{Condition, Progress, Summary};
pub use replica_set::{BURST_REPLICAS, Set, Status, Victim, slow_start};
#[cfg(test)]
pub(crate) use rolling::{grow, shrink};
pub use stateful_set::{Act, Management, Member, StatefulSet};
