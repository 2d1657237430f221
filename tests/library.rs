//! The scenarios of `examples/scenarios`: each shows in its expectations what goes wrong, and in the environment `cured` what
//! helps. They are run, and the rules that would have said it are those that their pages name.

use std::fs;

use crate::harness::{are_formatted, root, run_in};

/// Each with the rules that find it before anything runs.
const LIBRARY: &[(&str, &[&str])] = &[
    ("autoscaler-outgrows-pool", &["pool-overcommit"]),
    ("bad-deploy-canary", &[]),
    ("bad-deploy-rolling", &[]),
    ("blue-green-without-capacity", &["surge-unplaceable"]),
    ("boot-slower-than-liveness", &["startup-shorter-than-boot"]),
    ("database-failover-during-rollout", &[]),
    ("destructive-migration-mid-rollout", &["contract-before-last-use"]),
    ("drain-shorter-than-requests", &["drain-shorter-than-longest-request"]),
    ("keep-alive-race", &["keepalive-shorter-than-proxy-idle"]),
    ("liveness-checks-database", &["liveness-checks-dependency"]),
    ("migration-waits-for-lock", &["no-lock-timeout"]),
    ("node-drain-against-budget", &["disruption-budget-blocks-drain"]),
    ("pm2-reload-never-listens", &["reload-not-gated"]),
    ("queue-backlog", &["queue-without-dead-letter"]),
    ("readiness-flaps", &[]),
    ("retry-storm", &["retry-amplification", "retry-without-budget"]),
    ("scale-outgrows-pool", &["pool-overcommit"]),
    ("sessions-in-memory", &["sessions-in-memory"]),
    ("thundering-herd", &["retry-without-budget"]),
];

fn project(name: &str) -> String {
    format!("examples/scenarios/{name}")
}

fn spec(name: &str) -> String {
    fs::read_to_string(root().join(project(name)).join("loadline.load")).unwrap()
}

#[test]
fn none_is_missing_here() {
    let mut folders: Vec<String> = fs::read_dir(root().join("examples/scenarios"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    folders.sort();
    let names: Vec<&str> = LIBRARY.iter().map(|(name, _)| *name).collect();
    assert_eq!(folders, names);
    are_formatted(&names.iter().map(|name| project(name)).collect::<Vec<_>>());
}

#[test]
fn each_shows_what_it_says() {
    // Each is a process of its own, and most of the time they wait for nothing but a processor.
    let answers: Vec<Answer> = std::thread::scope(|scope| {
        let running: Vec<_> = LIBRARY.iter().map(|(name, _)| scope.spawn(|| answers(name))).collect();
        let ended = running.into_iter();
        ended
            .flat_map(|thread| thread.join().expect("a run is started"))
            .collect()
    });
    let wrong: Vec<&str> = answers
        .iter()
        .filter(|answer| !answer.holds)
        .map(|answer| answer.text.as_str())
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.concat());
    let documents: Vec<&str> = answers.iter().map(|answer| answer.text.as_str()).collect();
    crate::simulation::follow_the_schema(&documents);
    // What each says of itself: the chains from what began it to what it cost.
    let chains: Vec<String> = answers.iter().map(chains).collect();
    insta::assert_snapshot!(chains.concat());
}

/// What a scenario, or its cure, says of itself.
struct Answer {
    title: String,
    holds: bool,
    text: String,
}

fn answers(name: &str) -> Vec<Answer> {
    let is_cured = spec(name).contains("environment cured");
    let environments = ["base"].into_iter().chain(is_cured.then_some("cured"));
    let runs = environments.map(|environment| {
        let project = project(name);
        let arguments = [
            "simulate",
            "--project",
            &project,
            "--env",
            environment,
            "--format",
            "json",
        ];
        let run = run_in(&root(), &arguments, "");
        Answer {
            title: format!("{name} in {environment}"),
            holds: run.code == 0,
            text: if run.code == 0 { run.stdout } else { run.shown() },
        }
    });
    runs.collect()
}

fn chains(answer: &Answer) -> String {
    let document: serde_json::Value = serde_json::from_str(&answer.text).unwrap();
    let mut out = String::new();
    for scenario in document["scenarios"].as_array().unwrap() {
        out.push_str(&format!(
            "{}, {}\n",
            answer.title,
            scenario["scenario"].as_str().unwrap()
        ));
        for (chain, title) in [("first_cause", "first"), ("most_costly", "most")] {
            for link in scenario["told"][chain].as_array().unwrap() {
                let seconds = link["at_us"].as_u64().unwrap() / 1_000_000;
                let words = link["words"].as_str().unwrap();
                let excerpt = link["excerpt"].as_str().unwrap_or("-");
                out.push_str(&format!("  {title} {seconds}s: {words} [{excerpt}]\n"));
            }
        }
    }
    out
}

/// What helps is what makes the difference: with the expectations of the cure, the sick one fails.
#[test]
fn the_cure_is_what_cures() {
    for (name, _) in LIBRARY {
        let text = spec(name);
        let Some((sick, cured)) = text.split_once("environment cured") else {
            continue;
        };
        let expectations: Vec<&str> = cured.lines().filter(|line| line.trim().starts_with("expect")).collect();
        assert!(!expectations.is_empty(), "{name}");
        let same = expectations.iter().all(|line| sick.contains(line.trim()));
        assert!(!same, "{name}: the cure expects what is there without it");
    }
}

#[test]
fn a_rule_says_it_before() {
    for (name, rules) in LIBRARY {
        let arguments = ["check", &project(name), "--env", "base", "--format", "short"];
        let found = run_in(&root(), &arguments, "").stdout;
        let loud = found
            .lines()
            .filter(|line| line.contains("error[") || line.contains("warning["));
        let mut loud: Vec<&str> = loud.filter_map(|line| line.split([' ', ']']).nth(2)).collect();
        loud.sort_unstable();
        loud.dedup();
        let page = fs::read_to_string(root().join(format!("docs/scenarios/{name}.md"))).unwrap();
        for rule in *rules {
            assert!(loud.contains(rule), "{name}: {found}");
            assert!(
                page.contains(&format!("../rules/{rule}.md")),
                "the page of {name} does not name {rule}"
            );
        }
        assert!(
            page.contains(&format!("examples/scenarios/{name}/loadline.load")),
            "{name}"
        );
        let index = fs::read_to_string(root().join("docs/scenarios/README.md")).unwrap();
        assert!(index.contains(&format!("({name}.md)")), "{name}");
    }
}
