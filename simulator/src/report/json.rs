//! One JSON document; its schema is `docs/schema/simulate.schema.json`.

use serde::Serialize;

use super::facts::{self, sentence};
use super::inline::{to_json, to_line};
use super::summary::{Summary, Where};
use super::timeline::Lines;
use super::{Report, chapters, costliest};
use crate::Tick;
use crate::outcome::{Chapter, Fact, Names, Subject, Timeline};
use crate::system::Refusal;

/// Raised when a field is removed or changes its meaning; new fields do not raise it.
const SCHEMA_VERSION: u32 = 1;

/// What is printed: all scenarios that were run.
#[derive(Serialize)]
struct Document<'r> {
    schema_version: u32,
    tool: Tool,
    passed: bool,
    scenarios: Vec<Scenario<'r>>,
}

/// Everything that a report says of one.
#[derive(Serialize)]
struct Scenario<'r> {
    scenario: &'r str,
    seed: u64,
    /// What is taken for granted, and what is not simulated.
    remarks: Vec<Remark<'r>>,
    #[serde(flatten)]
    summary: Summary,
    told: Option<Run<'r>>,
}

/// Something that a reader of the figures has to know.
#[derive(Serialize)]
struct Remark<'r> {
    message: &'r str,
    help: &'r str,
    #[serde(flatten)]
    place: Option<Where>,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

/// The run that is told.
#[derive(Serialize)]
struct Run<'r> {
    /// From 0.
    run: u64,
    end_us: Tick,
    settled: bool,
    replay: &'r str,
    first_cause: Vec<Link>,
    /// Empty where that is what failed most often, too.
    most_costly: Vec<Link>,
    facts: Vec<Told>,
    timeline: Lines<'r>,
}

/// A step of the chain.
#[derive(Serialize)]
struct Link {
    at_us: Tick,
    words: String,
    #[serde(flatten)]
    place: Option<Where>,
}

/// Something that happened.
#[derive(Serialize)]
pub(super) struct Told {
    at_us: Tick,
    kind: &'static str,
    thing: &'static str,
    name: Option<String>,
    words: String,
    /// The place of its reason among the facts.
    because: Option<usize>,
    /// Whether it is marked on charts.
    mark: bool,
    #[serde(flatten)]
    place: Option<Where>,
}

pub(super) fn render(reports: &[Report<'_>]) -> String {
    to_json(&Document {
        schema_version: SCHEMA_VERSION,
        tool: Tool {
            name: "loadline",
            version: env!("CARGO_PKG_VERSION"),
        },
        passed: reports.iter().all(Report::passes),
        scenarios: reports
            .iter()
            .map(|report| scenario(report, None, usize::MAX))
            .collect(),
    })
}

/// One scenario on one line, with another timeline, and not more facts than so many.
pub(super) fn embedded(report: &Report<'_>, timeline: Option<&Timeline>, facts_max: usize) -> String {
    to_line(&scenario(report, timeline, facts_max))
}

fn scenario<'r>(report: &Report<'r>, timeline: Option<&'r Timeline>, facts_max: usize) -> Scenario<'r> {
    let remark = |own: &'r Refusal| Remark {
        message: &own.message,
        help: &own.help,
        place: Where::of(report, Some(own.place)),
    };
    Scenario {
        scenario: &report.study.scenario,
        seed: report.study.seed,
        remarks: report.study.remarks.iter().map(remark).collect(),
        summary: Summary::of(report),
        told: told(report, timeline, facts_max),
    }
}

fn told<'r>(report: &Report<'r>, timeline: Option<&'r Timeline>, facts_max: usize) -> Option<Run<'r>> {
    let (told, figures) = (report.told()?, report.told_figures()?);
    // Where there are too many, what happened to single instances is left out first.
    let all = &told.story.facts;
    let kept = |fact: &&Fact| all.len() <= facts_max || facts::is_mark(&fact.what);
    let links = |chain: Vec<Chapter>| chain.into_iter().map(|chapter| link(report, chapter)).collect();
    Some(Run {
        run: figures.run,
        end_us: figures.end,
        settled: figures.settled,
        replay: &told.replay,
        first_cause: links(chapters(report.study)),
        most_costly: links(costliest(report.study)),
        facts: all
            .iter()
            .filter(kept)
            .take(facts_max)
            .map(|fact| Told::of(report, fact))
            .collect(),
        timeline: Lines::of(timeline.unwrap_or(&told.story.timeline), &report.study.names),
    })
}

fn link(report: &Report<'_>, chapter: Chapter) -> Link {
    Link {
        at_us: chapter.at,
        words: chapter.words,
        place: Where::of(report, chapter.place),
    }
}

impl Told {
    pub(super) fn of(report: &Report<'_>, fact: &Fact) -> Self {
        let (thing, name) = about(&report.study.names, fact.subject);
        Self {
            at_us: fact.at,
            kind: facts::kind(&fact.what),
            thing,
            name,
            words: sentence(&report.study.names, fact),
            because: fact.because,
            mark: facts::is_mark(&fact.what),
            place: Where::of(report, fact.place),
        }
    }
}

/// What a fact is about, for programs; a call is `api/card-processor`.
fn about(names: &Names, subject: Subject) -> (&'static str, Option<String>) {
    let name = |names: &[String], index: usize| Some(super::words::name(names, index));
    match subject {
        Subject::Clients => ("clients", None),
        Subject::Service(index) => ("service", name(&names.services, index)),
        Subject::Store(index) => ("store", name(&names.stores, index)),
        Subject::Queue(index) => ("queue", name(&names.queues, index)),
        Subject::Node(index) => ("node", name(&names.nodes, index)),
        Subject::Call(service, call) => {
            let calls = names.calls.get(service).map_or(&[][..], Vec::as_slice);
            let (service, call) = (name(&names.services, service), name(calls, call));
            (
                "call",
                service.zip(call).map(|(service, call)| format!("{service}/{call}")),
            )
        }
    }
}
