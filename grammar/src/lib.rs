//! The general grammar of Loadline: text to syntax tree, and back.
//!
//! A file is a list of entries, an entry is `key value* block?`; that is all this crate knows. Which settings
//! exist, what units they take and what names mean is the compiler's business, so a new setting never
//! touches the grammar.
//!
//! ```
//! let parse = loadline_grammar::parse("cache sessions { engine redis 7 }\n", 0);
//! assert!(parse.errors.is_empty());
//! assert_eq!(parse.file.entries.len(), 1);
//! ```

// What the derived parser names when pest is built without std; the workspace's Cargo.toml says why it is.
extern crate alloc;

pub mod ast;
mod limits;
mod parser;
mod print;
mod recover;
mod scan;
mod span;
mod syntax_error;
mod tree;
mod words;

pub use limits::{DEPTH_MAX, ENTRIES_MAX, ERRORS_MAX, FILE_BYTES_MAX};
pub use parser::{Parse, parse, parse_value};
pub use print::print;
pub use scan::is_forbidden;
pub use span::Span;
pub use syntax_error::SyntaxError;
