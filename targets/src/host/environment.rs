//! The plain environment of a process on a host, where each instance may have ports of its own.

use loadline_compiler::model::{Model, Template, Workload};
use loadline_compiler::values::Val;
use loadline_grammar::Span;

use crate::address::{self, Network};
use crate::environment::{self, Value};
use crate::output::Output;

/// A variable and its value for one instance.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) name: String,
    pub(crate) value: String,
    /// Where the value is written.
    pub(crate) span: Span,
}

/// What one instance is told that is no secret.
pub(crate) fn told(model: &Model, workload: &Workload, instance: u64, out: &mut Output) -> Vec<Told> {
    let variables = environment::of(model, workload).into_iter();
    let told = variables.filter_map(|variable| match variable.value {
        Value::Plain(value) => Some(Told {
            name: variable.name.to_owned(),
            value: text(model, workload, instance, value, out)?,
            span: value.span,
        }),
        Value::Secret(_) => None,
    });
    told.collect()
}

/// A value for one instance. An address that is not known on a host is reported for the first.
pub(crate) fn text(
    model: &Model,
    workload: &Workload,
    instance: u64,
    value: &Val<Template>,
    out: &mut Output,
) -> Option<String> {
    let network = Network::Host {
        from: workload,
        instance,
    };
    match address::text(model, &value.value, network) {
        Ok(text) => Some(text),
        Err(diagnostic) => {
            if instance == 1 {
                out.diagnostics.push(*diagnostic);
            }
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::model;

    #[test]
    fn ports_are_those_of_the_instance() {
        let model = model(
            r#"
            host web { address ["10.0.0.5"] }
            host other { }
            service api {
              run "api"; runtime go; runs_on web; listen http 3000 { step 10 }
              env { SELF self.http.url }
              config PORT integer { default self.http.port }
              secret TOKEN from "env:TOKEN"
            }
            service web-shop { run "shop"; runtime go; runs_on other; env API api.http.url }
            "#,
        );
        let mut out = Output::default();
        let shown = |told: Vec<Told>| -> Vec<String> {
            let shown = told.iter();
            shown.map(|v| format!("{}={}", v.name, v.value)).collect()
        };
        let api = &model.workloads[0];
        assert_eq!(
            shown(told(&model, api, 2, &mut out)),
            ["SELF=http://127.0.0.1:3010", "PORT=3010"]
        );
        // Others are sent to the first instance of it; a gateway spreads.
        assert_eq!(
            shown(told(&model, &model.workloads[1], 1, &mut out)),
            ["API=http://10.0.0.5:3000"]
        );
        assert!(out.diagnostics.is_empty());
    }
}
