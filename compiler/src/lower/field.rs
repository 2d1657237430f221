//! How a setting's type says how often it stands and what it becomes.

use std::collections::BTreeMap;

use loadline_grammar::Span;
use loadline_grammar::ast::{Entry, Value};

use super::cx::Cx;
use super::found::{Found, Merged, value_text};
use super::head::{Head, HeadField};
use super::scalar::Scalar;
use super::val::Val;
use super::walk::Walk;
use crate::diagnostic::Diagnostic;
use crate::rules::syntax;
use crate::schema::{Form, Repeat, Slot};

/// What one entry (merged over its layers) becomes.
pub(crate) trait Lower: Sized {
    const FORM: Form;
    /// How several of them merge.
    const REPEAT: Repeat = Repeat::ByName;

    /// What tells several of them apart.
    fn identity<'e>(entry: &'e Entry<'e>) -> Option<&'e str> {
        entry.values.first().and_then(value_text)
    }

    /// `items` are strongest first, and empty when the setting is not written; `owner` is where its block stands.
    fn lower(items: &[Found<'_>], owner: Span, cx: &mut Cx<'_>) -> Option<Self> {
        Self::lower_merged(&Merged::new(items), owner, cx)
    }

    /// The same, from layers that were put together elsewhere.
    fn lower_merged(merged: &Merged<'_>, owner: Span, cx: &mut Cx<'_>) -> Option<Self>;

    /// Where it is written.
    fn span(&self) -> Span;

    /// What tells it apart from others of its kind, once lowered.
    fn shown_identity(&self) -> Option<String>;

    fn walk(&self, to: &mut dyn Walk);
}

/// A block with a name of its own, declared with [`block!`](crate::schema::block).
pub(crate) trait Block: Lower {}

/// What a setting's type says about it.
pub(crate) trait FieldForm {
    const FORM: Form;
    const REPEAT: Repeat;

    fn walk(&self, name: &str, to: &mut dyn Walk);
}

/// What a setting becomes.
pub(crate) trait Field: FieldForm + Sized {
    fn field(items: &[Found<'_>], removed: &Removed<'_>, owner: Span, cx: &mut Cx<'_>) -> Self;
}

/// The type of a default: `Val<T>` has defaults of type `T`.
pub(crate) trait Defaulted {
    type Value;
}

impl<T> Defaulted for Val<T> {
    type Value = T;
}

/// Names that a layer removed from what weaker layers say: setting, layer, and which one of a repeatable setting.
#[derive(Default)]
pub(crate) struct Removed<'a>(pub(crate) Vec<(u16, u16, Option<&'a str>)>);

impl Removed<'_> {
    pub(crate) fn hides(&self, item: &Found<'_>, identity: Option<&str>) -> bool {
        self.0.iter().any(|&(index, layer, name)| {
            index == item.index && layer < item.layer && (name.is_none() || name == identity)
        })
    }
}

impl<T: Scalar> Lower for Val<T> {
    const FORM: Form = Form {
        name: "",
        doc: &[],
        head: &[Slot {
            keyword: None,
            name: "value",
            kind: T::KIND,
            optional: T::FLAG,
            doc: &[],
        }],
        settings: &[],
        free_keys: false,
    };

    fn lower_merged(merged: &Merged<'_>, _owner: Span, cx: &mut Cx<'_>) -> Option<Self> {
        let entry = merged.first?;
        if let Some(flag) = T::flag().filter(|_| entry.values.is_empty() && entry.block.is_none()) {
            return Some(Self::written(flag, entry.key.span));
        }
        if let Some((_, block)) = merged.blocks.first() {
            let message = format!("`{}` has no settings of its own", entry.key.text);
            cx.report(Diagnostic::new(
                &syntax::syntax_error::RULE,
                message,
                block.span,
                "a block cannot stand here",
            ));
        }
        let mut head = Head::new(&<Self as Lower>::FORM, merged);
        let value = <Self as HeadField>::take(&mut head, None, cx);
        head.finish(cx);
        value
    }

    fn span(&self) -> Span {
        self.span
    }

    fn shown_identity(&self) -> Option<String> {
        Some(self.value.show())
    }

    fn walk(&self, _to: &mut dyn Walk) {}
}

/// Once, with the default that the declaration gives.
impl<T: Scalar> FieldForm for Val<T> {
    const FORM: Form = <Self as Lower>::FORM;
    const REPEAT: Repeat = Repeat::No;

    fn walk(&self, name: &str, to: &mut dyn Walk) {
        to.value(name, &self.value, self.span, self.from);
    }
}

/// At most once.
impl<T: Scalar> FieldForm for Option<Val<T>> {
    const FORM: Form = <Val<T> as Lower>::FORM;
    const REPEAT: Repeat = Repeat::No;

    fn walk(&self, name: &str, to: &mut dyn Walk) {
        if let Some(value) = self {
            FieldForm::walk(value, name, to);
        }
    }
}

impl<T: Scalar> Field for Option<Val<T>> {
    fn field(items: &[Found<'_>], _removed: &Removed<'_>, owner: Span, cx: &mut Cx<'_>) -> Self {
        refuse_duplicates(items, cx);
        if items.is_empty() {
            None
        } else {
            Val::lower(items, owner, cx)
        }
    }
}

/// At most once.
impl<B: Block> FieldForm for Option<B> {
    const FORM: Form = B::FORM;
    const REPEAT: Repeat = Repeat::No;

