//! Where something stands in a spec.

use loadline_grammar::Span;
use loadline_grammar::ast::Entry;

use super::Project;
use crate::lower::value_text;

impl Project<'_> {
    /// The blocks that a place lies in, outermost first: `["environment staging", "service api"]`, `["template web"]`.
    #[must_use]
    pub fn blocks_at(&self, span: Span) -> Vec<String> {
        let mut found = Vec::new();
        let mut entries: Vec<&Entry<'_>> = self.entries().collect();
        // An environment holds the same blocks once more.
        for _ in 0..2 {
            let Some(entry) = entries.into_iter().find(|entry| entry.span.contains(span.start)) else {
                break;
            };
            found.push(title(entry));
            if entry.key.text != "environment" {
                break;
            }
            entries = entry.block.iter().flat_map(|block| &block.entries).collect();
        }
        found
    }

    /// Where a `let` has its value in an environment, or in the base.
    #[must_use]
    pub fn let_place(&self, name: &str, environment: Option<&str>) -> Option<Span> {
        let named = |entry: &&Entry<'_>, key: &str, name: &str| {
            entry.key.text == key && entry.values.first().and_then(value_text) == Some(name)
        };
        let own = || self.files.iter().flat_map(|file| &file.entries);
        let overlay = own()
            .filter(|entry| environment.is_some_and(|environment| named(entry, "environment", environment)))
            .flat_map(|entry| &entry.block)
            .flat_map(|block| &block.entries);
        let sets = self.sets.iter().rev().flat_map(|file| &file.entries);
        let found = sets
            .chain(overlay)
            .chain(own())
            .find(|entry| named(entry, "let", name))?;
        Some(found.values.get(1).map_or(found.key.span, |value| value.span))
    }

    /// A thing and all that it extends, nearest first: `["service api", "template web", "template base"]`.
    #[must_use]
    pub fn inheritance(&self, keyword: &str, name: &str) -> Vec<String> {
        let mut chain: Vec<String> = Vec::new();
        let mut current = (keyword.to_owned(), name.to_owned());
        loop {
            let title_here = format!("{} {}", current.0, current.1);
            if chain.contains(&title_here) {
                return chain;
            }
            chain.push(title_here);
            let entries = self.files.iter().flat_map(|file| &file.entries);
            let named = |kind: &str, name: &str| {
                entries
                    .clone()
                    .find(|entry| entry.key.text == kind && entry.values.first().and_then(value_text) == Some(name))
            };
            let inner = named(&current.0, &current.1).and_then(|entry| entry.block.as_ref());
            let extends = inner.and_then(|block| block.entries.iter().find(|entry| entry.key.text == "extends"));
            let Some(parent) = extends.and_then(|entry| entry.values.first()).and_then(value_text) else {
                return chain;
            };
            let kind = if named("template", parent).is_some() {
                "template"
            } else {
                keyword
            };
            current = (kind.to_owned(), parent.to_owned());
        }
    }
}

/// Keyword and name of an entry; a `--set` by its text.
fn title(entry: &Entry<'_>) -> String {
    let name = entry.values.first().and_then(value_text).unwrap_or_default();
    format!("{} {name}", entry.key.text).trim_end().to_owned()
}
