//! Markdown: text, code and links. Source: CommonMark 0.31, "Backslash escapes", "Code spans", "Fenced code blocks"; and the
//! tables of GitHub.

use crate::template::Escaped;

/// A part of a line of prose.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Piece<'a> {
    /// Our own words, which may be Markdown.
    Own(&'static str),
    /// A text that is shown as it is.
    Text(&'a str),
    /// The same, as code.
    Code(&'a str),
    /// An address that can be followed, if it is one.
    Link(&'a str),
}

/// A line: a paragraph, a heading or the cell of a table.
pub(crate) fn line(pieces: &[Piece<'_>]) -> Escaped {
    let mut out = String::new();
    for piece in pieces {
        match piece {
            Piece::Own(text) => out.push_str(text),
            Piece::Text(text) => out.push_str(&inert(text)),
            Piece::Code(text) => out.push_str(&code(text)),
            Piece::Link(text) => out.push_str(&link(text)),
        }
    }
    Escaped::trust(out)
}

/// Lines of commands, fenced.
pub(crate) fn commands(lines: &str) -> Escaped {
    let fence = "`".repeat(longest_run(lines).saturating_add(1).max(3));
    Escaped::trust(format!("{fence}sh\n{}\n{fence}", lines.trim_end_matches('\n')))
}

/// Everything that could begin something is escaped; what would begin a new line is a space.
fn inert(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '&' | '|' | '~' | '#' | '$' | '!' | '{' | '}' => {
                out.extend(['\\', character]);
            }
            other => out.push(visible(other)),
        }
    }
    // A list, a rule or a heading of the line before, where the text begins the line.
    match out.chars().next() {
        Some('-' | '+' | '=') => format!("\\{out}"),
        Some(first) if first.is_ascii_digit() => ordered(&out),
        _ => out,
    }
}

/// `1. ` and `1) ` begin a list.
fn ordered(text: &str) -> String {
    let digits = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let at = text.len().saturating_sub(digits.len());
    match text.split_at_checked(at) {
        Some((number, rest)) if is_marker(rest) => format!("{number}\\{rest}"),
        _ => text.to_owned(),
    }
}

fn is_marker(text: &str) -> bool {
    let after = text.strip_prefix(['.', ')']);
    after.is_some_and(|after| after.is_empty() || after.starts_with(char::is_whitespace))
}

/// Between more backticks than it has itself. A bar would end the cell of a table, and is another sign that looks like it.
fn code(text: &str) -> String {
    let text: String = text.chars().map(|c| if c == '|' { '¦' } else { visible(c) }).collect();
    let fence = "`".repeat(longest_run(&text).saturating_add(1));
    let space = if text.starts_with('`') || text.ends_with('`') || text.trim().len() != text.len() {
        " "
    } else {
        ""
    };
    format!("{fence}{space}{text}{space}{fence}")
}

fn link(text: &str) -> String {
    let is_web = text.starts_with("https://") || text.starts_with("http://");
    let plain = |c: char| !c.is_control() && !c.is_whitespace() && !matches!(c, '<' | '>' | '\\' | '|' | '`' | '&');
    if is_web && text.chars().all(plain) {
        format!("[{}](<{text}>)", inert(text))
    } else {
        inert(text)
    }
}

fn visible(character: char) -> char {
    if character.is_control() || matches!(character, '\u{2028}' | '\u{2029}') {
        ' '
    } else {
        character
    }
}

fn longest_run(text: &str) -> usize {
    let runs = text.split(|c: char| c != '`').map(str::len);
    runs.max().unwrap_or_default()
}

#[cfg(test)]
mod tests;
