//! The settings in braces, across layers.

use loadline_grammar::Span;
use loadline_grammar::ast::Entry;

use super::cx::Cx;
use super::field::{Field, Removed};
use super::found::{Found, Merged, value_text};
use super::head::usage;
use crate::diagnostic::{Diagnostic, alternatives};
use crate::rules::syntax;
use crate::schema::{Form, Setting};
use crate::suggest;

/// Settings of a block, found in all layers and sorted by the place of their declaration.
pub(crate) struct Reader<'a> {
    found: Vec<Found<'a>>,
    removed: Removed<'a>,
    span: Span,
    applicable: u64,
}

/// Words that any thing of the top level understands besides its own settings; they are read before lowering.
pub(crate) const UNIVERSAL: &[&str] = &["extends", "new", "remove"];

impl<'a> Reader<'a> {
    pub(crate) fn new(form: &'static Form, merged: &Merged<'a>, span: Span, cx: &mut Cx<'_>) -> Self {
        // A setting may be limited to some kinds of block: by keyword (`job`) or by first value (`rollout canary`).
        let keyword = merged.first.map_or(form.name, |entry| entry.key.text);
        let first = merged.values().first().and_then(value_text).unwrap_or_default();
        let words = [keyword, first];
        let mut reader = Self {
            found: Vec::new(),
            removed: Removed::default(),
            span,
            applicable: form
                .settings
                .iter()
                .rev()
                .fold(0, |bits, setting| (bits << 1) | u64::from(setting.applies_to(&words))),
        };
        for &(layer, block) in &merged.blocks {
            for entry in &block.entries {
                reader.take(form, &words, layer, entry, cx);
            }
        }
        // Stable: within a setting the strongest layer stays first, and within a layer the written order holds.
        reader.found.sort_by_key(|found| found.index);
        reader
    }

    fn take(&mut self, form: &'static Form, words: &[&str; 2], layer: u16, entry: &'a Entry<'a>, cx: &mut Cx<'_>) {
        let name = entry.key.text;
        let place = form
            .settings
            .iter()
            .position(|setting| setting.name == name && setting.applies_to(words));
        match place.and_then(|place| u16::try_from(place).ok()) {
            Some(index) if !entry.key.quoted => {
                let found = Found { index, layer, entry };
                let scalar = form
                    .settings
                    .get(usize::from(index))
                    .is_none_or(|setting| setting.repeat == crate::schema::Repeat::No);
                if !(scalar && self.removed.hides(&found, None)) {
                    self.found.push(found);
                }
            }
            _ if name == "remove" => self.remove(form, words, layer, entry, cx),
            _ if UNIVERSAL.contains(&name) && cx.is_thing(form) => {}
            _ => unknown(form, words, entry, cx),
        }
    }

    /// `remove KEY NAME`, `remove KEY`: what weaker layers say of it is not read.
    fn remove(&mut self, form: &'static Form, words: &[&str; 2], layer: u16, entry: &'a Entry<'a>, cx: &mut Cx<'_>) {
        let mut values = entry.values.iter().map(|value| (value_text(value), value.span));
        let (Some((Some(key), span)), name) = (values.next(), values.next()) else {
            let found = Diagnostic::new(
                &syntax::missing_setting::RULE,
                "`remove` needs the name of a setting",
                entry.head_span(),
                "remove what?",
            )
            .help("write `remove KEY` or `remove KEY NAME`, as in `remove env LOG_LEVEL`");
            cx.report(found);
            return;
        };
        let place = form
            .settings
            .iter()
            .position(|setting| setting.name == key && setting.applies_to(words));
        match place.and_then(|place| u16::try_from(place).ok()) {
            Some(index) => self.removed.0.push((index, layer, name.and_then(|(name, _)| name))),
            None => cx.report(unknown_name(form, words, key, span)),
        }
    }

    /// Which settings a block of this kind has, a bit for each in the order of the declaration.
    pub(crate) const fn applicable(&self) -> u64 {
        self.applicable
    }

    /// Where the block stands.
    pub(crate) fn span(&self) -> Span {
        self.span
    }

    /// Reads the setting with this place in the form.
    pub(crate) fn field<F: Field>(&self, index: u16, cx: &mut Cx<'_>) -> F {
        let start = self.found.partition_point(|found| found.index < index);
        let end = self.found.partition_point(|found| found.index <= index);
        F::field(
            self.found.get(start..end).unwrap_or_default(),
            &self.removed,
            self.span,
            cx,
        )
    }

    #[expect(clippy::unused_self, reason = "the reader is used up: no setting is read after this")]
    pub(crate) fn finish(self, _cx: &mut Cx<'_>) {}
}

fn unknown(form: &'static Form, words: &[&str; 2], entry: &Entry<'_>, cx: &mut Cx<'_>) {
    // A list that was written without brackets: its items look like settings with quoted names.
    if entry.key.quoted && entry.values.is_empty() && entry.block.is_none() {
        let found = Diagnostic::new(
            &syntax::syntax_error::RULE,
            "a value cannot stand on a line of its own",
            entry.key.span,
            "expected the name of a setting",
        )
        .help("put it on the line of its setting, or write a list over several lines: `[ … ]`");
        cx.report(found);
        return;
    }
    let elsewhere = form.settings.iter().find(|setting| setting.name == entry.key.text);
    if let Some(setting) = elsewhere {
        let block = words.iter().copied().find(|word| !word.is_empty()).unwrap_or(form.name);
        let only: Vec<String> = setting.only.iter().map(|word| format!("`{word}`")).collect();
        let kind = if setting.only.contains(&words[1]) || cx.is_thing(form) {
            words[0]
        } else {
            words[1]
        };
        let kind = if kind.is_empty() { block } else { kind };
        let found = Diagnostic::new(
            &syntax::unknown_setting::RULE,
            format!("`{kind}` has no setting `{}`", setting.name),
            entry.key.span,
            format!("only {} has it", alternatives(&only)),
        );
        cx.report(found);
        return;
    }
    cx.report(unknown_name(form, words, entry.key.text, entry.key.span));
}

fn unknown_name(form: &'static Form, words: &[&str; 2], name: &str, span: Span) -> Diagnostic {
    let fitting = || {
        form.settings
            .iter()
            .filter(|setting| setting.applies_to(words))
            .map(|setting: &Setting| setting.name)
    };
    let block = if words[0].is_empty() { form.name } else { words[0] };
    let found = Diagnostic::new(
        &syntax::unknown_setting::RULE,
        format!("unknown setting `{name}` in `{block}`"),
        span,
        "no such setting",
    );
    if let Some((setting, example)) = suggest::habit(name, |setting| fitting().any(|fits| fits == setting)) {
        return found.help(format!("that is `{setting}` here: `{example}`"));
    }
    let within = fitting().any(|own| own == name);
    let blocks = form.settings.iter().filter(|setting| setting.applies_to(words));
    let having =
        blocks.filter(|block| !block.form.free_keys && block.form.settings.iter().any(|inner| inner.name == name));
    let having: Vec<String> = having.map(|block| format!("`{} {{ {name} … }}`", block.name)).collect();
    if !within && !having.is_empty() && having.len() <= 3 {
        return found.help(format!("it stands one block deeper: {}", alternatives(&having)));
    }
    match suggest::nearest(name, fitting()) {
        Some(near) => found.help(format!("did you mean `{near}`?")).edit(span, near),
        None => {
            let all: Vec<&str> = fitting().collect();
            match all.as_slice() {
                [] => found.help(format!("`{block}` has no settings; write `{}`", usage(form, block))),
                all => found.help(format!("it has {}", all.join(", "))),
            }
        }
    }
}
