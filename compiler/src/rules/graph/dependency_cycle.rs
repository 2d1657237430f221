//! `dependency-cycle`

use crate::diagnostic::{Diagnostic, listed};
use crate::model::Edge;
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// Services do not wait for each other in a circle.
    /// ## Why
    /// Healthy systems have such circles, so this is a note. It says what a circle costs: none of its members can be deployed
    /// before those that it calls, so they roll out at the same time and count as one wave; after an outage each may wait for
    /// another to come up; and a request that goes round once too often holds a worker in each of them.
    /// ## Source
    /// Waves of a deploy are the strongly connected components of the calls (Tarjan), callees first.
    ///
    /// ```loadline,bad
    /// template service-base {
    ///   image  "ghcr.io/acme/app@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 256Mi
    ///   listen http 3000
    ///   health { ready "/readyz"; live "/livez" }
    /// }
    /// service orders { extends service-base; calls users { timeout 2s } }
    /// service users { extends service-base; calls orders { timeout 1s } }
    /// ```
    ///
    /// ```loadline,good
    /// template service-base {
    ///   image  "ghcr.io/acme/app@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 256Mi
    ///   listen http 3000
    ///   health { ready "/readyz"; live "/livez" }
    /// }
    /// service orders { extends service-base; calls users { timeout 2s } }
    /// # How many orders a user has is left out when it is not known.
    /// service users { extends service-base; calls orders { timeout 1s; optional } }
    /// ```
    101 "dependency-cycle" Note, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for cycle in context.model.graph.cycles() {
        let Some(first) = cycle.first() else { continue };
        let name = |edge: &Edge| format!("`{}`", context.model.name(edge.from));
        let members: Vec<String> = cycle.iter().map(name).collect();
        let message = format!("{} wait for each other in a circle", listed(&members));
        let label = |edge: &Edge| format!("{} waits for `{}`", name(edge), context.model.name(edge.to));
        let mut diagnostic = Diagnostic::new(&RULE, message, first.span, label(first)).about(first.from);
        for edge in cycle.iter().skip(1) {
            diagnostic = diagnostic.label(edge.span, label(edge));
        }
        found.push(diagnostic.help(
            "write `optional` on a call that its caller can answer without: then there is an order to deploy them in",
        ));
    }
}
