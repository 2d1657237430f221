//! `undecided`

use super::tell;
use crate::diagnostic::{Diagnostic, listed, thousands};
use crate::migrations::{Open, Question, Undecided, World};
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// What about a change cannot be told from the spec and its files: whether a live revision knows a value that an enum gets and a later one
    /// may write, keeps a column unique, or refers to rows that are there. And changes that interleave in more ways than the 5,000,000
    /// moves that are tried.
    /// ## Why
    /// `reads` and `writes` name columns, not values. What was not judged should not look as if it were good.
    /// ## Source
    /// PostgreSQL: `duplicate key value violates unique constraint` (23505), `violates foreign key constraint` (23503). An enum value that code
    /// does not know is an error of its decoder, often of the whole page.
    ///
    /// ```loadline,bad
    /// database orders-db { engine postgres 16; max_connections 100; reserve 10; schema "schema.sql" }
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    /// }
    /// change refunds {
    ///   on     orders-db
    ///   from   api 2.0 { reads orders.state; writes orders.state }
    ///   expand "migrations/1_refunded.sql" { lock_timeout 2s }
    ///   deploy api 2.1 { reads orders.state; writes orders.state }
    /// }
    /// ```
    ///
    /// ```sql,file
    /// -- file: schema.sql
    /// CREATE TYPE order_state AS ENUM ('open', 'paid');
    /// CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, state order_state);
    /// ```
    ///
    /// ```sql,file
    /// -- file: migrations/1_refunded.sql
    /// ALTER TYPE order_state ADD VALUE 'refunded';
    /// ```
    ///
    /// ```loadline,good
    /// database orders-db { engine postgres 16; max_connections 100; reserve 10; schema "schema.sql" }
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   allow  undecided "2.0 shows states that it does not know as they are"
    /// }
    /// change refunds {
    ///   on     orders-db
    ///   from   api 2.0 { reads orders.state; writes orders.state }
    ///   expand "migrations/1_refunded.sql" { lock_timeout 2s }
    ///   deploy api 2.1 { reads orders.state; writes orders.state }
    /// }
    /// ```
    ///
    /// ```sql,file
    /// -- file: schema.sql
    /// CREATE TYPE order_state AS ENUM ('open', 'paid');
    /// CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, state order_state);
    /// ```
    ///
    /// ```sql,file
    /// -- file: migrations/1_refunded.sql
    /// ALTER TYPE order_state ADD VALUE 'refunded';
    /// ```
    420 "undecided" Note, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let world = context.world;
    found.extend(
        context
            .explored
            .undecided
            .iter()
            .filter_map(|undecided| cut(world, undecided)),
    );
    found.extend(world.open_questions().iter().filter_map(|open| asked(world, open)));
}

/// Not all states were looked at.
fn cut(world: &World<'_>, undecided: &Undecided) -> Option<Diagnostic> {
    let changes = undecided.changes.iter().filter_map(|change| world.changes.get(*change));
    let spans: Vec<_> = changes.clone().map(|change| change.name.span).collect();
    let names: Vec<String> = changes.map(|change| format!("`{}`", change.name.value)).collect();
    let columns: Vec<String> = undecided
        .columns
        .iter()
        .map(|column| format!("`{}`", world.column(*column)))
        .collect();
    let shown = columns.get(..3).unwrap_or(&columns);
    let more = match columns.len().saturating_sub(shown.len()) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let looked = match undecided.states {
        Some(states) => format!("after {} states", thousands(u64::try_from(states).unwrap_or(u64::MAX))),
        None => "before the first state: more columns, steps or revisions than fit".to_owned(),
    };
    let message = format!("{} interleave in more ways than are looked at", listed(&names));
    let mut diagnostic = Diagnostic::new(&RULE, message, *spans.first()?, format!("given up {looked}"));
    for span in spans.iter().skip(1) {
        diagnostic = diagnostic.label(*span, "interleaves with it");
    }
    let diagnostic = diagnostic.note(format!("columns: {}{more}", shown.join(", ")));
    Some(diagnostic.help("order the changes with `after`: what cannot interleave need not be tried"))
}

/// Only the code of a revision has the answer.
fn asked(world: &World<'_>, open: &Open) -> Option<Diagnostic> {
    let revision = world.revisions.get(open.revision)?;
    let (column, who, step) = (
        world.column(open.column),
        revision.shown(),
        tell::step(world, open.step),
    );
    let (message, does, verb, help) = match &open.question {
        Question::KnowsValue { value, writer } => {
            let writer = world.revisions.get(*writer)?.shown();
            (
                format!("nothing says whether `{who}` knows `{value}`, which `{writer}` may write to `{column}`"),
                format!("{step} adds it"),
                "reads",
                format!(
                    "first deploy a revision of `{}` that knows the value and does not write it",
                    revision.name
                ),
            )
        }
        Question::KeepsUnique => (
            format!("nothing says whether what `{who}` writes to `{column}` is unique"),
            format!("{step} demands it"),
            "writes",
            format!("first deploy a revision of `{}` that takes the refusal", revision.name),
        ),
        Question::Refers { to } => (
            format!("nothing says whether what `{who}` writes to `{column}` is in `{to}`"),
            format!("{step} demands it"),
            "writes",
            format!(
                "first deploy a revision of `{}` that writes `{to}` before it",
                revision.name
            ),
        ),
    };
    let diagnostic = Diagnostic::new(&RULE, message, open.statement, does)
        .label(revision.span_of(open.column), format!("{verb} the column"))
        .help(format!("{help}; where it is so, `allow undecided \"…\"` says it"));
    Some(diagnostic.about(revision.service))
}
