//! One JSON document; its schema is `docs/schema/check.schema.json`.

use loadline_compiler::against::{Level, MarginKind};
use loadline_compiler::diagnostic::Diagnostic;
use loadline_grammar::Span;
use serde::Serialize;

use super::{Against, Fixed, Place, Report, State};

/// Raised when a field is removed or changes its meaning; new fields do not raise it.
const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
struct Document {
    schema_version: u32,
    tool: Tool,
    /// What kept it from judging anything.
    error: Option<String>,
    /// The day that rules about dates took as today.
    today: Option<String>,
    environments: Vec<String>,
    counts: Counts,
    findings: Vec<Finding>,
    /// What is not reported, since the spec says why it is right here.
    allowed: Vec<Allowed>,
    /// The comparison of `--against`.
    against: Option<Comparison>,
}

#[derive(Serialize)]
struct Comparison {
    revision: String,
    commit: String,
    /// Findings that both revisions have; they are among the findings only with `--all`.
    unchanged: usize,
    fixed: Vec<FixedFinding>,
    margins: Vec<MarginOf>,
}

#[derive(Serialize)]
struct FixedFinding {
    code: String,
    name: &'static str,
    severity: &'static str,
    message: String,
    #[serde(flatten)]
    place: Option<Location>,
    environments: Vec<String>,
}

#[derive(Serialize)]
struct MarginOf {
    environment: String,
    name: String,
    kind: &'static str,
    unit: &'static str,
    before: Option<LevelOf>,
    after: Option<LevelOf>,
    /// The most that is asked for while one revision replaces the other.
    during: Option<u64>,
}

#[derive(Serialize)]
struct LevelOf {
    worst: u64,
    limit: u64,
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

#[derive(Default, Serialize)]
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
    /// `new` or `unchanged`, with `--against`.
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'static str>,
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
            .shown()
            .map(|(diagnostic, state)| finding(report, diagnostic, state))
            .collect(),
        allowed: report
            .allowed()
            .iter()
            .map(|(diagnostic, reason)| Allowed {
                reason: reason.clone(),
                finding: finding(report, diagnostic, None),
            })
            .collect(),
        against: report.against.as_ref().map(|against| comparison(report, against)),
        ..Document::empty()
    };
    super::to_json(&document)
}

/// A run that did not come to judge anything.
pub(super) fn failed(message: &str) -> String {
    super::to_json(&Document {
        error: Some(message.to_owned()),
        ..Document::empty()
    })
}

impl Document {
    fn empty() -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            tool: Tool {
                name: "loadline",
                version: env!("CARGO_PKG_VERSION"),
            },
            error: None,
            today: None,
            environments: Vec::new(),
            counts: Counts::default(),
            findings: Vec::new(),
            allowed: Vec::new(),
            against: None,
        }
    }
}

fn comparison(report: &Report<'_>, against: &Against) -> Comparison {
    let level = |level: Level| LevelOf {
        worst: level.worst,
        limit: level.limit,
    };
    let margins = against.margins.iter();
    let margins = margins.flat_map(|(environment, margins)| margins.iter().map(move |margin| (environment, margin)));
    Comparison {
        revision: against.revision.clone(),
        commit: against.commit.clone(),
        unchanged: report
            .all()
            .filter(|(_, state)| *state == Some(State::Unchanged))
            .count(),
        fixed: against
            .fixed
            .iter()
            .map(|Fixed { found, place }| FixedFinding {
                code: found.rule.code_text(),
                name: found.rule.name,
                severity: found.severity.word(),
                message: found.message.clone(),
                place: place.as_ref().map(Location::of),
                environments: found.environments.clone(),
            })
            .collect(),
        margins: margins
            .map(|(environment, margin)| MarginOf {
                environment: environment.clone(),
                name: margin.name.clone(),
                kind: margin.kind.word(),
                unit: match margin.kind {
                    MarginKind::Connections => "connections",
                    MarginKind::Memory => "bytes",
                    MarginKind::Shutdown => "milliseconds",
                },
                before: margin.before.map(level),
                after: margin.after.map(level),
                during: margin.during,
            })
            .collect(),
    }
}

fn finding(report: &Report<'_>, diagnostic: &Diagnostic, state: Option<State>) -> Finding {
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
        state: state.map(State::word),
    }
}

fn location(report: &Report<'_>, span: Span) -> Option<Location> {
    report.place(span).as_ref().map(Location::of)
}

impl Location {
    fn of(place: &Place) -> Self {
        Self {
            file: place.file.clone(),
            line: place.start.line,
            column: place.start.column,
            end_line: place.end.line,
            end_column: place.end.column,
        }
    }
}
