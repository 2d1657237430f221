//! A summary for a pull request: the verdict and what broke first at a glance, figures folded.

use loadline_compiler::diagnostic::thousands;

use super::spread::Spread;
use super::summary::{Requests, Summary, Where, end_words, step_end};
use super::words::{self, clock};
use super::{Report, chapters, costliest};
use crate::Span;
use crate::outcome::Chapter;

pub(super) fn render(report: &Report<'_>) -> String {
    let summary = Summary::of(report);
    let mark = if summary.passed { "✅" } else { "❌" };
    let verdict = super::summary::verdict(report, &summary);
    let mut out = format!("### Loadline: {mark} {}: {verdict}\n", text(&report.study.scenario));
    if summary.unsettled != 0 {
        let unsettled = thousands(summary.unsettled);
        out.push_str(&format!(
            "\n{unsettled} of {} runs had not settled at the horizon.\n",
            summary.runs
        ));
    }
    out.push_str(&expectations(&summary));
    out.push_str(&chain(report, "What broke first", &chapters(report.study)));
    out.push_str(&folded("What cost most", &links(report, &costliest(report.study))));
    let figures = [
        requests(&summary),
        failures(&summary),
        sessions(&summary),
        connections(&summary),
        rollouts(&summary),
        steps(&summary),
    ]
    .concat();
    if !figures.is_empty() {
        out.push_str(&format!(
            "\n<details><summary>Figures</summary>\n{figures}\n</details>\n"
        ));
    }
    out.push_str(&folded("Taken for granted", &remarks(report)));
    if let Some(told) = report.told() {
        let run = report.told_figures().map_or(0, |figures| figures.run);
        let fence = fence(&told.replay);
        out.push_str(&format!("\nReplay run {run}:\n\n{fence}sh\n{}\n{fence}\n", told.replay));
    }
    out
}

fn expectations(summary: &Summary) -> String {
    if summary.expectations.is_empty() {
        return String::new();
    }
    let mut out = "\n| | Expectation | Measured | Over the runs |\n|---|---|---|---|\n".to_owned();
    for own in &summary.expectations {
        let mark = if own.held { "✅" } else { "❌" };
        let chance = own.chance_words().unwrap_or_default();
        out.push_str(&format!(
            "| {mark} | {} | {} | {chance} |\n",
            code(&own.text),
            own.margin_words()
        ));
    }
    out
}

/// Steps that are read at a glance; more are folded.
const GLANCE: usize = 6;

fn chain(report: &Report<'_>, title: &str, chapters: &[Chapter]) -> String {
    let steps = links(report, chapters);
    match chapters.len() {
        0 => String::new(),
        1..=GLANCE => format!("\n**{title}**\n\n{steps}"),
        _ => folded(title, &steps),
    }
}

fn folded(title: &str, text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    format!("\n<details><summary>{title}</summary>\n\n{text}\n</details>\n")
}

fn links(report: &Report<'_>, chapters: &[Chapter]) -> String {
    let mut out = String::new();
    let mut before = None;
    for chapter in chapters {
        let place = Where::of(report, chapter.place).filter(|_| chapter.place != before);
        before = chapter.place;
        let place = place.map_or_else(String::new, |place| {
            let at = code(&place.words());
            match place.setting(&chapter.words) {
                Some(setting) => format!(" ({at}: {})", code(&setting)),
                None => format!(" ({at})"),
            }
        });
        out.push_str(&format!("1. {}: {}{place}\n", clock(chapter.at), text(&chapter.words)));
    }
    out
}

/// What is taken for granted, and what is not simulated.
fn remarks(report: &Report<'_>) -> String {
    let lines = report.study.remarks.iter().map(|own| {
        let place = Where::of(report, Some(own.place));
        let place = place.map_or_else(String::new, |place| format!(" ({})", code(&place.words())));
        format!("- {}{place}\n", text(&own.message))
    });
    lines.collect()
}

fn requests(summary: &Summary) -> String {
    let mut out = "\n| Requests | Arrived | Available | p50 | p95 | p99 | Max | Fewest ready | Most live |\n\
                   |---|--:|--:|--:|--:|--:|--:|--:|--:|\n"
        .to_owned();
    let time = |spread: Spread| own(spread, |micros| words::span(Span::from_micros(micros)));
    let mut row = |name: &str, requests: &Requests, latency: [Spread; 4], ends: [String; 2]| {
        let (arrived, available) = (
            own(requests.arrived, thousands),
            own(requests.availability_ppm, words::percent),
        );
        let latency = latency.map(time).join(" | ");
        out.push_str(&format!(
            "| {name} | {arrived} | {available} | {latency} | {} |\n",
            ends.join(" | ")
        ));
    };
    let clients = &summary.clients;
    let latency = &clients.latency_us;
    let latency = [latency.p50, latency.p95, latency.p99, latency.max];
    row(
        "all clients",
        &clients.requests,
        latency,
        [String::new(), String::new()],
    );
    for service in &summary.services {
        let latency = &service.latency_us;
        let latency = [latency.p50, latency.p95, latency.p99, latency.max];
        let ends = [own(service.least_ready, thousands), own(service.most_live, thousands)];
        row(&service.name, &service.requests, latency, ends);
    }
    out
}

