//! `host-overcommit`

use crate::budget::host_memory::HostSum;
use crate::diagnostic::{Diagnostic, counted};
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// The memory limits of everything on a host, with the processes that a reload starts before it ends their predecessors,
    /// and the reserve of the system, fit into the host's memory.
    /// ## Why
    /// On a host nothing places processes elsewhere: when memory is gone the kernel ends one of them, often the database.
    /// It happens in the middle of a release, when old and new processes run side by side.
    /// ## Source
    /// PM2 7.0.3, `lib/God/Reload.js`: two workers at a time are started before their predecessors are ended, one if there are
    /// no more than two; two apps of a file reload at the same time.
    ///
    /// ```loadline,bad
    /// host web { cpu 4; memory 2Gi; reserve 512Mi; process pm2 }
    /// service api {
    ///   runtime   node 24
    ///   run       "dist/server.mjs"
    ///   processes 4
    ///   memory    1600Mi { heap auto }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// host web { cpu 4; memory 4Gi; reserve 512Mi; process pm2 }
    /// service api {
    ///   runtime   node 24
    ///   run       "dist/server.mjs"
    ///   processes 4
    ///   memory    1600Mi { heap auto }
    /// }
    /// ```
    309 "host-overcommit" Error, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for host in &context.model.hosts {
        let Some(sum) = HostSum::of(context.model, host) else {
            continue;
        };
        if sum.total() <= sum.memory {
            continue;
        }
        let message = format!(
            "`{}` can be asked for {} of memory, but has {}",
            host.name.value,
            sum.total().ceil_mib(),
            sum.memory
        );
        let span = host.memory.as_ref().map_or(host.span, |memory| memory.span);
        let reserve = match sum.reserve.get() {
            0 => "nothing is kept for the system".to_owned(),
            _ => format!("{} of it are kept for the system", sum.reserve),
        };
        let mut diagnostic = Diagnostic::new(&RULE, message, span, reserve).about(host.id);
        for term in &sum.terms {
            let extra = match term.extra {
                0 => String::new(),
                extra if extra == term.units => ", only during a release".to_owned(),
                extra => format!(", {extra} of them only during a release"),
            };
            let units = if term.extra == 0 { "instance" } else { "process" };
            let text = format!("{}: {}{extra}", term.name, term.text(&counted(term.units, units)));
            diagnostic = diagnostic.label(term.span, text);
        }
        let over = sum.total().ceil_mib().minus(sum.memory);
        found.push(diagnostic.help(format!(
            "free {over}: smaller limits, fewer processes, or a machine with {}",
            sum.total().ceil_mib()
        )));
    }
}
