//! Chrome's trace format (JSON object with `traceEvents`), which Perfetto opens: a process for each thing, its counters as
//! tracks, rollouts as slices, facts as instants. Times are microseconds, as the format has them.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::Span;
use crate::outcome::{Fact, FactKind, Figures, Names, ServiceLine, StoreLine, Subject, Timeline, Told};
use crate::report::facts::{kind, sentence};
use crate::report::inline::to_line;
use crate::report::summary::{end_words, step_end};
use crate::report::words::name;
use crate::report::{Report, thin};

#[derive(Serialize)]
struct Event {
    /// `M` metadata, `C` counter, `X` slice, `i` instant.
    ph: &'static str,
    name: String,
    pid: u64,
    tid: u64,
    ts: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    dur: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cat: Option<&'static str>,
    /// How far an instant is drawn: over its process.
    #[serde(skip_serializing_if = "Option::is_none")]
    s: Option<&'static str>,
    args: Map<String, Value>,
}

/// Threads of a process: facts, and rollouts above them.
const FACTS: u64 = 1;
const ROLLOUTS: u64 = 2;

pub(super) fn render(report: &Report<'_>, told: &Told, figures: &Figures) -> String {
    let names = &report.study.names;
    let mut events = processes(report);
    if !figures.steps.is_empty() {
        let stores = (0..names.stores.len()).map(|store| process(names, Subject::Store(store)));
        let named = |pid| {
            metadata(
                "thread_name",
                pid,
                ROLLOUTS,
                "name",
                Value::from("changes of the schema"),
            )
        };
        events.extend(stores.map(named));
    }
    rollouts(names, figures, &mut events);
    steps(names, figures, &told.story.facts, &mut events);
    events.extend(told.story.facts.iter().map(|fact| instant(names, fact)));
    counters(&told.story.timeline, &mut events);
    let lines: Vec<String> = events.iter().map(to_line).collect();
    let about = to_line(&serde_json::json!({
        "scenario": report.study.scenario,
        "seed": report.study.seed,
        "run": figures.run,
        "replay": told.replay,
    }));
    format!(
        "{{\"displayTimeUnit\":\"ms\",\"otherData\":{about},\"traceEvents\":[\n{}\n]}}\n",
        lines.join(",\n")
    )
}

/// Things in one row: clients, services, datastores, queues, nodes.
fn process(names: &Names, subject: Subject) -> u64 {
    let (services, stores, queues) = (names.services.len(), names.stores.len(), names.queues.len());
    let place = match subject {
        Subject::Clients => 0,
        Subject::Service(index) | Subject::Call(index, _) => 1 + index,
        Subject::Store(index) => 1 + services + index,
        Subject::Queue(index) => 1 + services + stores + index,
        Subject::Node(index) => 1 + services + stores + queues + index,
    };
    place as u64 + 1
}

fn processes(report: &Report<'_>) -> Vec<Event> {
    let names = &report.study.names;
    let all = [&names.services, &names.stores, &names.queues, &names.nodes];
    let titles = std::iter::once("clients").chain(all.into_iter().flatten().map(String::as_str));
    let mut events = Vec::new();
    for (pid, title) in (1..).zip(titles) {
        events.push(metadata("process_name", pid, 0, "name", Value::from(title)));
        events.push(metadata("process_sort_index", pid, 0, "sort_index", Value::from(pid)));
        events.push(metadata(
            "thread_name",
            pid,
            FACTS,
            "name",
            Value::from("what happened"),
        ));
    }
    for service in 0..names.services.len() {
        let pid = process(names, Subject::Service(service));
        events.push(metadata("thread_name", pid, ROLLOUTS, "name", Value::from("rollouts")));
    }
    events
}

fn metadata(what: &str, pid: u64, tid: u64, key: &str, value: Value) -> Event {
    Event {
        args: Map::from_iter([(key.to_owned(), value)]),
        ..Event::new("M", what.to_owned(), pid, tid, 0)
    }
}

/// From its begin until no instance of another revision was left, or the next one began, or to the end of the run: slices of one
/// thread must not overlap, unless one is all within the other.
fn rollouts(names: &Names, figures: &Figures, events: &mut Vec<Event>) {
    for (place, own) in figures.rollouts.iter().enumerate() {
        let revisions = names.revisions.get(own.service).map_or(&[][..], Vec::as_slice);
        let mut later = figures.rollouts.iter().skip(place + 1);
        let next = later.find(|other| other.service == own.service);
        let end = own.drained.or(own.complete).unwrap_or(figures.end);
        let end = next.map_or(end, |next| end.min(next.began));
        let pid = process(names, Subject::Service(own.service));
        let title = format!("rollout to {}", name(revisions, own.revision));
        let ended = Value::from(end_words(own.end));
        events.push(Event {
            dur: Some(end.since(own.began).micros()),
            cat: Some("rollout"),
            args: Map::from_iter([
                ("ended".to_owned(), ended),
                ("batches".to_owned(), Value::from(own.batches)),
            ]),
            ..Event::new("X", title, pid, ROLLOUTS, own.began.micros())
        });
    }
}

