//! A study, shown: as text on a terminal, JSON, Markdown, one page of HTML, and a trace. Text in, text out: nothing here knows
//! a file or a terminal.

mod chapters;
mod facts;
mod html;
mod inline;
mod json;
mod markdown;
mod sparkline;
mod spread;
mod summary;
pub mod sweep;
mod table;
mod tables;
mod terminal;
mod thin;
mod timeline;
mod trace;
mod words;

pub use chapters::{chapters, costliest};

use std::fmt;

use crate::outcome::{Figures, Place, Study, Told};

/// A study, and where its spec says what.
#[derive(Clone, Copy)]
pub struct Report<'r> {
    study: &'r Study,
    locate: &'r dyn Fn(Place) -> Option<Located>,
}

/// A place of the spec as people find it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Located {
    /// In a file.
    File {
        /// The file, as the user would open it.
        file: String,
        /// The line of the place's first character, from 1.
        line: usize,
        /// That character in its line, from 1.
        column: usize,
        /// The setting as it is written, as far as it stands on that line: `pool 20`.
        excerpt: String,
    },
    /// On the command line: the option with its argument, `--fail orders-db@60s+20s`.
    Argument(String),
}

impl fmt::Display for Located {
    /// `loadline.load:12:3`, or the option.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { file, line, column, .. } => write!(f, "{file}:{line}:{column}"),
            Self::Argument(argument) => f.write_str(argument),
        }
    }
}

/// How text is laid out on a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// With colours and weights.
    pub color: bool,
    /// Columns, at least 40.
    pub width: usize,
}

/// In which form a trace is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TraceFormat {
    /// JSON lines: one event a line.
    Lines,
    /// The trace format of Chrome, which Perfetto opens.
    Chrome,
}

impl TraceFormat {
    /// What a file of this name is meant to be: `.jsonl` and `.ndjson` are lines, everything else is for Chrome.
    #[must_use]
    pub fn of_file(name: &str) -> Self {
        let lines = [".jsonl", ".ndjson"].iter().any(|ending| name.ends_with(ending));
        if lines { Self::Lines } else { Self::Chrome }
    }
}

/// One document about all of these; its schema is `docs/schema/simulate.schema.json`.
#[must_use]
pub fn json(reports: &[Report<'_>]) -> String {
    json::render(reports)
}

impl<'r> Report<'r> {
    /// A study, with what finds places of its spec.
    #[must_use]
    pub fn new(study: &'r Study, locate: &'r dyn Fn(Place) -> Option<Located>) -> Self {
        Self { study, locate }
    }

    /// For a terminal: what was expected, what broke first, then figures, and how the run that is told looked.
    #[must_use]
    pub fn text(&self, style: Style) -> String {
        terminal::render(self, style)
    }

    /// A summary for a pull request.
    #[must_use]
    pub fn markdown(&self) -> String {
        markdown::render(self)
    }

    /// One page that needs nothing else.
    #[must_use]
    pub fn html(&self) -> String {
        html::render(self)
    }

    /// Everything that happened in the run that is told; `None` if none is.
    #[must_use]
    pub fn trace(&self, format: TraceFormat) -> Option<String> {
        trace::render(self, format)
    }

    /// Whether every expectation holds.
    #[must_use]
    pub fn passes(&self) -> bool {
        self.study.expectations.iter().all(|expectation| expectation.held)
    }

    /// Runs in which something was still going on at the horizon.
    fn unsettled(&self) -> u64 {
        self.study.runs.iter().filter(|run| !run.settled).count() as u64
    }

    /// The place of the run that is told among the runs; the first, where none is.
    fn told_index(&self) -> usize {
        self.study.told.as_ref().map_or(0, |told| told.run)
    }

    /// The figures of the run that is told.
    fn told_figures(&self) -> Option<&'r Figures> {
        self.study.runs.get(self.told_index())
    }

    fn told(&self) -> Option<&'r Told> {
        self.study.told.as_ref()
    }

    fn located(&self, place: Option<Place>) -> Option<Located> {
        place.and_then(self.locate)
    }
}
