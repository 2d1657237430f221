//! Studies, shown in every format.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test may panic"
)]
#![allow(missing_docs, unreachable_pub, reason = "a test has no interface")]

mod study;

use loadline_simulator::outcome::{Cause, Fact, FactKind, Killed, Measurement, Place, Study, Subject};
use loadline_simulator::report::{Located, Report, Style, chapters, costliest, json};
use loadline_simulator::{Span, Tick};
use serde_json::Value;

/// As a spec would be: the place says the line.
fn locate(place: Place) -> Option<Located> {
    Some(Located::File {
        file: "shop/loadline.load".to_owned(),
        line: place.start as usize,
        column: 3,
        excerpt: format!("the text of line {}", place.start),
    })
}

const PLAIN: Style = Style {
    color: false,
    width: 100,
};

#[test]
fn a_study_is_one_that_could_be() {
    let study = study::bad_deploy();
    for run in &study.runs {
        for service in &run.services {
            assert_eq!(service.requests.in_flight(), 0);
        }
        for store in &run.stores {
            let held: u64 = store.peak.holders.iter().map(|holder| holder.connections.live()).sum();
            assert_eq!(held, store.peak.connections);
        }
    }
    let timeline = &study.told.as_ref().unwrap().story.timeline;
    for line in &timeline.stores {
        for (step, connections) in line.connections.iter().enumerate() {
            let held: u32 = line.holders.iter().map(|(_, counts)| counts[step]).sum();
            assert_eq!(held, *connections, "step {step}");
        }
    }
}

#[test]
fn on_a_terminal() {
    let study = study::bad_deploy();
    insta::assert_snapshot!(Report::new(&study, &locate).text(PLAIN));
}

#[test]
fn one_quiet_run_on_a_terminal() {
    let study = study::quiet();
    insta::assert_snapshot!(Report::new(&study, &locate).text(PLAIN));
}

#[test]
fn in_a_pull_request() {
    let study = study::bad_deploy();
    insta::assert_snapshot!(Report::new(&study, &locate).markdown());
}

/// Colours say nothing that the words do not.
#[test]
fn colours_are_all_that_colours_add() {
    let study = study::bad_deploy();
    let report = Report::new(&study, &locate);
    let mut colored = report.text(Style { color: true, ..PLAIN });
    assert!(colored.contains("\u{1b}[31m✗\u{1b}[0m"));
    for code in ["1", "2", "31", "32", "0"] {
        colored = colored.replace(&format!("\u{1b}[{code}m"), "");
    }
    assert_eq!(colored, report.text(PLAIN));
}

#[test]
fn a_narrow_terminal_is_not_overflowed_by_sentences() {
    let study = study::bad_deploy();
    let text = Report::new(&study, &locate).text(Style { width: 60, ..PLAIN });
    let chain = text.split("\n\n").nth(1).unwrap();
    assert!(chain.starts_with("What broke first"));
    assert!(chain.lines().all(|line| line.chars().count() <= 60), "{chain}");
}

