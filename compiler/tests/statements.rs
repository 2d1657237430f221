//! What is found in single SQL files, at the borders of each rule.

use loadline_compiler::project::{self, Loader, ReadError};
use loadline_compiler::source::Sources;
use loadline_compiler::values::Date;

struct Files<'f>(&'f [(&'f str, String)]);

impl Loader for Files<'_> {
    fn read(&mut self, path: &str) -> Result<String, ReadError> {
        let file = self.0.iter().find(|(name, _)| *name == path);
        file.map(|(_, text)| text.clone()).ok_or(ReadError::NotFound)
    }
}

/// Findings about SQL, one a line.
fn spec(text: &str, files: &[(&str, &str)]) -> Vec<String> {
    let mut all = vec![("loadline.load", text.to_owned())];
    all.extend(files.iter().map(|(name, sql)| (*name, (*sql).to_owned())));
    let sources = Sources::new();
    let mut files = Files(&all);
    let project = project::load(&sources, &mut files, "loadline.load").unwrap();
    let checked = project.check(None, &mut files, |_| Date::default());
    let found = checked
        .judged
        .diagnostics
        .iter()
        .filter(|found| found.rule.code / 100 == 4 || found.rule.code < 100);
    found
        .map(|found| format!("{} {}: {}", found.severity.word(), found.rule.name, found.message))
        .collect()
}

const TABLES: &str = "CREATE TYPE mood AS ENUM ('ok');
    CREATE TABLE ref (id int PRIMARY KEY);
    CREATE TABLE users (id bigint PRIMARY KEY, name varchar(50), score bigint, seen timestamp, price numeric(10, 2), m mood);
    CREATE TABLE parts (k int) PARTITION BY RANGE (k);
    CREATE VIEW names AS SELECT name FROM users;";

/// What is found in a file of a step on a server.
fn on(server: &str, step: &str, sql: &str) -> Vec<String> {
    let text = format!(
        "database db {{ engine {server}; max_connections 100; reserve 10; schema \"schema.sql\" }}\n\
         change it {{ on db\n {step} \"it.sql\" {{ lock_timeout 2s; batch 1000 }}\n}}"
    );
    spec(&text, &[("schema.sql", TABLES), ("it.sql", sql)])
}

/// The names of the rules that fire in an `expand`, on one server.
fn rules(server: &str, sql: &str) -> Vec<String> {
    let found = on(server, "expand", sql);
    let name = |line: String| line.split([' ', ':']).nth(1).unwrap_or_default().to_owned();
    found.into_iter().map(name).collect()
}

#[test]
fn what_blocks_depends_on_the_version() {
    let blocks = "blocking-statement";
    for (server, sql, expected) in [
        (
            "postgres 10",
            "ALTER TABLE users ADD COLUMN z int DEFAULT 7",
            Some(blocks),
        ),
        ("postgres 11", "ALTER TABLE users ADD COLUMN z int DEFAULT 7", None),
        (
            "postgres 18",
            "ALTER TABLE users ADD COLUMN z uuid DEFAULT gen_random_uuid()",
            Some(blocks),
        ),
        (
            "postgres 18",
            "ALTER TABLE users ADD COLUMN z timestamptz NOT NULL DEFAULT now()",
            None,
        ),
        (
            "postgres 18",
            "ALTER TABLE users ADD COLUMN z varchar(10) DEFAULT 'a'::varchar(10)",
            None,
        ),
        ("postgres 18", "ALTER TABLE users ADD COLUMN z bigserial", Some(blocks)),
        (
            "postgres 18",
            "ALTER TABLE users ADD COLUMN z int CHECK (z > 0)",
            Some(blocks),
        ),
        (
            "postgres 18",
            "ALTER TABLE users ADD COLUMN z int REFERENCES ref (id)",
            None,
        ),
        (
            "postgres 16",
            "ALTER TABLE users ALTER COLUMN name TYPE varchar(60)",
            None,
        ),
        (
            "postgres 16",
            "ALTER TABLE users ALTER COLUMN name TYPE text USING name::text",
            None,
        ),
        (
            "postgres 16",
            "ALTER TABLE users ALTER COLUMN name TYPE text USING lower(name)",
            Some(blocks),
        ),
        (
            "postgres 16",
            "ALTER TABLE users ALTER COLUMN price TYPE numeric(12, 2)",
            None,
        ),
        (
            "postgres 16",
            "ALTER TABLE users ALTER COLUMN price TYPE numeric(14, 3)",
            Some(blocks),
        ),
        (
            "postgres 12",
            "SET timezone = 'UTC'; ALTER TABLE users ALTER COLUMN seen TYPE timestamptz",
            None,
        ),
        (
            "postgres 11",
            "SET timezone = 'UTC'; ALTER TABLE users ALTER COLUMN seen TYPE timestamptz",
            Some(blocks),
        ),
        (
            "postgres 12",
            "ALTER TABLE users ALTER COLUMN seen TYPE timestamptz",
            Some(blocks),
        ),
        (
            "postgres 16",
            "ALTER TABLE users ADD CONSTRAINT c CHECK (score > 0)",
            Some(blocks),
        ),
        (
            "postgres 16",
            "ALTER TABLE users ADD CONSTRAINT c CHECK (score > 0) NOT VALID",
            None,
        ),
        (
            "postgres 16",
            "ALTER TABLE users ADD CONSTRAINT f FOREIGN KEY (score) REFERENCES ref (id)",
            Some(blocks),
        ),
        (
            "postgres 16",
            "ALTER TABLE users ADD CONSTRAINT f FOREIGN KEY (score) REFERENCES ref (id) NOT VALID",
            None,
        ),
        ("postgres 16", "ALTER TABLE users ADD UNIQUE (name)", Some(blocks)),
        (
            "postgres 16",
            "ALTER TABLE users ADD CONSTRAINT u UNIQUE USING INDEX users_name",
            None,
        ),
        (
            "postgres 16",
            "CREATE TABLE n (a int); ALTER TABLE n ADD UNIQUE (a); CREATE INDEX ON n (a)",
            None,
        ),
        (
            "postgres 16",
            "CREATE INDEX i ON users (name)",
            Some("index-not-concurrent"),
        ),
        ("postgres 16", "CREATE INDEX i ON ONLY parts (k)", None),
        ("postgres 16", "REINDEX TABLE users", Some("index-not-concurrent")),
        ("postgres 16", "REINDEX TABLE CONCURRENTLY users", None),
        (
            "postgres 16",
            "ALTER TABLE users ADD COLUMN z int GENERATED ALWAYS AS (1) VIRTUAL",
            Some("sql-not-understood"),
        ),
        (
            "postgres 18",
            "ALTER TABLE users ADD COLUMN z int GENERATED ALWAYS AS (1) VIRTUAL",
            None,
        ),
        ("mysql 8", "CREATE INDEX i ON users (name)", None),
        (
            "mysql 8",
            "ALTER TABLE users ADD COLUMN z int, ADD INDEX (z), DROP COLUMN name",
            Some("destructive-with-deploy"),
        ),
        ("mysql 8", "ALTER TABLE users MODIFY name varchar(60)", None),
        ("mysql 8", "ALTER TABLE users MODIFY name varchar(70)", None),
        ("mysql 8", "ALTER TABLE users MODIFY name varchar(50) NOT NULL", None),
        ("mysql 8", "ALTER TABLE users MODIFY name text", Some(blocks)),
        (
            "mysql 8",
            "ALTER TABLE users MODIFY name text, ALGORITHM=INPLACE, LOCK=NONE",
            None,
        ),
        ("mysql 8", "ALTER TABLE users MODIFY score int", Some("type-narrowing")),
        (
            "mysql 8",
            "ALTER TABLE users ADD CONSTRAINT f FOREIGN KEY (score) REFERENCES ref (id)",
            Some(blocks),
        ),
        (
            "mysql 8",
            "SET foreign_key_checks = 0; ALTER TABLE users ADD CONSTRAINT f FOREIGN KEY (score) REFERENCES ref (id)",
            None,
        ),
        (
            "mysql 8",
            "ALTER TABLE users CONVERT TO CHARACTER SET utf8mb4",
            Some(blocks),
        ),
        ("sqlite", "ALTER TABLE users ADD COLUMN z int DEFAULT 7", None),
    ] {
        assert_eq!(
            rules(server, sql),
            expected.into_iter().collect::<Vec<_>>(),
            "{server}: {sql}"
        );
    }
}

#[test]
fn locks_are_held_to_the_end_of_the_transaction() {
    let check = "ALTER TABLE users ADD CONSTRAINT c CHECK (score > 0) NOT VALID;";
    let validate = "ALTER TABLE users VALIDATE CONSTRAINT c;";
    assert!(rules("postgres 16", &format!("{check} {validate}")).is_empty());
    assert!(
        rules(
            "postgres 16",
            &format!("BEGIN; {check} COMMIT; BEGIN; {validate} COMMIT;")
        )
        .is_empty()
    );
    let found = on("postgres 16", "expand", &format!("BEGIN; {check} {validate} COMMIT;"));
    let expected = "warning blocking-statement: `ALTER TABLE users VALIDATE CONSTRAINT c` runs while its transaction keeps everybody \
                    from reading and writing `users`";
    assert_eq!(found, [expected]);
    let fill = "BEGIN; ALTER TABLE users ADD COLUMN z int; UPDATE users SET z = 1; COMMIT;";
    assert_eq!(rules("postgres 16", fill), ["blocking-statement"]);
    assert_eq!(
        rules(
            "postgres 16",
            "BEGIN; LOCK TABLE users; UPDATE users SET score = 1; COMMIT;"
        ),
        ["blocking-statement"]
    );
}

#[test]
fn transactions_refuse_what_is_concurrent() {
    let refused = "concurrent-in-transaction";
    for (server, sql, expected) in [
        (
            "postgres 16",
            "BEGIN; CREATE INDEX CONCURRENTLY i ON users (name); COMMIT;",
            Some(refused),
        ),
        (
            "postgres 16",
            "BEGIN; COMMIT; CREATE INDEX CONCURRENTLY i ON users (name);",
            None,
        ),
        (
            "postgres 16",
            "BEGIN; DROP INDEX CONCURRENTLY i; COMMIT;",
            Some(refused),
        ),
        (
            "postgres 11",
            "BEGIN; ALTER TYPE mood ADD VALUE 'new'; COMMIT;",
            Some(refused),
        ),
        ("postgres 12", "BEGIN; ALTER TYPE mood ADD VALUE 'new'; COMMIT;", None),
        (
            "postgres 12",
            "BEGIN; ALTER TYPE mood ADD VALUE 'new'; UPDATE users SET m = 'new'; COMMIT;",
            Some(refused),
        ),
        (
            "postgres 12",
            "ALTER TYPE mood ADD VALUE 'new'; UPDATE users SET m = 'new';",
            None,
        ),
        (
            "postgres 16",
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON users (name);",
            Some("concurrent-if-not-exists"),
        ),
        (
            "postgres 16",
            "DROP INDEX CONCURRENTLY IF EXISTS i; CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON users (name);",
            None,
        ),
    ] {
        assert_eq!(
            rules(server, sql),
            expected.into_iter().collect::<Vec<_>>(),
            "{server}: {sql}"
        );
    }
}

#[test]
fn what_running_code_notices_is_no_expand() {
    for (sql, expected) in [
        ("TRUNCATE users", "statement-not-expand"),
        ("DROP VIEW names", "statement-not-expand"),
        ("DROP VIEW names; CREATE VIEW names AS SELECT name, id FROM users", ""),
        ("ALTER TYPE mood RENAME VALUE 'ok' TO 'fine'", "statement-not-expand"),
        ("ALTER TABLE users ENABLE ROW LEVEL SECURITY", "statement-not-expand"),
        (
            "CREATE POLICY p ON users USING (true); ALTER TABLE users ENABLE ROW LEVEL SECURITY",
            "",
        ),
        (
            "ALTER TABLE users ADD COLUMN z int NOT NULL",
            "not-null-without-default",
        ),
        ("ALTER TABLE users ALTER COLUMN score TYPE int", "type-narrowing"),
        ("ALTER TABLE users ALTER COLUMN name TYPE varchar(20)", "type-narrowing"),
        (
            "ALTER TABLE users RENAME COLUMN name TO full_name",
            "destructive-with-deploy",
        ),
    ] {
        let expected: Vec<&str> = Some(expected).into_iter().filter(|rule| !rule.is_empty()).collect();
        assert_eq!(rules("postgres 16", sql), expected, "{sql}");
    }
    // Behind the last revision that needs it.
    let contract = |sql| on("postgres 16", "contract", sql);
    assert!(contract("TRUNCATE users").is_empty());
    let found = contract("ALTER TABLE users ALTER COLUMN name TYPE varchar(20)");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("warning blocking-statement"), "{found:?}");
    let found = contract("ALTER TABLE users RENAME TO people");
    assert_eq!(
        found,
        ["error rename-in-place: `users` becomes `people` while running code names it"]
    );
    assert!(contract("ALTER TABLE users RENAME TO people; CREATE VIEW users AS SELECT * FROM people").is_empty());
}

