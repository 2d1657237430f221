//! What a target returns.

use loadline_compiler::diagnostic::{Diagnostic, Severity};
use loadline_compiler::model::ThingId;
use loadline_compiler::rules::operations;
use loadline_compiler::values::Val;
use loadline_grammar::Span;

use crate::artifact::Artifact;
use crate::overrides::Overrides;

/// Files, and what could not be put into them.
#[derive(Debug, Default)]
pub struct Output {
    /// Sorted by path.
    pub artifacts: Vec<Artifact>,
    /// Warnings about what the target cannot express, and errors that keep it from being written.
    pub diagnostics: Vec<Diagnostic>,
    /// The project's templates, in place of ours.
    pub(crate) overrides: Overrides,
}

impl Output {
    /// Whether something keeps the files from being written.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.diagnostics
            .iter()
            .any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// How much was said so far; for [`Self::about`].
    pub(crate) fn said(&self) -> usize {
        self.diagnostics.len()
    }

    /// Whatever was said since is about this thing, whose `allow` can silence it.
    pub(crate) fn about(&mut self, since: usize, thing: ThingId) {
        for found in self.diagnostics.iter_mut().skip(since) {
            found.subject = found.subject.or(Some(thing));
        }
    }

    pub(crate) fn push(&mut self, artifact: Artifact) {
        self.artifacts.push(artifact);
    }

    /// A setting that the target has no word for: said at its place, never dropped in silence.
    ///
    /// `message` says which target and which setting, `consequence` what happens instead:
    /// "systemd has no liveness probe" and "an instance that hangs is not started again".
    pub(crate) fn not_expressible(&mut self, span: Span, message: impl Into<String>, consequence: impl Into<String>) {
        self.diagnostics.push(Diagnostic::new(
            &operations::not_expressible::RULE,
            message,
            span,
            consequence,
        ));
    }

    /// A setting that is carried nearly, or that something else takes over: worth knowing, and nothing to act on.
    pub(crate) fn remark(&mut self, span: Span, message: impl Into<String>, consequence: impl Into<String>) {
        let rule = &operations::not_expressible::RULE;
        self.diagnostics
            .push(Diagnostic::new(rule, message, span, consequence).at(Severity::Note));
    }

    /// A value that the format cannot hold at all: nothing is written.
    pub(crate) fn refuse(&mut self, span: Span, message: impl Into<String>, label: impl Into<String>) {
        self.diagnostics.push(Diagnostic::new(
            &operations::value_not_writable::RULE,
            message,
            span,
            label,
        ));
    }

    /// The escaped value, or an error at its place and something empty in its stead.
    pub(crate) fn escaped<T, E>(&mut self, span: Span, escaped: Result<T, E>) -> T
    where
        T: Default,
        E: std::fmt::Display,
    {
        match escaped {
            Ok(escaped) => escaped,
            Err(reason) => {
                self.refuse(span, reason.to_string(), "cannot be written");
                T::default()
            }
        }
    }

    /// The same for a value that knows its place.
    pub(crate) fn escape<T, U, E>(&mut self, value: &Val<T>, escape: impl Fn(&T) -> Result<U, E>) -> U
    where
        U: Default,
        E: std::fmt::Display,
    {
        self.escaped(value.span, escape(&value.value))
    }
}
