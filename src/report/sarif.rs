//! SARIF 2.1.0: what code scanning services read.

use std::collections::BTreeMap;

use loadline_compiler::diagnostic::{Diagnostic, Severity};
use loadline_compiler::rules::{ALL, Rule};
use loadline_grammar::Span;
use serde::Serialize;

use super::{Report, State};

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Log {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: Vec<Run>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    tool: Tool,
    invocations: Vec<Invocation>,
    column_kind: &'static str,
    results: Vec<Finding>,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    semantic_version: &'static str,
    rules: Vec<RuleInfo>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RuleInfo {
    id: String,
    name: String,
    short_description: Text,
    help: Help,
    default_configuration: Configuration,
    properties: Properties,
}

#[derive(Serialize)]
struct Text {
    text: String,
}

#[derive(Serialize)]
struct Help {
    text: String,
    markdown: String,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
struct Properties {
    tags: Vec<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_execution_notifications: Vec<Notification>,
}

/// What went wrong with the tool itself.
#[derive(Serialize)]
struct Notification {
    level: &'static str,
    message: Text,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Finding {
    rule_id: String,
    rule_index: usize,
    level: &'static str,
    message: Text,
    locations: Vec<Location>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Location>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fixes: Vec<Fix>,
    partial_fingerprints: BTreeMap<&'static str, String>,
    /// Known findings are listed too, `--all` or not: services that read this compare what is missing with what they have.
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline_state: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    physical_location: Physical,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Text>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: ArtifactLocation,
    region: Region,
}

#[derive(Clone, Serialize)]
struct ArtifactLocation {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    start_column: usize,
    end_line: usize,
    end_column: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Fix {
    description: Text,
    artifact_changes: Vec<Change>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Change {
    artifact_location: ArtifactLocation,
    replacements: Vec<Replacement>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Replacement {
    deleted_region: Region,
    inserted_content: Text,
}

pub(crate) fn render(report: &Report<'_>) -> String {
    let results = report.all();
    let results = results.filter_map(|(diagnostic, state)| finding(report, diagnostic, state));
    // Findings are no failure of the tool.
    log(results.collect(), None)
}

/// A run that did not come to judge anything.
pub(super) fn failed(message: &str) -> String {
    log(Vec::new(), Some(message))
}

fn log(results: Vec<Finding>, failure: Option<&str>) -> String {
    let notifications = failure.map(|message| Notification {
        level: "error",
        message: Text {
            text: message.to_owned(),
        },
    });
    super::to_json(&Log {
        schema: SCHEMA,
        version: "2.1.0",
        runs: vec![Run {
            tool: Tool {
                driver: Driver {
                    name: "loadline",
                    semantic_version: env!("CARGO_PKG_VERSION"),
                    rules: ALL.iter().map(|rule| rule_info(rule)).collect(),
                },
            },
            invocations: vec![Invocation {
                execution_successful: failure.is_none(),
                tool_execution_notifications: notifications.into_iter().collect(),
            }],
            column_kind: "unicodeCodePoints",
            results,
        }],
    })
}

fn rule_info(rule: &Rule) -> RuleInfo {
    RuleInfo {
        id: rule.code_text(),
        name: rule.name.to_owned(),
        short_description: Text {
            text: rule.summary().to_owned(),
        },
        help: Help {
            text: rule.page(),
            markdown: rule.page(),
        },
        default_configuration: Configuration {
            level: level(rule.severity),
        },
        properties: Properties {
            tags: vec![rule.family()],
        },
    }
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

fn finding(report: &Report<'_>, diagnostic: &Diagnostic, state: Option<State>) -> Option<Finding> {
    let rule_index = ALL.iter().position(|rule| rule.code == diagnostic.rule.code)?;
    let mut message = diagnostic.message.clone();
    if !diagnostic.environments.is_empty() {
        message.push_str(&format!(" (in {})", diagnostic.environments.join(", ")));
    }
    if let Some(help) = &diagnostic.help {
        message.push_str(&format!("\nhelp: {help}"));
    }
    let primary = location(report, diagnostic.span(), None, None)?;
    let labels = diagnostic
        .labels
        .iter()
        .enumerate()
        .filter(|(_, label)| !label.text.is_empty());
    let related = labels.filter_map(|(index, label)| location(report, label.span, Some(index + 1), Some(&label.text)));
    // What makes a finding the same after lines were added above it: the rule and what it says.
    let fingerprint = format!("{}:{}", diagnostic.rule.name, diagnostic.message);
    Some(Finding {
        rule_id: diagnostic.rule.code_text(),
        rule_index,
        level: level(diagnostic.severity),
        message: Text { text: message },
        related_locations: related.collect(),
        fixes: fix(report, diagnostic).into_iter().collect(),
        partial_fingerprints: BTreeMap::from([("loadline/v1", crate::files::digest(fingerprint.as_bytes()))]),
        locations: vec![primary],
        baseline_state: state.map(State::word),
    })
}

fn fix(report: &Report<'_>, diagnostic: &Diagnostic) -> Option<Fix> {
    let mut changes: Vec<Change> = Vec::new();
    for edit in &diagnostic.edits {
        let physical = location(report, edit.span, None, None)?.physical_location;
        let replacement = Replacement {
            deleted_region: physical.region,
            inserted_content: Text {
                text: edit.text.clone(),
            },
        };
        match changes
            .iter_mut()
            .find(|change| change.artifact_location.uri == physical.artifact_location.uri)
        {
            Some(change) => change.replacements.push(replacement),
            None => changes.push(Change {
                artifact_location: physical.artifact_location,
                replacements: vec![replacement],
            }),
        }
    }
    let text = diagnostic.help.clone().unwrap_or_else(|| "replace".to_owned());
    (!changes.is_empty()).then_some(Fix {
        description: Text { text },
        artifact_changes: changes,
    })
}

fn location(report: &Report<'_>, span: Span, id: Option<usize>, text: Option<&str>) -> Option<Location> {
    let place = report.place(span)?;
    Some(Location {
        id,
        physical_location: Physical {
            artifact_location: ArtifactLocation { uri: uri(&place.file) },
            region: Region {
                start_line: place.start.line,
                start_column: place.start.column,
                end_line: place.end.line,
                end_column: place.end.column,
            },
        },
        message: text.map(|text| Text { text: text.to_owned() }),
    })
}

/// A file name as a URI reference; an absolute one as a URI.
fn uri(name: &str) -> String {
    let mut out = if name.starts_with('/') { "file://" } else { "" }.to_owned();
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(char::from(byte)),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}
