//! The entries of one setting across layers, and how they merge.

use loadline_grammar::Span;
use loadline_grammar::ast::{Block, Entry, Value, ValueKind};

/// An entry of a known setting.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found<'a> {
    /// Which setting, by its place in the form.
    pub(crate) index: u16,
    /// Which layer: 0 is the strongest.
    pub(crate) layer: u16,
    /// The entry itself.
    pub(crate) entry: &'a Entry<'a>,
}

/// Entries of one block, merged: the strongest values, and the blocks to read from.
pub(crate) struct Merged<'a> {
    /// The strongest entry; `None` when the block is not written at all.
    pub(crate) first: Option<&'a Entry<'a>>,
    /// The strongest entry that has values.
    pub(crate) valued: Option<&'a Entry<'a>>,
    /// Blocks with their layer, strongest first.
    pub(crate) blocks: Vec<(u16, &'a Block<'a>)>,
}

impl<'a> Merged<'a> {
    /// A block merges key by key over the layers, up to the layer whose first value differs:
    /// `rollout canary` does not inherit the settings of `rollout rolling`.
    pub(crate) fn new(items: &[Found<'a>]) -> Self {
        let valued = items
            .iter()
            .map(|item| item.entry)
            .find(|entry| !entry.values.is_empty());
        let first_value = valued.and_then(|entry| entry.values.first());
        let mut blocks = Vec::new();
        for item in items {
            let differs = item
                .entry
                .values
                .first()
                .zip(first_value)
                .is_some_and(|(own, first)| !same(own, first));
            if differs {
                break;
            }
            blocks.extend(item.entry.block.as_ref().map(|block| (item.layer, block)));
        }
        Self {
            first: items.first().map(|item| item.entry),
            valued,
            blocks,
        }
    }

    /// Where the block is written, or else where its owner is.
    pub(crate) fn span(&self, owner: Span) -> Span {
        self.valued.or(self.first).map_or(owner, Entry::head_span)
    }

    pub(crate) fn values(&self) -> &'a [Value<'a>] {
        self.valued.map_or(&[], |entry| entry.values.as_slice())
    }
}

/// The text of a value as a name: a word, a number, a string.
pub(crate) fn value_text<'e>(value: &'e Value<'e>) -> Option<&'e str> {
    match &value.kind {
        ValueKind::Word(text)
        | ValueKind::Text(text)
        | ValueKind::LongText(text)
        | ValueKind::Number(text)
        | ValueKind::Version(text)
        | ValueKind::Quantity(text)
        | ValueKind::Reference(text) => Some(text),
        ValueKind::Range(_) | ValueKind::List(_) | ValueKind::Comparison(_) => None,
    }
}

/// Whether two values are written alike.
fn same(a: &Value<'_>, b: &Value<'_>) -> bool {
    match (&a.kind, &b.kind) {
        (ValueKind::Range(a), ValueKind::Range(b)) => same(&a.0, &b.0) && same(&a.1, &b.1),
        (ValueKind::List(a), ValueKind::List(b)) => {
            a.items.len() == b.items.len() && a.items.iter().zip(&b.items).all(|(a, b)| same(&a.value, &b.value))
        }
        (a, b) => a == b,
    }
}
