//! `let NAME VALUE`, and what `$NAME` and `${NAME}` stand for.
//!
//! One may name another, and so on: circles are said, and what comes out has an end.

use std::collections::BTreeMap;

use loadline_grammar::Span;
use loadline_grammar::ast::{Value, ValueKind};

use super::{Cx, Scalar, Text, report_kind, value_text};
use crate::diagnostic::Diagnostic;
use crate::rules::syntax;
use crate::suggest;

/// How many texts may be inside each other. Each is read while those outside of it are.
const DEPTH_MAX: usize = 64;

/// How much text may be filled in. Texts that double each other come to more than any machine has.
const FILLED_MAX: usize = 64 << 20;

/// The values by name, after the environment and `--set`, and what was made of them.
pub(crate) struct Lets<'a> {
    values: &'a BTreeMap<&'a str, &'a Value<'a>>,
    texts: BTreeMap<&'a str, Option<String>>,
    /// Those whose text is being read.
    open: Vec<&'a str>,
    /// Bytes that were filled in.
    filled: usize,
}

impl<'a> Lets<'a> {
    pub(crate) fn new(values: &'a BTreeMap<&'a str, &'a Value<'a>>) -> Self {
        Self {
            values,
            texts: BTreeMap::new(),
            open: Vec::new(),
            filled: 0,
        }
    }
}

impl<'a> Cx<'a> {
    /// The value itself, or the value of the `let` that it names.
    pub(crate) fn follow<'v>(&mut self, value: &'v Value<'v>) -> Option<&'v Value<'v>>
    where
        'a: 'v,
    {
        let mut value = value;
        for _ in 0..=self.lets.values.len() {
            let ValueKind::Reference(name) = &value.kind else {
                return Some(value);
            };
            value = self.named(name, value.span)?.1;
        }
        self.report(circle(value.span));
        None
    }

    fn named(&mut self, name: &str, span: Span) -> Option<(&'a str, &'a Value<'a>)> {
        let found = self.lets.values.get_key_value(name);
        if found.is_none() {
            self.report(unknown(name, span, self.lets.values.keys().copied()));
        }
        found.map(|(name, value)| (*name, *value))
    }

    /// The text of a `let`, for `${name}`: a word, number or quantity as written, a string as read.
    pub(crate) fn let_text(&mut self, name: &str, span: Span) -> Option<String> {
        let (name, value) = self.named(name, span)?;
        if !self.lets.texts.contains_key(name) {
            if self.lets.open.contains(&name) {
                self.report(circle(span));
                return None;
            }
            if self.lets.open.len() == DEPTH_MAX {
                self.report(out_of_range(
                    format!("more than {DEPTH_MAX} `let`s are inside each other"),
                    span,
                    "one more",
                ));
                return None;
            }
            self.lets.open.push(name);
            let text = self.text_of(value);
            self.lets.open.pop();
            self.lets.texts.insert(name, text);
        }
        let text = self.lets.texts.get(name).cloned().flatten()?;
        let before = self.lets.filled;
        self.lets.filled = before.saturating_add(text.len());
        if self.lets.filled <= FILLED_MAX {
            return Some(text);
        }
        if before <= FILLED_MAX {
            let message = "the texts of `let`s come to more than 64Mi where they are filled in".to_owned();
            self.report(out_of_range(message, span, "too much from here on"));
        }
        None
    }

    fn text_of(&mut self, value: &'a Value<'a>) -> Option<String> {
        let value = self.follow(value)?;
        if let ValueKind::Text(_) | ValueKind::LongText(_) = &value.kind {
            return Text::read(value, self).map(|text| text.0);
        }
        let text = value_text(value);
        if text.is_none() {
            report_kind(value, &Text::KIND, self);
        }
        text.map(str::to_owned)
    }
}

fn circle(span: Span) -> Diagnostic {
    let message = "the `let`s name each other in a circle".to_owned();
    out_of_range(message, span, "leads back to itself")
}

fn out_of_range(message: String, span: Span, label: &str) -> Diagnostic {
    Diagnostic::new(&syntax::value_out_of_range::RULE, message, span, label)
}

fn unknown<'l>(name: &str, span: Span, lets: impl Iterator<Item = &'l str>) -> Diagnostic {
    let found = Diagnostic::new(
        &syntax::unknown_reference::RULE,
        format!("there is no `let {name}`"),
        span,
        "not declared",
    );
    match suggest::nearest(name, lets) {
        Some(near) => found.help(format!("did you mean `${near}`?")),
        None => found.help(format!(
            "declare it on the top level: `let {name} VALUE`; `\\$` is a plain dollar"
        )),
    }
}
