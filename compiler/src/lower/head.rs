//! The values on an entry's line.

use loadline_grammar::Span;
use loadline_grammar::ast::{Value, ValueKind};

use super::cx::Cx;
use super::found::Merged;
use super::reader::UNIVERSAL;
use super::scalar::{Scalar, word_list};
use super::val::Val;
use super::walk::Walk;
use crate::diagnostic::{Diagnostic, counted};
use crate::rules::syntax;
use crate::schema::{Form, Kind};

/// Takes the values of an entry one by one.
pub(crate) struct Head<'a> {
    form: &'static Form,
    values: &'a [Value<'a>],
    /// The strongest entry's key, for messages; `None` when the block is not written.
    key: Option<(&'a str, Span)>,
    /// A slot could not be read: what follows it would only confuse.
    failed: bool,
    taken: usize,
}

impl<'a> Head<'a> {
    pub(crate) fn new(form: &'static Form, merged: &Merged<'a>) -> Self {
        let key = merged.first.map(|entry| (entry.key.text, entry.head_span()));
        Self {
            form,
            values: merged.values(),
            key,
            failed: false,
            taken: 0,
        }
    }

    /// The next value, if there is one.
    pub(crate) fn peek(&self) -> Option<&'a Value<'a>> {
        self.values.get(self.taken)
    }

    /// Takes the next value.
    pub(crate) fn next(&mut self) -> Option<&'a Value<'a>> {
        let value = self.peek()?;
        self.taken += 1;
        Some(value)
    }

    /// Takes a keyword if it is next.
    pub(crate) fn keyword(&mut self, keyword: &str) -> bool {
        let found = matches!(self.peek().map(|value| &value.kind), Some(ValueKind::Word(word)) if *word == keyword);
        if found {
            self.taken += 1;
        }
        found
    }

    /// A slot had a value that could not be read (already reported).
    pub(crate) fn fail(&mut self) {
        self.failed = true;
    }

    /// A slot that must be filled is not.
    pub(crate) fn missing(&mut self, kind: Kind, cx: &mut Cx<'_>) {
        if std::mem::replace(&mut self.failed, true) {
            return;
        }
        if let Some((key, span)) = self.key {
            let found = Diagnostic::new(
                &syntax::missing_setting::RULE,
                format!("`{key}` needs {}", kind.name),
                span,
                "nothing follows",
            )
            .help(format!("write `{}`", usage(self.form, key)));
            cx.report(found);
        }
    }

    /// Reports values that no slot took.
    pub(crate) fn finish(&self, cx: &mut Cx<'_>) {
        let (Some(extra), Some((key, _)), false) = (self.peek(), self.key, self.failed) else {
            return;
        };
        let slots = u64::try_from(self.form.head.len()).unwrap_or_default();
        let message = match slots {
            0 => format!("`{key}` takes no value on its line"),
            _ => format!("`{key}` takes {} on its line", counted(slots, "value")),
        };
        let found = Diagnostic::new(
            &syntax::syntax_error::RULE,
            message,
            extra.span,
            format!("{} too many", extra.kind.describe()),
        )
        .help(match self.setting_of_the_block(extra) {
            Some(setting) => format!("`{setting}` is a setting: write it inside the braces, `{{ {setting} … }}`"),
            None => format!("write `{}`", usage(self.form, key)),
        });
        cx.report(found);
    }

    /// `extends` in `service api extends base { … }`.
    fn setting_of_the_block(&self, extra: &Value<'_>) -> Option<&'static str> {
        let ValueKind::Word(word) = &extra.kind else {
            return None;
        };
        if self.form.settings.is_empty() {
            return None;
        }
        let own = self.form.settings.iter().map(|setting| setting.name);
        own.chain(UNIVERSAL.iter().copied()).find(|name| name == word)
    }
}

/// `uses NAME [as ALIAS] { … }`
pub(crate) fn usage(form: &Form, key: &str) -> String {
    let mut out = key.to_owned();
    for slot in form.head {
        let words = word_list(slot.kind.words, " | ");
        let name = slot.name.to_uppercase();
        let name = match (words.is_empty() || 60 < words.len(), slot.kind.closed) {
            (true, _) => name,
            (false, true) => words,
            (false, false) => format!("{name} | {words}"),
        };
        let shown = match slot.keyword {
            Some(keyword) => format!("{keyword} {name}"),
            None => name,
        };
        out.push_str(&if slot.optional {
            format!(" [{shown}]")
        } else {
            format!(" {shown}")
        });
    }
    if !form.settings.is_empty() {
        out.push_str(" { … }");
    }
    out
}

/// What can fill a slot of a head.
pub(crate) trait HeadField: Sized {
    const KIND: Kind;
    const OPTIONAL: bool;

    /// `None` when a value that must be there is not, or does not read; that has been reported.
    fn take(head: &mut Head<'_>, keyword: Option<&'static str>, cx: &mut Cx<'_>) -> Option<Self>;

    fn walk(&self, keyword: Option<&str>, name: &str, to: &mut dyn Walk);
}

impl<T: Scalar> HeadField for Val<T> {
    const KIND: Kind = T::KIND;
    const OPTIONAL: bool = false;

    fn take(head: &mut Head<'_>, keyword: Option<&'static str>, cx: &mut Cx<'_>) -> Option<Self> {
        if keyword.is_some_and(|keyword| !head.keyword(keyword)) {
            head.missing(Self::KIND, cx);
            return None;
        }
        let Some(value) = head.next() else {
            head.missing(Self::KIND, cx);
            return None;
        };
        let read = T::read(value, cx);
        if read.is_none() {
            head.fail();
        }
        Some(Self::written(read?, value.span))
    }

    fn walk(&self, _keyword: Option<&str>, name: &str, to: &mut dyn Walk) {
        to.value(name, &self.value, self.span, self.from);
    }
}

impl<T: Scalar> HeadField for Option<Val<T>> {
    const KIND: Kind = T::KIND;
    const OPTIONAL: bool = true;

    fn take(head: &mut Head<'_>, keyword: Option<&'static str>, cx: &mut Cx<'_>) -> Option<Self> {
        if head.peek().is_none() || keyword.is_some_and(|keyword| !head.keyword(keyword)) {
            return Some(None);
        }
        Some(Val::take(head, None, cx))
    }

    fn walk(&self, keyword: Option<&str>, name: &str, to: &mut dyn Walk) {
        if let Some(value) = self {
            HeadField::walk(value, keyword, name, to);
        }
    }
}
