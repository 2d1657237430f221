//! `step-cycle`

use super::tell;
use crate::diagnostic::Diagnostic;
use crate::migrations::{Wait, Why, World};
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// The steps of all changes can be done in some order: none waits, through others, for itself. A step waits for the one before it in its
    /// change, for those that it names with `after`, and a rollout for those of older versions of its service. A change
    /// begins while the revisions that it names with `from` run.
    /// ## Why
    /// Changes that wait for each other are never finished, and a `from` that does not run when its change begins describes another
    /// system. No state of such changes is judged.
    /// ## Source
    /// A partial order has no circles.
    ///
    /// ```loadline,bad
    /// database orders-db { engine postgres 16; max_connections 100; reserve 10 }
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    /// }
    /// change names {
    ///   on     orders-db
    ///   from   api 2.0 { reads users.name; writes users.name }
    ///   expand "migrations/1_add.sql" { lock_timeout 2s }
    ///   deploy api 2.1 { reads users.name; writes [users.name, users.nickname] }
    /// }
    /// change orders {
    ///   on     orders-db
    ///   from   api 2.0 { reads orders.total; writes orders.total }
    ///   expand "migrations/2_add.sql" { after names.deploy; lock_timeout 2s }
    ///   deploy api 2.2 { reads orders.total; writes [orders.total, orders.note] }
    /// }
    /// ```
    ///
    /// ```sql,file
    /// -- file: migrations/1_add.sql
    /// ALTER TABLE users ADD COLUMN nickname text;
    /// ```
    ///
    /// ```sql,file
    /// -- file: migrations/2_add.sql
    /// ALTER TABLE orders ADD COLUMN note text;
    /// ```
    ///
    /// ```loadline,good
    /// database orders-db { engine postgres 16; max_connections 100; reserve 10 }
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    /// }
    /// change names {
    ///   on     orders-db
    ///   from   api 2.0 { reads users.name; writes users.name }
    ///   expand "migrations/1_add.sql" { lock_timeout 2s }
    ///   deploy api 2.1 { reads users.name; writes [users.name, users.nickname] }
    /// }
    /// change orders {
    ///   on     orders-db
    ///   from   api 2.1 { reads orders.total; writes orders.total }
    ///   expand "migrations/2_add.sql" { after names.deploy; lock_timeout 2s }
    ///   deploy api 2.2 { reads orders.total; writes [orders.total, orders.note] }
    /// }
    /// ```
    ///
    /// ```sql,file
    /// -- file: migrations/1_add.sql
    /// ALTER TABLE users ADD COLUMN nickname text;
    /// ```
    ///
    /// ```sql,file
    /// -- file: migrations/2_add.sql
    /// ALTER TABLE orders ADD COLUMN note text;
    /// ```
    421 "step-cycle" Error, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let world = context.world;
    let Some(contradiction) = &world.contradiction else {
        return;
    };
    let mut waits = contradiction.waits.iter();
    let Some(first) = waits.next() else { return };
    let message = format!("{} waits for itself", tell::step(world, first.step));
    let mut diagnostic = Diagnostic::new(&RULE, message, world.span(first.step), told(world, first));
    for wait in waits {
        diagnostic = diagnostic.label(world.span(wait.step), told(world, wait));
    }
    found.push(diagnostic.help(
        "say in `from` what runs when the change begins, or take away one `after`: versions of a service come in their order",
    ));
}

fn told(world: &World<'_>, wait: &Wait) -> String {
    let (step, behind) = (tell::step(world, wait.step), tell::step(world, wait.behind));
    match wait.why {
        Why::Step => format!("{step} is behind {behind}"),
        Why::After => format!("{step} waits for {behind}, as `after` says"),
        Why::Newer => format!("{step} rolls out a newer version than {behind}"),
        Why::From => format!("{step} waits for {behind}, which rolls out its `from`"),
        Why::Runs => format!("{step} waits for {behind}, whose `from` it replaces"),
    }
}
