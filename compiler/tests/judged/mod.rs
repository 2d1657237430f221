//! What is found in a spec, as lines.

use loadline_compiler::project::{self, Loader, ReadError};
use loadline_compiler::source::Sources;
use loadline_compiler::values::Date;

struct Files(String);

impl Loader for Files {
    fn read(&mut self, path: &str) -> Result<String, ReadError> {
        match path {
            "loadline.load" => Ok(self.0.clone()),
            _ => Err(ReadError::NotFound),
        }
    }
}

/// `severity: message; help` of each finding of a rule, in the order of the text.
pub(crate) fn of(rule: &str, spec: &str) -> Vec<String> {
    in_environment(rule, None, spec)
}

/// The same in an environment.
pub(crate) fn in_environment(rule: &str, environment: Option<&str>, spec: &str) -> Vec<String> {
    let sources = Sources::new();
    let mut files = Files(spec.to_owned());
    let project = project::load(&sources, &mut files, "loadline.load").unwrap();
    let found = project
        .check(environment, &mut files, |_| Date::default())
        .judged
        .diagnostics;
    let unread: Vec<&str> = found
        .iter()
        .filter(|found| found.rule.code < 15)
        .map(|found| found.message.as_str())
        .collect();
    assert!(unread.is_empty(), "{unread:?} in:\n{spec}");
    let own = found.iter().filter(|found| found.rule.name == rule);
    let line = |found: &loadline_compiler::diagnostic::Diagnostic| {
        let help = found.help.as_deref().unwrap_or_default();
        format!("{}: {}; {help}", found.severity.word(), found.message)
    };
    own.map(line).collect()
}

/// The only finding of a rule.
#[track_caller]
pub(crate) fn one(rule: &str, spec: &str) -> String {
    let found = of(rule, spec);
    let [one] = found.as_slice() else {
        panic!("{rule}: {} findings {found:#?} in:\n{spec}", found.len());
    };
    one.clone()
}

/// That a rule finds nothing.
#[track_caller]
pub(crate) fn silent(rule: &str, spec: &str) {
    let found = of(rule, spec);
    assert!(found.is_empty(), "{rule}: {found:#?} in:\n{spec}");
}
