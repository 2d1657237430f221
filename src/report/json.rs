//! One JSON document; its schema is `docs/schema/check.schema.json`.

use loadline_compiler::diagnostic::Diagnostic;
use loadline_grammar::Span;
use serde::Serialize;

use super::Report;

/// Raised when a field is removed or changes its meaning; new fields do not raise it.
const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
struct Document {
    schema_version: u32,
    tool: Tool,
    /// The day that rules about dates took as today.
    today: Option<String>,
    environments: Vec<String>,
    counts: Counts,
    findings: Vec<Finding>,
    /// What is not reported, since the spec says why it is right here.
    allowed: Vec<Allowed>,
}

#[derive(Serialize)]
struct Allowed {
    reason: String,
    #[serde(flatten)]
    finding: Finding,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Counts {
    error: usize,
    warning: usize,
    note: usize,
    allowed: usize,
}

#[derive(Serialize)]
struct Finding {
    code: String,
    name: &'static str,
    severity: &'static str,
    message: String,
    #[serde(flatten)]
    place: Option<Location>,
    labels: Vec<Label>,
    help: Option<String>,
    notes: Vec<String>,
    edits: Vec<Edit>,
    /// Empty when it holds in all environments that were looked at.
    environments: Vec<String>,
}

#[derive(Serialize)]
struct Location {
    file: String,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
}

#[derive(Serialize)]
struct Label {
    #[serde(flatten)]
    place: Option<Location>,
    primary: bool,
    text: String,
}

#[derive(Serialize)]
struct Edit {
    #[serde(flatten)]
    place: Option<Location>,
    replacement: String,
}

pub(crate) fn render(report: &Report<'_>) -> String {
    use loadline_compiler::diagnostic::Severity;
    let document = Document {
        schema_version: SCHEMA_VERSION,
        tool: Tool {
            name: "loadline",
            version: env!("CARGO_PKG_VERSION"),
        },
        today: report.today(),
        environments: report
            .environments
            .iter()
            .map(|environment| environment.name.clone())
            .collect(),
        counts: Counts {
            error: report.count(Severity::Error),
            warning: report.count(Severity::Warning),
            note: report.count(Severity::Note),
            allowed: report.silenced(),
        },
        findings: report
            .diagnostics
            .iter()
            .map(|diagnostic| finding(report, diagnostic))
            .collect(),
        allowed: report
            .allowed()
            .iter()
            .map(|(diagnostic, reason)| Allowed {
                reason: reason.clone(),
                finding: finding(report, diagnostic),
            })
            .collect(),
    };
    super::to_json(&document)
}

fn finding(report: &Report<'_>, diagnostic: &Diagnostic) -> Finding {
    let labels = diagnostic.labels.iter().enumerate().map(|(index, label)| Label {
        place: location(report, label.span),
        primary: index == 0,
        text: label.text.clone(),
    });
    let edits = diagnostic.edits.iter();
    Finding {
        code: diagnostic.rule.code_text(),
        name: diagnostic.rule.name,
        severity: diagnostic.severity.word(),
        message: diagnostic.message.clone(),
        place: location(report, diagnostic.span()),
        labels: labels.collect(),
        help: diagnostic.help.clone(),
        notes: diagnostic.notes.clone(),
        edits: edits
            .map(|edit| Edit {
                place: location(report, edit.span),
                replacement: edit.text.clone(),
            })
            .collect(),
        environments: diagnostic.environments.clone(),
    }
}

fn location(report: &Report<'_>, span: Span) -> Option<Location> {
    let place = report.place(span)?;
    Some(Location {
        file: place.file,
        line: place.start.line,
        column: place.start.column,
        end_line: place.end.line,
        end_column: place.end.column,
    })
}
