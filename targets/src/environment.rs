//! What a process finds in its environment, and where each value comes from. A target only decides how it writes it.

use loadline_compiler::model::{Model, Secret, Template, Workload};
use loadline_compiler::values::{Pairs, Val};
use loadline_grammar::Span;

/// A variable of a process.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Variable<'m> {
    pub(crate) name: &'m str,
    /// Where the name is written.
    pub(crate) span: Span,
    pub(crate) value: Value<'m>,
    pub(crate) origin: Origin,
}

/// What a variable holds.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Value<'m> {
    /// A text; the addresses in it depend on the network.
    Plain(&'m Val<Template>),
    /// A secret, which is written as a reference only.
    Secret(&'m Secret),
}

/// Which setting gives a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A config set, by `env_from`.
    Shared,
    /// `env` or `secret` of the thing itself.
    Own,
    /// The `default` of a `config`.
    Default,
}

/// The variables of a workload, each name once: shared sets, `env`, defaults of `config` that nothing else sets, secrets.
///
/// The nearest wins: `env` and `secret` over shared sets, of two sets the later one. A name that is given by both `env` and
/// `secret` is an error of the spec (`variable-set-twice`).
///
/// A default is written although the process has the same: what others connect to cannot differ from it then.
pub(crate) fn of<'m>(model: &'m Model, workload: &'m Workload) -> Vec<Variable<'m>> {
    let sets = workload.env_from.iter().filter_map(|set| model.config_set(set.id));
    let shared = sets.flat_map(|set| plain(&set.env)).map(|variable| Variable {
        origin: Origin::Shared,
        ..variable
    });
    let secrets = workload.secret.iter().map(|secret| Variable {
        name: &secret.name.value.0,
        span: secret.name.span,
        value: Value::Secret(secret),
        origin: Origin::Own,
    });
    let mut found: Vec<Variable<'m>> = Vec::new();
    for variable in shared.chain(plain(&workload.env)) {
        replace(&mut found, variable);
    }
    found.extend(defaults(workload, &found));
    for variable in secrets {
        replace(&mut found, variable);
    }
    found
}

/// The variables of something that has only plain ones of its own: a sidecar, a step before the start, a config set.
pub(crate) fn plain(pairs: &Pairs<Template>) -> impl Iterator<Item = Variable<'_>> {
    pairs.iter().map(|pair| Variable {
        name: &pair.name.value,
        span: pair.name.span,
        value: Value::Plain(&pair.value),
        origin: Origin::Own,
    })
}

fn defaults<'m>(workload: &'m Workload, known: &[Variable<'_>]) -> Vec<Variable<'m>> {
    let configs = workload.config.iter().filter_map(|config| {
        let name = config.name.value.0.as_str();
        let default = config.default.as_ref()?;
        let is_known = known.iter().any(|variable| variable.name == name);
        (!is_known).then_some(Variable {
            name,
            span: config.name.span,
            value: Value::Plain(default),
            origin: Origin::Default,
        })
    });
    configs.collect()
}

fn replace<'m>(found: &mut Vec<Variable<'m>>, variable: Variable<'m>) {
    found.retain(|known| known.name != variable.name);
    found.push(variable);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::model;

    #[test]
    fn each_name_stands_once_and_the_nearest_value_wins() {
        let model = model(
            r#"
            config_set first  { env { LEVEL info; ZONE a; TOKEN shared } }
            config_set second { env { ZONE b } }
            service api {
              image    "api:1.0.0"
              env_from first
              env_from second
              env    { LEVEL debug }
              config PORT   integer { default 3000 }
              config ZONE   string  { default "never" }
              config SECRET string  { default "never" }
              secret TOKEN  from "env:TOKEN"
              secret SECRET from "env:SECRET"
            }
            "#,
        );
        let shown = |variable: &Variable<'_>| {
            let value = match variable.value {
                Value::Plain(value) => value.as_text().unwrap().to_owned(),
                Value::Secret(secret) => format!("secret {}", secret.name.value.0),
            };
            format!("{} = {value} ({:?})", variable.name, variable.origin)
        };
        let variables = of(&model, &model.workloads[0]);
        assert_eq!(
            variables.iter().map(shown).collect::<Vec<_>>(),
            [
                "ZONE = b (Shared)",
                "LEVEL = debug (Own)",
                "PORT = 3000 (Default)",
                "TOKEN = secret TOKEN (Own)",
                "SECRET = secret SECRET (Own)",
            ]
        );
    }
}
