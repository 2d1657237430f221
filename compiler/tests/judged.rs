//! What one rule finds in a spec, as lines.

use crate::harness::check_with;

/// `severity: message; help` of each finding of a rule, in the order of the text.
pub(crate) fn of(rule: &str, spec: &str) -> Vec<String> {
    in_environment(rule, None, spec)
}

/// The same in an environment.
pub(crate) fn in_environment(rule: &str, environment: Option<&str>, spec: &str) -> Vec<String> {
    let found = check_with(spec, &[], environment).diagnostics;
    let unread = found.iter().filter(|found| found.rule.code < 15);
    let unread: Vec<&str> = unread.map(|found| found.message.as_str()).collect();
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