#[test]
fn a_lock_timeout_may_come_from_four_places() {
    let judge = |step: &str, rest: &str, sql: &str| {
        let text = format!(
            "database db {{ engine postgres 16; max_connections 100; reserve 10 }}\n{rest}\n\
             change it {{ on db\n expand \"it.sql\" {step}\n}}"
        );
        spec(&text, &[("it.sql", sql)])
    };
    let add = "ALTER TABLE users ADD COLUMN z int;";
    let found = judge("", "", add);
    assert_eq!(
        found,
        [
            "warning no-lock-timeout: `ALTER TABLE users ADD COLUMN z` waits for ACCESS EXCLUSIVE on `users` without a limit"
        ]
    );
    assert!(judge("{ lock_timeout 2s }", "", add).is_empty());
    let migrate = "service api { image \"api:1\"; memory 512Mi; \
                   migrate before { run [\"m\"]; uses db { pool 1 }; timeout 10m; lock_timeout 2s } }";
    assert!(judge("", migrate, add).is_empty());
    for (set, silent) in [
        ("SET lock_timeout = '2s';", true),
        ("SET LOCAL lock_timeout = '2s';", false),
        ("BEGIN; SET LOCAL lock_timeout TO 2000;", true),
        ("SELECT set_config('lock_timeout', '2s', false);", true),
        ("SET lock_timeout = 0;", false),
        ("SET lock_timeout = '2s'; RESET lock_timeout;", false),
    ] {
        assert_eq!(judge("", "", &format!("{set} {add}")).is_empty(), silent, "{set}");
    }
    // Nobody waits behind these.
    for sql in [
        "CREATE INDEX CONCURRENTLY i ON users (z)",
        "CREATE TABLE n (a int)",
        "COMMENT ON TABLE users IS 'x'",
    ] {
        assert!(judge("", "", sql).is_empty(), "{sql}");
    }
}

