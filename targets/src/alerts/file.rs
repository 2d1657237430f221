//! The rule file of Prometheus. Source: Prometheus, "Recording rules" and "Alerting rules".

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use crate::escape::prometheus::Templated;
use crate::yaml::Lines;

#[derive(Default, Serialize)]
pub(crate) struct RuleFile {
    pub(crate) groups: Vec<Group>,
}

#[derive(Serialize)]
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) rules: Vec<Rule>,
}

#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Rule {
    Record(Record),
    Alert(Alert),
}

/// What is computed once and read by several alerts.
#[derive(Serialize)]
pub(crate) struct Record {
    pub(crate) record: String,
    #[serde(serialize_with = "lines")]
    pub(crate) expr: String,
    pub(crate) labels: BTreeMap<&'static str, Templated>,
}

#[derive(Serialize)]
pub(crate) struct Alert {
    pub(crate) alert: &'static str,
    #[serde(serialize_with = "lines")]
    pub(crate) expr: String,
    #[serde(rename = "for", skip_serializing_if = "Option::is_none")]
    pub(crate) lasting: Option<String>,
    pub(crate) labels: BTreeMap<&'static str, Templated>,
    pub(crate) annotations: Annotations,
}

#[derive(Serialize)]
pub(crate) struct Annotations {
    pub(crate) summary: Templated,
    pub(crate) description: Templated,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) runbook_url: Option<Templated>,
}

fn lines<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    Lines(text).serialize(serializer)
}
