//! `signal-not-handled`

use crate::diagnostic::{Diagnostic, Severity, alternatives};
use crate::model::{Model, Platform, Signal, Workload};
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// The process handles the signal that stops it: SIGINT under PM2, SIGTERM on Kubernetes. Where the signal is written with
    /// the output (`KillSignal=` of a unit, `stop_signal` of compose, `STOPSIGNAL` of an image that is built here), one of those
    /// in `signals` is sent.
    /// ## Why
    /// A signal without a handler ends a process at once, with everything in flight. As process 1 of a container, Node
    /// ignores it instead, and is killed at the end of the grace period.
    /// ## Source
    /// PM2, constants.js: `KILL_SIGNAL` is SIGINT unless the environment of the daemon says otherwise; no setting of an app
    /// changes it. Kubernetes sends the image's STOPSIGNAL, which is SIGTERM where the image sets none. Measured: Node 20 as
    /// process 1 survives a SIGTERM that it does not handle.
    ///
    /// ```loadline,bad
    /// host web { cpu 4; memory 8Gi; process pm2 }
    /// service api {
    ///   runtime  node 24
    ///   run      "dist/server.js"
    ///   memory   512Mi { heap auto; young 48Mi }
    ///   shutdown { signals [SIGTERM] }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// host web { cpu 4; memory 8Gi; process pm2 }
    /// service api {
    ///   runtime  node 24
    ///   run      "dist/server.js"
    ///   memory   512Mi { heap auto; young 48Mi }
    ///   shutdown { signals [SIGINT, SIGTERM] }
    /// }
    /// ```
    604 "signal-not-handled" Error, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for workload in &context.model.workloads {
        let Some(signals) = &workload.shutdown.signals else {
            continue;
        };
        let (sent, by) = sent(context.model, workload, signals);
        if signals.contains(&sent) {
            continue;
        }
        let name = &workload.name.value;
        let handled: Vec<&str> = signals.iter().map(|signal| signal.word()).collect();
        let label = match handled.as_slice() {
            [] => "it handles none".to_owned(),
            handled => format!("it drains on {}", alternatives(handled)),
        };
        let word = sent.word();
        let message = format!("`{name}` is stopped with {word}, which it does not handle");
        let all = std::iter::once(word).chain(handled).collect::<Vec<_>>().join(", ");
        let diagnostic = Diagnostic::new(&RULE, message, signals.span, label)
            .note(by)
            .help(format!("handle {word} too, and write `signals [{all}]`"))
            .about(workload.id);
        found.push(if image_may_say_otherwise(context.model, workload) {
            diagnostic.at(Severity::Warning)
        } else {
            diagnostic
        });
    }
}

/// The signal that a workload is stopped with, and why that one.
fn sent(model: &Model, workload: &Workload, handled: &[Signal]) -> (Signal, &'static str) {
    let written = || {
        let term = handled.contains(&Signal::Term) || handled.is_empty();
        if term {
            Signal::Term
        } else {
            handled.first().copied().unwrap_or(Signal::Term)
        }
    };
    match model.platform(workload) {
        Platform::Pm2(_) => (
            Signal::Int,
            "PM2 sends SIGINT to all its apps, and no setting of an app changes that",
        ),
        Platform::Systemd(_) => (written(), "systemd sends SIGTERM unless the unit says otherwise"),
        Platform::Compose => (written(), "SIGTERM is sent unless the compose file says otherwise"),
        Platform::Kubernetes(_) if workload.build.is_some() => {
            (written(), "SIGTERM is sent unless the image says otherwise")
        }
        Platform::Kubernetes(_) => (
            Signal::Term,
            "Kubernetes sends SIGTERM, unless the STOPSIGNAL of the image is another",
        ),
    }
}

/// Base images of runtimes set no STOPSIGNAL; those of servers such as nginx and httpd do.
fn image_may_say_otherwise(model: &Model, workload: &Workload) -> bool {
    let on_kubernetes = matches!(model.platform(workload), Platform::Kubernetes(_));
    on_kubernetes && workload.build.is_none() && workload.runtime.is_none()
}
