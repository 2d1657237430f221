//! `restart-limit-never-reached`

use crate::diagnostic::Diagnostic;
use crate::model::{Platform, RestartPolicy};
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// A limit of restarts can be reached with the delay between them.
    /// ## Why
    /// systemd gives a unit up when it starts more often than the limit says within its time, and that is when somebody is
    /// told. With a delay so long that the starts never fall into that time, a unit that cannot start is restarted for ever,
    /// and looks as if it were starting.
    /// ## Source
    /// systemd.unit(5), `StartLimitIntervalSec`; systemd.service(5), `RestartSec`: with 5 starts in 10 s, a delay of 2 s or
    /// more never trips it.
    ///
    /// ```loadline,bad
    /// host web { count 2; cpu 4; memory 8Gi; process systemd }
    /// worker mailer {
    ///   runtime rust
    ///   run     "bin/mailer"
    ///   memory  512Mi
    ///   restart on_failure { delay 5s; limit 5 in 10s }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// host web { count 2; cpu 4; memory 8Gi; process systemd }
    /// worker mailer {
    ///   runtime rust
    ///   run     "bin/mailer"
    ///   memory  512Mi
    ///   restart on_failure { delay 5s; limit 5 in 1m }
    /// }
    /// ```
    511 "restart-limit-never-reached" Note, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for workload in &context.model.workloads {
        let Some(restart) = &workload.restart else { continue };
        let Some(limit) = &restart.limit else { continue };
        let is_unit = matches!(context.model.platform(workload), Platform::Systemd(_));
        if !is_unit || restart.policy.value == RestartPolicy::Never {
            continue;
        }
        // The first start beyond the limit comes after so many delays, even when each start fails at once.
        let soonest = restart.delay.value.times(limit.starts.value);
        if soonest < limit.window.value {
            continue;
        }
        let (name, starts, window) = (&workload.name.value, limit.starts.value, limit.window.value);
        let message = format!(
            "`{name}` is never given up: {starts} starts within {window} are allowed, and one more comes after {soonest} at \
             the soonest"
        );
        found.push(
            Diagnostic::new(&RULE, message, limit.span, format!("{starts} starts in {window}"))
                .label(restart.delay.span, format!("{} before each", restart.delay.value))
                .help(format!(
                    "write a time longer than {soonest}, as in `limit {starts} in {}`",
                    soonest.times(2)
                ))
                .about(workload.id),
        );
    }
}
