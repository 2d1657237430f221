//! The emitted migration against a real PostgreSQL: it waits for a lock as long as the spec says, and leaves nothing half done.

use std::fs;

use super::orders::{command, compiled, container, program};
use super::postgres::Postgres;
use super::process::{Process, eventually};

#[test]
fn a_migration_does_not_wait_for_a_lock_for_ever() {
    let Some(case) = program() else { return };
    let files = compiled(&case);
    let Some(postgres) = Postgres::start(&case.path(""), 50, 3) else {
        return;
    };
    let job = container(&files, "job-api-migrate-", "initContainers");
    let url = postgres.url("owner", "orders");
    postgres.ask("postgres", "CREATE DATABASE orders");
    let migrate = || Process::logged(&mut command(&case, &job, &url, &[]), &case.path("migrate.log"));
    let columns = "SELECT count(*) FROM information_schema.columns WHERE column_name = 'total_cents'";

    // The first part alone, as it was before the change.
    let expand = case.path("dist/migrations/0002_add_total_cents.sql");
    let aside = case.path("aside.sql");
    fs::rename(&expand, &aside).unwrap();
    assert!(migrate().end().success());
    fs::rename(&aside, &expand).unwrap();

    // Somebody reads the table, and goes on reading.
    let long = "BEGIN; SELECT count(*) FROM orders; SELECT pg_sleep(60)";
    let reader = postgres.keep_asking("orders", long, &case.path("reader.log"));
    let holds = "SELECT count(*) FROM pg_locks JOIN pg_class ON oid = relation WHERE relname = 'orders'";
    eventually("the reader has its lock", || {
        (postgres.ask("orders", holds) != "0").then_some(())
    });
    let mut waiting = migrate();
    assert!(!waiting.end().success());
    assert!(
        waiting.said().contains("55P03"),
        "lock_not_available: {}",
        waiting.said()
    );
    assert_eq!(postgres.ask("orders", columns), "0");

    drop(reader);
    // Its session would sleep on.
    let others = "FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()";
    postgres.ask("orders", &format!("SELECT pg_terminate_backend(pid) {others}"));
    eventually("the reader is gone", || {
        (postgres.ask("orders", holds) == "0").then_some(())
    });
    let mut again = migrate();
    assert!(again.end().success(), "{}", again.said());
    assert_eq!(postgres.ask("orders", columns), "1");
}
