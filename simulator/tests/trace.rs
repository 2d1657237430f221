//! The trace for Perfetto and Chrome, held against the rules of its format:
//! <https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU>. What is read there as "may be dropped" or "is
//! shown in the wrong place" is a mistake here.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test may panic"
)]
#![allow(missing_docs, unreachable_pub, reason = "a test has no interface")]

mod study;

use std::collections::{BTreeMap, BTreeSet};

use loadline_simulator::Tick;
use loadline_simulator::outcome::{Place, RolloutEnd, Study};
use loadline_simulator::report::{Located, Report, TraceFormat};
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

fn events(study: &Study) -> Vec<Value> {
    let trace = Report::new(study, &|_| None).trace(TraceFormat::Chrome).unwrap();
    let mut trace: Value = serde_json::from_str(&trace).unwrap();
    match trace["traceEvents"].take() {
        Value::Array(events) => events,
        other => vec![other],
    }
}

/// What is wrong with events, each in a sentence.
fn judged(events: &[Value]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut named: BTreeSet<(u64, Option<u64>)> = BTreeSet::new();
    for event in events.iter().filter(|event| event["ph"] == "M") {
        let pid = event["pid"].as_u64().unwrap_or(0);
        match event["name"].as_str() {
            Some("process_name") if event["args"]["name"].is_string() => named.insert((pid, None)),
            Some("thread_name") if event["args"]["name"].is_string() => named.insert((pid, event["tid"].as_u64())),
            Some("process_sort_index") if event["args"]["sort_index"].is_u64() => true,
            _ => {
                wrong.push(format!("no metadata: {event}"));
                false
            }
        };
    }
    let mut open: BTreeMap<(u64, u64), i64> = BTreeMap::new();
    let mut slices: BTreeMap<(u64, u64), Vec<(u64, u64)>> = BTreeMap::new();
    for event in events {
        let (pid, tid, ts) = (event["pid"].as_u64(), event["tid"].as_u64(), event["ts"].as_u64());
        let (Some(pid), Some(tid), Some(ts), Some(_)) = (pid, tid, ts, event["name"].as_str()) else {
            wrong.push(format!("without pid, tid, ts or name: {event}"));
            continue;
        };
        let place = (pid, tid);
        let ph = event["ph"].as_str().unwrap_or_default();
        match ph {
            "M" => {}
            "X" => match event["dur"].as_u64() {
                Some(dur) => slices.entry(place).or_default().push((ts, ts + dur)),
                None => wrong.push(format!("a slice without a length: {event}")),
            },
            "B" => *open.entry(place).or_default() += 1,
            "E" => *open.entry(place).or_default() -= 1,
            "i" if matches!(event["s"].as_str(), Some("g" | "p" | "t")) => {}
            "C" => {
                let values = event["args"].as_object().map(|args| args.values().collect::<Vec<_>>());
                if values.is_none_or(|values| values.is_empty() || !values.iter().all(|value| value.is_number())) {
                    wrong.push(format!("a counter without numbers: {event}"));
                }
            }
            _ => wrong.push(format!("no such event: {event}")),
        }
        if !named.contains(&(pid, None)) {
            wrong.push(format!("process {pid} has no name"));
        }
        if matches!(ph, "X" | "B" | "i") && !named.contains(&(pid, Some(tid))) {
            wrong.push(format!("thread {tid} of process {pid} has no name"));
        }
    }
    wrong.extend(
        open.iter()
            .filter(|(_, open)| **open != 0)
            .map(|(place, _)| format!("{place:?} is not closed")),
    );
    for (place, of_thread) in &mut slices {
        of_thread.sort_by_key(|(begin, end)| (*begin, u64::MAX - end));
        let mut around: Vec<u64> = Vec::new();
        for (begin, end) in of_thread.iter().copied() {
            around.retain(|outer| begin < *outer);
            if around.last().is_some_and(|outer| *outer < end) {
                wrong.push(format!("slices of {place:?} overlap at {begin}"));
            }
            around.push(end);
        }
    }
    wrong
}

/// One rollout takes the place of another before it is done, and one of them is never drained.
fn superseded() -> Study {
    let mut study = study::bad_deploy();
    let told = study.told.as_ref().unwrap().run;
    let rollouts = &mut study.runs[told].rollouts;
    rollouts[0].end = RolloutEnd::Superseded;
    rollouts[0].complete = None;
    rollouts[0].drained = Some(Tick::at(rollouts[1].began.micros() + 1));
    study
}

