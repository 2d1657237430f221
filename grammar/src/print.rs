//! Tree to canonical text: the one style of Loadline.
//!
//! Two spaces a level, one entry a line, first values aligned inside a run of one-line entries, literals and comments
//! as written, at most one empty line. A block that was written on one line stays there while it fits. Printing
//! is idempotent and never changes the meaning: `parse(print(parse(text))) == parse(text)`.

use crate::ast::{Block, Comment, Entry, File, Item, List, Value, ValueKind};

/// Columns that a line may take before a block or list on it is broken up.
const WIDTH_MAX: usize = 100;

/// Prints a file that parsed without errors.
#[must_use]
pub fn print(file: &File<'_>) -> String {
    let mut printer = Printer { out: String::new() };
    printer.entries(&file.entries, 0);
    printer.own_line_comments(&file.tail, 0);
    printer.out
}

struct Printer {
    out: String,
}

impl Printer {
    fn entries(&mut self, entries: &[Entry<'_>], level: usize) {
        // Nothing is aligned on the top level: `cache` and `external` are kinds of things, not settings of one.
        let mut rest = entries;
        while let Some(first) = rest.first() {
            let run = if level == 0 { 1 } else { run_length(rest, level) };
            let (now, later) = rest.split_at(run.clamp(1, rest.len()));
            let column = now
                .iter()
                .filter(|entry| has_rest(entry))
                .map(|entry| key_width(entry))
                .max();
            for entry in now {
                let column = if run == 0 {
                    key_width(first)
                } else {
                    column.unwrap_or_default()
                };
                self.entry(entry, level, column);
            }
            rest = later;
        }
    }

    fn entry(&mut self, entry: &Entry<'_>, level: usize, column: usize) {
        self.own_line_comments(&entry.lead, level);
        if entry.spaced {
            self.out.push('\n');
        }
        self.indent(level);
        self.key(entry);
        if has_rest(entry) {
            let padding = column.saturating_sub(key_width(entry)) + 1;
            self.out.extend(std::iter::repeat_n(' ', padding));
        }
        let one_line = one_line(entry, level);
        match &one_line {
            Some(rest) => self.out.push_str(rest),
            None => self.broken(entry, level),
        }
        if let Some(comment) = &entry.trail {
            self.out.push_str("  ");
            self.out.push_str(comment.text);
        }
        self.out.push('\n');
    }

    fn key(&mut self, entry: &Entry<'_>) {
        if entry.key.quoted {
            self.out.push('"');
            self.out.push_str(entry.key.text);
            self.out.push('"');
        } else {
            self.out.push_str(entry.key.text);
        }
    }

    /// Values and block of an entry that takes several lines.
    fn broken(&mut self, entry: &Entry<'_>, level: usize) {
        for (index, value) in entry.values.iter().enumerate() {
            if 0 < index {
                self.out.push(' ');
            }
            self.value(value, level);
        }
        if let Some(block) = &entry.block {
            if !entry.values.is_empty() {
                self.out.push(' ');
            }
            self.block(block, level);
        }
    }

    fn value(&mut self, value: &Value<'_>, level: usize) {
        match (&value.kind, flat_value(value)) {
            (ValueKind::List(list), flat) => match flat {
                Some(flat) if level * 2 + flat.chars().count() <= WIDTH_MAX => self.out.push_str(&flat),
                _ => self.list(list, level),
            },
            (ValueKind::LongText(text), _) => {
                self.out.push_str("\"\"\"");
                self.out.push_str(text);
                self.out.push_str("\"\"\"");
            }
            (_, Some(flat)) => self.out.push_str(&flat),
            // Only lists and long texts have no flat form.
            (_, None) => {}
        }
    }

    fn list(&mut self, list: &List<'_>, level: usize) {
        self.out.push_str("[\n");
        for Item { value, lead, trail } in &list.items {
            self.own_line_comments(lead, level + 1);
            self.indent(level + 1);
            self.value(value, level + 1);
            self.out.push(',');
            if let Some(comment) = trail {
                self.out.push_str("  ");
                self.out.push_str(comment.text);
            }
            self.out.push('\n');
        }
        self.own_line_comments(&list.tail, level + 1);
        self.indent(level);
        self.out.push(']');
    }

    fn block(&mut self, block: &Block<'_>, level: usize) {
        if block.entries.is_empty() && block.tail.is_empty() {
            self.out.push_str("{}");
            return;
        }
        self.out.push_str("{\n");
        self.entries(&block.entries, level + 1);
        self.own_line_comments(&block.tail, level + 1);
        self.indent(level);
        self.out.push('}');
    }

    fn own_line_comments(&mut self, comments: &[Comment<'_>], level: usize) {
        for comment in comments {
            if comment.spaced {
                self.out.push('\n');
            }
            self.indent(level);
            self.out.push_str(comment.text);
            self.out.push('\n');
        }
    }

    fn indent(&mut self, level: usize) {
        self.out.extend(std::iter::repeat_n("  ", level));
    }
}

/// How many entries from the first on stand on one line each, with no empty line among them.
fn run_length(entries: &[Entry<'_>], level: usize) -> usize {
    let belongs = |(index, entry): &(usize, &Entry<'_>)| {
        let apart = entry.spaced || entry.lead.iter().any(|comment| comment.spaced);
        (*index == 0 || !apart) && one_line(entry, level).is_some()
    };
    entries.iter().enumerate().take_while(belongs).count()
}

fn has_rest(entry: &Entry<'_>) -> bool {
    !entry.values.is_empty() || entry.block.is_some()
}

fn key_width(entry: &Entry<'_>) -> usize {
    entry.key.text.chars().count() + if entry.key.quoted { 2 } else { 0 }
}

/// What follows the key, if the whole entry fits on one line.
fn one_line(entry: &Entry<'_>, level: usize) -> Option<String> {
    let flat = flat_rest(entry)?;
    let width = level * 2 + key_width(entry) + 1 + flat.chars().count();
    // An entry that cannot be broken stays on its line however long it is.
    let can_break = entry.block.as_ref().is_some_and(|block| !block.entries.is_empty())
        || entry
            .values
            .iter()
            .any(|value| matches!(&value.kind, ValueKind::List(list) if !list.items.is_empty()));
    (width <= WIDTH_MAX || !can_break).then_some(flat)
}

fn flat_rest(entry: &Entry<'_>) -> Option<String> {
    let mut parts = entry.values.iter().map(flat_value).collect::<Option<Vec<_>>>()?;
    if let Some(block) = &entry.block {
        parts.push(flat_block(block)?);
    }
    Some(parts.join(" "))
}

fn flat_block(block: &Block<'_>) -> Option<String> {
    if block.entries.is_empty() && block.tail.is_empty() {
        return Some("{}".to_owned());
    }
    if !block.inline || !block.tail.is_empty() {
        return None;
    }
    let entries = block.entries.iter().map(flat_entry).collect::<Option<Vec<_>>>()?;
    Some(format!("{{ {} }}", entries.join("; ")))
}

fn flat_entry(entry: &Entry<'_>) -> Option<String> {
    if !entry.lead.is_empty() || entry.trail.is_some() {
        return None;
    }
    let key = if entry.key.quoted {
        format!("\"{}\"", entry.key.text)
    } else {
        entry.key.text.to_owned()
    };
    let rest = flat_rest(entry)?;
    Some(if rest.is_empty() { key } else { format!("{key} {rest}") })
}

fn flat_value(value: &Value<'_>) -> Option<String> {
    Some(match &value.kind {
        ValueKind::Text(text) => format!("\"{text}\""),
        ValueKind::LongText(text) if text.contains('\n') => return None,
        ValueKind::LongText(text) => format!("\"\"\"{text}\"\"\""),
        ValueKind::Number(text) | ValueKind::Version(text) | ValueKind::Quantity(text) | ValueKind::Word(text) => {
            (*text).to_owned()
        }
        ValueKind::Reference(name) => format!("${name}"),
        ValueKind::Comparison(comparison) => comparison.symbol().to_owned(),
        ValueKind::Range(ends) => format!("{}..{}", flat_value(&ends.0)?, flat_value(&ends.1)?),
        ValueKind::List(list) => {
            let commented = |item: &Item<'_>| !item.lead.is_empty() || item.trail.is_some();
            if !list.tail.is_empty() || list.items.iter().any(commented) {
                return None;
            }
            let items = list
                .items
                .iter()
                .map(|item| flat_value(&item.value))
                .collect::<Option<Vec<_>>>()?;
            format!("[{}]", items.join(", "))
        }
    })
}
