//! The settings table: what every block of the language may say.
//!
//! A block is declared once, with `block!`: each setting with its name, type, default and
//! documentation. From that one declaration come the Rust struct of the model, the lowering of the syntax tree into
//! it, "unknown setting, did you mean", help for wrong units, `loadline show`, the language reference, and later
//! completion. Adding a setting is adding one line.

mod block;
mod top_level;
mod words;

pub(crate) use block::block;
pub use top_level::{TOP_LEVEL, TopLevel, form};
pub(crate) use words::words;

/// What a value may be, in words.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// With its article, as in "expected a size".
    pub name: &'static str,
    /// A literal that reads.
    pub example: &'static str,
    /// Words with a meaning of their own, and that meaning.
    pub words: &'static [(&'static str, &'static str)],
    /// Whether nothing but the words may stand there.
    pub closed: bool,
    /// Whether several may stand there, in brackets.
    pub list: bool,
}

impl Kind {
    /// The same, or one of some words.
    #[must_use]
    pub const fn or(mut self, words: &'static [(&'static str, &'static str)]) -> Self {
        self.words = words;
        self
    }

    /// A kind without fixed words.
    #[must_use]
    pub const fn new(name: &'static str, example: &'static str) -> Self {
        Self {
            name,
            example,
            words: &[],
            closed: false,
            list: false,
        }
    }

    /// The same, or a list of such.
    #[must_use]
    pub const fn listed(mut self) -> Self {
        self.list = true;
        self
    }
}

/// The shape of a setting or block: values on its line, then settings in braces.
#[derive(Clone, Copy, Debug)]
pub struct Form {
    /// The keyword.
    pub name: &'static str,
    /// Documentation, one element a line.
    pub doc: &'static [&'static str],
    /// Values on the entry's line.
    pub head: &'static [Slot],
    /// Settings in braces.
    pub settings: &'static [Setting],
    /// Keys in braces are free names, with values of the (only) setting of the form.
    pub free_keys: bool,
}

/// One value on an entry's line.
#[derive(Clone, Copy, Debug)]
pub struct Slot {
    /// A word that must stand before it: `as`, `from`.
    pub keyword: Option<&'static str>,
    /// What it is called in the reference: `NAME`, `PORT`.
    pub name: &'static str,
    /// What may stand there.
    pub kind: Kind,
    /// Whether it may be left out.
    pub optional: bool,
    /// Documentation, one element a line.
    pub doc: &'static [&'static str],
}

/// One setting of a block.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// As written.
    pub name: &'static str,
    /// Documentation, one element a line.
    pub doc: &'static [&'static str],
    /// What follows the name.
    pub form: &'static Form,
    /// Whether it may stand several times, and how those merge.
    pub repeat: Repeat,
    /// What holds when it is left out, as it would be written.
    pub default: Option<fn() -> String>,
    /// The kinds of block, or first words of the block, that have it; empty for all.
    pub only: &'static [&'static str],
}

/// How often a setting may stand in one block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// Once.
    No,
    /// Once for each name; inherited ones merge by that name.
    ByName,
    /// Any number, in order; an overlay replaces all of them.
    Group,
}

impl Setting {
    /// Whether a block of these words (its keyword, then its first value) has the setting.
    #[must_use]
    pub fn applies_to(&self, words: &[&str]) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| words.contains(only))
    }

    /// Whether only some first values of its block have it, as with `rollout canary`.
    #[must_use]
    pub fn is_of_a_variant(&self, block: &Form) -> bool {
        let words = block.head.iter().flat_map(|slot| slot.kind.words);
        words.into_iter().any(|(word, _)| self.only.contains(word))
    }
}
