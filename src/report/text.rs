//! With the source, drawn by miette: every label a term of the argument.

use std::collections::BTreeMap;
use std::fmt;

use loadline_compiler::diagnostic::{Diagnostic, Label, Severity};
use loadline_compiler::source::SourceFile;
use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceCode};

use super::excerpt::Excerpt;
use super::{Report, Style, short, summary};

pub(crate) fn render(report: &Report<'_>, style: Style) -> String {
    let theme = if style.color {
        GraphicalTheme::unicode()
    } else {
        GraphicalTheme::unicode_nocolor()
    };
    // Links are in `explain`; with one context line the start of the line is kept.
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_width(style.width)
        .with_context_lines(1)
        .with_links(false)
        .with_break_words(false);
    let mut out = String::new();
    // What is only worth knowing stands behind what must be mended, and takes less room.
    let is_line = |diagnostic: &Diagnostic| diagnostic.severity == Severity::Note && !style.notes;
    for (diagnostic, _) in report.shown().filter(|(diagnostic, _)| !is_line(diagnostic)) {
        for drawn in Drawn::all(report, diagnostic) {
            if handler.render_report(&mut out, &drawn).is_err() {
                // Drawing needs a readable source; without one the message still stands.
                out.push_str(&drawn.message);
            }
        }
        out.push('\n');
    }
    let shown = report.shown().map(|(diagnostic, _)| diagnostic);
    let lines: String = shown
        .filter(|diagnostic| is_line(diagnostic))
        .map(|note| short::line(report, note))
        .collect();
    if !lines.is_empty() {
        out.push_str(&format!("{lines}\n"));
    }
    if let Some(against) = &report.against {
        let lines = against.lines();
        out.push_str(&lines);
        out.push_str(if lines.is_empty() { "" } else { "\n" });
    }
    out.push_str(&summary(report));
    out.push('\n');
    out
}

/// A diagnostic as miette draws it: the labels of one file.
#[derive(Debug)]
struct Drawn<'a> {
    code: String,
    message: String,
    severity: miette::Severity,
    help: Option<String>,
    source: Option<Excerpt<'a>>,
    labels: Vec<LabeledSpan>,
}

impl<'a> Drawn<'a> {
    /// A drawing for each file that has labels, that of the finding's own place first, and the help below the last.
    fn all(report: &Report<'a>, diagnostic: &Diagnostic) -> Vec<Self> {
        let primary = report.sources.file(diagnostic.span());
        let mut elsewhere: BTreeMap<u32, (&'a SourceFile, Vec<&Label>)> = BTreeMap::new();
        let mut labels = Vec::new();
        for (index, label) in diagnostic.labels.iter().enumerate() {
            let Some(file) = report.sources.file(label.span) else {
                continue;
            };
            if primary.is_some_and(|primary| primary.base == file.base) {
                labels.push(labeled(file, label, index == 0));
            } else {
                elsewhere
                    .entry(file.base)
                    .or_insert_with(|| (file, Vec::new()))
                    .1
                    .push(label);
            }
        }
        let related = elsewhere.into_values().map(|(file, labels)| Self {
            code: String::new(),
            message: format!("in {}", report.name(&file.name)),
            severity: miette::Severity::Advice,
            help: None,
            source: Some(excerpt(report, file)),
            labels: labels.into_iter().map(|label| labeled(file, label, false)).collect(),
        });
        let environments = match diagnostic.environments.as_slice() {
            [] => String::new(),
            some => format!(" (in {})", loadline_compiler::diagnostic::listed(some)),
        };
        let rule = diagnostic.rule;
        let own = Self {
            code: format!("{} {}", rule.code_text(), rule.name),
            message: format!("{}{environments}", diagnostic.message),
            severity: match diagnostic.severity {
                Severity::Error => miette::Severity::Error,
                Severity::Warning => miette::Severity::Warning,
                Severity::Note => miette::Severity::Advice,
            },
            help: None,
            source: primary.map(|file| excerpt(report, file)),
            labels,
        };
        let mut all: Vec<Self> = std::iter::once(own).chain(related).collect();
        if let Some(last) = all.last_mut() {
            last.help = help(diagnostic);
        }
        all
    }
}

/// The help, then the notes, each on a line of its own.
fn help(diagnostic: &Diagnostic) -> Option<String> {
    let notes = diagnostic.notes.iter().map(|note| format!("note: {note}"));
    let lines: Vec<String> = diagnostic.help.iter().cloned().chain(notes).collect();
    if lines.is_empty() { None } else { Some(lines.join("\n")) }
}

fn excerpt<'a>(report: &Report<'_>, file: &'a SourceFile) -> Excerpt<'a> {
    Excerpt {
        name: report.name(&file.name),
        file,
    }
}

fn labeled(file: &SourceFile, label: &Label, primary: bool) -> LabeledSpan {
    let range = file.range(label.span);
    let (offset, length) = (range.start, range.len());
    let text = (!label.text.is_empty()).then(|| label.text.clone());
    if primary {
        LabeledSpan::new_primary_with_span(text, (offset, length))
    } else {
        LabeledSpan::new_with_span(text, (offset, length))
    }
}

impl fmt::Display for Drawn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Drawn<'_> {}

impl miette::Diagnostic for Drawn<'_> {
    fn code(&self) -> Option<Box<dyn fmt::Display + '_>> {
        if self.code.is_empty() {
            None
        } else {
            Some(Box::new(&self.code))
        }
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(self.severity)
    }

    fn help(&self) -> Option<Box<dyn fmt::Display + '_>> {
        self.help
            .as_ref()
            .map(|help| Box::new(help) as Box<dyn fmt::Display + '_>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        if self.labels.is_empty() {
            None
        } else {
            Some(Box::new(self.labels.iter().cloned()))
        }
    }
}
