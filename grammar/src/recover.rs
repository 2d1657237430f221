//! The slow way: an entry that does not parse is taken apart, so that each mistake in it is reported at its own
//! place and the rest is still read.
//!
//! Braces, strings and line breaks give the structure; the head of each entry (key and values) goes to pest by
//! itself. Comments are not kept: a file with errors is not formatted.

use crate::ast::{Block, Entry};
use crate::limits::ERRORS_MAX;
use crate::parser::parse_head;
use crate::scan::{self, Chunk};
use crate::syntax_error::SyntaxError;
use crate::tree::{self, Level, Source};
use crate::words;

pub(crate) fn chunk<'t>(source: Source<'t>, chunk: Chunk, level: &mut Level<'t>, errors: &mut Vec<SyntaxError>) {
    let mut reader = Reader {
        source,
        at: chunk.start,
        end: chunk.end,
        cut: chunk.cut,
        errors,
    };
    while reader.at < reader.end && reader.errors.len() < ERRORS_MAX {
        for entry in reader.entries(0) {
            level.push(entry, chunk.end);
        }
        // Only a closing brace stops the entries of the top level.
        if reader.at < reader.end {
            reader.error(words::stray_brace(source, reader.at));
            reader.at += 1;
        }
    }
}

struct Reader<'t, 'e> {
    source: Source<'t>,
    at: usize,
    end: usize,
    /// The text was cut where the nesting became too deep: open blocks are no mistake of their own.
    cut: bool,
    errors: &'e mut Vec<SyntaxError>,
}

impl<'t> Reader<'t, '_> {
    fn peek(&self) -> Option<u8> {
        if self.end <= self.at {
            None
        } else {
            self.source.text.as_bytes().get(self.at).copied()
        }
    }

    fn error(&mut self, error: SyntaxError) {
        if self.errors.len() < ERRORS_MAX {
            self.errors.push(error);
        }
    }

    /// Entries up to a closing brace or the end; `depth` is bounded because the scanner counted the brackets.
    fn entries(&mut self, depth: usize) -> Vec<Entry<'t>> {
        let mut entries = Vec::new();
        loop {
            self.skip_gap();
            match self.peek() {
                None | Some(b'}') => return entries,
                Some(_) => entries.extend(self.entry(depth)),
            }
        }
    }

    fn skip_gap(&mut self) {
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t' | b'\n' | b';' => self.at += 1,
                b'#' => self.at = scan::line_end(self.source.text.as_bytes(), self.at),
                _ => return,
            }
        }
    }

    fn entry(&mut self, depth: usize) -> Option<Entry<'t>> {
        let start = self.at;
        let head_end = self.head_end();
        let head = self.source.text.get(start..head_end).unwrap_or_default();
        // Blanks of the language, and no others: what only looks like one is no part of an entry.
        let head = head.trim_end_matches([' ', '\t']);
        let mut entry = self.head(start, head);
        self.at = head_end;
        if self.peek() == Some(b'{') {
            let block = self.block(depth);
            if let Some(entry) = &mut entry {
                entry.span = entry.span.to(block.span);
                entry.block = Some(block);
            }
            self.expect_end();
        }
        entry
    }

    fn head(&mut self, start: usize, head: &'t str) -> Option<Entry<'t>> {
        let here = Source {
            offset: start,
            ..self.source
        };
        if head.is_empty() {
            self.error(words::brace_without_entry(self.source, self.at));
            return None;
        }
        match parse_head(head) {
            Ok(pairs) => Some(tree::head(here, pairs)),
            Err(error) => {
                self.error(words::head(here, head, &error));
                // The key alone still says which setting was meant, so that it is not reported as missing too.
                None
            }
        }
    }

    /// Where key and values end: at a line break, `;`, brace or comment that is not inside a string or list.
    fn head_end(&self) -> usize {
        let bytes = self.source.text.as_bytes();
        let mut at = self.at;
        let mut lists = 0_usize;
        while at < self.end {
            match bytes.get(at) {
                None | Some(b'{' | b'}') => break,
                Some(b'"') => {
                    at = scan::after_string(bytes, at).unwrap_or(self.end).min(self.end);
                    continue;
                }
                Some(b'#') if lists == 0 => break,
                Some(b'#') => {
                    at = scan::line_end(bytes, at);
                    continue;
                }
                Some(b'\n' | b';') if lists == 0 => break,
                Some(b'[') => lists += 1,
                Some(b']') => lists = lists.saturating_sub(1),
                Some(_) => {}
            }
            at += 1;
        }
        at
    }

    fn block(&mut self, depth: usize) -> Block<'t> {
        let open = self.at;
        self.at += 1;
        let entries = self.entries(depth + 1);
        if self.peek() == Some(b'}') {
            self.at += 1;
        } else if !self.cut {
            self.error(words::block_not_closed(self.source, open));
        }
        Block {
            span: self.source.span(open, self.at),
            entries,
            tail: Vec::new(),
            inline: false,
        }
    }

    fn expect_end(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t')) {
            self.at += 1;
        }
        if !matches!(self.peek(), None | Some(b'\n' | b';' | b'}' | b'#')) {
            self.error(words::entry_behind_block(self.source, self.at));
        }
    }
}