/// GoCardless, 2015: foreign keys of new, empty tables were made anew; each locks the table that it references.
#[test]
fn a_foreign_key_of_an_empty_table_waits_for_the_other_one() {
    let text = "database db { engine postgres 16 }\nchange it { on db\n expand \"it.sql\"\n}";
    let sql = "CREATE TABLE payments_new (id bigint PRIMARY KEY, merchant_id bigint);
        ALTER TABLE payments_new ADD CONSTRAINT m FOREIGN KEY (merchant_id) REFERENCES merchants (id);";
    let found = spec(text, &[("it.sql", sql)]);
    let expected = "warning no-lock-timeout: `ALTER TABLE payments_new ADD CONSTRAINT m FOREIGN KEY` waits for SHARE ROW EXCLUSIVE on \
                    `merchants` without a limit";
    assert_eq!(found, [expected]);
}

/// Val Town, 2025: the migration ran ahead of the code, the rollout hung, and the old code could not live with the new schema.
#[test]
fn a_migration_that_the_running_revision_does_not_tolerate_is_refused() {
    let text = "database db { engine postgres 16 }\nservice api { image \"api:1\"; memory 512Mi }\n\
                change it { on db\n from api 1.0 { reads vals.code; writes vals.code }\n expand \"it.sql\" { lock_timeout 2s }\n \
                deploy api 1.1 { reads vals.source; writes vals.source }\n}";
    let found = spec(text, &[("it.sql", "ALTER TABLE vals RENAME COLUMN code TO source;")]);
    let refused = "error contract-before-last-use: `vals.code` is renamed while `api 1.0` still reads and writes it";
    assert!(found.iter().any(|found| found == refused), "{found:?}");
}

