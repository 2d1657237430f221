//! Templates and `let`s that nothing uses. Looked for in the text, over all environments: what only staging uses is used.

use std::collections::BTreeSet;

use loadline_grammar::ast::{Entry, Value, ValueKind};

use crate::diagnostic::Diagnostic;
use crate::lower::{Cx, value_text};
use crate::project::Project;
use crate::rules::syntax;

pub(crate) fn find(project: &Project<'_>, cx: &mut Cx<'_>) {
    let mut used = Used::default();
    let files = || project.files.iter().chain(&project.sets);
    for entry in files().flat_map(|file| &file.entries) {
        used.entry(entry);
    }
    for entry in files().flat_map(|file| &file.entries) {
        let Some(name) = entry.values.first().and_then(value_text) else {
            continue;
        };
        match entry.key.text {
            "template" if !used.templates.contains(name) => {
                let message = format!("nothing extends the template `{name}`");
                let found = Diagnostic::new(&syntax::unused_template::RULE, message, entry.head_span(), "never used");
                cx.report(found.help("remove it, or extend it where it was meant"));
            }
            "let" if !used.lets.contains(name) => {
                let message = format!("nothing uses `let {name}`");
                let found = Diagnostic::new(&syntax::unused_let::RULE, message, entry.head_span(), "never used");
                cx.report(found.help(format!("remove it, or write `${name}` where it was meant")));
            }
            _ => {}
        }
    }
}

#[derive(Default)]
struct Used<'a> {
    templates: BTreeSet<&'a str>,
    lets: BTreeSet<&'a str>,
}

impl<'a> Used<'a> {
    fn entry(&mut self, entry: &'a Entry<'a>) {
        if entry.key.text == "extends" {
            self.templates.extend(entry.values.iter().filter_map(value_text));
        }
        for value in &entry.values {
            self.value(value);
        }
        for inner in entry.block.iter().flat_map(|block| &block.entries) {
            self.entry(inner);
        }
    }

    fn value(&mut self, value: &'a Value<'a>) {
        match &value.kind {
            ValueKind::Reference(name) => _ = self.lets.insert(name),
            ValueKind::Text(text) | ValueKind::LongText(text) => {
                let parts = text.split("${").skip(1);
                self.lets.extend(
                    parts
                        .filter_map(|part| part.split_once('}'))
                        .map(|(name, _)| name.trim()),
                );
            }
            ValueKind::Range(ends) => {
                self.value(&ends.0);
                self.value(&ends.1);
            }
            ValueKind::List(list) => list.items.iter().for_each(|item| self.value(&item.value)),
            _ => {}
        }
    }
}
