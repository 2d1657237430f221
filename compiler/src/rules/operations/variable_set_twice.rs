//! `variable-set-twice`

use crate::diagnostic::Diagnostic;
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// A variable of a workload is given by `env` or by `secret`, not by both.
    /// ## Why
    /// Only one of the two can hold, and platforms do not agree which: of two variables of one name Kubernetes takes the
    /// last, systemd that of the secrets file. `env_from` and the `default` of a `config` are meant to be replaced, and are.
    /// ## Source
    /// core/v1 Container, `env`; systemd.exec(5), `EnvironmentFile=`.
    ///
    /// ```loadline,bad
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   env    DATABASE_URL "postgres://db.internal/orders"
    ///   secret DATABASE_URL from "vault:orders/api#database_url"
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   secret DATABASE_URL from "vault:orders/api#database_url"
    /// }
    /// ```
    924 "variable-set-twice" Error, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for workload in &context.model.workloads {
        for secret in &workload.secret {
            let name = secret.name.value.0.as_str();
            let Some(plain) = workload.env.iter().find(|pair| pair.name.value == name) else {
                continue;
            };
            let message = format!(
                "`{name}` of `{}` is given by `env` and by `secret`",
                workload.name.value
            );
            let diagnostic = Diagnostic::new(&RULE, message, plain.name.span, "a value")
                .label(secret.name.span, "a secret")
                .help(format!(
                    "leave one of them out; `remove env {name}` takes out one that is inherited"
                ))
                .about(workload.id);
            found.push(diagnostic);
        }
    }
}