/// Every kind of fact, about each thing that it can happen to, and every cause.
#[test]
fn everything_that_can_happen_has_its_words() {
    let mut study = study::bad_deploy();
    let service = Subject::Service(0);
    let mut all: Vec<(Subject, FactKind)> = vec![
        (Subject::Clients, FactKind::Event("traffic api 800/s".to_owned())),
        (service, FactKind::RolloutBegan(1)),
        (service, FactKind::TrafficSplit(100_000)),
        (service, FactKind::RolloutComplete),
        (service, FactKind::RolloutStuck),
        (
            service,
            FactKind::RolloutAborted("errors 5.1%, more than 2%".to_owned()),
        ),
        (service, FactKind::Scaled { from: 10, to: 1 }),
        (service, FactKind::InstanceReady),
        (service, FactKind::InstanceUnready),
        (service, FactKind::InstanceStopping),
        (service, FactKind::InstancePending),
        (
            Subject::Node(0),
            FactKind::DrainWaits {
                service: 0,
                ready: 2,
                needed: 2,
            },
        ),
        (Subject::Node(0), FactKind::DrainUnended { left: 1, refused: 12 }),
        (
            Subject::Queue(0),
            FactKind::QueueGrows {
                left: 1_270,
                worker: Some(1),
            },
        ),
        (service, FactKind::NoneReady),
        (
            service,
            FactKind::IdleRace {
                kept: Span::from_micros(5_000_000),
                used: Span::from_micros(60_000_000),
            },
        ),
        (service, FactKind::MessageFailed(Cause::Error)),
        (
            Subject::Store(0),
            FactKind::StoreFull {
                limit: 1_270,
                holders: Vec::new(),
                changes: 1,
            },
        ),
        (Subject::Store(0), FactKind::StoreDown),
        (Subject::Store(0), FactKind::StoreBack),
        (service, FactKind::PoolExhausted { store: 0, size: 1 }),
        (Subject::Store(0), FactKind::StepBegan(0)),
        (
            Subject::Store(0),
            FactKind::LockAwaited {
                step: 0,
                lock: "ACCESS EXCLUSIVE".to_owned(),
                table: "users".to_owned(),
                holders: 3,
            },
        ),
        (
            Subject::Store(0),
            FactKind::LockTaken {
                step: 0,
                lock: "ACCESS EXCLUSIVE".to_owned(),
                table: "users".to_owned(),
                waited: Span::from_micros(8_500_000),
            },
        ),
        (
            Subject::Store(0),
            FactKind::RequestsWait {
                step: 0,
                table: "users".to_owned(),
            },
        ),
        (service, FactKind::Outdated { revision: 0, step: 0 }),
        (Subject::Store(0), FactKind::StepEnded(0)),
        (
            Subject::Store(0),
            FactKind::StepFailed {
                step: 0,
                why: "the database went away".to_owned(),
                again: Some(Span::from_micros(10_000_000)),
            },
        ),
        (
            Subject::Store(0),
            FactKind::StepFailed {
                step: 0,
                why: "the database went away".to_owned(),
                again: None,
            },
        ),
        (Subject::Call(0, 0), FactKind::BreakerOpened),
        (Subject::Call(0, 0), FactKind::BreakerClosed),
        (Subject::Call(0, 0), FactKind::BudgetSpent),
        (Subject::Node(1), FactKind::Overloaded),
        (Subject::Queue(0), FactKind::QueueFull),
        (service, FactKind::SessionsEnded { users: 1_210 }),
        (service, FactKind::SessionsEmptied { store: 0, users: 1 }),
        (service, FactKind::SessionElsewhere),
        (Subject::Clients, FactKind::FirstFailure(Cause::NoEndpoint)),
    ];
    all.extend(Killed::ALL.map(|by| (service, FactKind::InstanceKilled(by))));
    all.extend(Cause::ALL.map(|cause| (service, FactKind::FirstFailure(cause))));
    let told = study.told.as_mut().unwrap();
    told.story.chain = (0..all.len()).collect();
    told.story.facts = all
        .into_iter()
        .map(|(subject, what)| Fact {
            instance: None,
            at: Tick::START,
            subject,
            what,
            because: None,
            place: None,
        })
        .collect();
    let words: Vec<String> = chapters(&study).into_iter().map(|chapter| chapter.words).collect();
    insta::assert_snapshot!(words.join("\n"));
    // A program is told the same kind as by the study itself.
    let document: Value = serde_json::from_str(&json(&[Report::new(&study, &|_| None)])).unwrap();
    let document = &document["scenarios"][0];
    for (fact, shown) in study
        .told
        .as_ref()
        .unwrap()
        .story
        .facts
        .iter()
        .zip(document["told"]["facts"].as_array().unwrap())
    {
        let own = serde_json::to_value(&fact.what).unwrap();
        let own = own
            .as_str()
            .map(str::to_owned)
            .unwrap_or_else(|| own.as_object().unwrap().keys().next().unwrap().clone());
        assert_eq!(shown["kind"], own);
    }
}

