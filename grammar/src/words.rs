//! Syntax errors in plain words. Rule names of the grammar never reach a user.

use pest::error::{ErrorVariant, InputLocation};

use crate::parser::{PestError, Rule};
use crate::syntax_error::SyntaxError;
use crate::tree::Source;

pub(crate) fn forbidden_character(source: Source<'_>, at: usize, character: char) -> SyntaxError {
    let span = source.span(at, at + character.len_utf8());
    let code = format!("U+{:04X}", u32::from(character));
    let what = if character.is_control() {
        "a control character"
    } else {
        "a character that reorders text on the screen"
    };
    SyntaxError::new(span, format!("{what} ({code}) may not stand in a file"), code.clone()).help(format!(
        "remove it, or write `\\u{{{:X}}}` inside a string",
        u32::from(character)
    ))
}

pub(crate) fn stray_brace(source: Source<'_>, at: usize) -> SyntaxError {
    SyntaxError::new(
        source.span(at, at + 1),
        "`}` closes nothing: no block is open here",
        "no `{` before it",
    )
}

pub(crate) fn brace_without_entry(source: Source<'_>, at: usize) -> SyntaxError {
    SyntaxError::new(
        source.span(at, at + 1),
        "`{` must stand on the line of its entry",
        "a block without a name",
    )
    .help("move `{` to the end of the line above")
}

pub(crate) fn block_not_closed(source: Source<'_>, at: usize) -> SyntaxError {
    SyntaxError::new(
        source.span(at, at + 1),
        "this block is never closed",
        "its `}` is missing",
    )
}

pub(crate) fn entry_behind_block(source: Source<'_>, at: usize) -> SyntaxError {
    let span = character_at(source, at);
    SyntaxError::new(
        span,
        "expected a line break or `;` after `}`",
        "a new entry begins here",
    )
}

/// Why the head of an entry (a key and its values) did not parse.
pub(crate) fn head(source: Source<'_>, head: &str, error: &PestError) -> SyntaxError {
    let offset = match error.location {
        InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
    };
    let before = head.get(..offset).unwrap_or_default();
    let rest = head.get(offset..).unwrap_or_default();
    let at = source.offset + offset;
    let span = character_at(source, at);
    let found = rest.chars().next();
    let after = last_word(before);

    if let Some(error) = common_mistake(source, at, before, rest) {
        return error;
    }
    let expected = if inside_list(before) && !last_word(before).is_empty() {
        "`,` or `]`"
    } else {
        expected_words(error)
    };
    let place = if after.is_empty() {
        String::new()
    } else {
        format!(" after `{after}`")
    };
    match found {
        // Copied from a web page, most of the time.
        Some(blank) if blank.is_whitespace() && !blank.is_ascii() => {
            let code = format!("U+{:04X}", u32::from(blank));
            let message = format!("{code} looks like a blank and is none");
            SyntaxError::new(span, message, code).help("write an ordinary blank instead")
        }
        Some(character) => SyntaxError::new(
            span,
            format!("expected {expected}{place}, found `{character}`"),
            format!("`{character}` cannot stand here"),
        ),
        None => SyntaxError::new(span, format!("expected {expected}{place}"), "the line ends here"),
    }
}

/// Habits of other languages, each with what to write here.
fn common_mistake(source: Source<'_>, at: usize, before: &str, rest: &str) -> Option<SyntaxError> {
    let span = character_at(source, at);
    let key = before.trim();
    let first = rest.chars().next()?;
    let error = match first {
        '=' | ':' if !key.is_empty() && !key.contains(' ') => {
            let value = rest.trim_start_matches(['=', ':']).trim();
            let example = if value.is_empty() { "value" } else { value };
            SyntaxError::new(
                span,
                format!("expected a value after `{key}`, found `{first}`"),
                format!("no `{first}` here"),
            )
            .help(format!("write `{key} {example}`"))
        }
        '\'' => {
            SyntaxError::new(span, "strings stand in double quotes, found `'`", "a single quote").help("write `\"…\"`")
        }
        '"' if is_unclosed_string(rest) => {
            SyntaxError::new(span, "this string is not closed on its line", "it opens here")
                .help("close it with `\"`, or use `\"\"\"` for text over several lines")
        }
        '-' if before.ends_with(|last: char| last.is_ascii_digit()) => SyntaxError::new(
            span,
            "expected a space or the end of the line, found `-`",
            "not part of a number",
        )
        .help("write a date, or anything else that is no number, in quotes: `\"2026-11-21\"`"),
        '-' if rest.chars().nth(1).is_some_and(|next| next.is_ascii_digit()) => {
            SyntaxError::new(span, "numbers have no sign, found `-`", "a sign")
        }
        '/' if rest.starts_with("//") => {
            SyntaxError::new(span, "comments begin with `#`, found `//`", "not a comment").help("write `# …`")
        }
        ',' if !before.contains('[') => SyntaxError::new(span, "values are separated by spaces, found `,`", "a comma")
            .help("remove the comma, or put the values in a list: `[a, b]`"),
        '.' if !key.is_empty() && !key.contains(' ') => SyntaxError::new(
            span,
            format!("a setting has one name, found `.` after `{key}`"),
            "a dotted path",
        )
        .help(format!("nest it: `{key} {{ … }}`")),
        _ if before.is_empty() && (first.is_ascii_digit() || first == '[' || first == '$') => SyntaxError::new(
            span,
            "a value cannot stand at the start of a line",
            "expected the name of a setting",
        )
        .help("put it on the line of its setting, or write a list over several lines: `[ … ]`"),
        _ => return None,
    };
    Some(error)
}

fn is_unclosed_string(rest: &str) -> bool {
    if rest.starts_with("\"\"\"") {
        return !rest.get(3..).unwrap_or_default().contains("\"\"\"");
    }
    let mut escaped = false;
    !rest.chars().skip(1).any(|character| {
        let closes = character == '"' && !escaped;
        escaped = character == '\\' && !escaped;
        closes
    })
}

/// The rules that pest would have accepted, as one phrase.
fn expected_words(error: &PestError) -> &'static str {
    let ErrorVariant::ParsingError { positives, .. } = &error.variant else {
        return "a value";
    };
    let has = |rule: Rule| positives.contains(&rule);
    if has(Rule::key) || has(Rule::quoted) || has(Rule::head) {
        "the name of a setting"
    } else if has(Rule::list) || has(Rule::word) || has(Rule::numeric) {
        "a value"
    } else if positives.iter().all(|&rule| rule == Rule::EOI) {
        "a space or the end of the line"
    } else {
        "a value"
    }
}

fn inside_list(before: &str) -> bool {
    before.matches('[').count() > before.matches(']').count()
}

fn last_word(before: &str) -> &str {
    before
        .split_whitespace()
        .next_back()
        .unwrap_or_default()
        .trim_start_matches('[')
}

fn character_at(source: Source<'_>, at: usize) -> crate::Span {
    let length = source
        .text
        .get(at..)
        .and_then(|rest| rest.chars().next())
        .map_or(0, char::len_utf8);
    // At the end of a line there is nothing to point at but the place itself.
    source.span(at, at + length)
}
