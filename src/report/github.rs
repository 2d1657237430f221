//! Annotations of GitHub Actions: `::error file=…,line=…::message`.

use loadline_compiler::diagnostic::Severity;

use super::{Report, summary};

pub(crate) fn render(report: &Report<'_>) -> String {
    let mut out = String::new();
    for (diagnostic, _) in report.shown() {
        let command = match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "notice",
        };
        let rule = diagnostic.rule;
        let mut properties = Vec::new();
        if let Some(place) = report.place(diagnostic.span()) {
            // Explicit ends: without them the annotation covers one line only, and columns need both on one line.
            properties.push(format!("file={}", property(&place.file)));
            properties.push(format!("line={},endLine={}", place.start.line, place.end.line));
            if place.start.line == place.end.line {
                properties.push(format!("col={},endColumn={}", place.start.column, place.end.column));
            }
        }
        properties.push(format!(
            "title={}",
            property(&format!("{} {}", rule.code_text(), rule.name))
        ));
        let mut text = diagnostic.message.clone();
        // An annotation shows no source: the terms of the sum stand below the message.
        for label in diagnostic.labels.iter().filter(|label| !label.text.is_empty()) {
            let line = report
                .place(label.span)
                .map_or(String::new(), |place| format!("{}:{}: ", place.file, place.start.line));
            text.push_str(&format!("\n{line}{}", label.text));
        }
        if let Some(help) = &diagnostic.help {
            text.push_str(&format!("\nhelp: {help}"));
        }
        if !diagnostic.environments.is_empty() {
            text.push_str(&format!("\nin {}", diagnostic.environments.join(", ")));
        }
        out.push_str(&format!("::{command} {}::{}\n", properties.join(","), data(&text)));
    }
    out.extend(report.against.iter().map(|against| against.lines()));
    out.push_str(&data(&summary(report)));
    out.push('\n');
    out
}

/// A run that did not come to judge anything.
pub(super) fn failed(message: &str) -> String {
    format!("::error title=loadline::{}\n", data(message))
}

/// Escapes of the runner's command parser (actions/toolkit, `command.ts`).
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
