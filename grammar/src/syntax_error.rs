//! What is wrong with the text, in plain words.

use crate::span::Span;

/// A mistake of form: the text is not entries, blocks and values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// Where; never outside the file.
    pub span: Span,
    /// The fact, lower case, no full stop: "expected a value after `pool`, found `=`".
    pub message: String,
    /// What stands at the place, as a label.
    pub label: String,
    /// What to write instead.
    pub help: Option<String>,
}

impl SyntaxError {
    pub(crate) fn new(span: Span, message: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            span,
            message: message.into(),
            label: label.into(),
            help: None,
        }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}
