//! What alerts are about: a workload, store or gateway, and under which labels Prometheus knows it.

use std::collections::BTreeMap;

use loadline_compiler::model::{Model, Platform, Workload};
use loadline_compiler::quantity::Duration;

use super::file::{Alert, Annotations, Group, Record, Rule};
use super::proof::{Proof, TestFile};
use crate::escape::prometheus::{Piece, Templated, literal};

/// How soon somebody must look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Severity {
    /// At once, at night too.
    Page,
    /// In the next days.
    Ticket,
}

/// A thing with the rules that were made for it.
pub(crate) struct Subject<'m> {
    pub(crate) model: &'m Model,
    pub(crate) name: &'m str,
    rules: Vec<Rule>,
}

/// What is said of one alert.
pub(crate) struct Said<'a> {
    pub(crate) alert: &'static str,
    pub(crate) severity: Severity,
    pub(crate) expr: String,
    pub(crate) lasting: Option<Duration>,
    /// Labels that tell it from others of its name.
    pub(crate) labels: &'a [(&'static str, &'a str)],
    pub(crate) summary: &'a [Piece<'a>],
    pub(crate) description: &'a [Piece<'a>],
    pub(crate) proof: Proof,
}

impl<'m> Subject<'m> {
    pub(crate) fn new(model: &'m Model, name: &'m str) -> Self {
        Self {
            model,
            name,
            rules: Vec::new(),
        }
    }

    /// The labels that every rule of the subject has, also those that are recorded.
    pub(crate) fn identity(&self) -> Vec<(&'static str, &'m str)> {
        let mut labels = Vec::new();
        if self.model.project.name.is_some() {
            labels.push(("project", self.model.project.name()));
        }
        if let Some(environment) = &self.model.environment {
            labels.push(("environment", environment));
        }
        labels.push(("service", self.name));
        labels
    }

    fn labels(&self) -> BTreeMap<&'static str, Templated> {
        let identity = self.identity().into_iter();
        identity.map(|(name, value)| (name, Templated::text(value))).collect()
    }

    /// A series that this subject recorded.
    pub(crate) fn recorded(&self, record: &str) -> String {
        let matchers: Vec<String> = self
            .identity()
            .iter()
            .map(|(name, value)| format!("{name}={}", literal(value)))
            .collect();
        format!("{record}{{{}}}", matchers.join(","))
    }

    pub(crate) fn record(&mut self, record: String, expr: String) {
        let labels = self.labels();
        self.rules.push(Rule::Record(Record { record, expr, labels }));
    }

    pub(crate) fn alert(&mut self, said: Said<'_>, tests: &mut TestFile) {
        let mut labels = self.labels();
        // Nobody is woken for an environment whose promises are not meant.
        let severity = match said.severity {
            Severity::Page if self.model.is_under_load() => "page",
            Severity::Page | Severity::Ticket => "ticket",
        };
        labels.insert("severity", Templated::text(severity));
        if let Some(owner) = &self.model.project.owner {
            labels.insert("owner", Templated::text(&owner.value));
        }
        for (name, value) in said.labels {
            labels.insert(name, Templated::text(value));
        }
        tests.add(self, said.alert, said.labels, said.proof);
        let runbook = self.model.project.runbook.as_ref();
        let subject = [Piece::Text(self.name), Piece::Text(": ")];
        self.rules.push(Rule::Alert(Alert {
            alert: said.alert,
            expr: said.expr,
            lasting: said.lasting.map(in_promql),
            labels,
            annotations: Annotations {
                summary: Templated::of(&[&subject, said.summary].concat()),
                description: Templated::of(said.description),
                runbook_url: runbook.map(|url| Templated::text(&url.value)),
            },
        }));
    }

    /// The rules, if there are any.
    pub(crate) fn group(self) -> Option<Group> {
        let parts: Vec<&str> = self.identity().iter().map(|(_, value)| *value).collect();
        (!self.rules.is_empty()).then(|| Group {
            name: parts.join("/"),
            rules: self.rules,
        })
    }
}

/// Whole minutes, as far as PromQL is concerned: `10m`, `1h`, `3d`.
pub(crate) fn in_promql(time: Duration) -> String {
    let seconds = time.ceil_seconds();
    let units = [(86_400, "d"), (3_600, "h"), (60, "m")];
    let unit = units
        .iter()
        .find(|(length, _)| 0 < seconds && seconds.is_multiple_of(*length));
    match unit {
        Some((length, unit)) => format!("{}{unit}", seconds / length),
        None => format!("{seconds}s"),
    }
}

/// The matchers that find the metrics of a workload's own processes, without braces.
pub(crate) fn matchers(model: &Model, workload: &Workload) -> String {
    let name = literal(&workload.name.value);
    match model.platform(workload) {
        Platform::Kubernetes(_) => {
            format!("namespace={},container={name}", literal(namespace(model, workload)))
        }
        Platform::Systemd(_) | Platform::Pm2(_) | Platform::Compose => format!("job={name}"),
    }
}

/// The labels by which instances of a workload are told apart.
pub(crate) fn instance_labels(model: &Model, workload: &Workload) -> &'static str {
    match model.platform(workload) {
        Platform::Kubernetes(_) => "pod, instance",
        Platform::Systemd(_) | Platform::Pm2(_) | Platform::Compose => "instance",
    }
}

/// How an annotation names the instance, once [`instance_labels`] are left.
pub(crate) fn instance(model: &Model, workload: &Workload) -> Piece<'static> {
    match model.platform(workload) {
        Platform::Kubernetes(_) => Piece::Code("{{ $labels.pod }}"),
        Platform::Systemd(_) | Platform::Pm2(_) | Platform::Compose => Piece::Code("{{ $labels.instance }}"),
    }
}

/// The namespace of a workload on a cluster.
pub(crate) fn namespace<'m>(model: &'m Model, workload: &Workload) -> &'m str {
    let cluster = workload.place.and_then(|place| model.cluster(place));
    let named = cluster.and_then(|cluster| cluster.namespace.as_ref());
    named.map_or_else(|| model.project.name(), |name| &name.value)
}
