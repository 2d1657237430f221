//! Changes to outputs: `patch kubernetes "deployment/api" { … }`.

use loadline_grammar::Span;
use loadline_grammar::ast::{Block, Entry, Value, ValueKind};

use super::project::TargetName;
use crate::diagnostic::Diagnostic;
use crate::lower::{Cx, Head, HeadField, Lower, Merged, Scalar, Text, Val, Walk, value_text};
use crate::rules::syntax;
use crate::schema::{Form, Repeat, Slot};

/// A change to one object of an output.
#[derive(Clone, Debug)]
pub struct Patch {
    /// Where it is written.
    pub span: Span,
    /// Which target's output.
    pub target: Val<TargetName>,
    /// Which object.
    pub selector: Val<Text>,
    /// What is laid over the object.
    pub fields: Vec<PatchField>,
}

/// A field of an object, and what it becomes.
#[derive(Clone, Debug)]
pub struct PatchField {
    /// As the format calls it.
    pub name: String,
    /// Of the name and the values behind it.
    pub span: Span,
    /// What it becomes.
    pub value: PatchValue,
}

/// What a field becomes.
#[derive(Clone, Debug)]
pub enum PatchValue {
    /// The field is taken away: `null`.
    Nothing,
    /// `true`, `false`.
    Flag(bool),
    /// As written, without the underscores that only make it readable.
    Number(String),
    /// Any other value.
    Text(String),
    /// Such values in brackets: they replace the list.
    List(Vec<PatchValue>),
    /// Fields of the object that stands there.
    Fields(Vec<PatchField>),
    /// Fields of the element of a list whose `name` is this: `containers api { … }`.
    Element(String, Vec<PatchField>),
}

impl Lower for Patch {
    const FORM: Form = Form {
        name: "patch",
        doc: &[
            "A change to one object of an output: a JSON merge patch. `key VALUE` sets, `key null` takes away, `key { … }` goes on inside, and",
            "`key NAME { … }` inside of the element of the list `key` whose `name` is NAME.",
        ],
        head: &[
            Slot {
                keyword: None,
                name: "target",
                kind: <TargetName as Scalar>::KIND,
                optional: false,
                doc: &["Which target: `kubernetes`."],
            },
            Slot {
                keyword: None,
                name: "selector",
                kind: <Text as Scalar>::KIND,
                optional: false,
                doc: &["Which object, by kind and name: `\"deployment/api\"`."],
            },
        ],
        settings: &[],
        free_keys: true,
    };
    const REPEAT: Repeat = Repeat::Group;

    fn lower_merged(merged: &Merged<'_>, owner: Span, cx: &mut Cx<'_>) -> Option<Self> {
        let mut head = Head::new(&Self::FORM, merged);
        let target = HeadField::take(&mut head, None, cx);
        let selector = HeadField::take(&mut head, None, cx);
        head.finish(cx);
        let block = merged.blocks.first().map(|(_, block)| *block);
        Some(Self {
            span: merged.span(owner),
            target: target?,
            selector: selector?,
            fields: block.map_or_else(Vec::new, |block| fields(block, cx)),
        })
    }

    fn span(&self) -> Span {
        self.span
    }

    fn shown_identity(&self) -> Option<String> {
        Some(self.selector.value.0.clone())
    }

    fn walk(&self, to: &mut dyn Walk) {
        to.value("target", &self.target.value, self.target.span, self.target.from);
        to.value("selector", &self.selector.value, self.selector.span, self.selector.from);
    }
}

fn fields(block: &Block<'_>, cx: &mut Cx<'_>) -> Vec<PatchField> {
    block.entries.iter().filter_map(|entry| field(entry, cx)).collect()
}

fn field(entry: &Entry<'_>, cx: &mut Cx<'_>) -> Option<PatchField> {
    let value = match (entry.values.as_slice(), &entry.block) {
        ([], Some(block)) => PatchValue::Fields(fields(block, cx)),
        ([name], Some(block)) => {
            let name = cx.follow(name).and_then(value_text).map(str::to_owned);
            PatchValue::Element(name?, fields(block, cx))
        }
        ([value], None) => read(value, cx)?,
        _ => {
            let found = Diagnostic::new(
                &syntax::syntax_error::RULE,
                format!("`{}` in a patch needs one value, or a block", entry.key.text),
                entry.head_span(),
                "here",
            );
            cx.report(found.help(format!("write `{0} VALUE` or `{0} {{ … }}`", entry.key.text)));
            return None;
        }
    };
    Some(PatchField {
        name: entry.key.text.to_owned(),
        span: entry.head_span(),
        value,
    })
}

fn read(value: &Value<'_>, cx: &mut Cx<'_>) -> Option<PatchValue> {
    let value = cx.follow(value)?;
    Some(match &value.kind {
        ValueKind::Word("null") => PatchValue::Nothing,
        ValueKind::Word("true") => PatchValue::Flag(true),
        ValueKind::Word("false") => PatchValue::Flag(false),
        ValueKind::Number(number) => PatchValue::Number(number.replace('_', "")),
        ValueKind::Text(_) | ValueKind::LongText(_) => PatchValue::Text(Text::read(value, cx)?.0),
        ValueKind::List(list) => {
            let items = list.items.iter().map(|item| read(&item.value, cx));
            PatchValue::List(items.collect::<Option<_>>()?)
        }
        _ => match value_text(value) {
            Some(text) => PatchValue::Text(text.to_owned()),
            None => {
                let message = format!("{} has no meaning in a patch", value.kind.describe());
                let found = Diagnostic::new(&syntax::syntax_error::RULE, message, value.span, "here");
                cx.report(found.help("put it in quotes, if it is text"));
                return None;
            }
        },
    })
}
