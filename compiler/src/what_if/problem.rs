//! What is wrong with an argument, and where in it.

use std::fmt;
use std::ops::Range;

use super::Word;
use crate::diagnostic::Severity;

/// What is wrong with an argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Of which option.
    pub word: Word,
    /// The argument, as written.
    pub argument: String,
    /// The part that is wrong, in bytes of the argument.
    pub at: Range<usize>,
    /// How bad it is.
    pub severity: Severity,
    /// The fact. Makes sense alone.
    pub message: String,
    /// What the part is.
    pub label: String,
    /// What to write instead.
    pub help: Option<String>,
}

impl Problem {
    pub(super) fn new(word: Word, argument: &str, at: Range<usize>, message: impl Into<String>, label: &str) -> Self {
        Self {
            word,
            argument: argument.to_owned(),
            at,
            severity: Severity::Error,
            message: message.into(),
            label: label.to_owned(),
            help: None,
        }
    }

    /// Wrong as a whole, with what to write.
    pub(super) fn whole(word: Word, argument: &str, message: impl Into<String>) -> Self {
        Self::new(word, argument, 0..argument.len(), message, "")
            .help(format!("write for example `{}`", word.example()))
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Columns of the part, in characters, at least one wide.
    fn columns(&self) -> (usize, usize) {
        let count = |range: Range<usize>| self.argument.get(range).map_or(0, |text| text.chars().count());
        let start = self.at.start.min(self.argument.len());
        let end = self.at.end.clamp(start, self.argument.len());
        (count(0..start), count(start..end).max(1))
    }
}

/// The fact, the option with the part marked, and the help:
///
/// ```text
/// there is no service, worker, site, gateway or store `orders-bd`
///   --fail orders-bd@60s+20s
///          ^^^^^^^^^ not declared
///   help: did you mean `orders-db`?
/// ```
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let option = self.word.option();
        let (before, width) = self.columns();
        let indent = " ".repeat(option.chars().count().saturating_add(before).saturating_add(1));
        writeln!(f, "{}", self.message)?;
        writeln!(f, "  {option} {}", self.argument)?;
        write!(
            f,
            "{}",
            format!("  {indent}{} {}", "^".repeat(width), self.label).trim_end()
        )?;
        match &self.help {
            Some(help) => write!(f, "\n  help: {help}"),
            None => Ok(()),
        }
    }
}
