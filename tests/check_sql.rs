//! `loadline check --sql`: a folder of migrations without a spec.

use crate::harness::Case;

const INIT: &str = "CREATE TABLE \"User\" (\"id\" SERIAL NOT NULL, \"email\" TEXT NOT NULL,\n  CONSTRAINT \"User_pkey\" PRIMARY KEY (\"id\"));\n\
                    CREATE UNIQUE INDEX \"User_email_key\" ON \"User\"(\"email\");\n";

fn prisma() -> Case {
    Case::new()
        .file("migrations/20250101_init/migration.sql", INIT)
        .file(
            "migrations/20250201_role/migration.sql",
            "SET lock_timeout = '2s';\nALTER TABLE \"User\" ADD COLUMN \"role\" TEXT NOT NULL DEFAULT 'user';\n\
             ALTER TABLE \"User\" ADD CONSTRAINT \"User_role_check\" CHECK (\"role\" <> '');\n",
        )
        .file("migrations/migration_lock.toml", "provider = \"postgresql\"\n")
}

#[test]
fn a_folder_is_judged_in_its_order() {
    let run = prisma().run_with(
        &[
            "check",
            "--sql",
            "migrations",
            "--engine",
            "postgres 16",
            "--today",
            "2026-11-21",
        ],
        "",
    );
    assert_eq!(run.code, 0);
    insta::assert_snapshot!("check_sql_text", run.shown());
}

#[test]
fn every_format_is_a_document() {
    let case = prisma().file(
        "migrations/20250301_x/migration.sql",
        "ALTER TABLE \"User\" RENAME COLUMN email TO mail;",
    );
    for format in ["short", "json", "sarif", "github", "junit", "markdown"] {
        let run = case.run(&format!("check --sql migrations --format {format}"));
        assert_eq!(run.code, 1, "{format}: {}", run.stderr);
        assert!(run.stdout.contains("rename-in-place"), "{format}: {}", run.stdout);
        assert!(
            run.stdout.contains("20250301_x/migration.sql"),
            "{format}: {}",
            run.stdout
        );
        // What is looked at is said beside the document, not in it.
        assert_eq!(run.stderr.contains("Prisma"), format != "short", "{format}");
    }
    let run = case.run("check --sql migrations --format json");
    serde_json::from_str::<serde_json::Value>(&run.stdout).unwrap();
}

#[test]
fn the_tool_decides_about_transactions() {
    let index = "CREATE INDEX CONCURRENTLY i ON users (a);";
    let two = format!("SET lock_timeout = '2s';\nALTER TABLE users ADD COLUMN a int;\n{index}\n");
    for (file, text, refused) in [
        ("1_a/migration.sql", two.as_str(), true),
        ("1_a/migration.sql", index, false),
        ("V1__a.sql", &two, true),
        (
            "V1__a.sql",
            &format!("DROP INDEX CONCURRENTLY IF EXISTS i;\n{index}"),
            false,
        ),
        ("1_a.up.sql", &two, true),
        ("1_a.up.sql", &format!("-- no-transaction\n{two}"), false),
        ("1_a.sql", &two, false),
        ("1_a.sql", &format!("-- migrate:up\n{two}"), true),
        ("1_a.sql", &format!("-- migrate:up transaction:false\n{two}"), false),
        ("1_a.sql", &format!("BEGIN;\n{two}COMMIT;"), true),
    ] {
        let run = Case::new()
            .file(&format!("m/{file}"), text)
            .run("check --sql m --format short");
        assert_eq!(
            run.stdout.contains("concurrent-in-transaction"),
            refused,
            "{file}: {text}\n{}",
            run.stdout
        );
        assert_eq!(run.code, i32::from(refused));
    }
}

#[test]
fn a_comment_silences_one_statement() {
    let text = "-- loadline: allow rename-in-place \"nobody reads it yet\"\nALTER TABLE a RENAME b TO c;\n";
    let case = Case::new().file("m/1.sql", &format!("SET lock_timeout = '1s';\n{text}"));
    let run = case.run("check --sql m --format short");
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert!(run.stdout.contains("nothing found (1 allowed)"), "{}", run.stdout);
}

#[test]
fn what_cannot_be_read_is_an_error() {
    let case = Case::new()
        .file("empty/readme.md", "")
        .file("down/1_a.down.sql", "DROP TABLE a;")
        .file("m/1.sql", "SELECT 1;");
    for (arguments, says) in [
        (&["check", "--sql", "nowhere"][..], "nowhere: "),
        (&["check", "--sql", "empty"], "no SQL file in it that runs forward"),
        (&["check", "--sql", "down"], "no SQL file in it that runs forward"),
        (
            &["check", "--sql", "m", "--engine", "oracle 19"],
            "write a name and a version",
        ),
        (
            &["check", "--sql", "m", "--engine", "postgres new"],
            "write a name and a version",
        ),
        (&["check", "--engine", "postgres 16"], "--sql"),
    ] {
        let run = case.run_with(arguments, "");
        assert_eq!(run.code, 2, "{arguments:?}");
        assert!(run.stderr.contains(says), "{arguments:?}: {}", run.stderr);
    }
    // One file is a folder of one.
    assert_eq!(case.run("check --sql m/1.sql").code, 0);
    case.write("m/2.sql", &"-- much\n".repeat(3_000_000));
    let run = case.run("check --sql m");
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.contains("`m/2.sql` cannot be read: larger than 16 MiB"),
        "{}",
        run.stderr
    );
}

#[cfg(unix)]
#[test]
fn links_stay_inside_of_the_folder() {
    let case = Case::new()
        .file("m/1.sql", "SELECT 1;")
        .file("secret.sql", "SELECT 2;")
        .file("other/x.sql", "SELECT 3;");
    std::os::unix::fs::symlink(case.path("m/1.sql"), case.path("m/2.sql")).unwrap();
    assert_eq!(case.run("check --sql m").code, 0);
    std::os::unix::fs::symlink(case.path("other"), case.path("m/other")).unwrap();
    let run = case.run("check --sql m");
    assert_eq!(
        (run.code, run.stderr.contains("m/other: a link that leaves the folder")),
        (2, true),
        "{}",
        run.stderr
    );
    std::fs::remove_file(case.path("m/other")).unwrap();
    std::os::unix::fs::symlink(case.path("secret.sql"), case.path("m/3.sql")).unwrap();
    let run = case.run("check --sql m");
    assert_eq!((run.code, run.stderr.contains("outside")), (2, true), "{}", run.stderr);
}
