//! Laws of parsing and printing, on generated and on arbitrary text.

#![allow(
    clippy::unwrap_used,
    clippy::string_slice,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

use loadline_grammar::ast::{Block, Entry, File, Value, ValueKind};
use loadline_grammar::{Span, parse, print};
use proptest::prelude::*;

/// The tree without places and without what the formatter may change.
fn meaning(file: &File<'_>) -> String {
    let mut file = file.clone();
    file.tail.iter_mut().for_each(|comment| comment.span = Span::default());
    file.entries.iter_mut().for_each(entry);
    format!("{file:#?}")
}

fn without_comments(file: &File<'_>) -> String {
    fn strip(entries: &mut [Entry<'_>]) {
        for entry in entries {
            entry.lead.clear();
            entry.trail = None;
            entry.spaced = false;
            if let Some(block) = &mut entry.block {
                block.tail.clear();
                strip(&mut block.entries);
            }
        }
    }
    let mut file = file.clone();
    file.tail.clear();
    strip(&mut file.entries);
    meaning(&file)
}

fn entry(entry: &mut Entry<'_>) {
    entry.span = Span::default();
    entry.key.span = Span::default();
    entry
        .lead
        .iter_mut()
        .chain(&mut entry.trail)
        .for_each(|comment| comment.span = Span::default());
    entry.values.iter_mut().for_each(value);
    if let Some(Block {
        span,
        entries,
        tail,
        inline,
    }) = &mut entry.block
    {
        *span = Span::default();
        *inline = false;
        entries.iter_mut().for_each(self::entry);
        tail.iter_mut().for_each(|comment| comment.span = Span::default());
    }
}

fn value(value: &mut Value<'_>) {
    value.span = Span::default();
    match &mut value.kind {
        ValueKind::Range(ends) => [&mut ends.0, &mut ends.1].into_iter().for_each(self::value),
        ValueKind::List(list) => {
            list.tail.iter_mut().for_each(|comment| comment.span = Span::default());
            for item in &mut list.items {
                item.lead
                    .iter_mut()
                    .chain(&mut item.trail)
                    .for_each(|comment| comment.span = Span::default());
                self::value(&mut item.value);
            }
        }
        _ => {}
    }
}

fn scalar_text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zA-Z_][a-zA-Z0-9_-]{0,8}(\\.[a-z_][a-z0-9_-]{0,4}){0,3}",
        "[0-9][0-9_]{0,5}(\\.[0-9]{1,3}){0,3}",
        "[0-9]{1,4}(\\.[0-9]{1,2})?(Mi|Gi|m|s|%|/s|kB|us)",
        "[0-9]{1,2}h[0-9]{1,2}m[0-9]{1,2}s",
        "\"[a-z#{}\\[\\]; é→]{0,12}\"",
        "\"(\\\\\"|\\\\\\\\|\\\\n|\\$\\{a\\}|x){0,5}\"",
        "\"\"\"[a-z\n ]{0,10}x\"\"\"",
        "\\$[a-z][a-z0-9_-]{0,5}",
        "(<=|<|>=|>|==)",
        "[0-9]{1,3}(Mi|s)?\\.\\.([0-9]{1,3}(Gi|m)?|\\$[a-z]{1,3})",
    ]
}

fn value_text() -> impl Strategy<Value = String> {
    scalar_text().prop_recursive(3, 12, 4, |inner| {
        (
            prop::collection::vec((inner, "( |\n|\n\n| # c\n|\n# d\n)?"), 0..4),
            any::<bool>(),
        )
            .prop_map(|(items, comma)| {
                let count = items.len();
                let mut text = String::from("[");
                for (index, (item, space)) in items.into_iter().enumerate() {
                    text.push_str(&item);
                    if index + 1 < count || comma {
                        text.push(',');
                    }
                    text.push_str(&space);
                }
                text + "]"
            })
    })
}

fn entries_text() -> impl Strategy<Value = String> {
    let key = prop_oneof!["[a-z_][a-z0-9_-]{0,10}", "\"[a-z./]{1,10}\""];
    let end = "(\n|;|\n\n\n|  # trailing\n|\n## doc\n|\n\n# own line\n\n)";
    let leaf = (key.clone(), prop::collection::vec(value_text(), 0..3), end)
        .prop_map(|(key, values, end)| format!("{key} {}{end}", values.join(" ")));
    leaf.prop_recursive(4, 40, 5, move |inner| {
        (
            key.clone(),
            prop::collection::vec(value_text(), 0..2),
            prop::collection::vec(inner, 0..5),
            end,
        )
            .prop_map(|(key, values, entries, end)| {
                format!("{key} {} {{ {} }}{end}", values.join(" "), entries.concat())
            })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn printing_keeps_the_meaning(entries in prop::collection::vec(entries_text(), 0..6)) {
        let text = entries.concat();
        let first = parse(&text, 0);
        prop_assert!(first.errors.is_empty(), "{text}\n{:?}", first.errors);
        let printed = print(&first.file);
        let second = parse(&printed, 0);
        prop_assert!(second.errors.is_empty(), "{text}\n---\n{printed}\n{:?}", second.errors);
        prop_assert_eq!(meaning(&first.file), meaning(&second.file));
        prop_assert_eq!(print(&second.file), printed);
    }

    #[test]
    fn the_slow_way_reads_what_the_fast_way_reads(entries in prop::collection::vec(entries_text(), 0..4)) {
        // A line that is no entry sends its whole block through recovery, which keeps no comments.
        let entries = entries.concat();
        let whole = format!("outer {{\n{entries}\n}}\n");
        let broken = format!("outer {{\n{entries}\n = \n}}\n");
        let whole = parse(&whole, 0);
        let recovered = parse(&broken, 0);
        prop_assert_eq!(recovered.errors.len(), 1);
        prop_assert_eq!(without_comments(&whole.file), without_comments(&recovered.file));
    }

    #[test]
    fn any_text_is_read_without_panic(text in "\\PC{0,200}") {
        check_spans(&text);
    }

    #[test]
    fn any_soup_of_our_characters_is_read_without_panic(text in "[a1. \n\t{}\\[\\]\"\\\\#;,$=<>%/_-]{0,120}") {
        check_spans(&text);
    }
}

#[test]
fn blanks_of_other_alphabets_are_no_blanks() {
    for text in ["\u{2000}{", "a \u{2000}{ }", "a 1\u{3000}", "a { b 1\u{a0}\n = }"] {
        check_spans(text);
        let errors = parse(text, 0).errors;
        assert!(
            errors
                .iter()
                .any(|error| error.message.ends_with("looks like a blank and is none")),
            "{text:?}"
        );
    }
}

fn check_spans(text: &str) {
    let parsed = parse(text, 7);
    for error in &parsed.errors {
        assert!(7 <= error.span.start && error.span.end as usize <= 7 + text.len());
        assert!(text.is_char_boundary(error.span.start as usize - 7));
        assert!(text.is_char_boundary(error.span.end as usize - 7));
    }
    if parsed.errors.is_empty() {
        let printed = print(&parsed.file);
        assert_eq!(print(&parse(&printed, 0).file), printed);
    }
}
