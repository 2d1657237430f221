//! The recordings agree, and wrong control planes are told from the right one.

use super::{Recording, Rules, Verdict, conform, judged};
use crate::rollout::{Deployment, MinReadyLaw, Plan, Set, Strategy, sync};

macro_rules! recordings {
    ($($name:literal)*) => {
        [$(($name, include_str!(concat!("../../../tests/recordings/", $name, ".jsonl")))),*]
    };
}

pub(super) const RECORDINGS: [(&str, &str); 38] = recordings!(
    "1.20/r2-s0-u1-jitter3"
    "1.20/r5-recreate-undo-early"
    "1.20/r5-s100pct-u100pct"
    "1.20/r6-bad-scale-undo"
    "1.20/r6-deadline-recovers"
    "1.20/r6-default-mrs3-jitter4"
    "1.20/r6-pause-undo-resume"
    "1.20/r6-recreate-pause"
    "1.20/r8-recreate-scale-mid"
    "1.20/r10-pause-scale-resume"
    "1.20/r10-scale-to-0-mid"
    "1.20/r10-undo-at-rest"
    "1.20/r10-undo-mid"
    "1.20/r12-scale-to-4-rest"
    "1.20/r15-mrs5-jitter10"
    "1.20/r18-s20pct-u20pct-mrs3-jitter5"
    "1.20/r20-s100pct-scale15-mid"
    "1.20/r30-default"
    "1.32/r1-s0-u1"
    "1.32/r3-default"
    "1.32/r3-s1-u0-slowterm"
    "1.32/r10-default-mrs5"
    "1.32/r10-default-jitter8-mrs5"
    "1.32/r10-s1-u0-mrs3"
    "1.32/r10-recreate-mrs2"
    "1.32/r10-bad-deploy-then-undo"
    "1.32/r100-default"
    "1.36/r4-default"
    "1.36/r10-default"
    "1.36/r10-default-jitter8"
    "1.36/r10-default-jitter8-mrs5"
    "1.36/r10-default-mrs5"
    "1.36/r10-default-gracekill"
    "1.36/r10-s0-u1"
    "1.36/r10-s0-u100pct"
    "1.36/r10-s100pct-u0"
    "1.36/r10-scale-to-20-mid"
    "1.36/r10-pause-resume"
);

#[test]
fn every_recording_agrees() {
    for (name, text) in RECORDINGS {
        let Verdict { disagreements, .. } = conform(&Recording::read(text).unwrap());
        assert_eq!(disagreements, [], "{name}");
    }
}

/// The recordings by which a wrong control plane is found out.
fn found_out(rules: &Rules) -> Vec<&'static str> {
    let differs = |text: &str| !judged(&Recording::read(text).unwrap(), rules).disagreements.is_empty();
    let found = RECORDINGS.iter().filter(|(_, text)| differs(text));
    found.map(|(name, _)| *name).collect()
}

/// Each of these tells this mutant from the real thing.
#[track_caller]
fn is_found_out_by(rules: &Rules, expected: &[&str]) {
    let found = found_out(rules);
    for name in expected {
        assert!(found.contains(name), "{name} agrees; those that do not: {found:?}");
    }
}

const RIGHT: Rules = Rules::KUBERNETES;

#[test]
fn shrinking_before_growing_is_found_out() {
    fn decide(deployment: &Deployment, sets: &[Set], plan: &mut Plan) {
        plan.begin(sets);
        let before = plan.total();
        if sets.get(deployment.template).is_some_and(|set| !set.exists) {
            plan.write(deployment.template, 0);
        }
        crate::rollout::shrink(deployment, sets, plan);
        if plan.total() == before {
            crate::rollout::grow(deployment, plan);
        }
    }
    is_found_out_by(&Rules { decide, ..RIGHT }, &["1.36/r10-default-jitter8"]);
}

#[test]
fn surge_rounded_down_is_found_out() {
    fn written(mut deployment: Deployment) -> Deployment {
        if let Strategy::Rolling { surge, .. } = &mut deployment.strategy {
            let down = surge.floor_of(deployment.replicas);
            *surge = loadline_compiler::quantity::Share::Count(down);
        }
        deployment
    }
    is_found_out_by(&Rules { written, ..RIGHT }, &["1.32/r3-default", "1.36/r10-default"]);
}

#[test]
fn terminating_pods_counted_in_the_surge_are_found_out() {
    fn decide(deployment: &Deployment, sets: &[Set], plan: &mut Plan) {
        sync(deployment, sets, plan);
        let terminating: u64 = sets.iter().map(|set| set.status.terminating).sum();
        let new = sets.get(deployment.template).map_or(0, |set| set.spec);
        let wanted = plan.spec(deployment.template);
        if new < wanted && terminating != 0 {
            plan.write(deployment.template, wanted.saturating_sub(terminating).max(new));
        }
    }
    let found = ["1.32/r3-s1-u0-slowterm", "1.36/r10-default-gracekill"];
    is_found_out_by(&Rules { decide, ..RIGHT }, &found);
}

