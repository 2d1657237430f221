//! `deploy-left-out`

use std::collections::BTreeSet;

use crate::diagnostic::{Diagnostic, listed};
use crate::migrations::{Failure, FailureKind, World, explore};
use crate::model::{Change, Model, Revision, Workload};
use crate::rules::{Context, Running, rule};
use crate::values::Version;

rule! {
    /// ## What it checks
    /// A schema change is safe for the revision that really runs: one that goes straight to a later revision of the story leaves
    /// out the deploys between, and one that the story does not know any more still uses its columns.
    ///
    /// Judged with `check --against REVISION` only. The steps of the change are explored with the running revision's `version`
    /// where the story begins, and this one's where it leads.
    /// ## Why
    /// A story is safe because of its intermediate revisions: one that writes both columns is there before the first that reads
    /// the new one. Merged as one step, the oldest and the newest run side by side.
    /// ## Source
    /// Expand and contract (parallel change): each pair of revisions that run at the same time must agree with the schema. A
    /// rolling update runs the old and the new revision side by side.
    ///
    /// ```loadline,bad
    /// database orders-db { engine postgres 16; max_connections 100; reserve 10 }
    /// service api {
    ///   version 2.2
    ///   image   "ghcr.io/acme/api@sha256:2222222222222222222222222222222222222222222222222222222222222222"
    ///   memory  512Mi
    ///   uses    orders-db { pool 5; acquire_timeout 2s }
    /// }
    /// change full-name {
    ///   on       orders-db
    ///   moves    users.name to users.full_name
    ///   from     api 2.0 { reads users.name; writes users.name }
    ///   expand   "add.sql" { lock_timeout 2s; timeout 5s }
    ///   deploy   api 2.1 { reads users.name; writes [users.name, users.full_name] }
    ///   backfill "fill.sql" { batch 5_000 }
    ///   deploy   api 2.2 { reads users.full_name; writes [users.name, users.full_name] }
    /// }
    /// ```
    /// ```sql,file
    /// -- file: add.sql
    /// ALTER TABLE users ADD COLUMN full_name text;
    /// ```
    /// ```sql,file
    /// -- file: fill.sql
    /// UPDATE users SET full_name = name WHERE full_name IS NULL AND id BETWEEN 1 AND 5000;
    /// ```
    /// ```loadline,running
    /// database orders-db { engine postgres 16; max_connections 100; reserve 10 }
    /// service api {
    ///   version 2.0
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory  512Mi
    ///   uses    orders-db { pool 5; acquire_timeout 2s }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// database orders-db { engine postgres 16; max_connections 100; reserve 10 }
    /// service api {
    ///   version 2.1
    ///   image   "ghcr.io/acme/api@sha256:1111111111111111111111111111111111111111111111111111111111111111"
    ///   memory  512Mi
    ///   uses    orders-db { pool 5; acquire_timeout 2s }
    /// }
    /// change full-name {
    ///   on       orders-db
    ///   moves    users.name to users.full_name
    ///   from     api 2.0 { reads users.name; writes users.name }
    ///   expand   "add.sql" { lock_timeout 2s; timeout 5s }
    ///   deploy   api 2.1 { reads users.name; writes [users.name, users.full_name] }
    ///   backfill "fill.sql" { batch 5_000 }
    ///   deploy   api 2.2 { reads users.full_name; writes [users.name, users.full_name] }
    /// }
    /// ```
    /// ```sql,file
    /// -- file: add.sql
    /// ALTER TABLE users ADD COLUMN full_name text;
    /// ```
    /// ```sql,file
    /// -- file: fill.sql
    /// UPDATE users SET full_name = name WHERE full_name IS NULL AND id BETWEEN 1 AND 5000;
    /// ```
    /// ```loadline,running
    /// database orders-db { engine postgres 16; max_connections 100; reserve 10 }
    /// service api {
    ///   version 2.0
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory  512Mi
    ///   uses    orders-db { pool 5; acquire_timeout 2s }
    /// }
    /// ```
    726 "deploy-left-out" Error, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let Some(running) = context.running else {
        return;
    };
    for workload in &context.model.workloads {
        let Some((model, jump)) = straight(context.model, running, workload) else {
            continue;
        };
        let known: BTreeSet<Told> = context
            .explored
            .failures
            .iter()
            .map(|failure| told(context.world, failure))
            .collect();
        let world = World::of(&model);
        let verdict = explore(&world);
        // Who may be rolled back to is what `retire` says of the whole story.
        let mut live = verdict
            .failures
            .iter()
            .filter(|failure| failure.kind != FailureKind::DroppedUnderTarget);
        let fresh = live.find(|failure| !known.contains(&told(&world, failure)));
        let Some((failure, version)) = fresh.zip(workload.version.as_ref()) else {
            continue;
        };
        let name = &workload.name.value;
        let message = format!(
            "`{name} {}` is replaced by `{name} {}` directly, and {}",
            jump.running,
            version.value,
            what(&world, failure)
        );
        let mut diagnostic = Diagnostic::new(&RULE, message, version.span, "what is deployed now")
            .label(jump.place, "what the story expects there")
            .about(workload.id);
        diagnostic = match jump.left_out.as_slice() {
            [] => diagnostic.help(format!(
                "deploy what `from` says before this, or begin the story at {}",
                jump.running
            )),
            [one] => diagnostic.help(format!("deploy {one} first, with the steps before it")),
            several => diagnostic.help(format!(
                "deploy {} first, one after the other, with the steps before them",
                listed(several)
            )),
        };
        found.push(diagnostic);
    }
}

