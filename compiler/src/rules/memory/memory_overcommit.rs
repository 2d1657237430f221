//! `memory-overcommit`

use super::sum;
use crate::budget::memory::MemorySum;
use crate::diagnostic::Diagnostic;
use crate::facts::node::SMALLEST_HEAP;
use crate::facts::runtimes::{self, DefaultHeap};
use crate::model::{Heap, Memory, Platform, Workload};
use crate::quantity::Bytes;
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// Everything that an instance's processes may use fits below its memory limit: heap, young generation, buffers outside
    /// the heap, code and stacks, for each process, and an agent once.
    /// ## Why
    /// Above the limit the kernel kills the container, all processes of it at once, with exit code 137 and no word of why.
    /// A heap cap that is too high makes that certain: the runtime does not collect garbage before the cap is near.
    /// ## Source
    /// Measured on Node 18 to 26: at a heap of 100 % of the limit a leak always ends in 137, at 75 % always in V8's own 134.
    /// Kubernetes sets `memory.oom.group` since 1.28. Baseline of Node 50 MiB (measured 43 to 46).
    ///
    /// ```loadline,bad
    /// service api {
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   runtime node 22
    ///   memory  512Mi { heap 384Mi; external 96Mi; native 64Mi }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// service api {
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   runtime node 22
    ///   memory  512Mi { heap 296Mi; external 96Mi; native 64Mi }
    /// }
    /// ```
    301 "memory-overcommit" Error, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for workload in &context.model.workloads {
        let Some(sum) = MemorySum::of(context.model, workload) else {
            continue;
        };
        if no_heap_fits(workload) {
            found.push(nothing_left(workload, &sum));
            continue;
        }
        if let Some(heap) = heap_too_small(workload) {
            let message = format!(
                "{heap} of heap are left for `{}`, and Node needs {SMALLEST_HEAP} to start",
                workload.name.value
            );
            found.push(no_start(workload, &sum, message));
            continue;
        }
        // Nothing kills a process of PM2's: `restart-threshold-misplaced` says what happens.
        if matches!(context.model.platform(workload), Platform::Pm2(_)) {
            continue;
        }
        // Without a cap it is the runtime's default that is too large: `heap-not-capped`.
        if !sum.is_over() || (uncapped(workload, &sum) && sum.largest_heap().is_some()) {
            continue;
        }
        let name = &workload.name.value;
        let message = format!("`{name}` can use {} of {} and would be killed", sum.total(), sum.limit);
        let span = workload
            .memory
            .as_ref()
            .map_or(workload.span, crate::model::Memory::limit_span);
        let limit = format!("the kernel kills the instance above {}", sum.limit);
        let diagnostic = Diagnostic::new(&RULE, message, span, limit)
            .about(workload.id)
            .on("memory");
        found.push(sum::way_out(sum::explain(diagnostic, workload, &sum), workload, &sum));
    }
}

/// Whether the heap is left to a runtime that has a limit of its own for it.
pub(super) fn uncapped(workload: &Workload, sum: &MemorySum) -> bool {
    let is_left = |memory: &Memory| memory.heap.value == Heap::Runtime;
    workload.memory.as_ref().is_some_and(is_left)
        && workload.runtime.as_ref().is_some_and(|runtime| {
            let default = runtimes::default_heap(runtime.language.value, sum.visible);
            runtime.is_node() || matches!(default, Some(DefaultHeap::Size(_)))
        })
}

/// `heap auto` that could not be computed.
fn no_heap_fits(workload: &Workload) -> bool {
    workload
        .memory
        .as_ref()
        .is_some_and(|memory| memory.heap.value == Heap::Auto(None))
}

/// A cap with which even an empty program ends at once.
fn heap_too_small(workload: &Workload) -> Option<Bytes> {
    let is_node = workload.runtime.as_ref().is_some_and(crate::model::Runtime::is_node);
    let heap = workload.memory.as_ref().filter(|_| is_node)?.heap.flag()?;
    (heap < SMALLEST_HEAP).then_some(heap)
}

fn nothing_left(workload: &Workload, sum: &MemorySum) -> Diagnostic {
    let message = format!("no heap fits into {} of `{}`", sum.limit, workload.name.value);
    no_start(workload, sum, message)
}

fn no_start(workload: &Workload, sum: &MemorySum, message: String) -> Diagnostic {
    let memory = workload.memory.as_ref();
    let span = memory.map_or(workload.span, |memory| memory.heap.span);
    let headroom = format!(
        "{} stay free as headroom, and {} are taken otherwise",
        sum.required().ceil_mib(),
        sum.total()
    );
    let diagnostic = Diagnostic::new(&RULE, message, span, headroom)
        .about(workload.id)
        .on("memory");
    let diagnostic = sum::explain(diagnostic, workload, sum);
    diagnostic.help("raise the memory limit, or declare less for the other parts")
}