#[test]
fn the_other_versions_min_ready_is_found_out() {
    fn law(major: u64, minor: u64) -> MinReadyLaw {
        match MinReadyLaw::of(major, minor) {
            MinReadyLaw::OneDelayedSync => MinReadyLaw::EachPod,
            MinReadyLaw::EachPod => MinReadyLaw::OneDelayedSync,
        }
    }
    let found = ["1.32/r10-default-jitter8-mrs5", "1.36/r10-default-jitter8-mrs5"];
    is_found_out_by(&Rules { law, ..RIGHT }, &found);
}

#[test]
fn growing_by_one_is_found_out() {
    fn decide(deployment: &Deployment, sets: &[Set], plan: &mut Plan) {
        sync(deployment, sets, plan);
        let Some(new) = sets.get(deployment.template).filter(|set| set.exists) else {
            return;
        };
        let wanted = plan.spec(deployment.template);
        if new.spec + 1 < wanted {
            plan.write(deployment.template, new.spec + 1);
        }
    }
    is_found_out_by(&Rules { decide, ..RIGHT }, &["1.36/r10-default-jitter8"]);
}

#[test]
fn a_pause_that_freezes_is_found_out() {
    fn decide(deployment: &Deployment, sets: &[Set], plan: &mut Plan) {
        if deployment.paused {
            plan.begin(sets);
        } else {
            sync(deployment, sets, plan);
        }
    }
    let found = [
        "1.20/r6-recreate-pause",
        "1.20/r10-pause-scale-resume",
        "1.36/r10-pause-resume",
    ];
    is_found_out_by(&Rules { decide, ..RIGHT }, &found);
}

#[test]
fn scaling_the_new_set_alone_is_found_out() {
    fn decide(deployment: &Deployment, sets: &[Set], plan: &mut Plan) {
        sync(deployment, sets, plan);
        if deployment.is_scaled(sets) && 1 < sets.iter().filter(|set| set.active()).count() {
            plan.begin(sets);
            let others = plan.total().saturating_sub(plan.spec(deployment.template));
            plan.write(deployment.template, deployment.most().saturating_sub(others));
            for index in (0..sets.len()).filter(|index| *index != deployment.template) {
                plan.write(index, plan.spec(index));
            }
        }
    }
    let found = ["1.20/r10-pause-scale-resume", "1.36/r10-scale-to-20-mid"];
    is_found_out_by(&Rules { decide, ..RIGHT }, &found);
}

#[test]
fn recreating_only_when_nothing_terminates_is_found_out() {
    fn decide(deployment: &Deployment, sets: &[Set], plan: &mut Plan) {
        sync(deployment, sets, plan);
        if deployment.strategy == Strategy::Recreate && sets.iter().any(|set| set.status.replicas < set.pods) {
            plan.begin(sets);
        }
    }
    is_found_out_by(&Rules { decide, ..RIGHT }, &["1.20/r5-recreate-undo-early"]);
}

/// What is wrong with a recording is said with its line.
#[test]
fn what_is_not_known_is_refused_with_its_line() {
    let good = RECORDINGS
        .iter()
        .find(|(name, _)| *name == "1.32/r3-default")
        .unwrap()
        .1;
    let lines: Vec<&str> = good.lines().collect();
    let act = lines.iter().position(|line| line.contains("\"act\"")).unwrap();
    let set = lines.iter().position(|line| line.contains("\"rs\"")).unwrap();
    let rows: [(usize, String, &str); 10] = [
        (
            act,
            lines[act].replace("patched template", "drained a node"),
            "the act \"drained a node\"",
        ),
        (
            set,
            lines[set].replace("\"new\"", "\"newer\""),
            "unknown variant `newer`",
        ),
        (
            set,
            lines[set].replace("\"spec\"", "\"specs\""),
            "unknown field `specs`",
        ),
        (
            set,
            lines[set].replace("\"rs\"", "\"sts\""),
            "a line `sts` is not known",
        ),
        (
            0,
            lines[0].replace("\"25%\"", "\"a quarter\""),
            "neither a number nor a percentage",
        ),
        (
            0,
            lines[0].replace("\"grace\": 30", "\"grace\": 30, \"qps\": 200"),
            "unknown field `qps`",
        ),
        (act + 1, lines[act].to_owned(), "a further \"patched template\""),
        (
            act + 1,
            lines[act].replace("patched template", "scale1000000000"),
            "at most 10000 are replayed",
        ),
        (
            0,
            lines[0].replace("\"replicas\": 3", "\"replicas\": 3000000000"),
            "at most 10000 are replayed",
        ),
        (lines.len() - 1, String::new(), "no line `summary`"),
    ];
    for (at, line, what) in rows {
        let mut changed = lines.clone();
        changed[at] = &line;
        let refused = Recording::read(&changed.join("\n")).unwrap_err();
        // An empty line at the end is none.
        assert_eq!(
            refused.line,
            (at + 1).min(lines.len() - usize::from(line.is_empty())),
            "{what}"
        );
        assert!(refused.what.contains(what), "{}", refused.what);
    }
    assert_eq!(Recording::read("").unwrap_err().what, "no line `case`");
}
