//! JSON lines in the order of time: what run it is, then facts and, at the end of each step, samples.

use serde::Serialize;

use crate::Tick;
use crate::outcome::{Cause, Figures, Timeline, Told};
use crate::report::inline::to_line;
use crate::report::json;
use crate::report::words::name;
use crate::report::{Report, thin};

/// Raised when a field is removed or changes its meaning; new fields do not raise it.
const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
#[serde(tag = "k", rename_all = "snake_case")]
enum Line<'r> {
    /// The first line.
    Run {
        schema_version: u32,
        scenario: &'r str,
        seed: u64,
        run: u64,
        end_us: Tick,
        replay: &'r str,
    },
    /// Something that happened.
    Fact(json::Told),
    /// What a service counted in a step, and had at its end. Without a name: clients.
    Service {
        at_us: u64,
        name: Option<String>,
        starting: u32,
        ready: u32,
        terminating: u32,
        arrived: u32,
        succeeded: u32,
        causes: Vec<(Cause, u32)>,
        p50_us: Option<u64>,
        p95_us: Option<u64>,
        p99_us: Option<u64>,
    },
    /// What a datastore had at most in a step.
    Store {
        at_us: u64,
        name: String,
        connections: u32,
        holders: Vec<(String, u32)>,
        refused: u32,
        waiting: u32,
    },
    /// What a queue held at the end of a step.
    Queue { at_us: u64, name: String, depth: u32 },
}

pub(super) fn render(report: &Report<'_>, told: &Told, figures: &Figures) -> String {
    let timeline = &told.story.timeline;
    let mut lines: Vec<(u64, Line<'_>)> = Vec::new();
    lines.push((
        0,
        Line::Run {
            schema_version: SCHEMA_VERSION,
            scenario: &report.study.scenario,
            seed: report.study.seed,
            run: figures.run,
            end_us: figures.end,
            replay: &told.replay,
        },
    ));
    let facts = told.story.facts.iter();
    lines.extend(facts.map(|fact| (fact.at.micros(), Line::Fact(json::Told::of(report, fact)))));
    for step in 0..thin::steps(timeline) {
        let at_us = timeline.step.micros().saturating_mul(step as u64 + 1);
        samples(report, timeline, step, at_us, &mut lines);
    }
    // Stable: at one time facts come first, in their order.
    lines.sort_by_key(|(at, _)| *at);
    let texts: Vec<String> = lines.iter().map(|(_, line)| to_line(line)).collect();
    format!("{}\n", texts.join("\n"))
}

fn samples<'l>(report: &Report<'_>, timeline: &Timeline, step: usize, at_us: u64, lines: &mut Vec<(u64, Line<'l>)>) {
    let names = &report.study.names;
    let services = timeline.services.iter().enumerate();
    let services = services.map(|(index, line)| (Some(name(&names.services, index)), line));
    for (name, line) in std::iter::once((None, &timeline.clients)).chain(services) {
        let time = |times: &[Option<crate::Span>]| times.get(step).copied().flatten().map(crate::Span::micros);
        let causes = line.causes.iter().map(|(cause, counts)| (*cause, at(counts, step)));
        let sample = Line::Service {
            at_us,
            name,
            starting: at(&line.starting, step),
            ready: at(&line.ready, step),
            terminating: at(&line.terminating, step),
            arrived: at(&line.arrived, step),
            succeeded: at(&line.succeeded, step),
            causes: causes.filter(|(_, count)| *count != 0).collect(),
            p50_us: time(&line.p50),
            p95_us: time(&line.p95),
            p99_us: time(&line.p99),
        };
        lines.push((at_us, sample));
    }
    for (index, line) in timeline.stores.iter().enumerate() {
        let holders = line
            .holders
            .iter()
            .map(|(service, counts)| (name(&names.services, *service), at(counts, step)));
        let sample = Line::Store {
            at_us,
            name: name(&names.stores, index),
            connections: at(&line.connections, step),
            holders: holders.filter(|(_, count)| *count != 0).collect(),
            refused: at(&line.refused, step),
            waiting: at(&line.waiting, step),
        };
        lines.push((at_us, sample));
    }
    for (index, line) in timeline.queues.iter().enumerate() {
        let (name, depth) = (name(&names.queues, index), at(&line.depth, step));
        lines.push((at_us, Line::Queue { at_us, name, depth }));
    }
}

fn at(values: &[u32], step: usize) -> u32 {
    values.get(step).copied().unwrap_or(0)
}
