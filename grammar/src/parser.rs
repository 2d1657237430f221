//! Text to tree: entry by entry, the fast way first.

use pest::Parser as _;

use crate::ast::{File, Value};
use crate::limits::{DEPTH_MAX, ENTRIES_MAX, ERRORS_MAX, FILE_BYTES_MAX};
use crate::recover;
use crate::scan;
use crate::syntax_error::SyntaxError;
use crate::tree::{self, Level, Source};
use crate::words;

#[expect(unreachable_pub, reason = "the derive makes a public enum; it stays in this crate")]
mod derived {
    #[derive(pest_derive::Parser)]
    #[grammar = "loadline.pest"]
    pub struct Grammar;
}

pub(crate) use derived::Rule;

pub(crate) type PestError = Box<pest::error::Error<Rule>>;

/// What could be read, and what could not.
#[derive(Clone, Debug, Default)]
pub struct Parse<'t> {
    /// The entries that are well formed; complete if there are no errors.
    pub file: File<'t>,
    /// In the order of the text, at most [`ERRORS_MAX`].
    pub errors: Vec<SyntaxError>,
}

/// Parses a file whose first byte has position `base` in the address space of spans.
///
/// Line breaks are expected to be `\n`: whoever reads the file turns CRLF into LF and drops a byte order mark.
/// Time is linear in the text, recursion is bounded, and nothing panics; a file over a limit is an error.
#[must_use]
pub fn parse(text: &str, base: u32) -> Parse<'_> {
    let source = Source { text, base, offset: 0 };
    if FILE_BYTES_MAX < text.len() {
        let message = format!("the file is larger than {} MiB", FILE_BYTES_MAX / (1024 * 1024));
        let error =
            SyntaxError::new(source.span(0, 0), message, "this file").help("split it with `import \"other.load\"`");
        return Parse {
            file: File::default(),
            errors: vec![error],
        };
    }
    let mut errors: Vec<SyntaxError> = scan::forbidden(text)
        .take(ERRORS_MAX)
        .map(|(at, character)| words::forbidden_character(source, at, character))
        .collect();
    let scan::Chunks { chunks, too_deep } = scan::chunks(text);
    let mut level = Level::default();
    for chunk in chunks {
        if ERRORS_MAX <= errors.len() {
            break;
        }
        let slice = text.get(chunk.start..chunk.end).unwrap_or_default();
        let here = Source {
            offset: chunk.start,
            ..source
        };
        if !chunk.broken
            && let Ok(pairs) = derived::Grammar::parse(Rule::chunk, slice)
        {
            level.take_chunk(here, pairs);
            continue;
        }
        recover::chunk(source, chunk, &mut level, &mut errors);
    }
    if let Some(at) = too_deep {
        // What does not parse at the cut does not parse because of it.
        let cut = source.span(at, at + 1).start;
        errors.retain(|error| error.span.start != cut);
        let message = format!("blocks and lists are nested more than {DEPTH_MAX} deep");
        errors.push(SyntaxError::new(
            source.span(at, at + 1),
            message,
            "the file was read up to here",
        ));
    }
    let (entries, tail) = level.finish();
    let file = File { entries, tail };
    if let Some(over) = entry_over_limit(&file) {
        let message = format!("the file has more than {ENTRIES_MAX} entries");
        errors.push(SyntaxError::new(over, message, "one too many").help("split it with `import \"other.load\"`"));
    }
    errors.sort_by_key(|error| error.span);
    // A forbidden character is reported as that, not a second time as something unexpected.
    errors.dedup_by_key(|error| error.span.start);
    errors.truncate(ERRORS_MAX);
    Parse { file, errors }
}

/// Parses a single value, as `--set path=value` gives it.
///
/// # Errors
/// When the text is not exactly one value.
pub fn parse_value(text: &str, base: u32) -> Result<Value<'_>, SyntaxError> {
    let source = Source { text, base, offset: 0 };
    let not_a_value = || {
        SyntaxError::new(
            source.span(0, text.len()),
            format!("`{text}` is not a value"),
            "expected one value",
        )
    };
    // The limits hold here too, before anything recurses.
    if FILE_BYTES_MAX < text.len() || scan::chunks(text).too_deep.is_some() {
        return Err(not_a_value());
    }
    let pairs = derived::Grammar::parse(Rule::single, text).map_err(|_| not_a_value())?;
    tree::single(source, pairs).ok_or_else(not_a_value)
}

pub(crate) fn parse_head(slice: &str) -> Result<pest::iterators::Pairs<'_, Rule>, PestError> {
    derived::Grammar::parse(Rule::head, slice).map_err(Box::new)
}

fn entry_over_limit(file: &File<'_>) -> Option<crate::Span> {
    fn walk(entries: &[crate::ast::Entry<'_>], left: &mut usize) -> Option<crate::Span> {
        entries.iter().find_map(|entry| {
            let Some(rest) = left.checked_sub(1) else {
                return Some(entry.key.span);
            };
            *left = rest;
            entry.block.as_ref().and_then(|block| walk(&block.entries, left))
        })
    }
    let mut left = ENTRIES_MAX;
    walk(&file.entries, &mut left)
}
