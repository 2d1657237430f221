//! Anything in, no panic out: from text to findings and files.

use loadline_compiler::diagnostic::Severity;
use loadline_compiler::model::TargetName;
use loadline_compiler::project::{self, Loader, ReadError};
use loadline_compiler::source::Sources;
use loadline_compiler::values::Date;

/// A project of one text; every other file is a small migration.
struct Given<'t>(&'t str);

impl Loader for Given<'_> {
    fn read(&mut self, path: &str) -> Result<String, ReadError> {
        match path {
            "loadline.load" => Ok(self.0.to_owned()),
            path if path.ends_with(".sql") => Ok("ALTER TABLE users ADD COLUMN full_name text;".to_owned()),
            _ => Err(ReadError::NotFound),
        }
    }
}

/// Parses, prints, checks and emits; whatever the text, without panic, and with findings inside the text.
pub(crate) fn run(text: &str) {
    let parse = loadline_grammar::parse(text, 0);
    if parse.errors.is_empty() {
        let printed = loadline_grammar::print(&parse.file);
        let again = loadline_grammar::parse(&printed, 0);
        assert!(again.errors.is_empty(), "what was printed does not parse:\n{printed}");
        assert_eq!(
            loadline_grammar::print(&again.file),
            printed,
            "printing is not idempotent"
        );
    }
    let sources = Sources::new();
    let mut loader = Given(text);
    let Ok(project) = project::load(&sources, &mut loader, "loadline.load") else {
        return;
    };
    let mut environments: Vec<Option<String>> = vec![None];
    environments.extend(project.environments().first().map(|name| Some((*name).to_owned())));
    for environment in environments {
        let checked = project.check(environment.as_deref(), &mut loader, |_| Date::default());
        for found in &checked.judged.diagnostics {
            let place = found.labels.iter().all(|label| sources.file(label.span).is_some());
            assert!(place, "{} points outside the text", found.rule.name);
        }
        if checked
            .judged
            .diagnostics
            .iter()
            .any(|found| found.severity == Severity::Error)
        {
            continue;
        }
        for target in TargetName::ALL {
            let output = loadline_targets::emit(&checked.model, *target);
            for artifact in output.artifacts {
                assert!(
                    !artifact.path.split('/').any(|part| part == ".." || part.is_empty()),
                    "{}",
                    artifact.path
                );
            }
        }
    }
}
