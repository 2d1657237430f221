//! `reserve-missing`

use crate::budget::connections::supply;
use crate::diagnostic::Diagnostic;
use crate::model::ThingKind;
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// A database with clients keeps connections back for people and tools.
    /// ## Why
    /// When the pools have taken everything, the operator who wants to find out why cannot connect, and neither can the
    /// migration that would help. The three that PostgreSQL keeps are for superusers only.
    /// ## Source
    /// PostgreSQL: `superuser_reserved_connections` is 3, `reserved_connections` (16 and later) is 0.
    ///
    /// ```loadline,bad
    /// database orders-db { engine postgres 16; max_connections 200 }
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   uses   orders-db { pool 10 }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// database orders-db { engine postgres 16; max_connections 200; reserve 20 }
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   uses   orders-db { pool 10 }
    /// }
    /// ```
    209 "reserve-missing" Warning, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for store in context
        .model
        .stores
        .iter()
        .filter(|store| store.id.kind == ThingKind::Database)
    {
        // Without a declared limit nobody administers it in this spec; without clients nothing can take everything.
        let (None, Some(limit)) = (&store.reserve, &store.max_connections) else {
            continue;
        };
        let kept = supply(store).map_or(0, |supply| supply.reserved);
        let message = format!("`{}` keeps no connections back for administration", store.name.value);
        let label = match kept {
            0 => "clients may take all of them".to_owned(),
            kept => format!("clients may take all but the engine's own {kept}"),
        };
        // A tenth, at least five: enough for a few sessions, a migration and a monitoring agent.
        let suggested = (limit.value / 10).max(5);
        let diagnostic = Diagnostic::new(&RULE, message, limit.span, label)
            .help(format!("write `reserve {suggested}`"))
            .about(store.id);
        found.push(diagnostic);
    }
}
