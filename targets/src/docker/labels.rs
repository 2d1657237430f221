//! What an image says of itself.

use loadline_compiler::model::{Model, Workload};
use loadline_grammar::Span;

use super::view::Pair;
use crate::escape::dockerfile as escape;
use crate::output::Output;

/// The keys of the OCI image specification that the spec knows a value for, then the labels of project and workload.
///
/// No time of creation: the same spec gives the same bytes. No revision: that is the build's to say, with `--label`.
pub(crate) fn view(model: &Model, workload: &Workload, out: &mut Output) -> Vec<Pair> {
    let project = &model.project;
    let mut labels = Labels(Vec::new());
    let name = &workload.name;
    labels.oci("title", name.value.0.clone(), name.span);
    let description = workload
        .documentation
        .split_whitespace()
        .collect::<Vec<&str>>()
        .join(" ");
    if !description.is_empty() {
        labels.oci("description", description, workload.span);
    }
    if let Some(version) = &workload.version {
        labels.oci("version", version.value.0.clone(), version.span);
    }
    if let Some(owner) = &project.owner {
        labels.oci("authors", owner.value.0.clone(), owner.span);
    }
    if let Some(runbook) = &project.runbook {
        labels.oci("documentation", runbook.value.0.clone(), runbook.span);
    }
    for pair in project.labels.iter().chain(workload.labels.iter()) {
        labels.set(pair.name.value.clone(), pair.value.value.0.clone(), pair.value.span);
    }
    labels
        .0
        .into_iter()
        .map(|(key, value, span)| Pair {
            name: out.escaped(span, escape::label_key(&key)),
            value: out.escaped(span, escape::value(&value)),
        })
        .collect()
}

struct Labels(Vec<(String, String, Span)>);

impl Labels {
    fn oci(&mut self, key: &str, value: String, span: Span) {
        self.set(format!("org.opencontainers.image.{key}"), value, span);
    }

    /// A later label replaces an earlier one: a workload's own that of the project.
    fn set(&mut self, key: String, value: String, span: Span) {
        match self.0.iter_mut().find(|(known, _, _)| *known == key) {
            Some(label) => *label = (key, value, span),
            None => self.0.push((key, value, span)),
        }
    }
}
