//! Prometheus: string literals and regular expressions of PromQL, and the Go templates of labels and annotations.

use serde::{Serialize, Serializer};

/// A string literal of PromQL, quotes included. Source: Prometheus, "Expression language basics", string literals: those of
/// Go.
pub(crate) fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len().saturating_add(2));
    out.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            other if other.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(other))),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

/// A text that a regular expression of RE2 takes for itself.
pub(crate) fn regex(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(
            character,
            '\\' | '.' | '+' | '*' | '?' | '(' | ')' | '|' | '[' | ']' | '{' | '}' | '^' | '$'
        ) {
            out.push('\\');
        }
        out.push(character);
    }
    out
}

/// The value of a label or annotation. Prometheus runs it as a template of Go, so only words of ours are put in as such.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) struct Templated(String);

impl Templated {
    /// A text of the user's, as it is.
    pub(crate) fn text(text: &str) -> Self {
        Self(inert(text))
    }

    /// Pieces one after the other.
    pub(crate) fn of(pieces: &[Piece<'_>]) -> Self {
        let mut out = String::new();
        for piece in pieces {
            match piece {
                Piece::Text(text) => out.push_str(&inert(text)),
                Piece::Code(code) => out.push_str(code),
            }
        }
        Self(out)
    }
}

impl Serialize for Templated {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// A part of a templated text.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Piece<'a> {
    /// Shown as it is.
    Text(&'a str),
    /// An action that Prometheus runs: `{{ $value }}`.
    Code(&'static str),
}

/// Braces that could begin an action become an action that prints them. A single one counts at the end, where one of ours
/// could follow.
fn inert(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        let (before, from) = rest.split_at(at);
        let after = from.trim_start_matches('{');
        let run = from.get(..from.len().saturating_sub(after.len())).unwrap_or_default();
        out.push_str(before);
        if 1 < run.len() || after.is_empty() {
            out.push_str(&format!("{{{{ \"{run}\" }}}}"));
        } else {
            out.push_str(run);
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What Go's text/template makes of a text whose only actions are string constants: a restatement of its lexer.
    fn run(template: &str) -> Result<String, String> {
        let mut out = String::new();
        let mut rest = template;
        while let Some((before, action)) = rest.split_once("{{") {
            out.push_str(before);
            let inner = action.strip_prefix(" \"").ok_or("an action that is no constant")?;
            let (constant, after) = inner.split_once("\" }}").ok_or("an action that does not end")?;
            out.push_str(constant);
            rest = after;
        }
        out.push_str(rest);
        Ok(out)
    }

    /// Go's unquoting, of the escapes that are written.
    fn unquoted(literal: &str) -> String {
        let inner = literal.strip_prefix('"').unwrap().strip_suffix('"').unwrap();
        let mut out = String::new();
        let mut characters = inner.chars();
        while let Some(character) = characters.next() {
            assert!(character != '"' && !character.is_control());
            if character != '\\' {
                out.push(character);
                continue;
            }
            match characters.next().unwrap() {
                'n' => out.push('\n'),
                'r' => out.push('\r'),
                't' => out.push('\t'),
                'u' => {
                    let code: String = characters.by_ref().take(4).collect();
                    out.push(char::from_u32(u32::from_str_radix(&code, 16).unwrap()).unwrap());
                }
                other => out.push(other),
            }
        }
        out
    }

    proptest! {
        #[test]
        fn texts_come_out_of_templates_as_they_went_in(text in "([{}\"$. a-z-]|\\PC){0,24}") {
            let Templated(template) = Templated::text(&text);
            prop_assert_eq!(run(&template), Ok(text.clone()));
            // Whatever stands around it.
            let Templated(between) = Templated::of(&[Piece::Code("{{ \"<\" }}"), Piece::Text(&text), Piece::Code("{{ \">\" }}")]);
            prop_assert_eq!(run(&between), Ok(format!("<{text}>")));
        }

        #[test]
        fn literals_are_read_back(text in "([\"\\\\{}\n\t\r]|\\PC|\\p{Cc}){0,24}") {
            prop_assert_eq!(unquoted(&literal(&text)), text);
        }
    }

    #[test]
    fn plain_texts_stay_readable() {
        assert_eq!(Templated::text("api { a } \"b\"").0, "api { a } \"b\"");
        assert_eq!(Templated::text("{{ $value }}").0, "{{ \"{{\" }} $value }}");
        assert_eq!(regex("/v1/a.b"), "/v1/a\\.b");
    }
}
