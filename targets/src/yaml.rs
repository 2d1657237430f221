//! The only user of the YAML library.
//!
//! Every string is quoted, as a value and (where a YAML 1.1 or 1.2 reader could take it for something else) as a key:
//! `no`, `on`, `1_000`, `12:30:45` and `2024-01-01` stay strings for every reader.

mod writer;

use serde::{Serialize, Serializer};
use writer::Unusual;

/// One YAML document. An error is a bug of the caller: a map key that is no string.
pub(crate) fn document<T: Serialize>(value: &T) -> Result<String, String> {
    match writer::write(value) {
        Ok(text) => Ok(text),
        Err(Unusual) => by_library(value),
    }
}

fn by_library<T: Serialize + ?Sized>(value: &T) -> Result<String, String> {
    let options = serde_yaml::ser_options! { quote_all: true, compact_list_indent: false };
    serde_yaml::to_string_with_options(&value, options).map_err(|error| error.to_string())
}

/// A text that may have several lines: it is written as it stands where every reader gives it back, so that a change of
/// one line is a change of one line.
pub(crate) struct Lines<'a>(pub(crate) &'a str);

impl Serialize for Lines<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = self.0;
        // A block says by its first character how far it is indented, and keeps no line ends other than `\n`.
        let first = text.starts_with([' ', '\t', '\n']);
        if first || !text.contains('\n') || !text.chars().all(is_printable) {
            serializer.serialize_str(text)
        } else {
            serializer.serialize_newtype_struct(writer::BLOCK, text)
        }
    }
}

/// Whether a character may stand in a block. Source: `c-printable` of YAML 1.2, without what some reader takes for the
/// end of a line or for a byte order mark.
fn is_printable(character: char) -> bool {
    match character {
        '\n' | '\t' => true,
        '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => false,
        other => !other.is_control(),
    }
}

/// A string as a value: in single quotes, unless something in it must be escaped.
fn text(text: &str, out: &mut String) -> Result<(), Unusual> {
    let plain = |byte: u8| matches!(byte, b' '..=b'~') && byte != b'\'' && byte != b'\\';
    if text.bytes().all(plain) {
        out.push('\'');
        out.push_str(text);
        out.push('\'');
        return Ok(());
    }
    let quoted = by_library(text).map_err(|_| Unusual)?;
    out.push_str(quoted.trim_end_matches('\n'));
    Ok(())
}

/// Words that some reader takes for something else than text, in whatever case.
const WORDS: &[&str] = &[
    "y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf",
];

/// A string as a key: bare, if it begins with a letter and no reader could take it for anything else.
fn key(text: &str, out: &mut String) -> Result<(), Unusual> {
    let letter = text.starts_with(|first: char| first.is_ascii_alphabetic());
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/');
    let word = text.len() <= 5 && WORDS.iter().any(|word| text.eq_ignore_ascii_case(word));
    // Longer keys are written in another form.
    let short = text.len() <= 512;
    if letter && short && !word && text.bytes().all(plain) {
        out.push_str(text);
        return Ok(());
    }
    let entry = by_library(&std::collections::BTreeMap::from([(text, 0)])).map_err(|_| Unusual)?;
    let key = entry.strip_suffix(": 0\n").filter(|_| short).ok_or(Unusual)?;
    out.push_str(key);
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, Value};

    use super::*;

    /// Trees of what the targets write, with keys and texts of every kind.
    fn tree() -> impl Strategy<Value = Value> {
        let text = "([a-zA-Z0-9:#{}\\[\\],&*!|>'\"%@`\\\\ \t\n.~<=_+-]|\\PC|\\p{Cc}){0,12}";
        let word = prop::sample::select(vec!["y", "No", "1e3", "0x1F", "12:30", "2024-01-01", "<<", "~", "- a"]);
        let leaf = prop_oneof![
            text.prop_map(Value::from),
            word.prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<bool>().prop_map(Value::from),
            Just(Value::Null),
        ];
        leaf.prop_recursive(4, 24, 4, move |inner| {
            let key = prop_oneof![
                text.prop_map(String::from),
                "[a-zA-Z./-]{1,8}",
                "[yYnN]|on|OFF|null|1\\.0"
            ];
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(key, inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect::<Map<_, _>>())),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_writer_and_the_library_write_the_same(value in tree()) {
            if let Ok(text) = writer::write(&value) {
                prop_assert_eq!(text, by_library(&value).unwrap());
            }
        }
    }

    #[test]
    fn the_usual_is_not_left_to_the_library() {
        let value = serde_json::json!({
            "metadata": { "labels": { "app.kubernetes.io/name": "a", "on": "no" }, "empty": {} },
            "list": [ { "name": "a", "ports": [1, 2], "args": [] }, "it's\n" ],
            "none": null,
        });
        assert_eq!(writer::write(&value).unwrap(), by_library(&value).unwrap());
    }

    #[test]
    fn lines_stay_lines_where_they_can() {
        let written = |text: &str| {
            let map = std::collections::BTreeMap::from([("a", Lines(text))]);
            document(&map).unwrap()
        };
        assert_eq!(written("one\n  two: 'é'\n"), "a: |\n  one\n    two: 'é'\n");
        assert_eq!(written("one\ntwo"), "a: |-\n  one\n  two\n");
        assert_eq!(written("one\n\n"), "a: |+\n  one\n\n");
        assert_eq!(written("one\n\n\ttwo\n"), "a: |\n  one\n\n  \ttwo\n");
        assert_eq!(written("one"), "a: 'one'\n");
        for text in [" one\n", "\none\n", "\tone\n", "one\r\n", "one\u{85}two\n"] {
            assert!(written(text).starts_with("a: \""), "{text:?}");
        }
    }

    #[test]
    fn keys_that_look_like_something_else_are_quoted() {
        for key in [
            "on",
            "no",
            "y",
            "N",
            "True",
            "1.0",
            "null",
            "~",
            "",
            "12:30:45",
            "2024-01-01",
            "0x1F",
            "1_000",
            "<<",
            "=",
            "- a",
            "a: b",
            "#x",
            " a",
            ".inf",
        ] {
            let text = document(&std::collections::BTreeMap::from([(key, 0)])).unwrap();
            assert!(text.starts_with('"') || text.starts_with('\''), "{text}");
        }
    }
}
