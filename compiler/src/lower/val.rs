//! A value that knows where it comes from.

use std::ops::Deref;

use loadline_grammar::Span;

/// How a value came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// Written in the spec (or on the command line with `--set`); the span says where.
    Spec,
    /// The setting's default; the span is that of the block it belongs to.
    Default,
    /// Computed from other values by the named rule; the span is that of the `auto`, or of the block.
    Derived(&'static str),
}

/// A resolved value with its place and origin.
#[derive(Clone, Copy, Debug)]
pub struct Val<T> {
    /// The value.
    pub value: T,
    /// Where it is written; of the owning block if it is not.
    pub span: Span,
    /// How it came to be.
    pub from: From,
}

impl<T> Val<T> {
    /// Written at `span`.
    pub const fn written(value: T, span: Span) -> Self {
        Self {
            value,
            span,
            from: From::Spec,
        }
    }

    /// The default, for a block at `span`.
    pub const fn by_default(value: T, span: Span) -> Self {
        Self {
            value,
            span,
            from: From::Default,
        }
    }

    /// Whether the user wrote it.
    pub fn is_written(&self) -> bool {
        self.from == From::Spec
    }
}

impl<T> Deref for Val<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}
