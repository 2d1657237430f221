//! For a terminal.

use super::super::Style;
use super::super::table::width;
use super::super::words::about_percent_or_less;
use super::heat::{Heat, LEGEND, Shade};
use super::tables::{MONOTONE, answer, cells, expectations, named, title};
use crate::sweep::Sweep;

pub(super) fn render(sweep: &Sweep, style: Style) -> String {
    let mut out = vec![title(sweep), String::new()];
    let table = cells(sweep);
    if !table.is_empty() {
        out.extend(table.lines("  "));
        out.push(String::new());
    }
    let expected = expectations(sweep);
    if !expected.is_empty() {
        let lines = expected
            .iter()
            .zip(1..)
            .map(|(text, number)| format!("  ({number}) {text}"));
        out.extend(lines);
        out.push(String::new());
    }
    if let Some(heat) = Heat::of(sweep) {
        out.extend(map(sweep, &heat, style));
        out.push(String::new());
    }
    let unread = sweep.cells.iter().filter(|cell| !cell.problems.is_empty());
    for cell in unread {
        out.push(format!("not simulated: {}", named(&sweep.question, cell)));
        let lines = cell.problems.iter().flat_map(|problem| problem.lines());
        out.extend(lines.map(|line| format!("  {line}")));
        out.push(String::new());
    }
    if let Some(answer) = answer(sweep) {
        out.extend([answer, MONOTONE.to_owned(), String::new()]);
    }
    while out.last().is_some_and(String::is_empty) {
        out.pop();
    }
    out.push(String::new());
    out.join("\n")
}

fn map(sweep: &Sweep, heat: &Heat, style: Style) -> Vec<String> {
    let [first, second] = sweep.question.axes.as_slice() else {
        return Vec::new();
    };
    let what = if heat.expected {
        "how often all expectations hold"
    } else {
        "availability"
    };
    let left = heat.rows.iter().map(|(value, _)| width(value)).max().unwrap_or(0);
    let left = left.max(width(&first.path));
    // `100%`, or a blank on both sides of a longer value.
    let wide = heat.columns.iter().map(|value| width(value)).max().unwrap_or(0).max(6);
    let pad = |text: &str, columns: usize| format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))));
    let mut lines = vec![
        format!("  {what}; down {}, across {}", first.path, second.path),
        format!("  {LEGEND}"),
        String::new(),
    ];
    let heads: Vec<String> = heat.columns.iter().map(|value| pad(value, wide)).collect();
    lines.push(
        format!("  {}  {}", pad("", left), heads.join(" "))
            .trim_end()
            .to_owned(),
    );
    for (value, shades) in &heat.rows {
        let cells: Vec<String> = shades.iter().map(|shade| cell(*shade, wide, style)).collect();
        lines.push(
            format!("  {}  {}", pad(value, left), cells.join(" "))
                .trim_end()
                .to_owned(),
        );
    }
    lines
}

/// A block, with the number at its end.
fn cell(shade: Shade, wide: usize, style: Style) -> String {
    let (character, color) = shade.look();
    let number = match shade {
        Shade::Unknown => String::new(),
        Shade::Part(part) => format!(" {}", about_percent_or_less(part)),
    };
    let block: String = std::iter::repeat_n(character, wide.saturating_sub(width(&number))).collect();
    if style.color {
        format!("\u{1b}[{color}m{block}\u{1b}[0m{number}")
    } else {
        format!("{block}{number}")
    }
}
