//! `not-null-without-default`

use super::{statement, tell};
use crate::diagnostic::Diagnostic;
use crate::migrations::{Failure, FailureKind, StepId, World};
use crate::rules::{Context, rule};
use crate::sql::{Action, Change, Family, Ran, Script, Value};

rule! {
    /// ## What it checks
    /// No live revision inserts rows without a column that is NOT NULL and has no default: neither a new revision that
    /// stops writing it, nor an old one after the column was added or made NOT NULL.
    ///
    /// A revision that writes a table is taken to insert rows into it. Judged are columns that a running revision of the
    /// same service writes, and those that the story adds or makes NOT NULL. NOT NULL and defaults are read from the
    /// `schema` and the files of the steps; a column that none of them declares is not judged.
    ///
    /// A file that adds such a column to a table in use is refused whoever writes it.
    /// ## Why
    /// The column is still there, so nothing looks wrong until the first row is inserted. Then every insert of that
    /// revision fails.
    /// ## Source
    /// PostgreSQL: `null value in column "…" violates not-null constraint` (23502).
    ///
    /// ```loadline,bad
    /// database orders-db { engine postgres 16; max_connections 100; reserve 10; schema "schema.sql" }
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    /// }
    /// change no-nickname {
    ///   on       orders-db
    ///   from     api 2.0 { writes [users.name, users.nickname] }
    ///   deploy   api 2.1 { writes users.name }
    ///   retire   api 2.0
    ///   contract "migrations/2_drop.sql" { lock_timeout 2s }
    /// }
    /// ```
    ///
    /// ```sql,file
    /// -- file: schema.sql
    /// CREATE TABLE users (id bigserial PRIMARY KEY, name text, nickname text NOT NULL);
    /// ```
    ///
    /// ```sql,file
    /// -- file: migrations/2_drop.sql
    /// ALTER TABLE users DROP COLUMN nickname;
    /// ```
    ///
    /// ```loadline,good
    /// database orders-db { engine postgres 16; max_connections 100; reserve 10; schema "schema.sql" }
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    /// }
    /// change no-nickname {
    ///   on       orders-db
    ///   from     api 2.0 { writes [users.name, users.nickname] }
    ///   expand   "migrations/1_optional.sql" { lock_timeout 2s }
    ///   deploy   api 2.1 { writes users.name }
    ///   retire   api 2.0
    ///   contract "migrations/2_drop.sql" { lock_timeout 2s }
    /// }
    /// ```
    ///
    /// ```sql,file
    /// -- file: schema.sql
    /// CREATE TABLE users (id bigserial PRIMARY KEY, name text, nickname text NOT NULL);
    /// ```
    ///
    /// ```sql,file
    /// -- file: migrations/1_optional.sql
    /// ALTER TABLE users ALTER COLUMN nickname DROP NOT NULL;
    /// ```
    ///
    /// ```sql,file
    /// -- file: migrations/2_drop.sql
    /// ALTER TABLE users DROP COLUMN nickname;
    /// ```
    416 "not-null-without-default" Error, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for failure in &context.explored.failures {
        if let FailureKind::Refused { since } = failure.kind {
            found.extend(refused(context.world, failure, since));
        }
    }
    for script in context.scripts {
        for ran in &script.ran {
            found.extend(added(context, script, ran));
        }
    }
}

/// The statement itself, where no revision that it breaks was found.
fn added(context: &Context<'_>, script: &Script<'_>, ran: &Ran<'_>) -> Option<Diagnostic> {
    let Action::AlterTable {
        table,
        change: Change::AddColumn(column),
    } = ran.action
    else {
        return None;
    };
    let told = context.explored.failures.iter().any(|failure| {
        let broken = context.world.column(failure.column);
        let refused = matches!(failure.kind, FailureKind::Refused { .. });
        refused && broken.table == *table && broken.column == column.name
    });
    let demands = column.not_null && column.value == Value::Null;
    if told || !demands || ran.new.contains(table) || script.server.family == Family::Other {
        return None;
    }
    let message = format!("`{table}.{}` is added NOT NULL and without a default", column.name);
    // MySQL fills the rows that are there with its own idea of nothing; only PostgreSQL refuses.
    let label = match script.server.family {
        Family::Postgres => "fails when the table has a row, and inserts of running code fail",
        Family::MySql | Family::Other => "inserts of running code fail",
    };
    let help = "give it a default, or add it nullable and make it NOT NULL when every row and every writer has it";
    Some(statement::finish(
        Diagnostic::new(&RULE, message, ran.statement.span, label).help(help),
        script,
    ))
}

fn refused(world: &World<'_>, failure: &Failure, since: Option<StepId>) -> Option<Diagnostic> {
    let revision = world.revisions.get(failure.revision)?;
    let (column, who) = (world.column(failure.column), revision.shown());
    let message = format!("`{who}` inserts rows without `{column}`, which is NOT NULL and has no default");
    let diagnostic = Diagnostic::new(&RULE, message, revision.span, format!("does not write `{column}`"));
    let diagnostic = match since {
        None => diagnostic,
        Some(step) => diagnostic.label(
            world.span(step),
            format!("{} makes it NOT NULL", tell::step(world, step)),
        ),
    };
    // Either the column demanded a value before the revision came, or it came to do so while the revision ran.
    let help = if since.is_none() || since != failure.moment.at {
        format!(
            "in an `expand` before: `ALTER TABLE {} ALTER COLUMN {} DROP NOT NULL`, or set a default",
            column.table, column.column
        )
    } else {
        "make it NOT NULL when every live revision writes it, or give it a default".to_owned()
    };
    Some(tell::story(diagnostic.help(help), world, &failure.moment).about(revision.service))
}
