//! For a pull request.

use super::super::words::about_percent_or_less;
use super::heat::{Heat, Shade};
use super::tables::{MONOTONE, answer, cells, expectations, named, title};
use crate::sweep::Sweep;

pub(super) fn render(sweep: &Sweep) -> String {
    let mut out = vec![format!("## {}", escaped(&title(sweep))), String::new()];
    if let Some(answer) = answer(sweep) {
        let answer = escaped(&answer);
        out.extend([
            format!("**{answer}**"),
            String::new(),
            MONOTONE.to_owned(),
            String::new(),
        ]);
    }
    let table = cells(sweep);
    if !table.is_empty() {
        let axes = sweep.question.axes.len();
        let rule = (0..table.heads().len()).map(|column| if column < axes { "---" } else { "---:" });
        out.push(line(table.heads().iter().cloned()));
        out.push(line(rule.map(str::to_owned)));
        out.extend(
            table
                .rows()
                .iter()
                .map(|row| line(row.iter().map(|cell| escaped(cell)))),
        );
        out.push(String::new());
    }
    let expected = expectations(sweep);
    if !expected.is_empty() {
        out.extend(
            expected
                .iter()
                .zip(1..)
                .map(|(text, number)| format!("{number}. `{text}`")),
        );
        out.push(String::new());
    }
    if let Some(heat) = Heat::of(sweep) {
        out.extend(map(sweep, &heat));
        out.push(String::new());
    }
    for cell in sweep.cells.iter().filter(|cell| !cell.problems.is_empty()) {
        out.push(format!("Not simulated: {}", escaped(&named(&sweep.question, cell))));
        out.push(String::new());
        let lines = cell.problems.iter().flat_map(|problem| problem.lines());
        out.extend(lines.map(|line| format!("    {line}")));
        out.push(String::new());
    }
    while out.last().is_some_and(String::is_empty) {
        out.pop();
    }
    out.push(String::new());
    out.join("\n")
}

fn map(sweep: &Sweep, heat: &Heat) -> Vec<String> {
    let [first, second] = sweep.question.axes.as_slice() else {
        return Vec::new();
    };
    let what = if heat.expected {
        "How often all expectations hold"
    } else {
        "Availability"
    };
    let corner = format!("{} \\ {}", escaped(&first.path), escaped(&second.path));
    let mut lines = vec![
        format!("{what}:"),
        String::new(),
        line(std::iter::once(corner).chain(heat.columns.iter().map(|value| escaped(value)))),
        line(std::iter::once("---".to_owned()).chain(heat.columns.iter().map(|_| "---:".to_owned()))),
    ];
    for (value, shades) in &heat.rows {
        let cells = shades.iter().map(|shade| match shade {
            Shade::Unknown => "?".to_owned(),
            Shade::Part(part) => {
                let (block, _) = shade.look();
                format!("{block} {}", about_percent_or_less(*part))
            }
        });
        lines.push(line(std::iter::once(escaped(value)).chain(cells)));
    }
    lines
}

fn line(cells: impl Iterator<Item = String>) -> String {
    format!("| {} |", cells.collect::<Vec<_>>().join(" | "))
}

/// What Markdown would take for its own.
fn escaped(text: &str) -> String {
    let special = |character: char| matches!(character, '|' | '*' | '_' | '`' | '<' | '>' | '[' | ']' | '\\' | '#');
    text.chars()
        .flat_map(|character| special(character).then_some('\\').into_iter().chain([character]))
        .collect()
}
