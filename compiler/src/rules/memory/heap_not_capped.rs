//! `heap-not-capped`

use crate::budget::memory::MemorySum;
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::node::HeapDefault;
use crate::model::{Heap, Memory, Workload};
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// A Node process in a limited amount of memory has a heap cap. It is an error when V8's default exceeds what fits below
    /// the limit, and a warning when the default happens to fit. A cap that is declared must reach the process: where the
    /// command line cannot carry the flag it is added to `NODE_OPTIONS`, and where that is not possible it is an error.
    /// ## Why
    /// V8 takes half of the container's limit, but never less than 256 MiB and never more than 2 or 4 GiB. In a small container
    /// that is more than there is, and in a large one most of the memory that is paid for is never used. The rule has
    /// changed between major versions.
    ///
    /// Other runtimes have other rules. The JVM takes a quarter of the limit, .NET three quarters; Go knows of no limit until
    /// `GOMEMLIMIT` says so. A default that does not fit is an error there too; that the JVM leaves most of the memory
    /// unused, or that Go is not told of the limit, is a note. `heap` sets `-Xmx`, `DOTNET_GCHeapHardLimit` or `GOMEMLIMIT`.
    ///
    /// Under PM2 nothing limits a process, so V8 sees the whole machine, in each process anew: a heap that a container of
    /// the same size would never get.
    /// ## Source
    /// Measured in containers on Node 18.20, 20.20, 22.23, 24.21, 25.9 and 26.10: `heap_size_limit` by limit. A leak in
    /// 256 MiB without a flag always ended in exit code 137. JVM 17 and 25: `MaxHeapSize` by memory, measured. .NET:
    /// runtime-config/garbage-collector, `GCHeapHardLimit`. Go: package runtime, `GOMEMLIMIT`.
    ///
    /// ```loadline,bad
    /// service api {
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   runtime node 22
    ///   memory  256Mi
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// service api {
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   runtime node 22
    ///   memory  256Mi { heap auto }
    /// }
    /// ```
    303 "heap-not-capped" Warning, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for workload in &context.model.workloads {
        found.extend(super::heap_flag::check(context, workload));
        if let (Some(memory), Some(sum)) = (&workload.memory, MemorySum::of(context.model, workload))
            && memory.heap.value == Heap::Runtime
        {
            found.extend(super::default_heap::check(workload, memory, &sum));
        }
        let Some(major) = workload
            .runtime
            .as_ref()
            .filter(|runtime| runtime.is_node())
            .and_then(|runtime| runtime.major())
        else {
            continue;
        };
        let (Some(memory), Some(sum)) = (&workload.memory, MemorySum::of(context.model, workload)) else {
            continue;
        };
        if memory.heap.value == Heap::Runtime {
            found.extend(main_heap(workload, memory, &sum, major));
        }
        found.extend(thread_heaps(workload));
    }
}

fn main_heap(workload: &Workload, memory: &Memory, sum: &MemorySum, major: u64) -> Option<Diagnostic> {
    let name = &workload.name.value;
    let Some(default) = HeapDefault::of(major, sum.visible.size()) else {
        let message = format!("`{name}` does not cap its heap, and what Node {major} takes by itself is not known");
        let diagnostic = Diagnostic::new(&RULE, message, memory.limit_span(), format!("{} are there", sum.limit));
        return Some(
            diagnostic
                .help("write `heap auto`, or a size")
                .about(workload.id)
                .on("memory"),
        );
    };
    // The largest heap that would fit is smaller than what V8 allows itself: the kernel comes first.
    let fits = sum.largest_heap();
    let too_large = fits.is_none_or(|fits| fits < default.old_space);
    // When not even the other parts fit, a cap would not help: `memory-overcommit` says so.
    if fits.is_none() && sum.terms.iter().all(|term| term.assumed) && sum.limit < default.old_space {
        return Some(exceeds(workload, memory, sum, major, default));
    }
    if too_large {
        return Some(exceeds(workload, memory, sum, major, default));
    }
    let message = format!(
        "`{name}` does not cap its heap: Node {major} takes {} of {}",
        default.old_space, sum.limit
    );
    let diagnostic = Diagnostic::new(&RULE, message, memory.limit_span(), how(major, default, sum));
    let help = fits.map_or_else(String::new, |fits| {
        format!("`heap auto` gives {fits}, and the same on every version")
    });
    // Node 18 to 26, measured: the cap of V8 ends in 134, the limit of the kernel in 137.
    let unused = format!(
        "a heap that is full ends the process with exit code 134, however large the limit: {} of it are never used",
        sum.free().floor_mib()
    );
    Some(diagnostic.help(help).note(unused).about(workload.id).on("memory"))
}

fn exceeds(workload: &Workload, memory: &Memory, sum: &MemorySum, major: u64, default: HeapDefault) -> Diagnostic {
    let name = &workload.name.value;
    let ceiling = default.heap_size_limit();
    let message = format!(
        "`{name}` does not cap its heap: Node {major} lets it grow to {ceiling} in {}",
        sum.limit
    );
    let diagnostic = Diagnostic::new(&RULE, message, memory.limit_span(), how(major, default, sum))
        .at(Severity::Error)
        .about(workload.id)
        .on("memory");
    match sum.largest_heap() {
        Some(fits) => diagnostic.help(format!(
            "`heap {fits}` fits with {} headroom, which `heap auto` computes",
            sum.headroom
        )),
        None => diagnostic.help(format!(
            "raise the limit to {} for the default, and cap the heap",
            sum.sufficient_limit()
        )),
    }
}

fn how(major: u64, default: HeapDefault, sum: &MemorySum) -> String {
    format!(
        "by default Node {major} takes {} of old space + {} of young generation {}",
        default.old_space,
        default.young(),
        sum.visible.text()
    )
}

/// Each worker thread of V8 has a heap of its own, and by default it may grow as large as that of the main thread.
fn thread_heaps(workload: &Workload) -> Option<Diagnostic> {
    let threads = workload.threads.as_ref().filter(|threads| threads.heap.is_none())?;
    let message = format!(
        "`{}` does not cap the heaps of its {} worker threads, and each has one of its own",
        workload.name.value, threads.count.value
    );
    let diagnostic = Diagnostic::new(&RULE, message, threads.span, "counted with what an idle thread takes");
    Some(
        diagnostic
            .help("write `threads N { heap 128Mi }`, and pass it as `resourceLimits`")
            .about(workload.id),
    )
}
