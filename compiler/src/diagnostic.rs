//! One shape for everything that is found: syntax, names, units, rules.

use loadline_grammar::{Span, is_forbidden};

use crate::model::ThingId;
use crate::rules::Rule;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; never affects the exit code.
    Note,
    /// Works, with a named risk.
    Warning,
    /// Breaks in the stated worst case.
    Error,
}

impl Severity {
    /// Lower case, as printed.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A place, and what it contributes to the argument.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// One term of the argument: `160 = 16 instances × 2 processes × 5`. Never repeats the message.
    pub text: String,
}

/// A replacement of source text that mends the finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edit {
    /// What is replaced; empty to insert.
    pub span: Span,
    /// By what.
    pub text: String,
}

/// A finding.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// Which rule found it: code, name and documentation.
    pub rule: &'static Rule,
    /// After the project's policy.
    pub severity: Severity,
    /// The fact, with names and both numbers. Makes sense alone. Lower case, no full stop.
    pub message: String,
    /// The first is where the bound or the breach is; the others are the terms that lead to it.
    pub labels: Vec<Label>,
    /// One concrete change with its result.
    pub help: Option<String>,
    /// The machine form of the help, where it is exact.
    pub edits: Vec<Edit>,
    /// Findings of overlapping rules at the same place, and other remarks.
    pub notes: Vec<String>,
    /// The thing it is about: whose `allow` silences it.
    pub subject: Option<ThingId>,
    /// What it is a finding about, where several rules may speak of the same: the first in the catalogue's order reports, and
    /// the others become its notes.
    pub topic: Option<&'static str>,
    /// The environments it holds in, when not in all that were looked at. Empty means everywhere.
    pub environments: Vec<String>,
}

impl Diagnostic {
    /// A finding of `rule` at `span`, at the rule's own severity.
    #[must_use]
    pub fn new(rule: &'static Rule, message: impl Into<String>, span: Span, label: impl Into<String>) -> Self {
        Self {
            rule,
            severity: rule.severity,
            message: visible(message.into()),
            labels: vec![Label {
                span,
                text: visible(label.into()),
            }],
            help: None,
            edits: Vec::new(),
            notes: Vec::new(),
            subject: None,
            topic: None,
            environments: Vec::new(),
        }
    }

    /// Adds a term of the argument.
    #[must_use]
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label {
            span,
            text: visible(text.into()),
        });
        self
    }

    /// Says what to write instead.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(visible(help.into()));
        self
    }

    /// Says what to write instead, in a form a machine can apply.
    #[must_use]
    pub fn edit(mut self, span: Span, text: impl Into<String>) -> Self {
        self.edits.push(Edit {
            span,
            text: text.into(),
        });
        self
    }

    /// Adds a remark.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(visible(note.into()));
        self
    }

    /// Names the thing it is about.
    #[must_use]
    pub fn about(mut self, thing: ThingId) -> Self {
        self.subject = Some(thing);
        self
    }

    /// Says what it is a finding about, so that overlapping rules report once.
    #[must_use]
    pub fn on(mut self, topic: &'static str) -> Self {
        self.topic = Some(topic);
        self
    }

    /// At another severity than the rule's own.
    #[must_use]
    pub fn at(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// Where the bound or the breach is.
    #[must_use]
    pub fn span(&self) -> Span {
        self.labels.first().map(|label| label.span).unwrap_or_default()
    }
}

/// A text of a spec may hold what a terminal takes for a command, or what turns the direction of reading. A finding shows
/// it by its number.
fn visible(text: String) -> String {
    let hidden = |c: char| c != '\n' && is_forbidden(c);
    if !text.contains(hidden) {
        return text;
    }
    let mut out = String::with_capacity(text.len().saturating_add(16));
    for character in text.chars() {
        if hidden(character) {
            out.push_str(&format!("\\u{{{:x}}}", u32::from(character)));
        } else {
            out.push(character);
        }
    }
    out
}

/// `a`, `a and b`, `a, b and c`.
#[must_use]
pub fn listed<T: AsRef<str>>(items: &[T]) -> String {
    joined(items, "and")
}

/// `a`, `a or b`, `a, b or c`.
#[must_use]
pub fn alternatives<T: AsRef<str>>(items: &[T]) -> String {
    joined(items, "or")
}

fn joined<T: AsRef<str>>(items: &[T], word: &str) -> String {
    match items {
        [] => String::new(),
        [only] => only.as_ref().to_owned(),
        [most @ .., last] => {
            let most: Vec<&str> = most.iter().map(AsRef::as_ref).collect();
            format!("{} {word} {}", most.join(", "), last.as_ref())
        }
    }
}

/// `1 process`, `2 processes`.
#[must_use]
pub fn counted(count: u64, singular: &str) -> String {
    let plural = match singular {
        "process" => "processes".to_owned(),
        "replica" | "instance" | "connection" | "pod" => format!("{singular}s"),
        other if other.ends_with('y') => format!("{}ies", other.trim_end_matches('y')),
        other => format!("{other}s"),
    };
    if count == 1 {
        format!("1 {singular}")
    } else {
        format!("{} {plural}", thousands(count))
    }
}

/// `10000` as `10,000`.
#[must_use]
pub fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index != 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_shown_by_its_number() {
        let rule = &crate::rules::syntax::wrong_unit::RULE;
        let found = Diagnostic::new(rule, "a\u{1b}[2Jb\r", Span::default(), "\u{202e}c")
            .help("one\ntwo\u{7}")
            .note("\u{9b}é");
        assert_eq!(found.message, r"a\u{1b}[2Jb\u{d}");
        assert_eq!(found.labels[0].text, r"\u{202e}c");
        assert_eq!(found.help.unwrap(), "one\ntwo\\u{7}");
        assert_eq!(found.notes, [r"\u{9b}é"]);
    }
}