#[test]
fn unbounded_writes_are_those_that_nothing_limits() {
    let judge = |step: &str, sql: &str| {
        let text = format!("database db {{ engine postgres 16 }}\nchange it {{ on db\n backfill \"it.sql\" {step}\n}}");
        spec(&text, &[("it.sql", sql)])
            .iter()
            .any(|found| found.contains("backfill-unbatched"))
    };
    for (sql, found) in [
        ("UPDATE users SET a = b", true),
        ("UPDATE users u SET a = b WHERE a IS NULL AND b IS NOT NULL", true),
        ("UPDATE users SET a = o.b FROM o WHERE o.id = users.id", true),
        ("DELETE FROM users", true),
        ("UPDATE users SET a = b WHERE id = 1", false),
        ("UPDATE users SET a = b WHERE id BETWEEN 1 AND 1000", false),
        (
            "UPDATE users SET a = b WHERE id IN (SELECT id FROM users WHERE a IS NULL LIMIT 100)",
            false,
        ),
        (
            "WITH x AS (SELECT id FROM users LIMIT 9) UPDATE users SET a = b FROM x WHERE x.id = users.id",
            false,
        ),
        ("INSERT INTO a SELECT * FROM b", false),
    ] {
        assert_eq!(judge("", sql), found, "{sql}");
        assert!(!judge("{ batch 100 }", sql), "{sql}");
    }
}

