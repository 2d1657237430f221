//! Figures in tables, for a terminal and for a page: a line for the run that is told, and below it how the figure lies over
//! the runs.

use loadline_compiler::diagnostic::{counted, thousands};

use super::spread::Spread;
use super::summary::{Requests, Summary, end_words, step_end};
use super::table::Table;
use super::words::{self, clock};
use crate::Tick;

/// A table with its title, and what is to be said below it.
pub(super) struct Section {
    pub(super) title: &'static str,
    pub(super) table: Table,
    pub(super) notes: Vec<String>,
}

/// All that have rows, in the order in which they are read.
pub(super) fn all(summary: &Summary) -> Vec<Section> {
    let sections = [
        requests(summary),
        failures(summary),
        instances(summary),
        sessions(summary),
        stores(summary),
        queues(summary),
        nodes(summary),
        rollouts(summary),
        steps(summary),
    ];
    sections
        .into_iter()
        .filter(|section| !section.table.is_empty())
        .collect()
}

fn section(title: &'static str, table: Table) -> Section {
    Section {
        title,
        table,
        notes: Vec::new(),
    }
}

/// What the lines below are called.
const OVER: [&str; 3] = ["  p5 of runs", "  median", "  p95 of runs"];

/// Rows of a thing: its own, and over many runs three more. Each figure comes in its four words; what is only known of the run
/// that is told has one.
fn rows(table: &mut Table, summary: &Summary, name: &str, figures: &[Vec<String>]) {
    let row = |label: &str, place: usize| {
        let cells = figures
            .iter()
            .map(|figure| figure.get(place).cloned().unwrap_or_default());
        std::iter::once(label.to_owned()).chain(cells).collect()
    };
    table.row(row(name, 0));
    // Where all runs are alike, three more lines would say nothing.
    let differs = |figure: &Vec<String>| figure.iter().skip(1).any(|over| Some(over) != figure.first());
    if 1 < summary.runs && figures.iter().any(differs) {
        for (place, label) in OVER.into_iter().enumerate() {
            table.row(row(label, place + 1));
        }
    }
}

fn count(spread: Spread) -> Vec<String> {
    spread.words(thousands).to_vec()
}

fn time(spread: Spread) -> Vec<String> {
    spread
        .words(|micros| words::span(crate::Span::from_micros(micros)))
        .to_vec()
}

fn parts(spread: Spread) -> Vec<String> {
    spread.words(words::percent).to_vec()
}

fn at(tick: Option<Tick>) -> Vec<String> {
    vec![tick.map_or_else(String::new, clock)]
}

fn requests(summary: &Summary) -> Section {
    let heads = [
        "",
        "requests",
        "attempts",
        "available",
        "p50",
        "p95",
        "p99",
        "max",
        "served",
    ];
    let mut table = Table::new(&heads);
    let clients = &summary.clients;
    let latency = &clients.latency_us;
    let mut own = vec![
        count(clients.requests.arrived),
        Vec::new(),
        parts(clients.requests.availability_ppm),
    ];
    own.extend([latency.p50, latency.p95, latency.p99, latency.max].map(time));
    rows(&mut table, summary, "all clients", &own);
    for service in &summary.services {
        let latency = &service.latency_us;
        let (requests, attempts) = (&service.requests, &service.attempts);
        let mut own = vec![
            count(requests.arrived),
            count(attempts.arrived),
            parts(requests.availability_ppm),
        ];
        own.extend([latency.p50, latency.p95, latency.p99, latency.max].map(time));
        own.push(service.throughput_milli_per_s.words(words::rate).to_vec());
        rows(&mut table, summary, &service.name, &own);
    }
    section("Requests", table)
}

fn failures(summary: &Summary) -> Section {
    let heads: &[&str] = if 1 < summary.runs {
        &["", "", "requests", "of all", "p5 of runs", "median", "p95 of runs"]
    } else {
        &["", "", "requests", "of all"]
    };
    let mut table = Table::new(heads).words(&[1]);
    let services = summary
        .services
        .iter()
        .map(|service| (service.name.as_str(), &service.requests));
    for (name, requests) in std::iter::once(("all clients", &summary.clients.requests)).chain(services) {
        causes(&mut table, name, requests);
    }
    section("Requests without a good answer", table)
}

fn causes(table: &mut Table, name: &str, requests: &Requests) {
    for (index, cause) in requests.causes.iter().enumerate() {
        let [told, p5, median, p95] = cause.requests.words(thousands);
        let share = cause.requests.told.zip(requests.arrived.told);
        let share = share.and_then(|(own, all)| (own.saturating_mul(1_000_000)).checked_div(all));
        let name = if index == 0 { name } else { "" };
        let kind = if cause.dropped {
            format!("{} (dropped)", cause.words)
        } else {
            cause.words.to_owned()
        };
        let share = share.map_or_else(String::new, words::about_percent_or_less);
        table.row(vec![name.to_owned(), kind, told, share, p5, median, p95]);
    }
}

