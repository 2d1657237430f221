//! Limits of a file. Each has a clear error; none can be reached by a spec that a person wrote.

/// Largest file, in bytes.
pub const FILE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Deepest nesting of blocks and lists together. Every later walk over the tree recurses at most this deep.
pub const DEPTH_MAX: usize = 64;

/// Most entries in a file, nested ones included.
pub const ENTRIES_MAX: usize = 100_000;

/// Errors reported for one file; a file of garbage is not worth more.
pub const ERRORS_MAX: usize = 100;
