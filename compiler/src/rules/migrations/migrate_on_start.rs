//! `migrate-on-start`

use crate::diagnostic::Diagnostic;
use crate::model::MigrateWhen;
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// Migrations run in a job of their own, not in every instance as it starts.
    /// ## Why
    /// Every new instance, every restart and every autoscaled replica runs them again: they race for the lock, the boot takes as long as the
    /// migration, and a liveness probe that loses patience kills it in the middle.
    /// ## Source
    /// "Migration in every pod startup: race or repeated work". `ALTER TABLE` takes ACCESS EXCLUSIVE, and whoever waits for it makes all
    /// later readers wait (measured on PostgreSQL 12 and 18).
    ///
    /// ```loadline,bad
    /// database orders-db { engine postgres 16; max_connections 100; reserve 10 }
    /// service api {
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory  512Mi
    ///   migrate on_start { run ["node", "dist/migrate.mjs"]; uses orders-db { pool 1 }; timeout 10m }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// database orders-db { engine postgres 16; max_connections 100; reserve 10 }
    /// service api {
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory  512Mi
    ///   migrate before { run ["node", "dist/migrate.mjs"]; uses orders-db { pool 1 }; timeout 10m }
    /// }
    /// ```
    414 "migrate-on-start" Warning, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for workload in &context.model.workloads {
        let Some(migrate) = workload
            .migrate
            .as_ref()
            .filter(|migrate| migrate.when.value == MigrateWhen::OnStart)
        else {
            continue;
        };
        let instances = crate::budget::instances::replicas_max(context.model, workload);
        let message = format!("every instance of `{}` migrates as it starts", workload.name.value);
        let label = match instances {
            1 => "again with every restart".to_owned(),
            many => format!("{many} of them race"),
        };
        let diagnostic = Diagnostic::new(&RULE, message, migrate.when.span, label)
            .help("write `migrate before`: one job ahead of the rollout")
            .about(workload.id);
        found.push(diagnostic.edit(migrate.when.span, "before"));
    }
}
