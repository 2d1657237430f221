//! Recordings that miss something which a watch may miss, or that stop early.

use super::mutants::RECORDINGS;
use super::{Recording, conform};

fn recording(name: &str) -> &'static str {
    RECORDINGS.iter().find(|(other, _)| *other == name).unwrap().1
}

#[track_caller]
fn agrees(text: &str) {
    let verdict = conform(&Recording::read(text).unwrap());
    assert_eq!(verdict.disagreements, []);
}

/// Without the lines in which pods are Pending.
#[test]
fn a_pod_that_was_not_seen_pending_was_created_before() {
    for name in ["1.32/r3-default", "1.36/r10-default-jitter8", "1.32/r10-recreate-mrs2"] {
        let lines = recording(name).lines();
        let seen = lines.filter(|line| !(line.contains("\"Pending\"") && line.contains("\"new\"")));
        agrees(&seen.collect::<Vec<_>>().join("\n"));
    }
}

/// A bad deploy that was recorded for so many seconds: what would come later is not asked for.
fn stalled(seconds: f64) -> String {
    let lines = recording("1.32/r10-bad-deploy-then-undo").lines();
    let time = |line: &&str| -> Option<f64> {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        line["t"].as_f64()
    };
    let mut kept: Vec<String> = lines
        .filter(|line| time(line).is_none_or(|at| at < seconds) && !line.contains("\"undo ("))
        .map(str::to_owned)
        .collect();
    let summary = kept.last_mut().unwrap();
    let mut fields: serde_json::Value = serde_json::from_str(summary).unwrap();
    fields["complete_s"] = serde_json::Value::Null;
    fields["drained_s"] = serde_json::Value::Null;
    *summary = fields.to_string();
    kept.join("\n")
}

#[test]
fn what_never_completes_is_judged_as_far_as_it_was_recorded() {
    // Until the undo, long after the deadline of 12 s; and before that was over.
    let undo = recording("1.32/r10-bad-deploy-then-undo")
        .lines()
        .find(|line| line.contains("\"undo ("))
        .unwrap();
    let undo: serde_json::Value = serde_json::from_str(undo).unwrap();
    agrees(&stalled(undo["t"].as_f64().unwrap()));
    agrees(&stalled(8.0));
}

/// Read as it is, whatever ends a line, and with lines that hold nothing.
#[test]
fn line_ends_do_not_matter() {
    agrees(&recording("1.36/r4-default").replace('\n', "\r\n\r\n"));
}
