//! The workflow file. Source: GitHub, "Workflow syntax for GitHub Actions".

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use crate::escape::github::Inert;

#[derive(Serialize)]
pub(crate) struct Workflow {
    pub(crate) name: Inert,
    pub(crate) on: Triggers,
    /// Nothing, unless a job says otherwise.
    pub(crate) permissions: BTreeMap<&'static str, &'static str>,
    pub(crate) concurrency: Concurrency,
    pub(crate) jobs: Jobs,
}

#[derive(Serialize)]
pub(crate) struct Triggers {
    pub(crate) pull_request: BTreeMap<&'static str, &'static str>,
    pub(crate) push: Push,
}

#[derive(Serialize)]
pub(crate) struct Push {
    pub(crate) branches: [&'static str; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Concurrency {
    pub(crate) group: &'static str,
    pub(crate) cancel_in_progress: &'static str,
}

/// Variables: ours, which may be expressions, and texts of the spec.
pub(crate) type Values = BTreeMap<&'static str, Value>;

#[derive(Clone)]
pub(crate) enum Value {
    Own(&'static str),
    Number(u64),
    Off,
    Text(Inert),
}

impl Value {
    pub(crate) fn text(text: &str) -> Self {
        Self::Text(Inert::of(text))
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Own(text) => crate::yaml::Lines(text).serialize(serializer),
            Self::Number(number) => serializer.serialize_u64(*number),
            Self::Off => serializer.serialize_bool(false),
            Self::Text(text) => text.serialize(serializer),
        }
    }
}

/// In the order in which they run, as far as there is one.
#[derive(Default)]
pub(crate) struct Jobs(pub(crate) Vec<(String, Job)>);

impl Serialize for Jobs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, job)| (name, job)))
    }
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Job {
    pub(crate) name: Inert,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) needs: Vec<String>,
    #[serde(rename = "if", skip_serializing_if = "Option::is_none")]
    pub(crate) condition: Option<&'static str>,
    pub(crate) runs_on: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) container: Option<Inert>,
    pub(crate) permissions: BTreeMap<&'static str, &'static str>,
    pub(crate) timeout_minutes: u64,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) env: Values,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) defaults: Option<Defaults>,
    pub(crate) steps: Vec<Step>,
}

#[derive(Serialize)]
pub(crate) struct Defaults {
    pub(crate) run: Directory,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Directory {
    pub(crate) working_directory: Inert,
}

/// A step. What it runs is ours: texts of the spec reach it by its environment.
#[derive(Default, Serialize)]
pub(crate) struct Step {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<&'static str>,
    #[serde(rename = "if", skip_serializing_if = "Option::is_none")]
    pub(crate) condition: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) uses: Option<&'static str>,
    #[serde(rename = "with", skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) inputs: Values,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) env: Values,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "script")]
    pub(crate) run: Option<&'static str>,
}

fn script<S: Serializer>(text: &Option<&'static str>, serializer: S) -> Result<S::Ok, S::Error> {
    crate::yaml::Lines(text.unwrap_or_default()).serialize(serializer)
}

impl Step {
    pub(crate) fn uses(action: &'static str, inputs: Values) -> Self {
        Self {
            uses: Some(action),
            inputs,
            ..Self::default()
        }
    }

    pub(crate) fn run(name: &'static str, run: &'static str, env: Values) -> Self {
        Self {
            name: Some(name),
            run: Some(run),
            env,
            ..Self::default()
        }
    }

    pub(crate) fn when(mut self, condition: &'static str) -> Self {
        self.condition = Some(condition);
        self
    }
}
