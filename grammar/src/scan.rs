//! Byte-level scanning: where entries of the top level begin and end, without understanding them.
//!
//! The parser hands pest one entry at a time (pest slows down on large inputs), and the limits are enforced here,
//! before anything recurses. Everything in this file is linear in the text.

use crate::limits::DEPTH_MAX;

/// A range of bytes that holds one entry of the top level and the comments before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chunk {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Brackets do not balance: pest need not be asked.
    pub(crate) broken: bool,
    /// Ends where the nesting became too deep.
    pub(crate) cut: bool,
}

/// All chunks of a text; or how far they reach before the nesting gets too deep.
pub(crate) struct Chunks {
    pub(crate) chunks: Vec<Chunk>,
    /// The bracket that is one too deep. What follows it was not read.
    pub(crate) too_deep: Option<usize>,
}

/// Cuts the text behind each line break or `;` at depth 0 that ends an entry.
pub(crate) fn chunks(text: &str) -> Chunks {
    let bytes = text.as_bytes();
    let mut chunks = Vec::new();
    let mut start = 0;
    while start < bytes.len() {
        match chunk_end(bytes, start) {
            End::At(end) => {
                chunks.push(Chunk {
                    start,
                    end,
                    broken: false,
                    cut: false,
                });
                start = end;
            }
            End::Unclosed => {
                // An open brace would swallow the rest of the file. The next line that starts in the first column
                // is most likely where the writer thought to be outside again. At most DEPTH_MAX brackets can be
                // open here, so the text is scanned again at most that often.
                let end = next_line_in_first_column(bytes, start).unwrap_or(bytes.len());
                chunks.push(Chunk {
                    start,
                    end,
                    broken: true,
                    cut: false,
                });
                start = end;
            }
            End::TooDeep(at) => {
                chunks.push(Chunk {
                    start,
                    end: at,
                    broken: true,
                    cut: true,
                });
                return Chunks {
                    chunks,
                    too_deep: Some(at),
                };
            }
        }
    }
    Chunks { chunks, too_deep: None }
}

enum End {
    At(usize),
    Unclosed,
    TooDeep(usize),
}

fn chunk_end(bytes: &[u8], start: usize) -> End {
    let mut depth = 0_usize;
    let mut in_entry = false;
    let mut at = start;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => {
                in_entry = true;
                at = after_string(bytes, at).unwrap_or(bytes.len());
                continue;
            }
            b'#' => {
                at = line_end(bytes, at);
                continue;
            }
            b'{' | b'[' => {
                in_entry = true;
                depth += 1;
                if DEPTH_MAX < depth {
                    return End::TooDeep(at);
                }
            }
            b'}' | b']' => {
                in_entry = true;
                depth = depth.saturating_sub(1);
            }
            b'\n' | b';' if depth == 0 && in_entry => return End::At(at),
            b' ' | b'\t' | b'\n' | b';' => {}
            _ => in_entry = true,
        }
        at += 1;
    }
    if depth == 0 {
        End::At(bytes.len())
    } else {
        End::Unclosed
    }
}

/// The position behind the string that opens at `at`; `None` when a `"""` string is never closed.
/// A plain string that is not closed ends at its line's end.
pub(crate) fn after_string(bytes: &[u8], at: usize) -> Option<usize> {
    let long = bytes.get(at..at + 3) == Some(b"\"\"\"");
    let mut at = at + if long { 3 } else { 1 };
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' if bytes.get(at + 1).is_some_and(|&next| long || next != b'\n') => at += 2,
            b'"' if !long => return Some(at + 1),
            b'"' if bytes.get(at..at + 3) == Some(b"\"\"\"") => return Some(at + 3),
            b'\n' if !long => return Some(at),
            _ => at += 1,
        }
    }
    if long { None } else { Some(bytes.len()) }
}

/// The position of the line break that ends the line of `at`, or the end of the text.
pub(crate) fn line_end(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    rest.iter()
        .position(|&byte| byte == b'\n')
        .map_or(bytes.len(), |offset| at + offset)
}

fn next_line_in_first_column(bytes: &[u8], start: usize) -> Option<usize> {
    // Not the chunk's own first line: skip to where its entry begins, then to that line's end.
    let mut at = start;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'#' => at = line_end(bytes, at),
            b' ' | b'\t' | b'\n' | b';' => at += 1,
            _ => break,
        }
    }
    loop {
        at = line_end(bytes, at);
        match bytes.get(at + 1) {
            None => return None,
            Some(byte) if byte.is_ascii_alphabetic() => return Some(at + 1),
            Some(_) => at += 1,
        }
    }
}

/// Characters that may not stand in a file: control characters, and those that reorder text on the screen
/// so that a reader sees something else than the parser.
pub(crate) fn forbidden(text: &str) -> impl Iterator<Item = (usize, char)> + '_ {
    // Bytes first: almost every file is free of both kinds, and bytes are faster to look through than characters.
    let suspicious = text.bytes().any(|byte| byte < 0x20 && byte != b'\n' && byte != b'\t')
        || text.bytes().any(|byte| matches!(byte, 0x7F | 0xC2 | 0xD8 | 0xE2));
    let candidates = if suspicious { text } else { "" };
    candidates
        .char_indices()
        .filter(|&(_, character)| is_forbidden(character))
}

/// Whether a character may not stand in a file: it can be written by its number only.
#[must_use]
pub fn is_forbidden(character: char) -> bool {
    match character {
        '\n' | '\t' => false,
        // The bidirectional controls of Unicode: https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters
        '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => true,
        _ => character.is_control(),
    }
}
