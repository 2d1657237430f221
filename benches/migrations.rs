//! A system with changes of its schemas, as a spec and SQL files: what the benchmark of the catalogue reads.

use std::fmt::Write as _;

use crate::system::{self, GROUP};

/// Services in one file: a file may hold about 100,000 entries.
const FILE: usize = 1_000;

/// Changes of the system's schemas: each moves a column of a service's table in six steps, and its files hold several
/// statements. With the SQL files that they name, and the spec.
pub(crate) fn with_migrations(services: usize, changes: usize) -> Vec<(String, String)> {
    let (mut text, mut files) = in_files(system::spec(services));
    // A database that is migrated has a change for each of its services.
    let migrated = changes.div_ceil(GROUP).min(services.div_ceil(GROUP)).max(1);
    for change in 0..changes {
        let database = change % migrated;
        let service = (database * GROUP + change / migrated % GROUP) % services;
        let again = change / (migrated * GROUP);
        let table = format!("orders_{change}");
        let [first, both, read, last] = [1, 2, 3, 4].map(|revision| format!("0.{again}{revision}"));
        let _ = write!(
            text,
            r#"
change c{change} {{
  on       db-{database}
  moves    {table}.state to {table}.status
  from     svc-{service} {first} {{ reads {table}.state; writes {table}.state }}
  expand   "{change}-1.sql"
  deploy   svc-{service} {both} {{ reads {table}.state; writes [{table}.state, {table}.status] }}
  backfill "{change}-2.sql"
  deploy   svc-{service} {read} {{ reads {table}.status; writes [{table}.state, {table}.status] }}
  deploy   svc-{service} {last} {{ reads {table}.status; writes {table}.status }}
  retire   svc-{service} {read}
  contract "{change}-3.sql"
}}
"#
        );
        let sql = [
            format!(
                "SET lock_timeout = '2s';\n\
                 ALTER TABLE {table} ADD COLUMN status text;\n\
                 ALTER TABLE {table} ADD COLUMN note varchar(200) DEFAULT '';\n\
                 CREATE TABLE {table}_log (id bigint PRIMARY KEY, at timestamptz NOT NULL, what text);\n\
                 ALTER TABLE {table} ADD CONSTRAINT status_known CHECK (status IN ('open', 'paid')) NOT VALID;\n"
            ),
            format!(
                "UPDATE {table} SET status = state WHERE status IS NULL AND id BETWEEN 1 AND 1000;\n\
                 UPDATE {table} SET note = '' WHERE note IS NULL AND id BETWEEN 1 AND 1000;\n"
            ),
            format!(
                "SET lock_timeout = '2s';\n\
                 ALTER TABLE {table} VALIDATE CONSTRAINT status_known;\n\
                 ALTER TABLE {table} DROP COLUMN state;\n"
            ),
        ];
        files.extend((1..).zip(sql).map(|(step, sql)| (format!("{change}-{step}.sql"), sql)));
    }
    files.push(("loadline.load".to_owned(), text));
    files
}

/// The root file of a spec, and further ones that it imports where it is too long for one.
fn in_files(spec: String) -> (String, Vec<(String, String)>) {
    let services: Vec<usize> = spec.match_indices("\nconfig_set ").map(|(at, _)| at).collect();
    let mut files = Vec::new();
    let first = services.get(FILE).copied().unwrap_or(spec.len());
    let mut root = spec.get(..first).unwrap().to_owned();
    for (number, from) in services.iter().enumerate().step_by(FILE).skip(1) {
        let to = services.get(number + FILE).copied().unwrap_or(spec.len());
        let name = format!("services-{number}.load");
        let _ = write!(root, "\nimport \"{name}\"\n");
        files.push((name, spec.get(*from..to).unwrap().to_owned()));
    }
    (root, files)
}
