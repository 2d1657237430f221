//! The environment of a container.

use std::borrow::Cow;
use std::collections::BTreeSet;

use loadline_compiler::model::Template;
use loadline_compiler::values::{Pairs, Val};
use serde::Serialize;

use super::config_map::ConfigSets;
use super::place::Place;
use super::secret_ref::{SecretKey, Secrets};
use super::subject::Subject;
use crate::address;
use crate::escape::kubernetes as escape;
use crate::output::Output;

/// Variables of a container.
#[derive(Clone, Debug, Default)]
pub(crate) struct Environment<'m> {
    /// Whole ConfigMaps; what stands in `variables` too wins there.
    pub(crate) from: Vec<EnvFrom<'m>>,
    /// Each name once.
    pub(crate) variables: Vec<EnvVar<'m>>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EnvFrom<'m> {
    config_map_ref: Named<'m>,
}

#[derive(Clone, Debug, Serialize)]
struct Named<'m> {
    name: Cow<'m, str>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EnvVar<'m> {
    pub(crate) name: &'m str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) value: Option<Cow<'m, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) value_from: Option<ValueFrom<'m>>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ValueFrom<'m> {
    secret_key_ref: SecretKey<'m>,
}

/// Of the workload itself: `env` as written, `config` that nothing sets, secrets.
pub(crate) fn of<'m>(
    subject: &Subject<'m>,
    secrets: &mut Secrets<'m>,
    sets: &ConfigSets,
    out: &mut Output,
) -> Environment<'m> {
    let workload = subject.workload;
    let mut environment = Environment::default();
    let mut shared: BTreeSet<&str> = BTreeSet::new();
    for set in &workload.env_from {
        if let Some(known) = subject.place.model.config_set(set.value.id) {
            shared.extend(known.env.iter().map(|pair| pair.name.value.as_str()));
        }
        if let Some(name) = sets.name(set.value.id) {
            let name = Cow::Owned(name.to_owned());
            environment.from.push(EnvFrom {
                config_map_ref: Named { name },
            });
        }
    }
    environment.variables = plain(subject.place, &workload.env, out);
    let is_secret = |name: &str| {
        let mut secrets = workload.secret.iter();
        secrets.any(|secret| secret.name.value.0 == name)
    };
    for config in &workload.config {
        let name = config.name.value.0.as_str();
        let set = workload.env.get(name).is_some() || shared.contains(name) || is_secret(name);
        if let Some(default) = config.default.as_ref().filter(|_| !set) {
            let value = text(subject.place, default, out);
            environment.variables.push(EnvVar::plain(name, value));
        }
    }
    for secret in &workload.secret {
        let name = secret.name.value.0.as_str();
        if let Some(plain) = workload.env.get(name) {
            let message = format!("`{name}` is given by `env` and by `secret`");
            out.refuse(plain.span, message, "leave one of them out");
            continue;
        }
        if let Some(key) = secrets.key(&secret.source, out) {
            environment.variables.push(EnvVar {
                name,
                value: None,
                value_from: Some(ValueFrom { secret_key_ref: key }),
            });
        }
    }
    environment
}

/// Plain variables, as written.
pub(crate) fn plain<'m>(place: &Place<'m>, pairs: &'m Pairs<Template>, out: &mut Output) -> Vec<EnvVar<'m>> {
    let variables = pairs.iter().map(|pair| {
        out.escape(&pair.name, |name| escape::variable(name).map(|_| ()));
        EnvVar::plain(&pair.name.value, text(place, &pair.value, out))
    });
    variables.collect()
}

impl<'m> EnvVar<'m> {
    pub(crate) fn plain(name: &'m str, value: impl Into<Cow<'m, str>>) -> Self {
        Self {
            name,
            value: Some(value.into()),
            value_from: None,
        }
    }
}

/// A value for `env`, with what it refers to filled in.
fn text<'m>(place: &Place<'m>, template: &'m Val<Template>, out: &mut Output) -> Cow<'m, str> {
    let text = resolved(place, template, out);
    out.escaped(template.span, escape::expanded(text))
}

/// A text with what it refers to filled in.
pub(crate) fn resolved<'m>(place: &Place<'m>, template: &'m Val<Template>, out: &mut Output) -> Cow<'m, str> {
    if let Some(text) = template.as_text() {
        return Cow::Borrowed(text);
    }
    match address::text(place.model, &template.value, place.network()) {
        Ok(text) => Cow::Owned(text),
        Err(found) => {
            out.diagnostics.push(*found);
            Cow::default()
        }
    }
}
