//! `memory-headroom`

use super::memory_overcommit::uncapped;
use super::sum;
use crate::budget::memory::MemorySum;
use crate::diagnostic::Diagnostic;
use crate::model::Platform;
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// What an instance may use leaves a tenth of its memory limit free, or what `require memory_headroom` asks for.
    /// ## Why
    /// The sum is made of caps and measured baselines. Fragmentation, a larger request than usual or a new version of a library
    /// come on top, and there is no warning before the kernel acts.
    /// ## Source
    /// The default of 10 % is ours. Published ratios for V8's old space alone are 75 to 80 % of the limit (Node's own
    /// documentation: 1536 of 2048 MiB).
    ///
    /// ```loadline,bad
    /// service api {
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   runtime node 22
    ///   memory  512Mi { heap 330Mi; external 96Mi; native 64Mi }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// service api {
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   runtime node 22
    ///   memory  512Mi { heap auto; external 96Mi; native 64Mi }
    /// }
    /// ```
    302 "memory-headroom" Error, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for workload in &context.model.workloads {
        let Some(sum) = MemorySum::of(context.model, workload) else {
            continue;
        };
        if uncapped(workload, &sum) || !sum.is_tight() {
            continue;
        }
        let name = &workload.name.value;
        let message = format!(
            "`{name}` can use {} of {}, which leaves {} and not the {} that are required",
            sum.total(),
            sum.limit,
            sum.free(),
            sum.headroom
        );
        let span = workload
            .memory
            .as_ref()
            .map_or(workload.span, crate::model::Memory::limit_span);
        let limit = match context.model.platform(workload) {
            Platform::Pm2(_) => format!("PM2 replaces what is larger, {} together", sum.limit),
            _ => format!("the kernel kills the instance above {}", sum.limit),
        };
        let diagnostic = Diagnostic::new(&RULE, message, span, limit)
            .about(workload.id)
            .on("memory");
        found.push(sum::way_out(sum::explain(diagnostic, workload, &sum), workload, &sum));
    }
}