/// Steps of changes of schemas, at what they are about.
fn steps(names: &Names, figures: &Figures, facts: &[Fact], events: &mut Vec<Event>) {
    for own in &figures.steps {
        let began = |fact: &&Fact| fact.at == own.began && fact.what == FactKind::StepBegan(own.step);
        let subject = facts.iter().find(began).map_or(Subject::Clients, |fact| fact.subject);
        let end = own.ended.unwrap_or(figures.end);
        let title = name(&names.steps, own.step);
        events.push(Event {
            dur: Some(end.since(own.began).micros()),
            cat: Some("change"),
            args: Map::from_iter([
                ("ended".to_owned(), Value::from(step_end(own.end))),
                ("waited_us".to_owned(), Value::from(own.waited.micros())),
                ("requests_behind".to_owned(), Value::from(own.behind)),
            ]),
            ..Event::new("X", title, process(names, subject), ROLLOUTS, own.began.micros())
        });
    }
}

fn instant(names: &Names, fact: &Fact) -> Event {
    Event {
        cat: Some(kind(&fact.what)),
        s: Some("p"),
        ..Event::new(
            "i",
            sentence(names, fact),
            process(names, fact.subject),
            FACTS,
            fact.at.micros(),
        )
    }
}

/// A counter keeps its value until its next one, so what is counted over a step stands at the step's begin.
fn counters(timeline: &Timeline, events: &mut Vec<Event>) {
    for step in 0..thin::steps(timeline) {
        let ts = timeline.step.micros().saturating_mul(step as u64);
        let mut pid = 0;
        let mut next = || {
            pid += 1;
            pid
        };
        for line in std::iter::once(&timeline.clients).chain(&timeline.services) {
            of_service(line, step, ts, next(), events);
        }
        for line in &timeline.stores {
            of_store(line, step, ts, next(), events);
        }
        for line in &timeline.queues {
            counter("depth", &[("depth", at(&line.depth, step))], ts, next(), events);
        }
    }
}

fn of_service(line: &ServiceLine, step: usize, ts: u64, pid: u64, events: &mut Vec<Event>) {
    let states = [
        ("ready", &line.ready),
        ("starting", &line.starting),
        ("terminating", &line.terminating),
    ];
    let states = states.map(|(state, counts)| (state, at(counts, step)));
    if !line.ready.is_empty() {
        counter("instances", &states, ts, pid, events);
    }
    let requests = [
        ("arrived", at(&line.arrived, step)),
        ("succeeded", at(&line.succeeded, step)),
    ];
    counter("requests", &requests, ts, pid, events);
    let causes: Vec<(&str, u64)> = line
        .causes
        .iter()
        .map(|(cause, counts)| (cause.words(), at(counts, step)))
        .collect();
    counter("errors", &causes, ts, pid, events);
    let latency = [("p50", &line.p50), ("p95", &line.p95), ("p99", &line.p99)];
    let latency = latency.into_iter().filter_map(|(which, times)| {
        let time = times.get(step).copied().flatten()?;
        Some((which, Span::micros(time)))
    });
    counter("latency, us", &latency.collect::<Vec<_>>(), ts, pid, events);
}

fn of_store(line: &StoreLine, step: usize, ts: u64, pid: u64, events: &mut Vec<Event>) {
    counter(
        "connections",
        &[("connections", at(&line.connections, step))],
        ts,
        pid,
        events,
    );
    counter("refused", &[("refused", at(&line.refused, step))], ts, pid, events);
    counter("waiting", &[("waiting", at(&line.waiting, step))], ts, pid, events);
}

/// Nothing without values.
fn counter(what: &str, values: &[(&str, u64)], ts: u64, pid: u64, events: &mut Vec<Event>) {
    if values.is_empty() {
        return;
    }
    let args = values
        .iter()
        .map(|(name, value)| ((*name).to_owned(), Value::from(*value)));
    events.push(Event {
        args: args.collect(),
        ..Event::new("C", what.to_owned(), pid, 0, ts)
    });
}

fn at(values: &[u32], step: usize) -> u64 {
    values.get(step).copied().map_or(0, u64::from)
}

impl Event {
    fn new(ph: &'static str, name: String, pid: u64, tid: u64, ts: u64) -> Self {
        Self {
            ph,
            name,
            pid,
            tid,
            ts,
            dur: None,
            cat: None,
            s: None,
            args: Map::new(),
        }
    }
}
