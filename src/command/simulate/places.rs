//! Where the spec says what, or else which option of the command line does.

use loadline_compiler::source::Sources;
use loadline_compiler::what_if::Asked;
use loadline_grammar::Span;
use loadline_simulator::outcome::Place;
use loadline_simulator::report::Located;
use loadline_simulator::system::Refusal;

use super::setting::setting;
use super::what_if;
use crate::files::Location;

/// Of a project, and of what was asked besides.
#[derive(Clone, Copy)]
pub(in crate::command) struct Places<'p> {
    pub(in crate::command) sources: &'p Sources,
    pub(in crate::command) location: &'p Location,
    pub(in crate::command) asked: Option<&'p Asked>,
}

impl Places<'_> {
    /// A place as its reader finds it.
    pub(in crate::command) fn locate(self, place: Place) -> Option<Located> {
        let span = span(place);
        if let Some((word, argument)) = self.asked.and_then(|asked| asked.argument(span)) {
            return Some(Located::Argument(format!(
                "{} {}",
                word.option(),
                what_if::as_typed(argument)
            )));
        }
        let file = self.sources.file(span)?;
        // A value that was laid over the spec is called as it was given.
        if file.name.starts_with("--set ") {
            return Some(Located::Argument(file.name.clone()));
        }
        let position = file.position(span.start);
        let line = file.line(span.start);
        let at = line.char_indices().nth(position.column.saturating_sub(1));
        let at = at.map_or(line.len(), |(at, _)| at);
        let length = usize::try_from(place.end.saturating_sub(place.start)).unwrap_or(0);
        Some(Located::File {
            file: format!("{}{}", self.location.prefix, file.name),
            line: position.line,
            column: position.column,
            excerpt: setting(line, at, at + length).to_owned(),
        })
    }

    /// What stands in the way, or is taken for granted: where, what, and what to do about it.
    pub(in crate::command) fn said(self, refusal: &Refusal) -> String {
        let argument = self
            .asked
            .and_then(|asked| asked.refused(span(refusal.place), &refusal.message, &refusal.help));
        if let Some(problem) = argument {
            return problem.to_string();
        }
        let at = self
            .locate(refusal.place)
            .map_or_else(String::new, |at| format!("{at}: "));
        format!("{at}{}\n  help: {}", refusal.message, refusal.help)
    }
}

const fn span(place: Place) -> Span {
    Span {
        start: place.start,
        end: place.end,
    }
}
