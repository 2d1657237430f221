//! The memory that a runtime sees, and sizes itself by.

use crate::model::{Model, Platform, Workload};
use crate::quantity::Bytes;

/// The memory that a runtime sees: a limit that the kernel enforces, or else the whole machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VisibleMemory {
    /// The limit of its control group: a container's, or `MemoryMax` of a unit.
    Limit(Bytes),
    /// The machine's; `None` when it is not declared, which is taken to be large.
    ///
    /// PM2 has no control groups. Its `max_memory_restart` looks at a process from outside, and V8 knows nothing of it.
    Machine(Option<Bytes>),
}

impl VisibleMemory {
    /// Of a workload with this limit, where it runs.
    #[must_use]
    pub fn of(model: &Model, workload: &Workload, limit: Bytes) -> Self {
        match model.platform(workload) {
            Platform::Pm2(host) => {
                let memory = model.host(host).and_then(|host| host.memory.as_ref());
                Self::Machine(memory.map(|memory| memory.value))
            }
            Platform::Kubernetes(_) | Platform::Systemd(_) | Platform::Compose => Self::Limit(limit),
        }
    }

    /// How much; `None` for a machine whose memory is not known.
    #[must_use]
    pub const fn size(self) -> Option<Bytes> {
        match self {
            Self::Limit(limit) => Some(limit),
            Self::Machine(memory) => memory,
        }
    }

    /// `at this limit`, `on a machine with 8Gi`
    #[must_use]
    pub fn text(self) -> String {
        match self {
            Self::Limit(_) => "at this limit".to_owned(),
            Self::Machine(Some(memory)) => format!("on a machine with {memory}"),
            Self::Machine(None) => "on a large machine".to_owned(),
        }
    }
}
