//! Free text, and the texts that are paths.

use std::ops::Deref;

use loadline_grammar::ast::{Value, ValueKind};
use loadline_grammar::is_forbidden;

use crate::diagnostic::Diagnostic;
use crate::lower::text::{Piece, pieces};
use crate::lower::{Cx, Scalar, report_kind};
use crate::rules::syntax;
use crate::schema::Kind;

/// Text, with `${name}` of `let`s filled in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Text(pub String);

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

/// As a string literal of the language.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '$' => out.push_str("\\$"),
            hidden if is_forbidden(hidden) => out.push_str(&format!("\\u{{{:x}}}", u32::from(hidden))),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

/// The parts of a text literal; `None` when it is none or has a bad escape (reported).
pub(crate) fn text_pieces<'v, 'a: 'v>(value: &'v Value<'v>, kind: &Kind, cx: &mut Cx<'a>) -> Option<Vec<Piece>> {
    match &value.kind {
        ValueKind::Text(raw) => pieces(raw, value.span.start.saturating_add(1), false, cx),
        ValueKind::LongText(raw) => pieces(raw, value.span.start.saturating_add(3), true, cx),
        _ => {
            without_quotes(value, kind, cx);
            None
        }
    }
}

/// A word or number where a string belongs lacks only its quotes. A dotted one may be meant as a reference.
fn without_quotes(value: &Value<'_>, kind: &Kind, cx: &mut Cx<'_>) {
    let bare = match &value.kind {
        ValueKind::Word(text) if !text.contains('.') => *text,
        ValueKind::Number(text) | ValueKind::Quantity(text) | ValueKind::Version(text) => *text,
        _ => return report_kind(value, kind, cx),
    };
    let found = value.kind.describe();
    let mended = quoted(bare);
    let diagnostic = Diagnostic::new(
        &syntax::wrong_unit::RULE,
        format!("expected {}, found {found}", kind.name),
        value.span,
        format!("this is {found}"),
    );
    cx.report(diagnostic.help(format!("write `{mended}`")).edit(value.span, mended));
}

impl Scalar for Text {
    const KIND: Kind = Kind::new("a string", "\"text\"");

    fn read(value: &Value<'_>, cx: &mut Cx<'_>) -> Option<Self> {
        let value = cx.follow(value)?;
        let pieces = text_pieces(value, &Self::KIND, cx)?;
        let mut text = String::new();
        for piece in pieces {
            match piece {
                Piece::Literal(literal) => text.push_str(&literal),
                Piece::Name(name, span) if name.contains('.') => {
                    let found = Diagnostic::new(
                        &syntax::unknown_reference::RULE,
                        format!("`${{{name}}}` cannot be filled in here"),
                        span,
                        "only `env` and `config` take references",
                    );
                    cx.report(found.help("name a `let` instead, or write `\\$` for a dollar sign"));
                    return None;
                }
                Piece::Name(name, span) => text.push_str(&cx.let_text(&name, span)?),
            }
        }
        Some(Self(text))
    }

    fn show(&self) -> String {
        quoted(&self.0)
    }
}

/// An absolute path in the file system of an instance, or a path of a URL.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct InstancePath(pub String);

impl Deref for InstancePath {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Scalar for InstancePath {
    const KIND: Kind = Kind::new("a path that begins with `/`", "\"/var/lib/app\"");

    fn read(value: &Value<'_>, cx: &mut Cx<'_>) -> Option<Self> {
        let value = cx.follow(value)?;
        let text = match &value.kind {
            ValueKind::Text(_) | ValueKind::LongText(_) => Text::read(value, cx)?,
            _ => {
                report_kind(value, &Self::KIND, cx);
                return None;
            }
        };
        if !text.starts_with('/') || text.chars().any(char::is_control) {
            let message = format!("{} is not a path that begins with `/`", quoted(&text));
            let found = Diagnostic::new(
                &syntax::value_out_of_range::RULE,
                message,
                value.span,
                "relative to what?",
            );
            cx.report(found.help(format!(
                "write {}",
                quoted(&format!("/{}", text.trim_start_matches("./")))
            )));
            return None;
        }
        Some(Self(text.0))
    }

    fn show(&self) -> String {
        quoted(&self.0)
    }
}

/// A path of a file or directory of the project: relative to its root, and never outside.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProjectPath(pub String);

impl Deref for ProjectPath {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

/// A relative path without `.` and `..`; `None` when it is absolute or leaves where it starts.
pub(crate) fn normal_path(path: &str) -> Option<String> {
    if path.starts_with('/') || path.contains('\\') || path.contains(':') || path.chars().any(char::is_control) {
        return None;
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => _ = parts.pop()?,
            part => parts.push(part),
        }
    }
    Some(if parts.is_empty() {
        ".".to_owned()
    } else {
        parts.join("/")
    })
}

impl Scalar for ProjectPath {
    const KIND: Kind = Kind::new("a path inside the project", "\"path/to/file\"");

    fn read(value: &Value<'_>, cx: &mut Cx<'_>) -> Option<Self> {
        let value = cx.follow(value)?;
        let text = match &value.kind {
            ValueKind::Text(_) => Text::read(value, cx)?,
            _ => {
                report_kind(value, &Self::KIND, cx);
                return None;
            }
        };
        let Some(path) = normal_path(&text) else {
            cx.report(crate::rules::syntax::path_outside_project::found(&text, value.span));
            return None;
        };
        Some(Self(path))
    }

    fn show(&self) -> String {
        quoted(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{normal_path, quoted};

    #[test]
    fn what_may_not_stand_in_a_file_is_written_by_its_number() {
        let text = "a\"\\$\n\t\r\0\u{1b}[31m\u{85}\u{202e}é";
        let literal = quoted(text);
        assert_eq!(literal, r#""a\"\\\$\n\t\u{d}\u{0}\u{1b}[31m\u{85}\u{202e}é""#);
        assert!(loadline_grammar::parse_value(&literal, 0).is_ok());
    }

    #[test]
    fn paths_stay_inside() {
        assert_eq!(normal_path("./a//b/../c.sql").as_deref(), Some("a/c.sql"));
        assert_eq!(normal_path(".").as_deref(), Some("."));
        for outside in ["/etc/passwd", "../x", "a/../../x", "C:/x", "a\\b"] {
            assert_eq!(normal_path(outside), None, "{outside}");
        }
    }
}
