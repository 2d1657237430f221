//! How the run that is told looked: a line of blocks for each thing that changes.

use loadline_compiler::diagnostic::thousands;

use super::{Paint, of_run};
use crate::Span;
use crate::outcome::{ServiceLine, StoreLine, Timeline};
use crate::report::sparkline::sparkline;
use crate::report::table::width as columns_of;
use crate::report::words::{name, rate, span};
use crate::report::{Report, thin};

/// A line: whose, what, how it looked, and what its full height is.
struct Line {
    thing: String,
    what: &'static str,
    values: Vec<Option<u64>>,
    full: u64,
    most: String,
}

/// The most columns that the blocks take, so that they can be compared at a glance.
const COLUMNS_MAX: usize = 60;

pub(super) fn lines(report: &Report<'_>, paint: Paint, width: usize) -> String {
    let Some(told) = report.told() else {
        return String::new();
    };
    let timeline = &told.story.timeline;
    let lines = all(report, timeline);
    let steps = thin::steps(timeline);
    let things = lines.iter().map(|line| columns_of(&line.thing)).max().unwrap_or(0);
    let whats = lines.iter().map(|line| columns_of(line.what)).max().unwrap_or(0);
    let mosts = lines.iter().map(|line| columns_of(&line.most)).max().unwrap_or(0);
    if lines.is_empty() || steps == 0 {
        return String::new();
    }
    let columns = width.saturating_sub(things + whats + mosts + 8).clamp(10, COLUMNS_MAX);
    let column = timeline.step.micros().saturating_mul(steps.div_ceil(columns) as u64);
    let title = format!(
        "Over time{}, {} a column",
        of_run(report),
        span(Span::from_micros(column))
    );
    let mut out = format!("{}\n", paint.bold(&title));
    let mut before = String::new();
    for line in &lines {
        let thing = if line.thing == before { "" } else { &line.thing };
        let blocks = sparkline(&line.values, columns, line.full);
        let what = paint.dim(&format!("{:<whats$}", line.what));
        let most = paint.dim(&line.most);
        out.push_str(&format!("  {thing:<things$}  {what}  {blocks}  {most}\n"));
        before.clone_from(&line.thing);
    }
    out
}

fn all(report: &Report<'_>, timeline: &Timeline) -> Vec<Line> {
    let names = &report.study.names;
    let mut lines = of_service("all clients", &timeline.clients, timeline.step);
    for (index, service) in timeline.services.iter().enumerate() {
        lines.extend(of_service(&name(&names.services, index), service, timeline.step));
    }
    for (index, store) in timeline.stores.iter().enumerate() {
        let limit = report
            .told_figures()
            .and_then(|run| run.stores.get(index))
            .and_then(|store| store.limit);
        lines.extend(of_store(&name(&names.stores, index), store, limit));
    }
    for (index, queue) in timeline.queues.iter().enumerate() {
        let values = counts(&queue.depth);
        lines.extend(line(&name(&names.queues, index), "depth", values, thousands));
    }
    lines
}

fn of_service(name: &str, line_of: &ServiceLine, step: Span) -> Vec<Line> {
    let millis = |count: u64| {
        count
            .saturating_mul(1_000_000_000)
            .checked_div(step.micros())
            .unwrap_or(0)
    };
    let states = line_of.starting.iter().zip(&line_of.ready).zip(&line_of.terminating);
    let live = states.map(|((&starting, &ready), &terminating)| {
        Some(u64::from(starting) + u64::from(ready) + u64::from(terminating))
    });
    let errors = (0..line_of.arrived.len()).map(|at| {
        let here = line_of.causes.iter().filter_map(|(_, counts)| counts.get(at));
        Some(millis(here.copied().map(u64::from).sum()))
    });
    let p99 = line_of.p99.iter().map(|p99| p99.map(Span::micros));
    [
        line(name, "instances", live.collect(), thousands),
        line(name, "ready", counts(&line_of.ready), thousands),
        line(name, "p99", p99.collect(), |micros| span(Span::from_micros(micros))),
        line(name, "errors", errors.collect(), rate),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn of_store(name: &str, line_of: &StoreLine, limit: Option<u64>) -> Option<Line> {
    let values = counts(&line_of.connections);
    let mut line = line(name, "connections", values, thousands)?;
    if let Some(limit) = limit {
        // Nothing but a full datastore fills its line.
        line.full = line.full.max(limit);
        line.most.push_str(&format!(" of {}", thousands(limit)));
    }
    Some(line)
}

fn counts(values: &[u32]) -> Vec<Option<u64>> {
    values.iter().map(|&value| Some(u64::from(value))).collect()
}

/// Nothing where nothing ever changes: the tables say that.
fn line(thing: &str, what: &'static str, values: Vec<Option<u64>>, words: impl Fn(u64) -> String) -> Option<Line> {
    let most = values.iter().copied().flatten().max()?;
    if values.iter().all(|value| *value == Some(most)) {
        return None;
    }
    Some(Line {
        thing: thing.to_owned(),
        what,
        values,
        full: most,
        most: format!("most {}", words(most)),
    })
}
