//! How the environment of a container is written: config sets as whole ConfigMaps, everything else variable by variable.

use std::borrow::Cow;

use loadline_compiler::model::Template;
use loadline_compiler::values::{Pairs, Val};
use loadline_grammar::Span;
use serde::Serialize;

use super::config_map::ConfigSets;
use super::place::Place;
use super::secret_ref::{SecretKey, Secrets};
use super::subject::Subject;
use crate::address;
use crate::environment::{self, Origin, Value};
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

/// Of the workload itself. What its config sets hold is in their ConfigMaps, over which `env` of a container wins.
pub(crate) fn of<'m>(
    subject: &Subject<'m>,
    secrets: &mut Secrets<'m>,
    sets: &ConfigSets,
    out: &mut Output,
) -> Environment<'m> {
    let workload = subject.workload;
    let names = workload.env_from.iter().filter_map(|set| sets.name(set.value.id));
    let from = names.map(|name| {
        let name = Cow::Owned(name.to_owned());
        EnvFrom {
            config_map_ref: Named { name },
        }
    });
    let variables = environment::of(subject.place.model, workload).into_iter();
    let own = variables.filter(|variable| variable.origin != Origin::Shared);
    Environment {
        from: from.collect(),
        variables: own
            .filter_map(|variable| match variable.value {
                Value::Plain(value) => Some(plain(subject.place, variable.name, variable.span, value, out)),
                Value::Secret(secret) => {
                    let key = secrets.key(&secret.source, out)?;
                    Some(EnvVar::secret(variable.name, key))
                }
            })
            .collect(),
    }
}

/// Plain variables of another container.
pub(crate) fn beside<'m>(place: &Place<'m>, pairs: &'m Pairs<Template>, out: &mut Output) -> Vec<EnvVar<'m>> {
    let variables = pairs
        .iter()
        .map(|pair| plain(place, &pair.name.value, pair.name.span, &pair.value, out));
    variables.collect()
}

fn plain<'m>(place: &Place<'m>, name: &'m str, span: Span, value: &'m Val<Template>, out: &mut Output) -> EnvVar<'m> {
    out.escaped(span, escape::variable(name).map(|_| ()));
    EnvVar::plain(name, text(place, value, out))
}

impl<'m> EnvVar<'m> {
    pub(crate) fn plain(name: &'m str, value: impl Into<Cow<'m, str>>) -> Self {
        Self {
            name,
            value: Some(value.into()),
            value_from: None,
        }
    }

    fn secret(name: &'m str, secret_key_ref: SecretKey<'m>) -> Self {
        Self {
            name,
            value: None,
            value_from: Some(ValueFrom { secret_key_ref }),
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
