//! `threadpool-exceeds-cores`

use loadline_grammar::Span;

use super::cores::{self, Cores};
use crate::budget::instances;
use crate::diagnostic::{Diagnostic, counted};
use crate::facts::threads;
use crate::model::{Language, Model, Platform, Workload};
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// A program does not start more computing threads than there are cores for it: its worker threads, the variables by
    /// which runtimes size their pools, and Go before 1.25, which counts the cores of the node.
    /// ## Why
    /// Threads that compute take turns on a core. In a container it is worse: together they use up the quota of a period in
    /// its first part, and the kernel stops all of them for the rest, the one that answers requests included.
    /// ## Source
    /// Linux CFS bandwidth control (quota per 100 ms period); Node, doc/api/cli.md, `UV_THREADPOOL_SIZE` (4 by default);
    /// Go 1.25 release notes: `GOMAXPROCS` follows the container's quota from 1.25 on.
    ///
    /// ```loadline,bad
    /// service api {
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   runtime node 24
    ///   cpu     500m..2
    ///   memory  512Mi { heap auto }
    ///   env     UV_THREADPOOL_SIZE 16
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// service api {
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   runtime node 24
    ///   cpu     500m..2
    ///   memory  512Mi { heap auto }
    ///   env     UV_THREADPOOL_SIZE 2
    /// }
    /// ```
    311 "threadpool-exceeds-cores" Note, check
}

/// Threads that compute in one process, and who says so.
struct Pool {
    threads: u64,
    span: Span,
    what: String,
    help: String,
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for workload in &context.model.workloads {
        let Some(cores) = cores::of(context.model, workload) else {
            continue;
        };
        let processes = instances::processes(context.model, workload).max(1);
        let most = (cores.count.ceil_cores() / processes).max(1);
        let pools = declared(workload, most)
            .into_iter()
            .chain(of_variables(context.model, workload, most))
            .chain(of_old_go(context.model, workload, &cores));
        for pool in pools.filter(|pool| most < pool.threads) {
            let all = counted(pool.threads.saturating_mul(processes), "thread");
            let message = format!("{all} of `{}` compute on {}", workload.name.value, cores.text());
            let diagnostic = Diagnostic::new(&RULE, message, pool.span, pool.what)
                .label(cores.span, cores.what)
                .help(pool.help)
                .about(workload.id);
            found.push(diagnostic);
        }
    }
}

fn declared(workload: &Workload, most: u64) -> Option<Pool> {
    let threads = workload.threads.as_ref()?;
    Some(Pool {
        threads: threads.count.value,
        span: threads.count.span,
        what: "worker threads of each process".to_owned(),
        help: format!("`threads {most}`, unless they wait more than they compute"),
    })
}

fn of_variables(model: &Model, workload: &Workload, most: u64) -> Vec<Pool> {
    let language = workload.runtime.as_ref().map(|runtime| runtime.language.value);
    let is_read = |variable: &&threads::ThreadVariable| variable.language.is_none() || variable.language == language;
    let pools = threads::VARIABLES.iter().filter(is_read).filter_map(|variable| {
        let value = workload.variable(model, variable.name)?;
        Some(Pool {
            threads: value.as_text()?.trim().parse().ok()?,
            span: value.span,
            what: variable.what.to_owned(),
            help: format!(
                "`env {} {most}`, unless they wait more than they compute",
                variable.name
            ),
        })
    });
    pools.collect()
}

/// It counts the cores of the node, not the quota of its container.
fn of_old_go(model: &Model, workload: &Workload, cores: &Cores) -> Option<Pool> {
    let runtime = workload.runtime.as_ref()?;
    let version = runtime
        .version
        .as_ref()
        .filter(|_| runtime.language.value == Language::Go)?;
    let (major, minor) = threads::GO_FOLLOWS_QUOTA_FROM;
    if version.at_least(major, minor) || workload.variable(model, "GOMAXPROCS").is_some() {
        return None;
    }
    let Platform::Kubernetes(Some(cluster)) = model.platform(workload) else {
        return None;
    };
    let node = model.cluster(cluster)?.cpu.as_ref()?;
    Some(Pool {
        threads: node.value.ceil_cores(),
        span: runtime.span,
        what: format!("before {major}.{minor} Go counts the {} cores of the node", node.value),
        help: format!("`env GOMAXPROCS {}`, or Go {major}.{minor}", cores.count.ceil_cores()),
    })
}
