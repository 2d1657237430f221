//! A summary for a pull request: findings, then who holds how many connections and how much memory is left.

use loadline_compiler::budget::connections::{Clients, supply};
use loadline_compiler::budget::memory::MemorySum;
use loadline_compiler::diagnostic::{Severity, thousands};

use super::{Report, summary};
use crate::command::Environment;

pub(crate) fn render(report: &Report<'_>) -> String {
    let mut out = format!("### Loadline: {}\n", cell(&summary(report)));
    let loud: Vec<_> = report
        .shown()
        .map(|(found, _)| found)
        .filter(|found| Severity::Warning <= found.severity)
        .collect();
    if !loud.is_empty() {
        out.push_str("\n| | Rule | Where | What |\n|---|---|---|---|\n");
    }
    for diagnostic in &loud {
        let mark = if diagnostic.severity == Severity::Error {
            "❌"
        } else {
            "⚠️"
        };
        let place = report.place(diagnostic.span());
        let place = place.map_or_else(String::new, |place| format!("`{}:{}`", place.file, place.start.line));
        let environments = match diagnostic.environments.as_slice() {
            [] => String::new(),
            some => format!(" ({})", some.join(", ")),
        };
        let help = diagnostic
            .help
            .as_ref()
            .map_or_else(String::new, |help| format!("<br>{}", cell(help)));
        let rule = diagnostic.rule;
        let message = cell(&diagnostic.message);
        out.push_str(&format!(
            "| {mark} | {} {} | {place} | {message}{environments}{help} |\n",
            rule.code_text(),
            rule.name
        ));
    }
    for environment in report.environments {
        out.push_str(&connections(environment));
        out.push_str(&memory(environment));
    }
    let notes = report.count(Severity::Note);
    if notes != 0 {
        out.push_str("\n<details><summary>Notes</summary>\n\n");
        for diagnostic in report
            .shown()
            .map(|(found, _)| found)
            .filter(|found| found.severity == Severity::Note)
        {
            out.push_str(&format!("- {}: {}\n", diagnostic.rule.name, cell(&diagnostic.message)));
        }
        out.push_str("\n</details>\n");
    }
    out
}

/// Who can hold how many connections at the worst moment.
fn connections(environment: &Environment) -> String {
    let model = &environment.model;
    let clients = Clients::of(model);
    let mut rows = String::new();
    for store in &model.stores {
        let (Some(demand), Some(supply)) = (clients.demand(store.id), supply(store)) else {
            continue;
        };
        let parts: Vec<String> = demand
            .worst
            .clients
            .iter()
            .map(|client| format!("{} {}", client.client.workload.name.value, client.terms()))
            .collect();
        let (asked, usable) = (demand.worst.total, supply.usable());
        let margin = match usable.checked_sub(asked) {
            Some(margin) => thousands(margin),
            None => format!("**−{}**", thousands(asked - usable)),
        };
        let (asked, usable) = (thousands(asked), thousands(usable));
        rows.push_str(&format!(
            "| {} | {asked} | {usable} | {margin} | {} |\n",
            store.name.value,
            cell(&parts.join("; "))
        ));
    }
    if rows.is_empty() {
        return rows;
    }
    format!(
        "\n**Connections, {}**\n\n| Store | Worst case | Usable | Margin | Held by |\n|---|--:|--:|--:|---|\n{rows}",
        environment.name
    )
}

/// What stays free of each memory limit.
fn memory(environment: &Environment) -> String {
    let model = &environment.model;
    let mut rows = String::new();
    for workload in &model.workloads {
        let Some(sum) = MemorySum::of(model, workload).filter(|sum| !sum.terms.is_empty()) else {
            continue;
        };
        let free = if sum.is_over() {
            format!("**−{}**", sum.total().minus(sum.limit))
        } else {
            sum.free().to_string()
        };
        let parts: Vec<String> = sum
            .terms
            .iter()
            .map(loadline_compiler::budget::memory::Term::text)
            .collect();
        let (name, total, limit) = (&workload.name.value, sum.total(), sum.limit);
        rows.push_str(&format!(
            "| {name} | {total} | {limit} | {free} | {} |\n",
            cell(&parts.join("; "))
        ));
    }
    if rows.is_empty() {
        return rows;
    }
    format!(
        "\n**Memory, {}**\n\n| Workload | Needs | Limit | Free | Made of |\n|---|--:|--:|--:|---|\n{rows}",
        environment.name
    )
}

/// One cell of a table: no line breaks, no bars, nothing that begins an element.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;").replace(['\n', '\r'], " ")
}
