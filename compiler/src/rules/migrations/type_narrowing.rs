//! `type-narrowing`

use super::{safe_form, statement};
use crate::diagnostic::Diagnostic;
use crate::rules::{Context, rule};
use crate::sql::{Action, Change, Role};

rule! {
    /// ## What it checks
    /// A column that is in use does not get a type that holds less.
    ///
    /// A shorter text, a smaller number, a text that must be a date from now on. The type it has is known from the `schema`
    /// or the files before; in a `contract` it may happen.
    /// ## Why
    /// Running code still writes what the old type holds, and these writes fail. If a row that is there does not fit, the
    /// migration itself fails.
    /// ## Source
    /// PostgreSQL: `value too long for type character varying` (22001), `out of range` (22003). Measured on 10 to 18: each of
    /// these rewrites the table under ACCESS EXCLUSIVE.
    ///
    /// ```loadline,bad
    /// database orders-db { engine postgres 16; max_connections 100; reserve 10; schema "schema.sql" }
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    /// }
    /// change users {
    ///   on       orders-db
    ///   from     api 2.0 { reads users.name; writes users.name }
    ///   expand   "migrations/1_users.sql" { lock_timeout 2s }
    /// }
    /// ```
    ///
    /// ```sql,file
    /// -- file: schema.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL, score bigint);
    /// ```
    ///
    /// ```sql,file
    /// -- file: migrations/1_users.sql
    /// ALTER TABLE users ALTER COLUMN score TYPE integer;
    /// ```
    ///
    /// ```loadline,good
    /// database orders-db { engine postgres 16; max_connections 100; reserve 10; schema "schema.sql" }
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    /// }
    /// change users {
    ///   on       orders-db
    ///   from     api 2.0 { reads users.name; writes users.name }
    ///   expand   "migrations/1_users.sql" { lock_timeout 2s }
    /// }
    /// ```
    ///
    /// ```sql,file
    /// -- file: schema.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL, score bigint);
    /// ```
    ///
    /// ```sql,file
    /// -- file: migrations/1_users.sql
    /// ALTER TABLE users ALTER COLUMN name TYPE varchar;
    /// ```
    418 "type-narrowing" Error, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for script in context.scripts.iter().filter(|script| script.role != Role::Contract) {
        for ran in &script.ran {
            let (table, column, to) = match ran.action {
                Action::AlterTable {
                    table,
                    change: Change::SetType { column, to, .. },
                } => (table, column, to),
                Action::AlterTable {
                    table,
                    change: Change::Redefine { old, column },
                } => (table, old, &column.kind),
                _ => continue,
            };
            let narrows = ran.old_type.as_ref().and_then(|old| Some((old, old.narrows_to(to)?)));
            let Some((old, lost)) = narrows.filter(|_| !ran.new.contains(table)) else {
                continue;
            };
            let message = format!("`{table}.{column}` becomes {to} and was {old}, which holds more");
            let help = format!(
                "add a column of the new type beside it, move its readers and writers, and drop `{column}` {}",
                safe_form::later(script)
            );
            let diagnostic = Diagnostic::new(&RULE, message, ran.statement.span, lost).help(help);
            found.push(statement::finish(diagnostic, script));
        }
    }
}
