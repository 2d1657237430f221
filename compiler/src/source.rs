//! The texts of a compilation, and the way from a position back to file, line and column.

use std::cell::OnceCell;
use std::sync::OnceLock;

use loadline_grammar::Span;

/// Most files (specs and SQL) that one project may consist of.
pub const FILES_MAX: usize = 4096;

/// One text with its name.
#[derive(Debug)]
pub struct SourceFile {
    /// As shown to the user: relative to the project root, `/` between parts.
    pub name: String,
    /// Line breaks are `\n`; no byte order mark.
    pub text: String,
    /// Position of its first byte in the address space of spans.
    pub base: u32,
    /// Where lines start; found when a place is first printed.
    line_starts: OnceLock<Vec<usize>>,
}

/// A place as people count it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
}

impl SourceFile {
    /// The byte range of `span` in this file's text, cut to fit.
    #[must_use]
    pub fn range(&self, span: Span) -> std::ops::Range<usize> {
        let clamp = |at: u32| (at.saturating_sub(self.base) as usize).min(self.text.len());
        clamp(span.start)..clamp(span.end).max(clamp(span.start))
    }

    /// The text that `span` covers.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(self.range(span)).unwrap_or_default()
    }

    /// Line and column of a position in the address space.
    #[must_use]
    pub fn position(&self, at: u32) -> Position {
        let offset = self.range(Span::at(at)).start;
        let line = self.line_index(offset);
        let before = self.text.get(self.line_start(line)..offset).unwrap_or_default();
        Position {
            line: line + 1,
            column: before.chars().count() + 1,
        }
    }

    /// The line (without its break) that holds `at`.
    #[must_use]
    pub fn line(&self, at: u32) -> &str {
        let start = self.line_start(self.line_index(self.range(Span::at(at)).start));
        let rest = self.text.get(start..).unwrap_or_default();
        rest.split('\n').next().unwrap_or_default()
    }

    /// The line, from 0, that holds a byte of the text.
    #[must_use]
    pub fn line_index(&self, offset: usize) -> usize {
        self.line_starts().partition_point(|start| *start <= offset) - 1
    }

    /// The byte at which a line, counted from 0, starts; the end of the text when there are fewer lines.
    #[must_use]
    pub fn line_start(&self, line: usize) -> usize {
        self.line_starts().get(line).copied().unwrap_or(self.text.len())
    }

    fn line_starts(&self) -> &[usize] {
        self.line_starts.get_or_init(|| {
            let breaks = self.text.match_indices('\n').map(|(at, _)| at + 1);
            std::iter::once(0).chain(breaks).collect()
        })
    }

    fn end(&self) -> u32 {
        self.base
            .saturating_add(u32::try_from(self.text.len()).unwrap_or(u32::MAX))
    }
}

/// All texts of a compilation. Texts are only ever added, so trees may borrow from them while more are read.
#[derive(Debug)]
pub struct Sources {
    files: Vec<OnceCell<SourceFile>>,
}

impl Default for Sources {
    fn default() -> Self {
        Self::new()
    }
}

impl Sources {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            files: (0..FILES_MAX).map(|_| OnceCell::new()).collect(),
        }
    }

    /// Adds a text under a name: drops a byte order mark and turns CRLF into LF.
    /// `None` when there are too many files, or too much text for 32-bit positions.
    pub fn add(&self, name: impl Into<String>, text: impl Into<String>) -> Option<&SourceFile> {
        let mut text: String = text.into();
        if let Some(stripped) = text.strip_prefix('\u{FEFF}') {
            text = stripped.to_owned();
        }
        if text.contains("\r\n") {
            text = text.replace("\r\n", "\n");
        }
        // A gap of one keeps the empty span at a file's end from touching the next file.
        let base = self.files().last().map_or(0, |last| last.end().saturating_add(1));
        u32::try_from(text.len()).ok()?.checked_add(base)?.checked_add(1)?;
        let free = self.files.iter().find(|cell| cell.get().is_none())?;
        Some(free.get_or_init(|| SourceFile {
            name: name.into(),
            text,
            base,
            line_starts: OnceLock::new(),
        }))
    }

    /// In the order they were added.
    pub fn files(&self) -> impl Iterator<Item = &SourceFile> {
        self.files.iter().map_while(OnceCell::get)
    }

    /// The file that holds a span.
    #[must_use]
    pub fn file(&self, span: Span) -> Option<&SourceFile> {
        let files = self
            .files
            .partition_point(|cell| cell.get().is_some_and(|file| file.base <= span.start));
        self.files.get(files.checked_sub(1)?)?.get()
    }

    /// The text that a span covers.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        self.file(span).map_or("", |file| file.slice(span))
    }

    /// `shop.load:12:5`
    #[must_use]
    pub fn place(&self, span: Span) -> String {
        match self.file(span) {
            Some(file) => {
                let Position { line, column } = file.position(span.start);
                format!("{}:{line}:{column}", file.name)
            }
            None => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_lead_back_to_their_file() {
        let sources = Sources::new();
        sources.add("a.load", "\u{FEFF}one\r\ntwo\r\n").unwrap();
        let b = sources.add("b.load", "é three").unwrap();
        assert_eq!(sources.place(Span::new(4, 7)), "a.load:2:1");
        assert_eq!(sources.slice(Span::new(4, 7)), "two");
        assert_eq!(sources.place(Span::at(b.base + 3)), "b.load:1:3");
        assert_eq!(sources.file(Span::at(b.base)).unwrap().name, "b.load");
    }
}