fn instances(summary: &Summary) -> Section {
    let heads = [
        "",
        "fewest ready",
        "at",
        "most live",
        "at",
        "of these",
        "restarts",
        "out of memory",
    ];
    let mut table = Table::new(&heads).words(&[5]);
    for service in &summary.services {
        let own = [
            count(service.least_ready),
            at(service.least_ready_at_us),
            count(service.most_live),
            at(service.most_live_at_us),
            vec![words::by_state(service.most_live_by_state)],
            count(service.restarts),
            count(service.oom_kills),
        ];
        rows(&mut table, summary, &service.name, &own);
    }
    section("Instances", table)
}

fn sessions(summary: &Summary) -> Section {
    let mut table = Table::new(&["", "begun", "lost", "of these gone", "elsewhere"]);
    for service in &summary.services {
        if let Some(sessions) = &service.sessions {
            let own = [sessions.begun, sessions.lost, sessions.ended, sessions.elsewhere].map(count);
            rows(&mut table, summary, &service.name, &own);
        }
    }
    section("Sessions", table)
}

fn stores(summary: &Summary) -> Section {
    let heads = [
        "", "peak", "of", "at", "over 80%", "over 90%", "full", "refused", "waiting",
    ];
    let mut table = Table::new(&heads);
    for store in &summary.stores {
        let limit = store.limit.map_or_else(|| "no limit".to_owned(), thousands);
        let limited = |spread: Spread| {
            if store.limit.is_some() {
                time(spread)
            } else {
                Vec::new()
            }
        };
        let own = [
            count(store.peak),
            vec![limit],
            at(store.peak_at_us),
            limited(store.above_80_us),
            limited(store.above_90_us),
            limited(store.full_us),
            count(store.refused),
            count(store.most_waiting),
        ];
        rows(&mut table, summary, &store.name, &own);
    }
    let held = summary.stores.iter().filter(|store| !store.holders_words.is_empty());
    let notes = held.map(|store| format!("`{}` at its peak: {}", store.name, store.holders_words));
    Section {
        title: "Connections",
        table,
        notes: notes.collect(),
    }
}

fn queues(summary: &Summary) -> Section {
    let heads = [
        "",
        "published",
        "consumed",
        "again",
        "dead",
        "lost",
        "deepest",
        "at",
        "left",
    ];
    let mut table = Table::new(&heads);
    for queue in &summary.queues {
        let own = [
            count(queue.published),
            count(queue.consumed),
            count(queue.redelivered),
            count(queue.dead),
            count(queue.lost),
            count(queue.deepest),
            at(queue.deepest_at_us),
            count(queue.left),
        ];
        rows(&mut table, summary, &queue.name, &own);
    }
    section("Queues", table)
}

fn nodes(summary: &Summary) -> Section {
    let mut table = Table::new(&["", "cpu asked for", "of", "memory asked for", "of"]);
    for node in &summary.nodes {
        let size = |spread: Spread| spread.words(words::bytes).to_vec();
        let own = [
            node.cpu_requested_milli.words(words::cores).to_vec(),
            vec![node.cpu_milli.map_or_else(String::new, words::cores)],
            size(node.memory_requested_bytes),
            vec![node.memory_bytes.map_or_else(String::new, words::bytes)],
        ];
        rows(&mut table, summary, &node.name, &own);
    }
    section("Nodes, at most", table)
}

fn rollouts(summary: &Summary) -> Section {
    let heads = ["", "began", "complete after", "old ones gone", "batches", "ended"];
    let mut table = Table::new(&heads).words(&[5]);
    for rollout in &summary.rollouts {
        let trigger = rollout
            .trigger
            .as_ref()
            .map_or_else(String::new, |trigger| format!(": {}", words::one_line(trigger)));
        let end = rollout
            .end
            .map_or_else(String::new, |end| format!("{}{trigger}", end_words(end)));
        let mut ended = vec![end];
        let ends = rollout.ends.iter();
        if 1 < rollout.ends.len() {
            let ends = ends.map(|end| format!("{} in {}", end_words(end.end), counted(end.runs, "run")));
            ended.push(ends.collect::<Vec<_>>().join(", "));
        }
        let own = [
            at(rollout.began_at_us),
            time(rollout.duration_us),
            time(rollout.drained_us),
            count(rollout.batches),
            ended,
        ];
        rows(
            &mut table,
            summary,
            &format!("{} to {}", rollout.service, rollout.revision),
            &own,
        );
    }
    section("Rollouts", table)
}

fn steps(summary: &Summary) -> Section {
    let heads = [
        "",
        "began",
        "took",
        "waited for a lock",
        "held up",
        "longest",
        "attempts",
        "ended",
    ];
    let mut table = Table::new(&heads).words(&[7]);
    for step in &summary.steps {
        let mut ended = vec![step.end.map_or_else(String::new, |end| step_end(end).to_owned())];
        if 1 < step.ends.len() {
            let ends = step.ends.iter();
            let ends = ends.map(|end| format!("{} in {}", step_end(end.end), counted(end.runs, "run")));
            ended.push(ends.collect::<Vec<_>>().join(", "));
        }
        let own = [
            at(step.began_at_us),
            time(step.took_us),
            time(step.waited_us),
            count(step.behind),
            time(step.longest_us),
            count(step.attempts),
            ended,
        ];
        rows(&mut table, summary, &step.name, &own);
    }
    section("Changes of schemas", table)
}