#[test]
fn the_document_holds_the_figures_of_the_study() {
    let study = study::bad_deploy();
    let quiet = study::quiet();
    let reports = [&study, &quiet].map(|study| Report::new(study, &locate));
    let document: Value = serde_json::from_str(&json(&reports)).unwrap();
    assert_eq!(document["passed"], false);
    assert_eq!(document["scenarios"][1]["scenario"], "quiet");
    let document = &document["scenarios"][0];
    let told = &study.runs[2];
    let api = &document["services"][0];
    assert_eq!(api["requests"]["arrived"]["told"], told.services[0].requests.arrived);
    assert_eq!(document["stores"][0]["peak"]["told"], told.stores[0].peak.connections);
    assert_eq!(document["stores"][0]["holders"][0]["service"], "api");
    let availability = study.runs.iter().map(|run| run.clients.availability().unwrap());
    let mut availability: Vec<u64> = availability.collect();
    availability.sort_unstable();
    let spread = &document["clients"]["requests"]["availability_ppm"];
    assert_eq!(
        [&spread["p5"], &spread["median"], &spread["p95"]].map(|value| value.as_u64().unwrap()),
        availability[..]
    );
    let line = &document["told"]["timeline"]["services"][0];
    let sum = |values: &Value| {
        values
            .as_array()
            .unwrap()
            .iter()
            .map(|value| value.as_u64().unwrap())
            .sum::<u64>()
    };
    assert_eq!(sum(&line["arrived"]), told.services[0].requests.arrived);
    let failed: u64 = line["causes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|own| sum(&own["requests"]))
        .sum();
    assert_eq!(failed + sum(&line["succeeded"]), sum(&line["arrived"]));
}

/// A study of a large system, as long as a run is: 60 services for an hour.
fn large() -> Study {
    let mut study = study::bad_deploy();
    let told = study.told.as_mut().unwrap();
    let line = told.story.timeline.services[0].clone();
    let stretch = |values: &[u32]| values.iter().copied().cycle().take(3_600).collect::<Vec<_>>();
    let times = |values: &[Option<Span>]| values.iter().copied().cycle().take(3_600).collect::<Vec<_>>();
    let mut long = line.clone();
    for counts in [
        &mut long.starting,
        &mut long.ready,
        &mut long.terminating,
        &mut long.arrived,
        &mut long.succeeded,
    ] {
        *counts = stretch(counts);
    }
    for (_, counts) in &mut long.causes {
        *counts = stretch(counts);
    }
    for latency in [&mut long.p50, &mut long.p95, &mut long.p99] {
        *latency = times(latency);
    }
    let figures = study.runs[0].services[0].clone();
    study.names.services = (0..60).map(|number| format!("service-{number}")).collect();
    for run in &mut study.runs {
        run.services = vec![figures.clone(); 60];
    }
    told.story.timeline.clients = long.clone();
    told.story.timeline.services = vec![long; 60];
    told.story.facts = told.story.facts.iter().cycle().take(50_000).cloned().collect();
    study
}

#[test]
fn a_page_has_a_size() {
    let study = large();
    let page = Report::new(&study, &locate).html();
    assert!(page.len() < 5_000_000, "{} bytes", page.len());
    assert!(
        1_000_000 < page.len(),
        "{} bytes: the page of a small system proves nothing",
        page.len()
    );
}

/// Texts of a spec and names of files cannot become part of the page, nor end its data.
#[test]
fn texts_stay_texts_in_a_page() {
    let evil = "</script><script>alert(1)</script><!--<img src=x onerror=alert(2)>\" ' &amp; `";
    let mut study = study::bad_deploy();
    study.expectations[0].text = evil.to_owned();
    study.scenario = evil.to_owned();
    let told = study.told.as_mut().unwrap();
    told.replay = evil.to_owned();
    told.story.facts[1].what = FactKind::Event(evil.to_owned());
    let elsewhere = |place: Place| {
        let at = (place.start as usize, evil.to_owned());
        Some(match at {
            (at, file) if at % 2 == 0 => Located::File {
                file,
                line: at,
                column: 1,
                excerpt: evil.to_owned(),
            },
            (_, argument) => Located::Argument(argument),
        })
    };
    let page = Report::new(&study, &elsewhere).html();
    let plain = Report::new(&study::bad_deploy(), &locate).html();
    let tags = |page: &str, tag: &str| page.matches(tag).count();
    for tag in ["<script", "</script", "<!--", "<img"] {
        assert_eq!(tags(&page, tag), tags(&plain, tag), "{tag}");
    }
    assert!(page.contains("&lt;img src=x onerror=alert(2)&gt;&quot; &#39; &amp;amp;"));
}

#[test]
fn nothing_is_fetched_by_a_page() {
    let page = Report::new(&study::bad_deploy(), &locate).html();
    let body = page.replace("https://github.com/leeoniya/uPlot", "");
    for fetches in ["http://", "https://", "src=\"", "@import", "url("] {
        assert!(!body.contains(fetches), "{fetches}");
    }
}

/// What fails first need not be what fails most.
#[test]
fn what_cost_most_is_told_where_it_is_something_else() {
    let mut study = study::bad_deploy();
    assert_eq!(costliest(&study), []);
    // The chain of a run in which the errors of the new revision came first.
    study.told.as_mut().unwrap().story.chain = vec![1, 3];
    let words: Vec<String> = costliest(&study).into_iter().map(|chapter| chapter.words).collect();
    let last = words.last().unwrap();
    assert_eq!(last, "the first request to `api` fails: datastore full (14,080 in all)");
    assert_eq!(
        words[0],
        "the scenario says `rollout api { to 2.2; errors 5%; slower 50% }`"
    );
    assert_eq!(words.len(), 4);
    let report = Report::new(&study, &locate);
    for shown in [report.text(PLAIN), report.markdown(), report.html()] {
        assert!(shown.contains("What cost most"));
    }
}

/// A rollout that never ended has no length: no number stands for it, and every format says so.
#[test]
fn what_never_ended_is_said() {
    let mut study = study::bad_deploy();
    let judged = &mut study.expectations[0];
    judged.text = "duration api <= 5m".to_owned();
    judged.bound = Measurement::Micros(300_000_000);
    judged.values = vec![
        Some(Measurement::Micros(80_000_000)),
        Some(Measurement::UNFINISHED),
        Some(Measurement::UNFINISHED),
    ];
    judged.worst = Some(Measurement::UNFINISHED);
    judged.margin = Some(300_000_000 - i64::MAX);
    (judged.held, judged.runs_held) = (false, 1);
    let report = Report::new(&study, &locate);
    let said = "in 2 of 3 runs it never completed";
    for text in [report.text(PLAIN), report.markdown(), report.html()] {
        assert!(text.contains(said), "{text}");
        assert!(!text.contains("18446744073709551615"));
    }
    let document: Value = serde_json::from_str(&json(&[report])).unwrap();
    let of = &document["scenarios"][0]["expectations"][0];
    assert_eq!((&of["worst"], &of["margin"]), (&Value::Null, &Value::Null));
    assert_eq!(
        (of["runs_unfinished"].as_u64(), of["values"].as_array().unwrap().len()),
        (Some(2), 3)
    );
}