#[test]
fn it_keeps_to_the_format() {
    for study in [study::bad_deploy(), superseded()] {
        assert_eq!(judged(&events(&study)), Vec::<String>::new());
    }
}

#[test]
fn what_breaks_the_format_is_found() {
    let good = events(&study::bad_deploy());
    let broken = |change: &dyn Fn(&mut Vec<Value>)| {
        let mut events = good.clone();
        change(&mut events);
        assert_ne!(judged(&events), Vec::<String>::new());
    };
    let first = |kind: &str| good.iter().position(|event| event["ph"] == kind).unwrap();
    let (slice, counter, instant) = (first("X"), first("C"), first("i"));
    broken(&|events| events.retain(|event| event["name"] != "process_name"));
    broken(&|events| events.retain(|event| event["name"] != "thread_name"));
    broken(&|events| events[slice]["dur"] = Value::from(271_000_000_u64));
    broken(&|events| events[slice]["ph"] = Value::from("B"));
    broken(&|events| events[counter]["args"]["arrived"] = Value::from("many"));
    broken(&|events| events[instant]["s"] = Value::from("everywhere"));
    broken(&|events| events[instant]["ts"] = Value::from(-1));
}

#[test]
fn a_trace_begins_like_this() {
    let study = study::bad_deploy();
    let report = Report::new(&study, &locate);
    let lines = report.trace(TraceFormat::Lines).unwrap();
    let times = lines.lines().map(|line| {
        let line: Value = serde_json::from_str(line).unwrap();
        line["at_us"].as_u64().unwrap_or(0)
    });
    assert!(times.is_sorted(), "not in the order of time");
    // A run, 14 facts, and 420 steps of clients, two services, two datastores, a queue.
    assert_eq!(lines.lines().count(), 1 + 14 + 420 * 6);
    let first: Vec<&str> = lines.lines().take(10).collect();
    insta::assert_snapshot!(first.join("\n"));
    assert_eq!(Report::new(&study::quiet(), &locate).trace(TraceFormat::Lines), None);
}

/// The format: https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
#[test]
fn a_trace_for_chrome_has_slices_counters_and_instants() {
    let study = study::bad_deploy();
    let trace = Report::new(&study, &locate).trace(TraceFormat::Chrome).unwrap();
    let trace: Value = serde_json::from_str(&trace).unwrap();
    let events = trace["traceEvents"].as_array().unwrap();
    let of = |kind: &str| events.iter().filter(|event| event["ph"] == kind).collect::<Vec<_>>();
    let names = of("M").into_iter().filter(|event| event["name"] == "process_name");
    let names: Vec<&str> = names.map(|event| event["args"]["name"].as_str().unwrap()).collect();
    let all = [
        "clients",
        "api",
        "mailer",
        "orders-db",
        "card-processor",
        "paid-orders",
        "prod-1",
        "prod-2",
    ];
    assert_eq!(names, all);
    let rollouts = of("X");
    assert_eq!(rollouts.len(), 2);
    assert_eq!(
        (&rollouts[0]["name"], &rollouts[0]["ts"]),
        (&"rollout to 2.2".into(), &30_000_000.into())
    );
    assert_eq!(of("i").len(), 14);
    let database = of("C")
        .into_iter()
        .find(|event| event["pid"] == 4 && event["ts"] == 46_000_000);
    let database = database.unwrap();
    assert_eq!(
        (&database["name"], &database["args"]["connections"]),
        (&"connections".into(), &270.into())
    );
    for event in events.iter().filter(|event| event["ph"] != "M") {
        assert!(
            event["ts"].is_u64() && event["pid"].is_u64() && event["name"].is_string(),
            "{event}"
        );
    }
}

#[test]
fn a_trace_is_what_its_name_says() {
    for (name, format) in [
        ("run.jsonl", TraceFormat::Lines),
        ("run.ndjson", TraceFormat::Lines),
        ("run.json", TraceFormat::Chrome),
        ("run", TraceFormat::Chrome),
    ] {
        assert_eq!(TraceFormat::of_file(name), format);
    }
}
