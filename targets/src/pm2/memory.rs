//! The resident size at which PM2 replaces a process.

use loadline_compiler::budget::RestartThreshold;
use loadline_compiler::model::{Memory, Model, Workload};

use crate::escape::javascript as escape;
use crate::output::Output;
use crate::template::Escaped;

/// `max_memory_restart` of one of so many processes; an error when none would do.
pub(crate) fn threshold(model: &Model, workload: &Workload, processes: u64, out: &mut Output) -> Option<Escaped> {
    let memory = workload.memory.as_ref()?;
    let RestartThreshold { needed, share, at } = RestartThreshold::of(model, workload, processes)?;
    if let Some(at) = at {
        return Some(escape::string(&format!("{}M", at.in_mib())));
    }
    out.refuse(
        Memory::limit_span(memory),
        format!(
            "no `max_memory_restart` lies between what a process of `{}` needs, {needed}, and its share of the limit, {share}",
            workload.name.value
        ),
        format!("{share} for each process"),
    );
    None
}
