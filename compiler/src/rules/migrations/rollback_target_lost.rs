//! `rollback-target-lost`

use super::tell;
use crate::diagnostic::{Diagnostic, Severity};
use crate::migrations::{Lost, World};
use crate::model::{Require, Requirement};
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// To which earlier revisions each service can still be rolled back, step by step. A revision that is lost as a target is a note; it is an
    /// error when none is left before the story itself gives them up with `retire`, or where a policy requires rollbacks.
    /// ## Why
    /// A rollback is decided in minutes. Whether it works depends on what the schema and the newer revision have done since, and that is
    /// not seen in the code of either.
    /// ## Source
    /// From each state of the story, in the middle of rollouts too, one rollback is tried: both revisions live, then the old one alone.
    ///
    /// ```loadline,bad
    /// policy safe { require rollback }
    /// database orders-db { engine postgres 16; max_connections 100; reserve 10 }
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    /// }
    /// change full-name {
    ///   on       orders-db
    ///   moves    users.name to users.full_name
    ///   from     api 2.0 { reads users.name; writes users.name }
    ///   expand   "migrations/1_add.sql" { lock_timeout 2s }
    ///   deploy   api 2.1 { reads users.name; writes [users.name, users.full_name] }
    ///   backfill "jobs/2_fill.sql" { batch 5_000 }
    ///   deploy   api 2.2 { reads users.full_name; writes [users.name, users.full_name] }
    ///   deploy   api 2.3 { reads users.full_name; writes users.full_name }
    ///   retire   api 2.2
    ///   contract "migrations/3_drop.sql" { lock_timeout 2s }
    /// }
    /// ```
    ///
    /// ```sql,file
    /// -- file: migrations/1_add.sql
    /// ALTER TABLE users ADD COLUMN full_name text;
    /// ```
    ///
    /// ```sql,file
    /// -- file: jobs/2_fill.sql
    /// UPDATE users SET full_name = name WHERE full_name IS NULL;
    /// ```
    ///
    /// ```sql,file
    /// -- file: migrations/3_drop.sql
    /// ALTER TABLE users DROP COLUMN name;
    /// ```
    ///
    /// ```loadline,good
    /// database orders-db { engine postgres 16; max_connections 100; reserve 10 }
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    /// }
    /// change full-name {
    ///   on       orders-db
    ///   moves    users.name to users.full_name
    ///   from     api 2.0 { reads users.name; writes users.name }
    ///   expand   "migrations/1_add.sql" { lock_timeout 2s }
    ///   deploy   api 2.1 { reads users.name; writes [users.name, users.full_name] }
    ///   backfill "jobs/2_fill.sql" { batch 5_000 }
    ///   deploy   api 2.2 { reads users.full_name; writes [users.name, users.full_name] }
    ///   deploy   api 2.3 { reads users.full_name; writes users.full_name }
    ///   retire   api 2.2
    ///   contract "migrations/3_drop.sql" { lock_timeout 2s }
    /// }
    /// ```
    ///
    /// ```sql,file
    /// -- file: migrations/1_add.sql
    /// ALTER TABLE users ADD COLUMN full_name text;
    /// ```
    ///
    /// ```sql,file
    /// -- file: jobs/2_fill.sql
    /// UPDATE users SET full_name = name WHERE full_name IS NULL;
    /// ```
    ///
    /// ```sql,file
    /// -- file: migrations/3_drop.sql
    /// ALTER TABLE users DROP COLUMN name;
    /// ```
    406 "rollback-target-lost" Note, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let (world, explored) = (context.world, context.explored);
    for retired in &explored.retired_running {
        let Some(revision) = world.revisions.get(retired.revision) else {
            continue;
        };
        let message = format!("`{}` is given up while it runs", revision.shown());
        let diagnostic = Diagnostic::new(&RULE, message, world.span(retired.step), "nothing newer was deployed")
            .at(Severity::Error)
            .label(revision.span, "this is what runs")
            .help("name the newest revision that will not be rolled back to any more");
        found.push(diagnostic.about(revision.service));
    }
    let required = context.model.required(Requirement::Rollback);
    for lost in &explored.stranded {
        found.extend(tell_lost(world, lost, true, required));
    }
    let stranded = |lost: &&Lost| explored.stranded.iter().any(|other| other.revision == lost.revision);
    for lost in explored.lost.iter().filter(|lost| !stranded(lost)) {
        found.extend(tell_lost(world, lost, false, required));
    }
}

fn tell_lost(world: &World<'_>, lost: &Lost, last: bool, required: Option<&Require>) -> Option<Diagnostic> {
    let revision = world.revisions.get(lost.revision)?;
    let moment = &lost.because.moment;
    let (who, when) = (revision.shown(), tell::when(world, moment));
    let message = if last {
        format!(
            "from {when} on `{}` cannot be rolled back: `{who}` was the last target",
            revision.name
        )
    } else {
        format!("from {when} on `{who}` is no longer a rollback target")
    };
    let severity = if last || required.is_some() {
        Severity::Error
    } else {
        Severity::Note
    };
    let span = moment.at.map_or(revision.span, |at| world.span(at));
    let mut diagnostic = Diagnostic::new(&RULE, message, span, tell::because(world, &lost.because))
        .at(severity)
        .label(revision.span, "would be rolled back to")
        .about(revision.service);
    if let Some(required) = required {
        diagnostic = diagnostic.label(required.span, "required here");
    }
    if last {
        let retire = world
            .retired_by(lost.revision)
            .filter(|step| Some(step.change) != moment.at.map(|at| at.change));
        diagnostic = diagnostic.help(match retire.and_then(|step| tell::reference(world, step)) {
            // It is given up, but nothing says that this happens before.
            Some(retire) => format!("order them: `after {retire}` in {when}"),
            None => format!(
                "add `retire {who}` where rolling back is given up on purpose, or a revision that works with both"
            ),
        });
    }
    Some(tell::story_of_several(diagnostic, world, moment))
}
