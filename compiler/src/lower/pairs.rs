//! Names with values: `env NAME VALUE` and `env { NAME VALUE … }`.

use loadline_grammar::Span;
use loadline_grammar::ast::Entry;

use super::cx::Cx;
use super::field::{Field, FieldForm, Named, Removed, by_name};
use super::found::{Found, value_text};
use super::scalar::Scalar;
use super::text::{Piece, pieces};
use super::val::Val;
use super::walk::Walk;
use crate::diagnostic::Diagnostic;
use crate::rules::syntax;
use crate::schema::{Form, Kind, Repeat, Setting, Slot};

/// A name and its value.
#[derive(Clone, Debug)]
pub struct Pair<T> {
    /// As written; environment variables keep their case.
    pub name: Val<String>,
    /// Its value.
    pub value: Val<T>,
}

/// Names with values, each name once, in written order.
#[derive(Clone, Debug)]
pub struct Pairs<T>(pub Vec<Pair<T>>);

impl<T> Default for Pairs<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Pairs<T> {
    /// In written order.
    pub fn iter(&self) -> std::slice::Iter<'_, Pair<T>> {
        self.0.iter()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<&Val<T>> {
        self.iter().find(|pair| pair.name.value == name).map(|pair| &pair.value)
    }
}

impl<'p, T> IntoIterator for &'p Pairs<T> {
    type Item = &'p Pair<T>;
    type IntoIter = std::slice::Iter<'p, Pair<T>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T: Scalar> FieldForm for Pairs<T> {
    const FORM: Form = Form {
        name: "",
        doc: &[],
        head: &[
            Slot {
                keyword: None,
                name: "name",
                kind: Kind::new("a name", "LOG_LEVEL"),
                optional: true,
                doc: &[],
            },
            Slot {
                keyword: None,
                name: "value",
                kind: T::KIND,
                optional: true,
                doc: &[],
            },
        ],
        settings: &[Setting {
            name: "NAME",
            doc: &[],
            form: &<Val<T> as super::Lower>::FORM,
            repeat: Repeat::ByName,
            default: None,
            only: &[],
        }],
        free_keys: true,
    };
    const REPEAT: Repeat = Repeat::ByName;

    fn walk(&self, name: &str, to: &mut dyn Walk) {
        for pair in self {
            if to.enter(name, Some(&pair.name.value), pair.name.span) {
                to.value("", &pair.value.value, pair.value.span, pair.value.from);
                to.leave();
            }
        }
    }
}

impl<T: Scalar> Field for Pairs<T> {
    fn field(items: &[Found<'_>], removed: &Removed<'_>, _owner: Span, cx: &mut Cx<'_>) -> Self {
        // In the one form the name is the first value, in the other it is a key of the block.
        let mut named = Vec::new();
        for &item in items {
            match item.entry.values.split_first() {
                Some((name, values)) => named.push(Named {
                    found: item,
                    name: value_text(name),
                    span: name.span,
                    values,
                }),
                None if item.entry.block.is_none() => cx.report(missing(item.entry)),
                None => {}
            }
            for entry in item.entry.block.iter().flat_map(|block| &block.entries) {
                let found = Found { entry, ..item };
                named.push(Named {
                    found,
                    name: Some(entry.key.text),
                    span: entry.key.span,
                    values: &entry.values,
                });
            }
        }
        let mut pairs = Vec::new();
        for group in by_name(named, removed, None, cx) {
            let Some(strongest) = group.first() else {
                continue;
            };
            let (Some(name), [value]) = (strongest.name, strongest.values) else {
                cx.report(missing(strongest.found.entry));
                continue;
            };
            let read = T::read(value, cx);
            if let (Some(name), Some(read)) = (unescaped(name, strongest.span, cx), read) {
                pairs.push(Pair {
                    name: Val::written(name, strongest.span),
                    value: Val::written(read, value.span),
                });
            }
        }
        Self(pairs)
    }
}

/// A name in quotes is a string like any other: with escapes, and with the texts of `let`s.
fn unescaped(name: &str, span: Span, cx: &mut Cx<'_>) -> Option<String> {
    if !name.contains(['\\', '$']) {
        return Some(name.to_owned());
    }
    let mut out = String::new();
    for piece in pieces(name, span.start.saturating_add(1), false, cx)? {
        match piece {
            Piece::Literal(text) => out.push_str(&text),
            Piece::Name(name, span) => out.push_str(&cx.let_text(&name, span)?),
        }
    }
    Some(out)
}

fn missing(entry: &Entry<'_>) -> Diagnostic {
    let key = entry.key.text;
    Diagnostic::new(
        &syntax::missing_setting::RULE,
        format!("`{key}` needs a name and a value"),
        entry.head_span(),
        "here",
    )
    .help(format!("write `{key} NAME VALUE` or `{key} {{ NAME VALUE }}`"))
}
