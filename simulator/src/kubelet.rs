//! What a kubelet does to one instance: it asks how it is, starts it again, and stops it.
//!
//! Sources: kubernetes, `pkg/kubelet/prober/worker.go`, `pkg/kubelet/kuberuntime/kuberuntime_container.go`, and the fields of
//! core/v1 Probe and Lifecycle.

mod backoff;
mod prober;
mod termination;
mod ticker;

pub use backoff::{CrashBackoff, Settings as CrashBackoffSettings};
pub use prober::{Answer, Container, Prober, Probing, Published, Role, Seen, Step, Turn, Verdict};
pub use termination::{Course, End, Termination};
