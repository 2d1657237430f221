//! The syntax tree: entries, blocks, values and the comments between them.
//!
//! The tree borrows from the text and keeps every literal as written, so that printing loses nothing.
//! It knows no settings, no units and no names.

use crate::span::Span;

/// A whole `.load` file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct File<'t> {
    /// The entries of the top level, in order.
    pub entries: Vec<Entry<'t>>,
    /// Comments after the last entry.
    pub tail: Vec<Comment<'t>>,
}

/// `key value* block?`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<'t> {
    /// From the key to the end of the last value or of the block.
    pub span: Span,
    /// What is set.
    pub key: Key<'t>,
    /// The values on the entry's line.
    pub values: Vec<Value<'t>>,
    /// The entries in braces, if any.
    pub block: Option<Block<'t>>,
    /// Comments on lines of their own before the entry.
    pub lead: Vec<Comment<'t>>,
    /// A comment behind the entry, on its last line.
    pub trail: Option<Comment<'t>>,
    /// Whether an empty line stands directly before the entry (behind its comments).
    pub spaced: bool,
}

impl<'t> Entry<'t> {
    /// The span of key and values, without the block: what a diagnostic about the entry points at.
    #[must_use]
    pub fn head_span(&self) -> Span {
        self.values
            .last()
            .map_or(self.key.span, |last| self.key.span.to(last.span))
    }

    /// The `##` comments directly before the entry, one line each.
    pub fn documentation(&self) -> impl Iterator<Item = &'t str> + '_ {
        let own = if self.spaced { self.lead.len() } else { 0 };
        let own = self
            .lead
            .iter()
            .rposition(|comment| comment.spaced)
            .map_or(own, |at| own.max(at));
        self.lead
            .iter()
            .skip(own)
            .filter_map(|comment| comment.text.strip_prefix("##"))
            .map(str::trim)
    }
}

/// The first word of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key<'t> {
    /// Where it stands, quotes included.
    pub span: Span,
    /// The word, or the text between the quotes as written.
    pub text: &'t str,
    /// Whether it was written as a string.
    pub quoted: bool,
}

/// `{ … }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block<'t> {
    /// Both braces included.
    pub span: Span,
    /// What stands inside.
    pub entries: Vec<Entry<'t>>,
    /// Comments after the last entry, before the closing brace.
    pub tail: Vec<Comment<'t>>,
    /// Whether the block was written on one line; the formatter keeps it there if it fits.
    pub inline: bool,
}

/// A value with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value<'t> {
    /// Where it stands, quotes and brackets included.
    pub span: Span,
    /// What it is.
    pub kind: ValueKind<'t>,
}

/// The forms of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ValueKind<'t> {
    /// `"…"`: the text between the quotes as written, escapes and all.
    Text(&'t str),
    /// `"""…"""`: the text between the quotes as written, indentation and all.
    LongText(&'t str),
    /// `16`, `3.13`, `10_000`.
    Number(&'t str),
    /// `2.1.0`: two or more dots.
    Version(&'t str),
    /// `512Mi`, `1m30s`, `70%`, `200/s`: a number with a unit.
    Quantity(&'t str),
    /// `3..10`: both ends are numbers, versions, quantities or references.
    Range(Box<(Value<'t>, Value<'t>)>),
    /// `[a, b]`.
    List(List<'t>),
    /// `canary`, `users.name`.
    Word(&'t str),
    /// `$name`, without the `$`.
    Reference(&'t str),
    /// `<=`, `<`, `>=`, `>` or `==`.
    Comparison(Comparison),
}

impl ValueKind<'_> {
    /// The form in words, with its article, for messages.
    #[must_use]
    pub fn describe(&self) -> &'static str {
        match self {
            Self::Text(_) | Self::LongText(_) => "a string",
            Self::Number(_) => "a number",
            Self::Version(_) => "a version",
            Self::Quantity(_) => "a quantity",
            Self::Range(_) => "a range",
            Self::List(_) => "a list",
            Self::Word(word) if word.contains('.') => "a reference",
            Self::Word(_) => "a word",
            Self::Reference(_) => "a `let` value",
            Self::Comparison(_) => "a comparison",
        }
    }
}

/// The items of a list and the comments among them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct List<'t> {
    /// In order.
    pub items: Vec<Item<'t>>,
    /// Comments before the closing bracket.
    pub tail: Vec<Comment<'t>>,
}

/// One item of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item<'t> {
    /// The item itself.
    pub value: Value<'t>,
    /// Comments on lines before it.
    pub lead: Vec<Comment<'t>>,
    /// A comment behind it on its line.
    pub trail: Option<Comment<'t>>,
}

/// `# …`, the `#` included, the line break not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comment<'t> {
    /// Where it stands.
    pub span: Span,
    /// As written.
    pub text: &'t str,
    /// Whether an empty line stands before it.
    pub spaced: bool,
}

/// A comparison operator of `expect` and `abort`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `==`
    Equal,
    /// `>=`
    AtLeast,
    /// `>`
    Greater,
}

impl Comparison {
    /// As it is written.
    #[must_use]
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Equal => "==",
            Self::AtLeast => ">=",
            Self::Greater => ">",
        }
    }

    /// Whether `left OP right` holds.
    #[must_use]
    pub fn holds<T: PartialOrd>(self, left: &T, right: &T) -> bool {
        match self {
            Self::Less => left < right,
            Self::AtMost => left <= right,
            Self::Equal => left == right,
            Self::AtLeast => right <= left,
            Self::Greater => right < left,
        }
    }
}
