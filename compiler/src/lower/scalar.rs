//! Reading one value.

use loadline_grammar::ast::{Value, ValueKind};

use super::cx::Cx;
use crate::diagnostic::{Diagnostic, alternatives};
use crate::quantity::Mistake;
use crate::rules::syntax;
use crate::schema::Kind;
use crate::suggest;

/// A type that one value of the language becomes.
pub(crate) trait Scalar: Sized {
    const KIND: Kind;
    /// Whether the setting may stand without a value.
    const FLAG: bool = false;

    /// What a setting without value means.
    fn flag() -> Option<Self> {
        None
    }

    /// `None` when it does not read; that has been reported.
    fn read(value: &Value<'_>, cx: &mut Cx<'_>) -> Option<Self>;

    /// As it would be written.
    fn show(&self) -> String;

    /// In another unit, for references such as `self.shutdown.drain.ms`.
    fn in_unit(&self, _unit: &str) -> Option<String> {
        None
    }
}

/// The part of a value that `show` and references need.
pub trait Shown {
    /// As it would be written.
    fn show(&self) -> String;
    /// In another unit: `ms`, `s`, `mi`, …; `None` when it has no such unit.
    fn in_unit(&self, unit: &str) -> Option<String>;
}

impl<T: Scalar> Shown for T {
    fn show(&self) -> String {
        Scalar::show(self)
    }

    fn in_unit(&self, unit: &str) -> Option<String> {
        Scalar::in_unit(self, unit)
    }
}

/// The text of a number, quantity or version.
pub(crate) fn number_text<'v>(value: &'v Value<'v>) -> Option<&'v str> {
    match &value.kind {
        ValueKind::Number(text) | ValueKind::Quantity(text) | ValueKind::Version(text) => Some(text),
        _ => None,
    }
}

/// One of the words of an enumeration.
pub(crate) fn word<'v, 'a: 'v>(value: &'v Value<'v>, kind: &Kind, cx: &mut Cx<'a>) -> Option<&'v str> {
    let value = cx.follow(value)?;
    let word = match &value.kind {
        ValueKind::Word(word) => *word,
        ValueKind::Text(text) if kind.words.iter().any(|(word, _)| word == text) => text,
        _ => {
            report_kind(value, kind, cx);
            return None;
        }
    };
    if kind.words.iter().any(|(known, _)| *known == word) {
        return Some(word);
    }
    let found = Diagnostic::new(
        &syntax::value_out_of_range::RULE,
        format!("`{word}` is not {}", kind.name),
        value.span,
        format!("expected {}", word_list(kind.words, ", ")),
    );
    cx.report(match suggest::nearest(word, kind.words.iter().map(|(word, _)| *word)) {
        Some(near) => found.help(format!("did you mean `{near}`?")).edit(value.span, near),
        None => found,
    });
    None
}

/// A value of another form than the setting takes.
pub(crate) fn report_kind(value: &Value<'_>, kind: &Kind, cx: &mut Cx<'_>) {
    let expected = expected(kind);
    let found = value.kind.describe();
    let diagnostic = Diagnostic::new(
        &syntax::wrong_unit::RULE,
        format!("expected {expected}, found {found}"),
        value.span,
        format!("this is {found}"),
    )
    .help(match value.kind {
        ValueKind::List(_) => format!(
            "write one, for example `{}`; where there may be several, each has a line of its own",
            kind.example
        ),
        _ => format!("write for example `{}`", kind.example),
    });
    cx.report(diagnostic);
}

/// A literal that is nearly right.
pub(crate) fn mistake(value: &Value<'_>, mistake: Mistake, cx: &mut Cx<'_>) {
    let mended: Vec<String> = mistake.mended.iter().map(|mended| format!("`{mended}`")).collect();
    let mut found = Diagnostic::new(&syntax::wrong_unit::RULE, mistake.message, value.span, "here");
    if !mended.is_empty() {
        found = found.help(format!("write {}", alternatives(&mended)));
    }
    if let [only] = mistake.mended.as_slice() {
        found = found.edit(value.span, only.clone());
    }
    cx.report(found);
}

fn expected(kind: &Kind) -> String {
    let words: Vec<String> = kind.words.iter().map(|(word, _)| format!("`{word}`")).collect();
    match (kind.closed, words.is_empty()) {
        (true, _) => format!("{} ({})", kind.name, alternatives(&words)),
        (false, true) => kind.name.to_owned(),
        (false, false) => format!("{} or {}", kind.name, alternatives(&words)),
    }
}

/// `a, b, c`
pub(crate) fn word_list(words: &[(&str, &str)], separator: &str) -> String {
    words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(separator)
}
