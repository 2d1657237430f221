//! Findings that only follow from others, and would be gone with them.

use std::collections::BTreeSet;

use crate::diagnostic::{Diagnostic, Severity};
use crate::model::ThingId;
use crate::rules::{Rule, syntax};
use crate::schema::TOP_LEVEL;
use crate::source::Sources;

/// A setting that is there but does not read is not missing too: only things without other mistakes are said to lack one.
pub(crate) fn without_missing(mut found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let missing = |diagnostic: &Diagnostic| diagnostic.rule.code == syntax::missing_setting::RULE.code;
    let mistaken: BTreeSet<ThingId> = found
        .iter()
        .filter(|diagnostic| diagnostic.severity == Severity::Error && !missing(diagnostic))
        .filter_map(|diagnostic| diagnostic.subject)
        .collect();
    found
        .retain(|diagnostic| !missing(diagnostic) || diagnostic.subject.is_none_or(|thing| !mistaken.contains(&thing)));
    found
}

/// A block whose line does not read declares its name all the same: who refers to it made no mistake.
pub(crate) fn without_unknown(mut found: Vec<Diagnostic>, sources: &Sources) -> Vec<Diagnostic> {
    let declared: BTreeSet<&str> = found
        .iter()
        .filter_map(|diagnostic| declared_there(diagnostic, sources))
        .collect();
    if !declared.is_empty() {
        let unknown = |diagnostic: &Diagnostic| diagnostic.rule.code == syntax::unknown_reference::RULE.code;
        found.retain(|diagnostic| {
            let named = sources.slice(diagnostic.span());
            // `api.http.port` refers to `api`.
            !unknown(diagnostic) || !declared.contains(named.split('.').next().unwrap_or(named))
        });
    }
    found
}

/// The name behind the keyword, on a line that could not be parsed or begins with an unknown keyword.
fn declared_there<'s>(diagnostic: &Diagnostic, sources: &'s Sources) -> Option<&'s str> {
    let code = diagnostic.rule.code;
    let (unread, unknown) = (syntax::syntax_error::RULE.code, syntax::unknown_block::RULE.code);
    if code != unread && code != unknown {
        return None;
    }
    let span = diagnostic.span();
    let file = sources.file(span)?;
    let line = file.line(span.start).trim_start();
    let (keyword, rest) = line.split_once([' ', '\t'])?;
    if code == unread && !TOP_LEVEL.iter().any(|block| block.keyword == keyword) {
        return None;
    }
    let rest = rest.trim_start().trim_start_matches(['"', '\'']);
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    let name = end.map_or(rest, |end| rest.get(..end).unwrap_or_default());
    (!name.is_empty()).then_some(name)
}

/// Whether a rule is about something that is not there: where a text could not be parsed, it may only not have been read.
pub(crate) fn depends_on_what_is_missing(rule: &Rule) -> bool {
    let rules = [
        syntax::missing_setting::RULE.code,
        syntax::missing_first_revision::RULE.code,
        syntax::unused_allow::RULE.code,
        syntax::unused_let::RULE.code,
        syntax::unused_template::RULE.code,
    ];
    rules.contains(&rule.code)
}
