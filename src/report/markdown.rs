//! A summary for a pull request: findings, then who holds how many connections and how much memory is left.

use loadline_compiler::against::Level;
use loadline_compiler::budget::connections::{Clients, supply};
use loadline_compiler::budget::memory::MemorySum;
use loadline_compiler::budget::shutdown::ShutdownSum;
use loadline_compiler::diagnostic::{Severity, thousands};

use super::{Against, Report, summary};
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
    if let Some(against) = &report.against {
        out.push_str(&changes(against));
    }
    for environment in report.environments {
        out.push_str(&connections(environment));
        out.push_str(&memory(environment));
        out.push_str(&shutdown(environment));
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

/// A run that did not come to judge anything.
pub(super) fn failed(message: &str) -> String {
    format!("### Loadline: could not run\n\n{}\n", cell(message))
}

/// What is fixed, and margins that are not what they were.
fn changes(against: &Against) -> String {
    let mut out = String::new();
    for (index, (environment, margin)) in against.changed().enumerate() {
        if index == 0 {
            let revision = cell(&against.revision);
            out.push_str(&format!("\n**Margins that change since {revision}**\n\n"));
            out.push_str("| | | Before | After | Margin | While one replaces the other |\n|---|---|--:|--:|--:|--:|\n");
        }
        let level = |level: Option<Level>| {
            level.map_or("–".to_owned(), |level| {
                format!("{} of {}", margin.kind.show(level.worst), margin.kind.show(level.limit))
            })
        };
        let left = |level: Option<Level>| level.map_or("–".to_owned(), |level| margin.kind.left(level));
        let environment = if 1 < against.margins.len() {
            format!(", {environment}")
        } else {
            String::new()
        };
        let during = margin.during.map_or(String::new(), |during| margin.kind.show(during));
        out.push_str(&format!(
            "| {}{environment} | {} | {} | {} | {} → {} | {during} |\n",
            margin.name,
            margin.kind.word(),
            level(margin.before),
            level(margin.after),
            left(margin.before),
            left(margin.after),
        ));
    }
    if !against.fixed.is_empty() {
        out.push_str(&format!(
            "\n<details><summary>{} fixed</summary>\n\n",
            against.fixed.len()
        ));
        for fixed in &against.fixed {
            let (name, message) = (fixed.found.rule.name, cell(&fixed.found.message));
            let environments = match fixed.found.environments.as_slice() {
                [] => String::new(),
                some => format!(" ({})", some.join(", ")),
            };
            out.push_str(&format!("- {name}: {message}{environments}\n"));
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

/// What stays of the time until an instance is killed.
fn shutdown(environment: &Environment) -> String {
    let mut rows = String::new();
    let workloads = environment.model.workloads.iter();
    for workload in workloads.filter(|workload| !workload.is_job()) {
        let sum = ShutdownSum::of(workload);
        let free = if sum.grace < sum.needed() {
            format!("**−{}**", sum.needed().minus(sum.grace))
        } else {
            sum.grace.minus(sum.needed()).to_string()
        };
        let name = &workload.name.value;
        rows.push_str(&format!(
            "| {name} | {} | {} | {free} | {} |\n",
            sum.needed(),
            sum.grace,
            sum.terms()
        ));
    }
    if rows.is_empty() {
        return rows;
    }
    format!(
        "\n**Shutdown, {}**\n\n| Workload | Needs | Grace | Free | Made of |\n|---|--:|--:|--:|---|\n{rows}",
        environment.name
    )
}

/// One cell of a table: no line breaks, no bars, nothing that begins an element.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;").replace(['\n', '\r'], " ")
}
