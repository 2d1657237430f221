//! The law by which a run lets transactions wait for locks, against a real PostgreSQL.

use std::time::{Duration, Instant};

use super::postgres::Postgres;
use super::process::{Process, eventually};
use crate::harness::Case;

struct Server {
    case: Case,
    postgres: Postgres,
}

impl Server {
    fn start() -> Option<Self> {
        let case = Case::new();
        let postgres = Postgres::start(&case.path(""), 20, 3)?;
        postgres.ask("postgres", "CREATE TABLE users (id int); CREATE TABLE orders (id int)");
        Some(Self { case, postgres })
    }

    fn ask(&self, sql: &str) -> String {
        self.postgres.ask("postgres", sql)
    }

    fn keep_asking(&self, name: &str, sql: &str) -> Process {
        self.postgres
            .keep_asking("postgres", sql, &self.case.path(&format!("{name}.log")))
    }

    /// A transaction that does this and stays open.
    fn stays_open(&self, name: &str, begin: &str, sql: &str) -> Process {
        let process = self.keep_asking(name, &format!("{begin}; {sql}; SELECT pg_sleep(60)"));
        eventually("it sleeps", || {
            (self.ask("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'") == "1").then_some(())
        });
        process
    }

    fn end_all_that_sleep(&self) {
        let others = "FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
        self.ask(&format!("SELECT pg_terminate_backend(pid) {others}"));
        eventually("nobody sleeps", || {
            (self.ask(&format!("SELECT count(*) {others}")) == "0").then_some(())
        });
    }
}

#[test]
fn who_comes_later_waits_behind_who_waits() {
    let Some(server) = Server::start() else { return };
    let mut reader = server.stays_open("reader", "BEGIN", "SELECT count(*) FROM users");
    let began = Instant::now();
    let mut alter = server.keep_asking(
        "alter",
        "SET lock_timeout = '1s'; ALTER TABLE users ADD COLUMN name text",
    );
    eventually("it waits for its lock", || {
        let waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'";
        (server.ask(waiting) == "1").then_some(())
    });
    // Another table is not waited for. A plain read of this one is allowed beside the reader, and waits all the same.
    server.ask("SELECT count(*) FROM orders");
    assert!(alter.has_ended().is_none(), "{}", alter.said());
    server.ask("SELECT count(*) FROM users");
    assert!(Duration::from_secs(1) <= began.elapsed(), "{:?}", began.elapsed());
    assert!(!alter.end().success());
    assert!(alter.said().contains("lock timeout"), "{}", alter.said());
    assert!(reader.has_ended().is_none());
    server.end_all_that_sleep();
}

#[test]
fn a_concurrent_index_waits_for_writers_and_then_for_everybody() {
    let Some(server) = Server::start() else { return };
    server.ask("ALTER DATABASE postgres SET lock_timeout = '700ms'");
    let others = [
        ("writer", "BEGIN", "INSERT INTO users VALUES (1)"),
        // It has nothing to do with the table.
        (
            "snapshot",
            "BEGIN ISOLATION LEVEL REPEATABLE READ",
            "SELECT count(*) FROM orders",
        ),
    ];
    for (name, begin, sql) in others {
        let _other = server.stays_open(name, begin, sql);
        let mut index = server.keep_asking("index", &format!("CREATE INDEX CONCURRENTLY by_{name} ON users (id)"));
        // Nobody waits behind it.
        server.ask("INSERT INTO users VALUES (2)");
        assert!(!index.end().success(), "{name}");
        assert!(index.said().contains("lock timeout"), "{name}: {}", index.said());
        server.end_all_that_sleep();
    }
    let index = "CREATE INDEX CONCURRENTLY by_nobody ON users (id)";
    assert!(server.keep_asking("index", index).end().success());
}
