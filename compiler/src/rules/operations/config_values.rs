//! What a declared variable of the application is set to.

use crate::model::{Config, Model, Template, Workload};
use crate::values::Val;

/// Where the value of a declared variable comes from.
pub(super) enum Value<'m> {
    /// From the spec.
    Given(&'m Val<Template>),
    /// A secret: not known here.
    Secret,
    /// Nothing sets it.
    Missing,
}

/// As the targets fill the environment: a secret, the workload's own value, that of the last shared set, the default.
pub(super) fn value<'m>(model: &'m Model, workload: &'m Workload, config: &'m Config) -> Value<'m> {
    let name = config.name.0.as_str();
    if workload.secret.iter().any(|secret| secret.name.0 == name) {
        return Value::Secret;
    }
    let mut shared = workload
        .env_from
        .iter()
        .rev()
        .filter_map(|set| model.config_set(set.id));
    let given = workload
        .env
        .get(name)
        .or_else(|| shared.find_map(|set| set.env.get(name)))
        .or(config.default.as_ref());
    given.map_or(Value::Missing, Value::Given)
}
