//! Two revisions of a spec compared: which findings are new, and how each margin changed.
//!
//! Lines move when something is added above them, and numbers in messages change with what they count. A finding is
//! recognised by its rule, by the path of the setting that it stands at, and by the names in its message.

mod margins;
mod pairing;

pub use margins::{Level, Margin, MarginKind, margins};
pub use pairing::{Pairs, Side, pair, path_of};
