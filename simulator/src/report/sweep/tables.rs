//! The table of cells, and what stands around it, for every form.

use loadline_compiler::diagnostic::{counted, thousands};

use super::super::table::Table;
use super::super::words::{about_percent, about_percent_or_less, percent, span};
use crate::Span;
use crate::sweep::{Cell, Mode, Question, Summary, Sweep};

/// What stands where a cell has nothing.
const NOTHING: &str = "–";

/// What was asked, in a line.
pub(super) fn title(sweep: &Sweep) -> String {
    let question = &sweep.question;
    let cells = counted(sweep.cells.len() as u64, "cell");
    let runs = counted(question.runs, "run");
    let how = match question.mode {
        Mode::Grid => "",
        Mode::OneAtATime => ", one value at a time",
        Mode::Largest => ", in search of the largest that holds",
    };
    format!("{}: {cells} of {runs}{how}, seed {}", question.scenario, question.seed)
}

/// A line for each cell that can be simulated.
pub(super) fn cells(sweep: &Sweep) -> Table {
    let question = &sweep.question;
    let like = sweep.cells.iter().find(|cell| cell.problems.is_empty());
    let (expectations, stores) = like.map_or((0, &[][..]), |cell| (cell.expectations.len(), cell.stores.as_slice()));
    let mut heads: Vec<String> = question.axes.iter().map(|axis| axis.path.clone()).collect();
    if 0 < expectations {
        heads.extend(["passes", "all hold"].map(str::to_owned));
    }
    if 1 < expectations {
        heads.extend((1..=expectations).map(|number| format!("({number})")));
    }
    heads.extend(["available", "p95"].map(str::to_owned));
    heads.extend(stores.iter().cloned());
    let heads: Vec<&str> = heads.iter().map(String::as_str).collect();
    let mut table = Table::new(&heads).words(&(0..question.axes.len()).collect::<Vec<_>>());
    for cell in &sweep.cells {
        if let Some(summary) = Summary::of(cell) {
            table.row(row(cell, &summary));
        }
    }
    table
}

fn row(cell: &Cell, summary: &Summary) -> Vec<String> {
    let mut row = values(cell);
    if !summary.expectations.is_empty() {
        row.push(if summary.passed { "yes" } else { "no" }.to_owned());
        let [low, high] = summary.all.interval_ppm;
        let interval = format!("[{}–{}]", about_percent(low), about_percent(high));
        row.push(format!("{} {interval}", about_percent_or_less(summary.all.ppm())));
    }
    if 1 < summary.expectations.len() {
        row.extend(
            summary
                .expectations
                .iter()
                .map(|share| about_percent_or_less(share.ppm())),
        );
    }
    let or_nothing = |words: Option<String>| words.unwrap_or_else(|| NOTHING.to_owned());
    row.push(or_nothing(summary.availability_ppm.map(percent)));
    row.push(or_nothing(
        summary.p95_us.median.map(|micros| span(Span::from_micros(micros))),
    ));
    row.extend(
        summary
            .connections
            .iter()
            .map(|most| or_nothing(most.max.map(thousands))),
    );
    row
}

/// The values of a cell.
pub(super) fn values(cell: &Cell) -> Vec<String> {
    let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| NOTHING.to_owned());
    cell.values.iter().map(shown).collect()
}

/// What is expected, numbered as in the table. In cells that set what an expectation asks for, it reads otherwise; then each
/// reading is there.
pub(super) fn expectations(sweep: &Sweep) -> Vec<String> {
    let count = sweep
        .cells
        .iter()
        .map(|cell| cell.expectations.len())
        .max()
        .unwrap_or(0);
    let reading = |place: usize| {
        let mut texts: Vec<&str> = Vec::new();
        for asked in sweep.cells.iter().filter_map(|cell| cell.expectations.get(place)) {
            if !texts.contains(&asked.text.as_str()) {
                texts.push(&asked.text);
            }
        }
        texts.join(", or ")
    };
    (0..count).map(reading).collect()
}

/// `api.scale=3 traffic=150%`, or `as it is`.
pub(super) fn named(question: &Question, cell: &Cell) -> String {
    let set = question.axes.iter().zip(&cell.values);
    let set: Vec<String> = set
        .filter_map(|(axis, value)| Some(format!("{}={}", axis.path, value.as_ref()?)))
        .collect();
    if set.is_empty() {
        "as it is".to_owned()
    } else {
        set.join(" ")
    }
}

/// What a search found, in words.
pub(super) fn answer(sweep: &Sweep) -> Option<String> {
    if sweep.question.mode != Mode::Largest {
        return None;
    }
    let axis = sweep.question.axes.first()?;
    let judged = |cell: &Cell| {
        let summary = Summary::of(cell)?;
        let value = cell.values.first()?.clone()?;
        let [low, high] = summary.all.interval_ppm;
        let share = format!(
            "everything held in {} of {} runs, 95% confidence {}–{}",
            summary.all.held,
            summary.all.runs,
            about_percent(low),
            about_percent(high)
        );
        Some((summary.passed, value, share))
    };
    let all: Vec<(bool, String, String)> = sweep.cells.iter().filter_map(judged).collect();
    let good = all.iter().rev().find(|(passed, ..)| *passed);
    let bad = all.iter().find(|(passed, ..)| !*passed);
    let path = &axis.path;
    Some(match (good, bad) {
        (Some((_, good, share)), None) => {
            format!(
                "all expectations hold up to {path} = {good}, the highest that was asked for ({share}); the limit is beyond"
            )
        }
        (Some((_, good, share)), Some((_, bad, other))) => format!(
            "the largest {path} at which all expectations hold is {good} ({share}); at {bad} they do not ({other})"
        ),
        (None, Some((_, bad, share))) => {
            format!(
                "not even at {path} = {bad}, the least, do all expectations hold ({share}); where more is better, `--vary` \
                 shows from where on they do"
            )
        }
        (None, None) => "nothing could be simulated".to_owned(),
    })
}

/// What the answer of a search rests on.
pub(super) const MONOTONE: &str =
    "Looked at: both ends, then always the middle. What holds at a value is taken to hold at every smaller one.";