/// The way from the running revision straight to the new one.
struct Jump {
    running: Version,
    /// Deploys between.
    left_out: Vec<String>,
    place: loadline_grammar::Span,
}

/// The model with stories that begin with what runs and lead straight to what is deployed; `None` when that is what they do.
fn straight(model: &Model, running: Running<'_>, workload: &Workload) -> Option<(Model, Jump)> {
    let before = super::counterpart(running.model, workload)?;
    let (old, new) = (&before.version.as_ref()?.value, &workload.version.as_ref()?.value);
    let mut model = model.clone();
    let mut jump: Option<Jump> = None;
    for change in &mut model.changes {
        jump = shorten(change, running.model, workload, old, new).or(jump);
    }
    Some((model, jump?))
}

/// A shorter version stands for all that it begins.
fn is_same(one: &Version, other: &Version) -> bool {
    one.selects(other) || other.selects(one)
}

fn shorten(change: &mut Change, running: &Model, workload: &Workload, old: &Version, new: &Version) -> Option<Jump> {
    let own = |revision: &Revision| revision.service.name == workload.name.value.0;
    let settings = &mut change.settings;
    let line: Vec<&Revision> = settings
        .from
        .iter()
        .chain(&settings.deploy)
        .filter(|revision| own(revision))
        .collect();
    let at = |version: &Version| {
        line.iter()
            .position(|revision| is_same(version, &revision.version.value))
    };
    let target = at(new)?;
    let mut left_out: BTreeSet<loadline_grammar::Span> = BTreeSet::new();
    let names: Vec<String>;
    let place;
    match at(old) {
        Some(start) => {
            let between = line
                .iter()
                .enumerate()
                .filter(|(index, _)| start < *index && *index < target);
            let between: Vec<&&Revision> = between.map(|(_, revision)| revision).collect();
            place = between.first()?.span;
            left_out.extend(between.iter().map(|revision| revision.span));
            names = between
                .iter()
                .map(|revision| format!("`{}`", revision.version.value))
                .collect();
        }
        None => {
            // The story begins later than what runs: what that uses is known if a change of its own spec says so.
            let mut columns = running
                .changes
                .iter()
                .flat_map(|change| change.from.iter().chain(&change.deploy));
            let known = columns
                .find(|revision| own(revision) && is_same(old, &revision.version.value))?
                .clone();
            let between: Vec<&&Revision> = line.iter().take(target).skip(1).collect();
            place = line.first()?.span;
            left_out.extend(between.iter().map(|revision| revision.span));
            names = between
                .iter()
                .map(|revision| format!("`{}`", revision.version.value))
                .collect();
            let from = settings.from.iter_mut().find(|revision| own(revision))?;
            from.version.value = known.version.value;
            from.reads = known.reads.map(|reads| crate::values::Val {
                span: from.span,
                ..reads
            });
            from.writes = known.writes.map(|writes| crate::values::Val {
                span: from.span,
                ..writes
            });
        }
    }
    settings.deploy.retain(|deploy| !left_out.contains(&deploy.span));
    Some(Jump {
        running: old.clone(),
        left_out: names,
        place,
    })
}

/// What makes a failure the same in another world: its column, its revision, and what it is.
type Told = (String, String, &'static str);

fn told(world: &World<'_>, failure: &Failure) -> Told {
    let kind = match failure.kind {
        FailureKind::NotThere => "not there",
        FailureKind::Dropped { .. } => "dropped",
        FailureKind::DroppedUnderTarget => "dropped under a target",
        FailureKind::Skewed { .. } | FailureKind::Incomplete => "incomplete",
        FailureKind::Refused { .. } => "refused",
    };
    (
        world.column(failure.column).to_string(),
        shown(world, failure.revision),
        kind,
    )
}

fn shown(world: &World<'_>, revision: usize) -> String {
    let revision = world.revisions.get(revision);
    revision.map_or_else(String::new, |revision| format!("`{}`", revision.shown()))
}

fn what(world: &World<'_>, failure: &Failure) -> String {
    let (column, revision) = (world.column(failure.column), shown(world, failure.revision));
    match &failure.kind {
        FailureKind::NotThere => format!("`{column}` is not there for {revision}"),
        FailureKind::Dropped { .. } | FailureKind::DroppedUnderTarget => {
            format!("`{column}` is dropped while {revision} uses it")
        }
        FailureKind::Skewed { by } => {
            let by: Vec<String> = by.iter().map(|revision| shown(world, *revision)).collect();
            format!("{revision} reads `{column}`, which {} leaves out", listed(&by))
        }
        FailureKind::Incomplete => format!("{revision} reads `{column}` before it is complete"),
        FailureKind::Refused { .. } => format!("{revision} inserts rows without `{column}`, which are refused"),
    }
}