#[test]
fn online_migrations_make_errors_of_what_blocks() {
    let text = "policy p { require online_migrations }\ndatabase db { engine postgres 16 }\n\
                change it { on db\n expand \"it.sql\" { lock_timeout 2s }\n}";
    for sql in ["CREATE INDEX i ON users (a)", "ALTER TABLE users ADD UNIQUE (a)"] {
        let found = spec(text, &[("it.sql", sql)]);
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("error"), "{found:?}");
    }
}

#[test]
fn a_comment_silences_a_rule_for_one_statement() {
    let text = "database db { engine postgres 16 }\nchange it { on db\n expand \"it.sql\" { lock_timeout 2s }\n}";
    let build = "CREATE INDEX i ON users (a);";
    let judge = |comment: &str| {
        spec(
            text,
            &[("it.sql", &format!("{comment}\n{build}\nCREATE INDEX j ON users (b);"))],
        )
    };
    assert_eq!(judge("").len(), 2);
    assert_eq!(
        judge("-- loadline: allow index-not-concurrent \"a small table\"").len(),
        1
    );
    assert_eq!(judge("-- loadline: allow LL410 a small table").len(), 1);
    let unused = judge("-- loadline: allow blocking-statement \"why not\"");
    assert!(
        unused.contains(&"warning unused-allow: `allow blocking-statement` silences nothing".to_owned()),
        "{unused:?}"
    );
    let bare = judge("-- loadline: allow index-not-concurrent");
    assert!(
        bare.iter().any(|found| found.contains("allow-without-reason")),
        "{bare:?}"
    );
    let unknown = judge("-- loadline: allow index-not-concurent \"x\"");
    assert!(
        unknown
            .iter()
            .any(|found| found.contains("there is no rule `index-not-concurent`")),
        "{unknown:?}"
    );
}
