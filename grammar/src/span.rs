//! Places in the source text.

/// A range of bytes, `start` included and `end` not.
///
/// The two numbers are positions in one address space that all files of a compilation share: each file is given
/// a base when it is parsed, and a position is base + byte offset. A span therefore says which file it is in
/// without carrying a file id; the compiler's source map turns it into a file name, line and column when, and
/// only when, something is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// From `start` up to, not including, `end`.
    #[must_use]
    pub const fn new(start: u32, end: u32) -> Self {
        Self { start, end }
    }

    /// The empty span at `at`.
    #[must_use]
    pub const fn at(at: u32) -> Self {
        Self { start: at, end: at }
    }

    /// The smallest span that covers both.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self {
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }

    /// Length in bytes.
    #[must_use]
    pub const fn len(self) -> u32 {
        self.end.saturating_sub(self.start)
    }

    /// Whether the span covers no byte.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.end <= self.start
    }

    /// Whether `position` lies inside.
    #[must_use]
    pub const fn contains(self, position: u32) -> bool {
        self.start <= position && position < self.end
    }
}
