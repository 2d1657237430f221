//! `version-not-in-change`

use crate::diagnostic::{Diagnostic, listed};
use crate::migrations::World;
use crate::model::Workload;
use crate::rules::{Context, rule};
use crate::values::Version;

rule! {
    /// ## What it checks
    /// The `version` of a service is one of the revisions that its changes name, or older or newer than all of them. Between them it is a revision
    /// of which no change says what it does with the columns.
    /// ## Why
    /// `version` is what this revision of the spec deploys. In the middle of a change it is live while columns come and go, and what was
    /// judged is another revision.
    /// ## Source
    /// The spec itself: `version 2.1.4` is a `2.1` or `2.1.0` of the change, patched.
    ///
    /// ```loadline,bad
    /// database orders-db { engine postgres 16; max_connections 100; reserve 10 }
    /// service api {
    ///   version 2.2.0
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory  512Mi
    /// }
    /// change nickname {
    ///   on     orders-db
    ///   from   api 2.0 { reads users.name; writes users.name }
    ///   expand "migrations/1_add.sql" { lock_timeout 2s }
    ///   deploy api 2.1 { reads users.name; writes [users.name, users.nickname] }
    ///   deploy api 2.3 { reads [users.name, users.nickname]; writes [users.name, users.nickname] }
    /// }
    /// ```
    ///
    /// ```sql,file
    /// -- file: migrations/1_add.sql
    /// ALTER TABLE users ADD COLUMN nickname text;
    /// ```
    ///
    /// ```loadline,good
    /// database orders-db { engine postgres 16; max_connections 100; reserve 10 }
    /// service api {
    ///   version 2.1.4
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory  512Mi
    /// }
    /// change nickname {
    ///   on     orders-db
    ///   from   api 2.0 { reads users.name; writes users.name }
    ///   expand "migrations/1_add.sql" { lock_timeout 2s }
    ///   deploy api 2.1 { reads users.name; writes [users.name, users.nickname] }
    ///   deploy api 2.3 { reads [users.name, users.nickname]; writes [users.name, users.nickname] }
    /// }
    /// ```
    ///
    /// ```sql,file
    /// -- file: migrations/1_add.sql
    /// ALTER TABLE users ADD COLUMN nickname text;
    /// ```
    422 "version-not-in-change" Warning, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for workload in &context.model.workloads {
        found.extend(not_in_change(context.world, workload));
    }
}

fn not_in_change(world: &World<'_>, workload: &Workload) -> Option<Diagnostic> {
    let version = workload.version.as_ref()?;
    // Names that are not numbers have no order that could be told.
    let is_number = |version: &Version| version.0.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let of_service = world
        .revisions
        .iter()
        .filter(|revision| revision.service == workload.id);
    let named: Vec<_> = of_service.filter(|revision| is_number(&revision.version)).collect();
    // A patch of a revision that a change names is taken to do what that does.
    let same = |other: &Version| {
        let minor = other.part(1).is_some() && other.part(1) == version.part(1);
        other.selects(version) || version.selects(other) || (minor && other.part(0) == version.part(0))
    };
    if !is_number(version) || named.iter().any(|revision| same(&revision.version)) {
        return None;
    }
    let older = named.iter().rev().find(|revision| revision.version < version.value)?;
    let newer = named.iter().find(|revision| version.value < revision.version)?;
    let name = &workload.name.value;
    // Between two changes any revision may run: of one that a change begins with, nothing says what replaced what.
    if newer.is_first_of_change() {
        return None;
    }
    let message = format!(
        "`{name}` is at {}, which is between the revisions of its changes and none of them",
        version.value
    );
    let names: Vec<String> = named.iter().map(|revision| format!("`{}`", revision.version)).collect();
    let diagnostic = Diagnostic::new(&RULE, message, version.span, "what this spec deploys")
        .label(older.span, "older")
        .label(newer.span, "newer")
        .help(format!(
            "deploy one of {}, or say in the change what this one reads and writes",
            listed(&names)
        ));
    Some(diagnostic.about(workload.id))
}
