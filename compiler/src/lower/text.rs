//! Text between quotes: escapes, `${…}`, and the indentation of long texts.

use loadline_grammar::Span;

use super::cx::Cx;
use crate::diagnostic::Diagnostic;
use crate::rules::syntax;

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// As it stands, escapes read.
    Literal(String),
    /// `${name}` or `${thing.path}`, and where.
    Name(String, Span),
}

/// Takes a text apart. `raw` is what stands between the quotes and begins at position `start`.
pub(crate) fn pieces(raw: &str, start: u32, long: bool, cx: &mut Cx<'_>) -> Option<Vec<Piece>> {
    if !raw.contains(['\\', '$']) {
        let text = if long { dedented(raw) } else { raw.to_owned() };
        return Some(vec![Piece::Literal(text)]);
    }
    // Indentation belongs to the layout of the file, so it goes before escapes can bring in spaces of their own.
    // Positions of escapes and names in a long text are then only those of the text as a whole.
    let dedent = long.then(|| dedented(raw));
    let text = dedent.as_deref().unwrap_or(raw);
    let place = |from: usize, to: usize| {
        if long {
            return Span::new(start, start.saturating_add(length(raw.len())));
        }
        Span::new(start.saturating_add(length(from)), start.saturating_add(length(to)))
    };
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut rest = text.char_indices().peekable();
    let mut good = true;
    while let Some((at, character)) = rest.next() {
        match (character, rest.peek().copied()) {
            ('\\', Some((_, 'u'))) => {
                rest.next();
                match unicode(text.get(at..).unwrap_or_default()) {
                    Some((read, length)) => {
                        literal.push(read);
                        // `\u` is taken; what is left of `{…}` is ASCII.
                        for _ in 0..length.saturating_sub(2) {
                            rest.next();
                        }
                    }
                    None => {
                        good = false;
                        cx.report(bad_escape(
                            place(at, at + 2),
                            "`\\u` needs a character's number",
                            "write `\\u{e9}`",
                        ));
                    }
                }
            }
            ('\\', Some((_, escaped))) => {
                rest.next();
                match escaped {
                    'n' => literal.push('\n'),
                    't' => literal.push('\t'),
                    '"' | '\\' | '$' => literal.push(escaped),
                    _ => {
                        good = false;
                        let message = format!("`\\{escaped}` is no escape");
                        let help =
                            "there are `\\\"`, `\\\\`, `\\n`, `\\t`, `\\$` and `\\u{…}`; a backslash itself is `\\\\`";
                        cx.report(bad_escape(place(at, at + 1 + escaped.len_utf8()), &message, help));
                    }
                }
            }
            ('$', Some((open, '{'))) => {
                let Some(close) = text
                    .get(open..)
                    .and_then(|tail| tail.find('}'))
                    .map(|offset| open + offset)
                else {
                    cx.report(bad_escape(
                        place(at, at + 2),
                        "`${` is not closed",
                        "write `${name}`, or `\\$` for a dollar sign",
                    ));
                    return None;
                };
                if !literal.is_empty() {
                    pieces.push(Piece::Literal(std::mem::take(&mut literal)));
                }
                let name = text.get(open + 1..close).unwrap_or_default().trim().to_owned();
                pieces.push(Piece::Name(name, place(at, close + 1)));
                while rest.next_if(|&(index, _)| index <= close).is_some() {}
            }
            _ => literal.push(character),
        }
    }
    if !literal.is_empty() || pieces.is_empty() {
        pieces.push(Piece::Literal(literal));
    }
    good.then_some(pieces)
}

fn length(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

fn bad_escape(span: Span, message: &str, help: &str) -> Diagnostic {
    Diagnostic::new(&syntax::syntax_error::RULE, message, span, "in this text").help(help)
}

/// Reads `\u{…}` at the start of `text`: the character and the length of the escape.
fn unicode(text: &str) -> Option<(char, usize)> {
    let rest = text.strip_prefix("\\u{")?;
    let (digits, _) = rest.split_once('}')?;
    if digits.is_empty() || 6 < digits.len() {
        return None;
    }
    let read = char::from_u32(u32::from_str_radix(digits, 16).ok()?)?;
    Some((read, digits.len() + 4))
}

/// Without the indentation that all its lines share, and without the line breaks next to the quotes.
fn dedented(text: &str) -> String {
    let body = text.strip_prefix('\n').unwrap_or(text);
    let body = body
        .rsplit_once('\n')
        .map_or(body, |(most, last)| if last.trim().is_empty() { most } else { body });
    let indent = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let common = body
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(indent)
        .min()
        .unwrap_or(0);
    let lines: Vec<&str> = body
        .split('\n')
        .map(|line| line.get(common..).unwrap_or(line.trim_start()))
        .collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_lose_the_indentation_they_share() {
        assert_eq!(dedented("\n    one\n      two\n\n    three\n  "), "one\n  two\n\nthree");
        assert_eq!(dedented("one"), "one");
    }

    #[test]
    fn unicode_escapes() {
        assert_eq!(unicode("\\u{e9}x"), Some(('é', 6)));
        assert_eq!(unicode("\\u{110000}"), None);
        assert_eq!(unicode("\\u{}"), None);
    }
}
