//! What an image says of itself.

use loadline_compiler::model::{Model, Workload};
use loadline_compiler::values::Val;
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
        let (key, value) = (pair.name.clone(), pair.value.value.0.clone());
        labels.set(key, Val::written(value, pair.value.span));
    }
    labels
        .0
        .into_iter()
        .map(|(key, value)| Pair {
            name: out.escape(&key, |key| escape::label_key(key)),
            value: out.escape(&value, |value| escape::value(value)),
        })
        .collect()
}

struct Labels(Vec<(Val<String>, Val<String>)>);

impl Labels {
    fn oci(&mut self, key: &str, value: String, span: Span) {
        let key = format!("org.opencontainers.image.{key}");
        self.set(Val::written(key, span), Val::written(value, span));
    }

    /// A later label replaces an earlier one: a workload's own that of the project.
    fn set(&mut self, key: Val<String>, value: Val<String>) {
        match self.0.iter_mut().find(|(known, _)| known.value == key.value) {
            Some(label) => *label = (key, value),
            None => self.0.push((key, value)),
        }
    }
}
