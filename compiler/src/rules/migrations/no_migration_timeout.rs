//! `no-migration-timeout`

use crate::diagnostic::Diagnostic;
use crate::model::MigrateWhen;
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// A migration that runs beside a rollout says how long it may take.
    /// ## Why
    /// New instances wait for it. One that hangs, behind a lock or in a loop, keeps the rollout waiting for ever: nothing
    /// fails, and nobody is told.
    /// ## Source
    /// Kubernetes: a Job without `activeDeadlineSeconds` has no limit of time. systemd: a unit of `Type=oneshot` has no start
    /// timeout (systemd.service, TimeoutStartSec).
    ///
    /// ```loadline,bad
    /// database orders-db { engine postgres 16; max_connections 100; reserve 10 }
    /// service api {
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory  512Mi
    ///   migrate before { run ["node", "dist/migrate.mjs"]; uses orders-db { pool 1 }; lock_timeout 2s }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// database orders-db { engine postgres 16; max_connections 100; reserve 10 }
    /// service api {
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory  512Mi
    ///   migrate before { run ["node", "dist/migrate.mjs"]; uses orders-db { pool 1 }; lock_timeout 2s; timeout 10m }
    /// }
    /// ```
    415 "no-migration-timeout" Warning, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for workload in &context.model.workloads {
        // What migrates as it starts has the limits of a start.
        let migrate = workload
            .migrate
            .as_ref()
            .filter(|migrate| migrate.when.value != MigrateWhen::OnStart);
        let Some(migrate) = migrate.filter(|migrate| migrate.timeout.is_none()) else {
            continue;
        };
        let message = format!("the migration of `{}` may run for ever", workload.name.value);
        let waits = match migrate.when.value {
            MigrateWhen::Before => "the rollout waits for it",
            MigrateWhen::After | MigrateWhen::OnStart => "nothing ends it",
        };
        let diagnostic = Diagnostic::new(&RULE, message, migrate.when.span, waits)
            .help("write `timeout 10m`, or what the longest one may take: then it fails, and somebody is told");
        found.push(diagnostic.about(workload.id));
    }
}
