//! Many what-ifs side by side: values are varied, and every combination is run with the same luck.
//!
//! What differs between two cells then comes from what was varied, not from chance. A cell keeps a row of whole numbers for
//! each run, so the parts of a sweep that several machines computed put together are exactly what one would have.

mod axis;
mod document;
mod grid;
mod largest;
mod merge;
mod number;
mod row;
mod summary;

pub use axis::{Axis, TRAFFIC, factor};
pub use document::{Unreadable, read};
pub use grid::{CELLS_MAX, Mode, Shard, Steps, cells};
pub use largest::{Found, largest};
pub use merge::merge;
pub use row::{Asked, Cell, Question, Row, Sweep, Unit};
pub use summary::Summary;

pub(crate) use document::write;

#[cfg(test)]
mod tests;
