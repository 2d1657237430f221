//! How a migration is told how long it may wait for a lock.

use loadline_compiler::model::{Language, Migrate, MigrateWhen, Model, Store, Workload};

use crate::environment;
use crate::output::Output;

/// What clients of PostgreSQL pass on to the server when they connect. Source: libpq, "Environment Variables"; node-postgres
/// 8.23 reads it too, `lib/connection-parameters.js`.
const VARIABLE: &str = "PGOPTIONS";

/// The variable that sets the lock timeout of a migration and its value, where the database and what is between take it.
/// Where they do not, it is said that the migration itself has to set it.
pub(crate) fn variable(
    model: &Model,
    workload: &Workload,
    migrate: &Migrate,
    out: &mut Output,
) -> Option<(&'static str, String)> {
    let timeout = migrate.lock_timeout.as_ref()?;
    let is_set = environment::of(model, workload)
        .iter()
        .any(|variable| variable.name == VARIABLE);
    if is_set {
        return None;
    }
    if takes_options(model, workload, migrate) {
        let millis = timeout.value.ceil_millis();
        return Some((VARIABLE, format!("-c lock_timeout={millis}ms")));
    }
    out.remark(
        timeout.span,
        "nothing outside of this migration can set its lock timeout",
        "the migration must set it itself",
    );
    None
}

fn takes_options(model: &Model, workload: &Workload, migrate: &Migrate) -> bool {
    // PgBouncer refuses a client with options that it does not know. Source: PgBouncer, `ignore_startup_parameters`.
    let takes = |store: &Store| matches!(store.engine_name(), "postgres" | "postgresql") && store.pooler.is_none();
    let uses = if migrate.uses.is_empty() {
        &workload.uses
    } else {
        &migrate.uses
    };
    let mut databases = uses
        .iter()
        .filter_map(|uses| model.store(uses.store.id))
        .filter(|store| store.is_database())
        .peekable();
    // The driver of JDBC reads no variables.
    let runtime = workload.runtime.as_ref().map(|runtime| runtime.language.value);
    // The variable would also hold for the program itself, when that migrates as it starts.
    migrate.when.value != MigrateWhen::OnStart
        && runtime != Some(Language::Jvm)
        && databases.peek().is_some()
        && databases.all(takes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::model;

    fn told(migrate: &str, settings: &str) -> (Option<String>, usize) {
        let model = model(&format!(
            r#"
            database plain  {{ engine postgres 16 }}
            database pooled {{ engine postgres 16; pooler pgbouncer {{ mode transaction }} }}
            database other  {{ engine mysql 8 }}
            service api {{ image "api:1.0.0"; migrate {migrate} }}; {settings} }}
            "#
        ));
        let workload = &model.workloads[0];
        let mut out = Output::default();
        let told = variable(&model, workload, workload.migrate.as_ref().unwrap(), &mut out);
        (
            told.map(|(name, value)| format!("{name}={value}")),
            out.diagnostics.len(),
        )
    }

    #[test]
    fn postgres_is_told_by_its_clients() {
        let given = Some("PGOPTIONS=-c lock_timeout=2000ms".to_owned());
        assert_eq!(
            told("before { run [\"m\"]; lock_timeout 2s; uses plain { pool 1 }", ""),
            (given.clone(), 0)
        );
        assert_eq!(
            told("before { run [\"m\"]; lock_timeout 2s", "uses plain { pool 1 }"),
            (given, 0)
        );
    }

    #[test]
    fn what_would_not_take_it_is_not_told() {
        let migrate = "before { run [\"m\"]; lock_timeout 2s";
        assert_eq!(told(migrate, "uses pooled { pool 1 }"), (None, 1));
        assert_eq!(told(migrate, "uses other { pool 1 }"), (None, 1));
        assert_eq!(told(migrate, "uses plain { pool 1 }; runtime jvm 21"), (None, 1));
        assert_eq!(told(migrate, ""), (None, 1));
        assert_eq!(told("on_start { lock_timeout 2s; uses plain { pool 1 }", ""), (None, 1));
        assert_eq!(told("before { run [\"m\"]", "uses plain { pool 1 }"), (None, 0));
    }

    #[test]
    fn who_sets_it_already_is_left_alone() {
        let migrate = "before { run [\"m\"]; lock_timeout 2s";
        let settings = "uses plain { pool 1 }; env PGOPTIONS \"-c lock_timeout=1s\"";
        assert_eq!(told(migrate, settings), (None, 0));
    }
}
