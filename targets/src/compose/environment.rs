//! How the environment of a container is written.

use std::collections::BTreeMap;

use loadline_compiler::model::{Model, Template, Workload};
use loadline_compiler::values::Val;

use super::text::Text;
use super::variables;
use crate::address::{self, Network};
use crate::environment::{self, Value, Variable};
use crate::output::Output;

/// Of a workload's main process.
pub(crate) fn environment(model: &Model, workload: &Workload, out: &mut Output) -> BTreeMap<String, Text> {
    written(model, workload, environment::of(model, workload), out)
}

/// These variables, in a container of the workload or beside it.
pub(crate) fn written<'m>(
    model: &Model,
    workload: &Workload,
    variables: impl IntoIterator<Item = Variable<'m>>,
    out: &mut Output,
) -> BTreeMap<String, Text> {
    let written = variables.into_iter().map(|variable| {
        let value = match variable.value {
            Value::Plain(value) => text(model, value, out),
            Value::Secret(secret) => {
                variables::secret(model, &workload.name.value, variable.name, &secret.source.value)
            }
        };
        (variable.name.to_owned(), value)
    });
    written.collect()
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
