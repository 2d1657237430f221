//! What a process finds in its environment.

use std::collections::BTreeMap;

use loadline_compiler::model::{Model, Template, Workload};
use loadline_compiler::values::{Pairs, Val};

use super::text::Text;
use super::variables;
use crate::address::{self, Network};
use crate::output::Output;

/// Defaults of declared configuration, shared sets, own values, secrets: the later ones win.
pub(crate) fn environment(model: &Model, workload: &Workload, out: &mut Output) -> BTreeMap<String, Text> {
    let mut variables = BTreeMap::new();
    for config in &workload.config {
        if let Some(default) = &config.default {
            // The process has the same default; written here, what others connect to cannot differ from it.
            variables.insert(config.name.0.clone(), text(model, default, out));
        }
    }
    for set in &workload.env_from {
        if let Some(set) = model.config_set(set.id) {
            variables.extend(plain(model, &set.env, out));
        }
    }
    variables.extend(plain(model, &workload.env, out));
    for secret in &workload.secret {
        let name = &secret.name.0;
        let value = variables::secret(model, &workload.name.value, name, &secret.source);
        variables.insert(name.clone(), value);
    }
    variables
}

/// Plain values.
pub(crate) fn plain(model: &Model, env: &Pairs<Template>, out: &mut Output) -> BTreeMap<String, Text> {
    env.iter()
        .map(|pair| (pair.name.value.clone(), text(model, &pair.value, out)))
        .collect()
}

fn text(model: &Model, value: &Val<Template>, out: &mut Output) -> Text {
    match address::text(model, &value.value, Network::Compose) {
        Ok(text) => out.escaped(value.span, Text::plain(&text)),
        Err(unknown) => {
            out.diagnostics.push(*unknown);
            Text::default()
        }
    }
}
