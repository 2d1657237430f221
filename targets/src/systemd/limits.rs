//! What a unit may use.

use loadline_compiler::model::{Memory, Workload};
use serde::Serialize;

use crate::escape::systemd as escape;
use crate::template::Escaped;

/// A core has this weight, so that units that ask for cores in some proportion get them in that proportion when there are
/// too few. Source: systemd.resource-control(5), the default of `CPUWeight=`.
const WEIGHT_OF_A_CORE: u64 = 100;

/// Limits of the unit's control group.
///
/// The memory limit is a hard one, as in a container: no `MemoryHigh=`, which would slow an instance down until it seems
/// to hang instead of ending it, and which Node takes for its memory; no swap, in which a heap that is collected never
/// comes to rest.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Limits {
    pub(crate) memory: Option<Escaped>,
    pub(crate) cpu_quota: Option<Escaped>,
    pub(crate) cpu_weight: Option<u64>,
}

impl Limits {
    /// Of one instance.
    pub(crate) fn of(workload: &Workload) -> Self {
        let cpu = workload.cpu.as_ref();
        let quota = cpu.map(|cpu| cpu.high.in_millicores());
        let weight = cpu.map(|cpu| cpu.low.in_millicores() * WEIGHT_OF_A_CORE / 1000);
        Self {
            memory: workload.memory.as_ref().and_then(Memory::limit).map(escape::size),
            cpu_quota: quota.map(|quota| escape::percent_of_core(quota.max(1))),
            // The ends of the scale of control groups.
            cpu_weight: weight.map(|weight| weight.clamp(1, 10_000)),
        }
    }
}
