//! `restart-threshold-misplaced`

use super::sum;
use crate::budget::{MemorySum, RestartThreshold};
use crate::diagnostic::{Diagnostic, counted};
use crate::model::{Heap, Memory, Platform};
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// Under PM2 there is room for `max_memory_restart` between what a process may need, heap, young generation and baseline
    /// together, and its share of the memory limit.
    /// ## Why
    /// Every 30 seconds PM2 replaces processes that are larger than the threshold. Below what a healthy process reaches it
    /// replaces all of them, again and again, and most often when there is most to do. Above the share it comes too late:
    /// nothing else limits a process on a host.
    /// ## Source
    /// PM2 7.0.3: `WORKER_INTERVAL` 30 s, `lib/Worker.js`. The threshold that is written is 95 % of the share, or half-way
    /// between need and share when that is higher.
    ///
    /// ```loadline,bad
    /// host web { cpu 4; memory 8Gi; reserve 1Gi; process pm2 }
    /// service api {
    ///   runtime   node 24
    ///   run       "dist/server.mjs"
    ///   processes 2
    ///   memory    1Gi { heap 420Mi; young 48Mi }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// host web { cpu 4; memory 8Gi; reserve 1Gi; process pm2 }
    /// service api {
    ///   runtime   node 24
    ///   run       "dist/server.mjs"
    ///   processes 2
    ///   memory    1Gi { heap 360Mi; young 48Mi }
    /// }
    /// ```
    308 "restart-threshold-misplaced" Error, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for workload in &context.model.workloads {
        let (Some(memory), Some(sum)) = (&workload.memory, MemorySum::of(context.model, workload)) else {
            continue;
        };
        // Without a heap at all there is nothing to compare: `memory-overcommit` says so.
        if !matches!(context.model.platform(workload), Platform::Pm2(_)) || memory.heap.value == Heap::Auto(None) {
            continue;
        }
        let threshold = RestartThreshold::of(context.model, workload, sum.processes);
        let Some(RestartThreshold {
            needed,
            share,
            at: None,
        }) = threshold
        else {
            continue;
        };
        let (needed, share) = (needed.ceil_mib(), share.floor_mib());
        let message = format!(
            "PM2 would replace healthy processes of `{}`: one may need {needed}, and its share of the limit is {share}",
            workload.name.value
        );
        let label = format!("{} for {}", sum.limit, counted(sum.processes, "process"));
        let diagnostic = Diagnostic::new(&RULE, message, Memory::limit_span(memory), label)
            .about(workload.id)
            .on("memory");
        found.push(sum::way_out(sum::explain(diagnostic, workload, &sum), workload, &sum));
    }
}