    fn walk(&self, name: &str, to: &mut dyn Walk) {
        if let Some(block) = self {
            FieldForm::walk(block, name, to);
        }
    }
}

impl<B: Block> Field for Option<B> {
    fn field(items: &[Found<'_>], _removed: &Removed<'_>, owner: Span, cx: &mut Cx<'_>) -> Self {
        refuse_duplicates(items, cx);
        if items.is_empty() {
            None
        } else {
            B::lower(items, owner, cx)
        }
    }
}

/// Always there: all its settings have defaults or may be missing.
impl<B: Block> FieldForm for B {
    const FORM: Form = B::FORM;
    const REPEAT: Repeat = Repeat::No;

    fn walk(&self, name: &str, to: &mut dyn Walk) {
        if to.enter(name, None, Lower::span(self)) {
            Lower::walk(self, to);
            to.leave();
        }
    }
}

impl<B: Block> Field for B {
    fn field(items: &[Found<'_>], _removed: &Removed<'_>, owner: Span, cx: &mut Cx<'_>) -> Self {
        const {
            assert!(
                all_optional(B::FORM.head),
                "a block that is always there cannot require a value"
            )
        }
        refuse_duplicates(items, cx);
        match B::lower(items, owner, cx).or_else(|| B::lower(&[], owner, cx)) {
            Some(block) => block,
            None => {
                unreachable!("nothing in this block is required, as asserted when it was compiled")
            }
        }
    }
}

const fn all_optional(mut slots: &[Slot]) -> bool {
    while let Some((first, rest)) = slots.split_first() {
        if !first.optional {
            return false;
        }
        slots = rest;
    }
    true
}

/// Any number: once for each name, or as a group in order.
impl<L: Lower> FieldForm for Vec<L> {
    const FORM: Form = L::FORM;
    const REPEAT: Repeat = L::REPEAT;

    fn walk(&self, name: &str, to: &mut dyn Walk) {
        for each in self {
            if to.enter(name, each.shown_identity().as_deref(), Lower::span(each)) {
                Lower::walk(each, to);
                to.leave();
            }
        }
    }
}

impl<L: Lower> Field for Vec<L> {
    fn field(items: &[Found<'_>], removed: &Removed<'_>, owner: Span, cx: &mut Cx<'_>) -> Self {
        match L::REPEAT {
            Repeat::Group => {
                let strongest = items.first().map(|item| item.layer);
                let group = items.iter().filter(|item| Some(item.layer) == strongest);
                group
                    .filter_map(|item| L::lower(std::slice::from_ref(item), owner, cx))
                    .collect()
            }
            Repeat::ByName | Repeat::No => {
                let named = items.iter().map(|&found| Named {
                    found,
                    name: L::identity(found.entry),
                    span: found.entry.head_span(),
                    values: &found.entry.values,
                });
                let groups = by_name(named.collect(), removed, Some(&L::FORM), cx);
                let mut lowered = Vec::with_capacity(groups.len());
                for group in groups {
                    let entries: Vec<Found<'_>> = group.iter().map(|named| named.found).collect();
                    lowered.extend(L::lower(&entries, owner, cx));
                }
                lowered
            }
        }
    }
}

/// One of several entries of a setting, with the name that tells it apart.
pub(super) struct Named<'a> {
    pub(super) found: Found<'a>,
    pub(super) name: Option<&'a str>,
    /// Where the name stands.
    pub(super) span: Span,
    /// The values behind the name, where that matters.
    pub(super) values: &'a [Value<'a>],
}

/// The entries of each name, strongest first. Names keep the order of the weakest layer that has them, so that
/// an overlay changes things where they stand and adds new ones behind.
pub(super) fn by_name<'a>(
    mut items: Vec<Named<'a>>,
    removed: &Removed<'_>,
    form: Option<&Form>,
    cx: &mut Cx<'_>,
) -> Vec<Vec<Named<'a>>> {
    items.retain(|item| !removed.hides(&item.found, item.name));
    // Layer by layer from the weakest; stable, so the written order holds within each.
    items.sort_by_key(|item| std::cmp::Reverse(item.found.layer));
    let mut groups: Vec<Vec<Named<'a>>> = Vec::new();
    let mut places: BTreeMap<Option<&'a str>, usize> = BTreeMap::new();
    for item in items {
        let place = *places.entry(item.name).or_insert(groups.len());
        let Some(group) = groups.get_mut(place) else {
            groups.push(vec![item]);
            continue;
        };
        match group.first() {
            Some(first) if first.found.layer == item.found.layer => {
                report_duplicate(&first.found, &item.found, item.name, form, cx)
            }
            _ => group.insert(0, item),
        }
    }
    groups
}

/// A setting that stands once may stand only once in each layer.
pub(crate) fn refuse_duplicates(items: &[Found<'_>], cx: &mut Cx<'_>) {
    for pair in items.windows(2) {
        if let [first, second] = pair
            && first.layer == second.layer
        {
            report_duplicate(first, second, None, None, cx);
        }
    }
}

fn report_duplicate(first: &Found<'_>, second: &Found<'_>, name: Option<&str>, form: Option<&Form>, cx: &mut Cx<'_>) {
    let (first, second) = (first.entry, second.entry);
    let key = second.key.text;
    // In `env { NAME VALUE }` the key is the name.
    let what = match name.filter(|name| *name != key) {
        Some(name) => format!("`{key} {name}`"),
        None => format!("`{key}`"),
    };
    let found = Diagnostic::new(
        &syntax::duplicate_setting::RULE,
        format!("{what} is set twice"),
        second.head_span(),
        "set again here",
    )
    .label(first.head_span(), "first set here");
    // What tells a second one apart from the first may be left out, and then it is the same.
    let can_be_named = form.is_some_and(|form| form.settings.iter().any(|setting| setting.name == "name"));
    cx.report(if can_be_named {
        found.help(format!(
            "remove one of them, or tell them apart: `{key} … {{ name NAME }}`"
        ))
    } else {
        found.help("remove one of them")
    });
}