fn failures(summary: &Summary) -> String {
    let mut rows = String::new();
    let services = summary
        .services
        .iter()
        .map(|service| (service.name.as_str(), &service.requests));
    for (name, requests) in std::iter::once(("all clients", &summary.clients.requests)).chain(services) {
        for cause in &requests.causes {
            let dropped = if cause.dropped { " (dropped)" } else { "" };
            rows.push_str(&format!(
                "| {name} | {}{dropped} | {} |\n",
                cause.words,
                own(cause.requests, thousands)
            ));
        }
    }
    if rows.is_empty() {
        return rows;
    }
    format!("\n| Without a good answer | Why | Requests |\n|---|---|--:|\n{rows}")
}

fn sessions(summary: &Summary) -> String {
    let mut rows = String::new();
    for service in &summary.services {
        let Some(sessions) = &service.sessions else { continue };
        let all = [sessions.begun, sessions.lost, sessions.ended, sessions.elsewhere];
        let cells = all.map(|spread| own(spread, thousands)).join(" | ");
        rows.push_str(&format!("| {} | {cells} |\n", service.name));
    }
    if rows.is_empty() {
        return rows;
    }
    format!("\n| Sessions | Begun | Lost | Of these gone | Elsewhere |\n|---|--:|--:|--:|--:|\n{rows}")
}

fn connections(summary: &Summary) -> String {
    let mut rows = String::new();
    for store in &summary.stores {
        let limit = store.limit.map_or_else(|| "no limit".to_owned(), thousands);
        let at = store.peak_at_us.map_or_else(String::new, clock);
        let full = own(store.full_us, |micros| words::span(Span::from_micros(micros)));
        let (peak, refused) = (own(store.peak, thousands), own(store.refused, thousands));
        let holders = text(&store.holders_words);
        rows.push_str(&format!(
            "| {} | {peak} | {limit} | {at} | {full} | {refused} | {holders} |\n",
            store.name
        ));
    }
    if rows.is_empty() {
        return rows;
    }
    format!("\n| Connections | Peak | Of | At | Full for | Refused | Held by |\n|---|--:|--:|--:|--:|--:|---|\n{rows}")
}

fn rollouts(summary: &Summary) -> String {
    let mut rows = String::new();
    for rollout in &summary.rollouts {
        let time = |spread: Spread| own(spread, |micros| words::span(Span::from_micros(micros)));
        let trigger = rollout
            .trigger
            .as_ref()
            .map_or_else(String::new, |trigger| format!(": {}", text(trigger)));
        let end = rollout.end.map_or("", end_words);
        let (complete, drained) = (time(rollout.duration_us), time(rollout.drained_us));
        let name = format!("{} to {}", rollout.service, rollout.revision);
        rows.push_str(&format!("| {name} | {complete} | {drained} | {end}{trigger} |\n"));
    }
    if rows.is_empty() {
        return rows;
    }
    format!("\n| Rollout | Complete after | Old ones gone after | Ended |\n|---|--:|--:|---|\n{rows}")
}

fn steps(summary: &Summary) -> String {
    let mut rows = String::new();
    for step in &summary.steps {
        let time = |spread: Spread| own(spread, |micros| words::span(Span::from_micros(micros)));
        let (took, waited, longest) = (time(step.took_us), time(step.waited_us), time(step.longest_us));
        let (behind, end) = (own(step.behind, thousands), step.end.map_or("", step_end));
        let name = text(&step.name);
        rows.push_str(&format!(
            "| {name} | {took} | {waited} | {behind} | {longest} | {end} |\n"
        ));
    }
    if rows.is_empty() {
        return rows;
    }
    format!(
        "\n| Change of a schema | Took | Waited for a lock | Requests held up | Longest | Ended |\n|---|--:|--:|--:|--:|---|\n{rows}"
    )
}

/// The value of the run that is told.
fn own(spread: Spread, show: impl Fn(u64) -> String) -> String {
    let [told, ..] = spread.words(show);
    told
}

/// Words of a spec in a cell or a list: as they are, whatever Markdown makes of such signs. What stands in backticks already is
/// left to be code.
fn text(words: &str) -> String {
    let mut out = String::new();
    for (index, part) in words.split('`').enumerate() {
        if index % 2 == 0 {
            out.push_str(&plain(part));
        } else {
            out.push_str(&code(part));
        }
    }
    out
}

fn plain(words: &str) -> String {
    let mut out = String::new();
    for sign in words.chars() {
        match sign {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '|' | '*' | '_' | '[' | ']' | '\\' | '~' | '#' | '!' | '@' => out.extend(['\\', sign]),
            '\n' | '\r' => out.push(' '),
            _ => out.push(sign),
        }
    }
    out
}

/// As code. In a table a bar would end the cell, also in code.
fn code(words: &str) -> String {
    let words = words.replace(['\n', '\r'], " ").replace('|', "\\|");
    if words.contains('`') {
        plain(&words)
    } else {
        format!("`{words}`")
    }
}

/// A fence that is not in the text.
fn fence(words: &str) -> String {
    let mut fence = "```".to_owned();
    while words.contains(&fence) {
        fence.push('`');
    }
    fence
}
