//! Models for tests.

use loadline_compiler::diagnostic::Severity;
use loadline_compiler::model::Model;
use loadline_compiler::project::{self, Loader, ReadError};
use loadline_compiler::source::Sources;

/// A project in memory.
struct Files<'f>(&'f [(&'f str, &'f str)]);

impl Loader for Files<'_> {
    fn read(&mut self, path: &str) -> Result<String, ReadError> {
        let found = self.0.iter().find(|(name, _)| *name == path);
        found.map(|(_, text)| (*text).to_owned()).ok_or(ReadError::NotFound)
    }
}

/// The model of a spec without mistakes.
pub(crate) fn model(spec: &str) -> Model {
    model_with(spec, &[])
}

/// The same, of a spec that names further files.
pub(crate) fn model_with(spec: &str, files: &[(&str, &str)]) -> Model {
    let sources = Sources::new();
    let mut all = vec![("loadline.load", spec)];
    all.extend(files);
    let mut loader = Files(&all);
    let project = project::load(&sources, &mut loader, "loadline.load").unwrap();
    let resolution = project.resolve(None, &mut loader);
    let found = project.diagnostics().iter().chain(&resolution.diagnostics);
    let errors: Vec<&str> = found
        .filter(|found| found.severity == Severity::Error)
        .map(|found| found.message.as_str())
        .collect();
    assert_eq!(errors, Vec::<&str>::new(), "{spec}");
    resolution.model
}
