//! Labels and annotations.

use std::collections::BTreeMap;

use loadline_compiler::model::{Model, Workload};
use loadline_compiler::values::{Pairs, Text as Words};

use super::text::Text;
use crate::output::Output;

/// The labels of the project, on everything that takes labels.
pub(crate) fn of_project(model: &Model, out: &mut Output) -> BTreeMap<String, Text> {
    texts(&model.project.labels, out)
}

/// Those of the project and the workload's own, which win.
pub(crate) fn of_workload(model: &Model, workload: &Workload, out: &mut Output) -> BTreeMap<String, Text> {
    let mut labels = of_project(model, out);
    labels.extend(texts(&workload.labels, out));
    labels
}

/// Names and their texts.
pub(crate) fn texts(pairs: &Pairs<Words>, out: &mut Output) -> BTreeMap<String, Text> {
    pairs
        .iter()
        .map(|pair| {
            // Compose fills in no variables here, so that a key is written as it is.
            out.escape(&pair.name, |name| Text::plain(name).map(|_| ()));
            let value = out.escape(&pair.value, |text| Text::plain(text));
            (pair.name.value.clone(), value)
        })
        .collect()
}
