//! A sweep, shown: a table with a line for each cell, a heat map where two things vary, JSON and Markdown.

mod heat;
mod markdown;
mod tables;
mod terminal;

use super::Style;
use super::inline::to_json;
use crate::sweep::{self, Sweep};

/// For a terminal.
#[must_use]
pub fn text(sweep: &Sweep, style: Style) -> String {
    terminal::render(sweep, style)
}

/// One document, which is put together with those of other parts; `docs/schema/sweep.schema.json`.
#[must_use]
pub fn json(sweep: &Sweep) -> String {
    to_json(&sweep::write(sweep))
}

/// For a pull request.
#[must_use]
pub fn markdown(sweep: &Sweep) -> String {
    markdown::render(sweep)
}
