//! `reload-not-gated`

use crate::diagnostic::Diagnostic;
use crate::model::{Platform, Protocol, ThingKind};
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// A service under PM2 says what must answer before and after a reload: `verify`.
    /// ## Why
    /// PM2's reload asks nobody. When a new process does not listen in time, the old one is ended all the same: a bad release
    /// replaces every good process within seconds, and the command says that it succeeded.
    /// ## Source
    /// PM2 7, lib/God/Reload.js: after `listening` or `listen_timeout` the old process is always ended. Measured on 6.0.14 and 7.0.4:
    /// 4 of 4 workers replaced by ones that crash, exit code 0.
    ///
    /// ```loadline,bad
    /// host web { cpu 4; memory 8Gi; process pm2 }
    /// service api {
    ///   runtime node 24
    ///   run     "dist/server.js"
    ///   memory  512Mi { heap auto; young 48Mi }
    ///   listen  http 3000
    ///   rollout reload
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// host web { cpu 4; memory 8Gi; process pm2 }
    /// service api {
    ///   runtime node 24
    ///   run     "dist/server.js"
    ///   memory  512Mi { heap auto; young 48Mi }
    ///   listen  http 3000
    ///   rollout reload { verify "/health" }
    /// }
    /// ```
    712 "reload-not-gated" Warning, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for workload in &context.model.workloads {
        let on_pm2 = matches!(context.model.platform(workload), Platform::Pm2(_));
        let answers = workload
            .listen
            .iter()
            .any(|listen| listen.protocol.value == Protocol::Http);
        let rollout = workload.rollout.as_ref();
        let verified = rollout.is_some_and(|rollout| rollout.verify.is_some());
        if !on_pm2 || workload.id.kind != ThingKind::Service || !answers || verified {
            continue;
        }
        let name = &workload.name.value;
        let message = format!("a reload of `{name}` ends every good process, whatever the new ones do");
        let span = rollout.map_or(workload.span, |rollout| rollout.span);
        found.push(
            Diagnostic::new(&RULE, message, span, "PM2 itself does not ask")
                .help("write `rollout reload { verify \"/health\" }`")
                .about(workload.id),
        );
    }
}
