//! The project's files that workloads mount: their text becomes part of the outputs.

use crate::diagnostic::Diagnostic;
use crate::lower::Cx;
use crate::model::{FileSource, Model};
use crate::project::{Loader, ReadError};
use crate::rules::syntax;

pub(crate) fn read(model: &mut Model, loader: &mut dyn Loader, cx: &mut Cx<'_>) {
    for workload in &model.workloads {
        cx.subject = Some(workload.id);
        for file in &workload.settings.file {
            let FileSource::Local(path) = &file.source else {
                continue;
            };
            if model.files.contains_key(&path.value.0) {
                continue;
            }
            match loader.read(&path.value.0) {
                Ok(text) => _ = model.files.insert(path.value.0.clone(), text),
                Err(ReadError::Outside) => {
                    cx.report(syntax::path_outside_project::found(&path.value.0, path.span));
                }
                Err(error) => {
                    let rule = &syntax::unknown_reference::RULE;
                    let message = error.message(&path.value.0);
                    cx.report(Diagnostic::new(rule, message, path.span, "mounted from here"));
                }
            }
        }
    }
    cx.subject = None;
}
