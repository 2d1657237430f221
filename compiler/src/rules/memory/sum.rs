//! How the sum of an instance's memory is shown: every label a term.

use crate::budget::memory::MemorySum;
use crate::diagnostic::Diagnostic;
use crate::model::{Heap, Workload};

/// Labels each part of the sum where it is written; parts that come from a table share the label of the block.
pub(super) fn explain(mut found: Diagnostic, workload: &Workload, sum: &MemorySum) -> Diagnostic {
    let Some(memory) = &workload.memory else {
        return found;
    };
    let assumed: Vec<String> = sum
        .terms
        .iter()
        .filter(|term| term.assumed)
        .map(|term| term.text())
        .collect();
    for term in sum.terms.iter().filter(|term| !term.assumed) {
        found = found.label(term.span, term.text());
    }
    if !assumed.is_empty() {
        found = found.label(memory.span, assumed.join(" + "));
    }
    if 1 < sum.processes && sum.terms.iter().all(|term| term.times == 1) {
        found = found.label(workload.processes.span, format!("{} processes", sum.processes));
    }
    found
}

/// A smaller heap, or a larger limit: what would fit with the headroom.
pub(super) fn way_out(mut found: Diagnostic, workload: &Workload, sum: &MemorySum) -> Diagnostic {
    let Some(memory) = &workload.memory else {
        return found;
    };
    let raise = format!("raise the limit to {}", sum.sufficient_limit());
    let capped = matches!(memory.heap.value, Heap::Size(_));
    match sum.largest_heap().filter(|_| capped) {
        Some(heap) => {
            if memory.heap.is_written() {
                found = found.edit(memory.heap.span, heap.to_string());
            }
            found.help(format!("`heap {heap}` leaves {} headroom; or {raise}", sum.headroom))
        }
        None => found.help(raise),
    }
}
