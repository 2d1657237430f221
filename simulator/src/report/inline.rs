//! JSON whose objects are laid out and whose lists stand in a line: thousands of numbers are no thousands of lines.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, PrettyFormatter, Serializer};

/// Ends with a line break.
pub(super) fn to_json<T: Serialize>(document: &T) -> String {
    let mut out = Vec::new();
    let layout = Inline(PrettyFormatter::new());
    // Writing to memory does not fail, and our documents have texts as keys.
    let _ = document.serialize(&mut Serializer::with_formatter(&mut out, layout));
    out.push(b'\n');
    String::from_utf8(out).unwrap_or_default()
}

/// As [`to_json`], on one line without blanks.
pub(super) fn to_line<T: Serialize>(document: &T) -> String {
    serde_json::to_string(document).unwrap_or_default()
}

struct Inline(PrettyFormatter<'static>);

impl Formatter for Inline {
    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { out.write_all(b", ") }
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object(out)
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object(out)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(out, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object_value(out)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object_value(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_stand_in_a_line() {
        let value = serde_json::json!({ "list": [1, 2], "things": [{ "a": 1 }, { "a": [] }], "none": {} });
        let text = to_json(&value);
        assert!(text.contains("\"list\": [1, 2]"), "{text}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
    }
}
