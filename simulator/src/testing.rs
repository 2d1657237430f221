//! Models for tests.

use loadline_compiler::diagnostic::Severity;
use loadline_compiler::model::Model;
use loadline_compiler::project::{self, Loader, ReadError};
use loadline_compiler::source::Sources;

/// A project of one file.
struct Only(String);

impl Loader for Only {
    fn read(&mut self, path: &str) -> Result<String, ReadError> {
        let is_it = path == "loadline.load";
        is_it.then(|| self.0.clone()).ok_or(ReadError::NotFound)
    }
}

/// The model of a spec without mistakes.
pub(crate) fn model(spec: &str) -> Model {
    let sources = Sources::new();
    let mut loader = Only(spec.to_owned());
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
