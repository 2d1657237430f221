//! `missing-timeout`

use crate::budget::retries;
use crate::budget::shutdown::DRAIN_FACTOR;
use crate::diagnostic::{Diagnostic, counted};
use crate::model::{Calls, Model, Workload};
use crate::quantity::Duration;
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// Every call that somebody waits for has a timeout.
    /// ## Why
    /// A service that hangs instead of failing takes its callers with it: each request that waits holds memory, a connection and
    /// a place in the pool, until there are none. Most clients wait for minutes or for ever unless told otherwise.
    /// ## Source
    /// Without a setting: Go's `http.Client` and Python's `requests` wait for ever, gRPC has no deadline, Node's `fetch`
    /// (undici) waits 300 s for the headers.
    ///
    /// ```loadline,bad
    /// external stripe { }
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   calls  stripe
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// external stripe { }
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   calls  stripe { timeout 3s }
    /// }
    /// ```
    105 "missing-timeout" Warning, check
}

/// Once for each caller: who has not thought of timeouts has written none.
fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for workload in &context.model.workloads {
        let mut calls = workload
            .calls
            .iter()
            .filter(|call| call.is_waited_for() && call.timeout.is_none());
        let Some(first) = calls.next() else { continue };
        let others: Vec<&Calls> = calls.collect();
        let further = match others.len() as u64 {
            0 => String::new(),
            count => format!(" and {}", counted(count, "other")),
        };
        let message = format!(
            "`{}` waits for `{}`{further} without a timeout",
            workload.name.value, first.callee.name
        );
        let mut diagnostic =
            Diagnostic::new(&RULE, message, first.span, "waits as long as it takes").about(workload.id);
        for call in others {
            diagnostic = diagnostic.label(call.span, "this too");
        }
        found.push(diagnostic.help(way_out(context.model, workload, first)));
    }
}

/// A timeout that the callee can keep, where it says how long it takes.
fn way_out(model: &Model, caller: &Workload, call: &Calls) -> String {
    let callee = model.workload(call.callee.id);
    let longest = callee.and_then(|callee| callee.load.longest.as_ref());
    let longest = longest.map(|longest| longest.scaled_up(DRAIN_FACTOR.0, DRAIN_FACTOR.1));
    let inner = callee
        .and_then(|callee| retries::slowest_call(callee, caller.id))
        .map(|(_, time)| time);
    let known = longest.max(inner).map(|time| Duration::seconds(time.ceil_seconds()));
    match known {
        Some(time) => format!("write `timeout {time}`: `{}` may take that long", call.callee.name),
        None => format!(
            "write `timeout 3s`, or how long an answer is still worth it to `{}`",
            caller.name.value
        ),
    }
}
