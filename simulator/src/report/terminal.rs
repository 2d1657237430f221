//! For a terminal: the verdict first, then what broke first, then figures, then how it looked.

mod lines;

use loadline_compiler::diagnostic::{counted, thousands};

use super::summary::{Expectation, Summary, Where};
use super::table::{Table, wrapped};
use super::tables::{self, Section};
use super::words::{clock, one_line};
use super::{Report, Style, chapters, costliest};
use crate::outcome::Chapter;

pub(super) fn render(report: &Report<'_>, style: Style) -> String {
    let paint = Paint { color: style.color };
    let width = style.width.max(40);
    let summary = Summary::of(report);
    let tables = tables::all(&summary);
    let tables = tables.iter().enumerate().map(|(index, section)| {
        let title = if index == 0 {
            format!("{}{}", section.title, of_run(report))
        } else {
            section.title.to_owned()
        };
        paint.section(&title, section, width)
    });
    let chains = [
        chain(report, "What broke first", &chapters(report.study), paint, width),
        chain(report, "What cost most", &costliest(report.study), paint, width),
    ];
    let sections = chains
        .into_iter()
        .chain(tables)
        .chain([lines::lines(report, paint, width), replay(report)]);
    let mut out = verdict(report, &summary, paint);
    for section in sections.filter(|section| !section.is_empty()) {
        out.push('\n');
        out.push_str(&section);
    }
    out
}

/// Colours and weights, or none.
#[derive(Clone, Copy)]
struct Paint {
    color: bool,
}

impl Paint {
    fn with(self, code: &str, text: &str) -> String {
        if self.color {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }

    fn bold(self, text: &str) -> String {
        self.with("1", text)
    }

    fn dim(self, text: &str) -> String {
        self.with("2", text)
    }

    fn good(self, text: &str) -> String {
        self.with("32", text)
    }

    fn bad(self, text: &str) -> String {
        self.with("31", text)
    }

    /// A title, then a table whose heads are dim, then notes.
    fn section(self, title: &str, section: &Section, width: usize) -> String {
        let mut out = format!("{}\n", self.bold(title));
        for (index, line) in section.table.lines("  ").iter().enumerate() {
            out.push_str(&if index == 0 { self.dim(line) } else { line.clone() });
            out.push('\n');
        }
        for note in &section.notes {
            for (index, line) in wrapped(note, width.saturating_sub(4)).iter().enumerate() {
                out.push_str(&format!("  {}{line}\n", if index == 0 { "" } else { "  " }));
            }
        }
        out
    }
}

fn verdict(report: &Report<'_>, summary: &Summary, paint: Paint) -> String {
    let line = format!(
        "{}: {}",
        report.study.scenario,
        super::summary::verdict(report, summary)
    );
    let mut out = format!("{}\n", paint.bold(&line));
    if summary.unsettled != 0 {
        let runs = format!(
            "{} of {}",
            thousands(summary.unsettled),
            counted(summary.runs as u64, "run")
        );
        out.push_str(&format!("  {} {runs} had not settled at the horizon\n", paint.bad("✗")));
    }
    let mut table = Table::new(&["", ""]).words(&[1]);
    for expectation in &summary.expectations {
        table.row(vec![one_line(&expectation.text), expectation.margin_words()]);
    }
    // Below no heads.
    for (line, expectation) in table.lines("").iter().skip(1).zip(&summary.expectations) {
        out.push_str(&format!("  {} {line}\n", mark(expectation, paint)));
        if let Some(chance) = expectation.chance_words() {
            out.push_str(&format!("    {}\n", paint.dim(&chance)));
        }
    }
    out
}

fn mark(expectation: &Expectation, paint: Paint) -> String {
    if expectation.held {
        paint.good("✓")
    } else {
        paint.bad("✗")
    }
}

fn chain(report: &Report<'_>, title: &str, chapters: &[Chapter], paint: Paint, width: usize) -> String {
    if chapters.is_empty() {
        return String::new();
    }
    let times: Vec<String> = chapters.iter().map(|chapter| clock(chapter.at)).collect();
    let wide = times.iter().map(String::len).max().unwrap_or(0);
    let mut out = format!("{}\n", paint.bold(&format!("{title}{}", of_run(report))));
    let mut before = None;
    for (chapter, time) in chapters.iter().zip(&times) {
        let mut lead = format!("{time:<wide$}");
        for line in wrapped(&chapter.words, width.saturating_sub(wide + 4)) {
            out.push_str(&format!("  {lead}  {line}\n"));
            lead = " ".repeat(wide);
        }
        // Several steps may come from one line.
        let place = Where::of(report, chapter.place).filter(|_| chapter.place != before);
        before = chapter.place;
        if let Some(place) = place {
            let at = one_line(&place.words());
            let line = match place.setting(&chapter.words) {
                Some(setting) => format!("{at}: {setting}"),
                None => at,
            };
            out.push_str(&format!("  {lead}  {}\n", paint.dim(&line)));
        }
    }
    out
}

/// Which run is meant, where there are several.
fn of_run(report: &Report<'_>) -> String {
    match report.told_figures() {
        Some(figures) if 1 < report.study.runs.len() => format!(", in run {}", figures.run),
        _ => String::new(),
    }
}

fn replay(report: &Report<'_>) -> String {
    let Some(told) = report.told() else {
        return String::new();
    };
    format!("Replay{}: {}\n", of_run(report), one_line(&told.replay))
}
