//! The plain environment of a process.

use loadline_compiler::model::{Model, Template, Workload};
use loadline_compiler::values::{Pairs, Val};
use loadline_grammar::Span;

use crate::address::{self, Network};
use crate::output::Output;

/// A variable and its value for one instance.
#[derive(Clone, Debug)]
pub(crate) struct Variable {
    pub(crate) name: String,
    pub(crate) value: String,
    /// Where the value is written.
    pub(crate) span: Span,
}

/// Variables of one instance, each once: shared sets first, then `env`, then defaults of `config` that nothing else sets.
/// An address that is not known on a host is reported for the first instance.
pub(crate) fn variables(model: &Model, workload: &Workload, instance: u64, out: &mut Output) -> Vec<Variable> {
    let network = Network::Host {
        from: workload,
        instance,
    };
    let mut found: Vec<Variable> = Vec::new();
    for (name, template) in templates(model, workload) {
        match address::text(model, &template.value, network) {
            Ok(value) => found.push(Variable {
                name: name.to_owned(),
                value,
                span: template.span,
            }),
            Err(diagnostic) if instance == 1 => out.diagnostics.push(*diagnostic),
            Err(_) => {}
        }
    }
    found
}

fn templates<'m>(model: &'m Model, workload: &'m Workload) -> Vec<(&'m str, &'m Val<Template>)> {
    let mut found: Vec<(&str, &Val<Template>)> = Vec::new();
    let mut set = |pairs: &'m Pairs<Template>| {
        for pair in pairs {
            match found.iter_mut().find(|(name, _)| *name == pair.name.value) {
                Some(slot) => slot.1 = &pair.value,
                None => found.push((&pair.name.value, &pair.value)),
            }
        }
    };
    for reference in &workload.env_from {
        if let Some(shared) = model.config_set(reference.id) {
            set(&shared.env);
        }
    }
    set(&workload.env);
    for config in &workload.config {
        let name = config.name.value.0.as_str();
        let secret = workload.secret.iter().any(|s| s.name.value.0 == name);
        let known = found.iter().any(|(found, _)| *found == name) || secret;
        if let Some(default) = config.default.as_ref().filter(|_| !known) {
            found.push((name, default));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::model;

    #[test]
    fn the_nearest_value_wins_and_ports_are_those_of_the_instance() {
        let model = model(
            r#"
            host web { address ["10.0.0.5"] }
            host other { }
            config_set shared { env { LEVEL info; ZONE a } }
            service api {
              run "api"; runtime go; runs_on web; listen http 3000 { step 10 }
              env_from shared
              env { LEVEL debug; SELF self.http.url }
              config PORT integer { default self.http.port }
              config ZONE string { default "never" }
              config TOKEN string { default "never" }
              secret TOKEN from "env:TOKEN"
            }
            service web-shop { run "shop"; runtime go; runs_on other; env API api.http.url }
            "#,
        );
        let mut out = Output::default();
        let shown = |variables: Vec<Variable>| -> Vec<String> {
            let shown = variables.iter();
            shown.map(|v| format!("{}={}", v.name, v.value)).collect()
        };
        let api = &model.workloads[0];
        assert_eq!(
            shown(variables(&model, api, 2, &mut out)),
            ["LEVEL=debug", "ZONE=a", "SELF=http://127.0.0.1:3010", "PORT=3010"]
        );
        // Others are sent to the first instance of it; a gateway spreads.
        assert_eq!(
            shown(variables(&model, &model.workloads[1], 1, &mut out)),
            ["API=http://10.0.0.5:3000"]
        );
        assert!(out.diagnostics.is_empty());
    }
}
