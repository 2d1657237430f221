//! `loadline conform`: recordings of a real control plane, replayed by the real binary.

use std::fs;

use crate::harness::{Case, root, run_in};
use crate::tools::judge;

/// Every recording of the repository.
fn recordings() -> Vec<String> {
    let mut paths = Vec::new();
    for version in ["1.20", "1.32", "1.36"] {
        let folder = format!("tests/recordings/{version}");
        for entry in fs::read_dir(root().join(&folder)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            paths.push(format!("{folder}/{name}"));
        }
    }
    paths.sort();
    paths
}

fn recording(path: &str) -> String {
    fs::read_to_string(root().join("tests/recordings").join(path)).unwrap()
}

#[test]
fn recordings_agree() {
    let paths = recordings();
    let mut arguments = vec!["conform"];
    arguments.extend(paths.iter().map(String::as_str));
    let run = run_in(&root(), &arguments, "");
    assert_eq!(run.code, 0, "{}", run.shown());
    let counts = format!("{} recordings: {} agree, 0 differ\n", paths.len(), paths.len());
    assert!(run.stdout.ends_with(&counts), "{}", run.stdout);

    arguments.extend(["--format", "json"]);
    let run = run_in(&root(), &arguments, "");
    let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(document["counts"]["agree"], paths.len());
    assert_eq!(document["recordings"][0]["name"], "r10-pause-scale-resume");
    assert!(
        document["recordings"]
            .as_array()
            .unwrap()
            .iter()
            .all(|row| row["agrees"] == true)
    );
    assert_eq!(run_in(&root(), &arguments, "").stdout, run.stdout);
}

/// A control plane that did something else than the recorded one: the same recording with another case.
#[test]
fn what_differs_is_said_and_fails() {
    let other = recording("1.32/r3-default.jsonl").replacen("\"maxSurge\": \"25%\"", "\"maxSurge\": 2", 1);
    let case = Case::new()
        .file("other.jsonl", &other)
        .file("same.jsonl", &recording("1.32/r3-default.jsonl"));
    let run = case.run("conform same.jsonl other.jsonl");
    insta::assert_snapshot!(run.shown());
    let json = case.run("conform other.jsonl --format json");
    assert_eq!(json.code, 1);
    let document: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(document["recordings"][0]["agrees"], false);
    assert_eq!(
        document["recordings"][0]["disagreements"][0]["what"],
        "largest sum of specs"
    );
}

#[test]
fn what_is_not_known_is_refused_with_its_line() {
    let good = recording("1.32/r3-default.jsonl");
    let case = Case::new()
        .file("good.jsonl", &good)
        .file("act.jsonl", &good.replacen("patched template", "rebooted a node", 1))
        .file(
            "field.jsonl",
            &good.replacen("\"grace\": 30", "\"grace\": 30, \"qps\": 200", 1),
        )
        .file("short.jsonl", good.split_inclusive('\n').next().unwrap());
    let run = case.run("conform good.jsonl act.jsonl");
    assert_eq!(run.code, 2, "{}", run.shown());
    assert!(run.stdout.contains("agrees   good.jsonl"), "{}", run.stdout);
    assert!(
        run.stdout
            .ends_with("2 recordings: 1 agree, 0 differ, 1 cannot be read\n"),
        "{}",
        run.stdout
    );
    assert!(
        run.stderr
            .contains("act.jsonl:4: the act \"rebooted a node\" is not known"),
        "{}",
        run.stderr
    );
    let field = case.run("conform field.jsonl --format json");
    assert_eq!(field.code, 2);
    let document: serde_json::Value = serde_json::from_str(&field.stdout).unwrap();
    assert_eq!(document["recordings"][0]["error"]["line"], 1);
    assert!(
        case.run("conform short.jsonl")
            .stderr
            .contains("no line `summary`: the recording is cut off")
    );
    for arguments in ["conform", "conform nowhere.jsonl", "conform ."] {
        let run = case.run(arguments);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{arguments}");
    }
}

/// One that agrees, one that differs and one that cannot be read, together and alone: each is a document of the schema.
#[test]
fn reports_follow_their_schema() {
    let good = recording("1.36/r10-default-jitter8-mrs5.jsonl");
    let case = Case::new()
        .file("good.jsonl", &good)
        .file("other.jsonl", &good.replacen("\"replicas\": 10", "\"replicas\": 11", 1))
        .file("act.jsonl", &good.replacen("patched template", "rebooted a node", 1));
    let schema = root().join("docs/schema/conform.schema.json");
    let mut arguments = vec![schema.clone()];
    let all = [
        "good.jsonl",
        "other.jsonl",
        "act.jsonl",
        "good.jsonl other.jsonl act.jsonl",
    ];
    for (index, files) in all.iter().enumerate() {
        let report = format!("{index}.json");
        case.write(&report, &case.run(&format!("conform {files} --format json")).stdout);
        arguments.push(case.path(&report));
    }
    case.write(
        "not.json",
        "{\"schema_version\": 1, \"counts\": {\"agree\": 1}, \"recordings\": []}",
    );
    let not = [schema, case.path("not.json")];
    if let (Some((good, said)), Some((other_good, _))) = (judge("json", &arguments), judge("json", &not)) {
        assert!(good, "{said}");
        assert!(!other_good, "takes anything");
    }
}

/// Results are for others to read, progress for whoever waits.
#[test]
fn progress_is_shown_on_a_terminal_only() {
    // What takes less than half a second is not drawn.
    let case = Case::new().file("a.jsonl", &recording("1.32/r100-default.jsonl"));
    let command = format!("conform{}", " a.jsonl".repeat(100));
    assert_eq!(case.run(&command).stderr, "");
    // `script` is a terminal that writes down what it is sent.
    let command = format!("'{}' {command}", env!("CARGO_BIN_EXE_loadline"));
    let output = std::process::Command::new("script")
        .args(["--quiet", "--return", "--command", &command, "/dev/null"])
        .current_dir(case.path(""))
        .env("TERM", "xterm")
        .stdin(std::process::Stdio::null())
        .output();
    match output {
        Ok(output) => {
            let seen = String::from_utf8_lossy(&output.stdout);
            assert!(seen.contains(" of 100 recordings"), "{seen}");
            // It is taken away before the results are printed.
            let results = seen.find("agrees ").unwrap();
            assert!(!seen[results..].contains(" of 100 recordings"), "{seen}");
        }
        Err(error) => crate::tools::missing(&format!("script: {error}")),
    }
}
