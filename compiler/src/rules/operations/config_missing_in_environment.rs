//! `config-missing-in-environment`

use super::config_values::{Value, value};
use crate::diagnostic::Diagnostic;
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// Every variable that a process declares with `config` has a value in every environment: by `env`, `env_from` or
    /// `secret`, or by its default.
    /// ## Why
    /// The process looks for it when it starts, and ends at once: in the one environment where it was forgotten.
    /// ## Source
    /// The declaration itself.
    ///
    /// ```loadline,bad
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   config PAGE_SIZE integer
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   config PAGE_SIZE integer
    ///   env    PAGE_SIZE 50
    /// }
    /// ```
    912 "config-missing-in-environment" Error, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for workload in &context.model.workloads {
        for config in &workload.config {
            if !matches!(value(context.model, workload, config), Value::Missing) {
                continue;
            }
            let name = &config.name.0;
            let message = format!("`{}` needs `{name}`, and nothing sets it", workload.name.value);
            found.push(
                Diagnostic::new(&RULE, message, config.span, "declared without a default")
                    .help(format!("write `env {name} VALUE`, or `default VALUE` behind `config`"))
                    .about(workload.id),
            );
        }
    }
}
