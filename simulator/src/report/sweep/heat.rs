//! Two things that vary, as a map.

use crate::sweep::{Cell, Mode, Summary, Sweep};

/// How good a cell is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shade {
    /// It could not be simulated.
    Unknown,
    /// Such a part in parts per million: of the runs in which everything held; of good answers, where nothing is expected.
    Part(u64),
}

/// Rows are the values of the first axis, columns those of the second.
pub(super) struct Heat {
    pub(super) rows: Vec<(String, Vec<Shade>)>,
    pub(super) columns: Vec<String>,
    /// Whether what is shown is how often everything held.
    pub(super) expected: bool,
}

impl Heat {
    /// Nothing unless exactly two things vary together, each with several values.
    pub(super) fn of(sweep: &Sweep) -> Option<Self> {
        let [first, second] = sweep.question.axes.as_slice() else {
            return None;
        };
        if sweep.question.mode != Mode::Grid || first.values.len() < 2 || second.values.len() < 2 {
            return None;
        }
        let expected = sweep.cells.iter().any(|cell| !cell.expectations.is_empty());
        let rows = first.values.iter().zip(sweep.cells.chunks(second.values.len()));
        Some(Self {
            rows: rows
                .map(|(value, cells)| (value.clone(), cells.iter().map(|cell| shade(cell, expected)).collect()))
                .collect(),
            columns: second.values.clone(),
            expected,
        })
    }
}

fn shade(cell: &Cell, expected: bool) -> Shade {
    let summary = Summary::of(cell);
    let part = summary.and_then(|summary| {
        if expected {
            Some(summary.all.ppm())
        } else {
            summary.availability_ppm
        }
    });
    part.map_or(Shade::Unknown, Shade::Part)
}

impl Shade {
    /// A character of a terminal, and its colour: the darker the better.
    pub(super) const fn look(self) -> (char, &'static str) {
        match self {
            Self::Unknown => ('?', "2"),
            Self::Part(1_000_000..) => ('█', "32"),
            Self::Part(950_000..) => ('▓', "32"),
            Self::Part(500_000..) => ('▒', "33"),
            Self::Part(1..) => ('░', "31"),
            Self::Part(0) => ('·', "31"),
        }
    }
}

/// What the characters mean.
pub(super) const LEGEND: &str = "█ 100%  ▓ from 95%  ▒ from 50%  ░ less  · none  ? not simulated";
