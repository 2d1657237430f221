//! `env-drift`

use std::collections::BTreeSet;

use crate::diagnostic::{Diagnostic, listed};
use crate::model::{Sibling, SiblingWorkload};
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// A variable that some environments set is set in all that are deployed, or is declared with `config`, which has a default or
    /// is checked by itself.
    ///
    /// The same environments are compared as by `artifact-differs-between-environments`.
    /// ## Why
    /// A variable that was added to staging and forgotten in production is found by the first request that needs it. The
    /// program reads nothing, and goes on with it.
    /// ## Source
    /// The specs themselves.
    ///
    /// ```loadline,bad
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    /// }
    /// environment staging { service api { env SEARCH_URL "https://search.staging.example.com" } }
    /// environment production { service api { image "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000" } }
    /// ```
    ///
    /// ```loadline,good
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    /// }
    /// environment staging { service api { env SEARCH_URL "https://search.staging.example.com" } }
    /// environment production { service api { env SEARCH_URL "https://search.example.com" } }
    /// ```
    914 "env-drift" Warning, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let deployed = Sibling::deployed(context.siblings);
    for workload in &context.model.workloads {
        let name = &workload.name.value;
        let own: Vec<(&str, &SiblingWorkload)> = deployed
            .iter()
            .filter_map(|sibling| Some((sibling.name(), sibling.workload(name)?)))
            .collect();
        let variables: BTreeSet<&str> = own
            .iter()
            .flat_map(|(_, own)| own.variables.keys().map(String::as_str))
            .collect();
        for variable in variables {
            let has = |own: &SiblingWorkload| own.variables.contains_key(variable);
            let set: Vec<&str> = own.iter().filter(|(_, own)| has(own)).map(|(name, _)| *name).collect();
            let unset: Vec<&str> = own.iter().filter(|(_, own)| !has(own)).map(|(name, _)| *name).collect();
            let place = own.iter().find_map(|(_, own)| own.variables.get(variable));
            let (Some(place), false) = (place, unset.is_empty()) else {
                continue;
            };
            let message = format!(
                "`{name}` is told `{variable}` in {}, and not in {}",
                listed(&set),
                listed(&unset)
            );
            found.push(
                Diagnostic::new(&RULE, message, *place, "set here alone")
                    .help(format!(
                        "set it in {} too, or declare it: `config {variable} string {{ default … }}`",
                        listed(&unset)
                    ))
                    .about(workload.id),
            );
        }
    }
}
