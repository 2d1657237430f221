//! `loadline simulate` on the real binary.

use crate::harness::Case;

/// Small, quick, and all that a run has: requests, a pool, a call, a rollout.
const SHOP: &str = r#"
project shop { targets [kubernetes] }
cluster prod { nodes 3; cpu 4; memory 16Gi; version 1.34 }
database orders-db { engine postgres 16; max_connections 60; reserve 10; failover 10s }
external card { latency 50ms }
service api {
  version 2.1.0
  image   "registry.example.com/api@sha256:3f1c8e5a0b7d42969d1e6c4f8a25b3709e4d1f6a8c0b2e3d5f7a9181b2c3d4e5"
  runtime node 24
  run     "dist/server.mjs"
  listen  http 3000
  scale   3
  cpu     250m..1
  memory  512Mi
  uses    orders-db { pool 8; acquire_timeout 1s; hold 5ms }
  calls   card { timeout 1s; retries 1; backoff 100ms..1s; per_request 0.1; idempotent }
  health  { ready "/readyz" { every 5s; failing 2; checks [orders-db] } }
  load    { rate 20/s; cpu 4ms; wait 10ms; boot 8s; longest 5s }
}
scenario release {
  at 5s  { rollout api { to 2.2 } }
  at 40s { fail orders-db }
  expect connections orders-db <= 50
  expect availability api >= 99% in 50%
  runs 4; until 70s
}
"#;

#[test]
fn what_does_not_hold_is_exit_1_with_its_margin_and_its_cause() {
    let run = Case::spec(SHOP).run("simulate");
    assert_eq!((run.code, run.stderr.as_str()), (1, ""), "{}", run.stdout);
    for words in [
        "1 of 2 expectations hold",
        "✓ connections orders-db <= 50",
        "✗ availability api >= 99% in 50%",
        "held in 0 of 4 runs",
        "`orders-db` is away",
        "the first request to `api` fails: datastore away",
        "--seed 1 --run ",
    ] {
        assert!(run.stdout.contains(words), "{words}: {}", run.stdout);
    }
}

/// Threads decide when a run is done, not what comes of it; nor does it matter which runs there are beside it.
#[test]
fn the_same_run_is_the_same_whoever_runs_it() {
    let case = Case::spec(SHOP);
    let json = |threads: &str, arguments: &str| {
        let run = case.run_as(
            &[("RAYON_NUM_THREADS", threads)],
            &format!("simulate --format json {arguments}"),
        );
        serde_json::from_str::<serde_json::Value>(&run.stdout).unwrap()
    };
    let (one, many) = (json("1", ""), json("7", ""));
    assert_eq!(one, many);
    assert_ne!(one, json("7", "--seed 2"));
    let alone = json("7", "--run 2");
    let runs = |document: &serde_json::Value| document["scenarios"][0]["runs"].clone();
    assert_eq!(runs(&alone)[0], runs(&one)[2], "{}", runs(&alone));
}

/// A scenario needs no block in the spec.
#[test]
fn a_what_if_is_asked_in_a_line() {
    let case = Case::spec(SHOP);
    let line = "simulate --traffic api=40/s --rollout api@5s:boot=never --kill api@30s --until 45s";
    let mut arguments: Vec<&str> = line.split(' ').collect();
    arguments.extend(["--expect", "min_ready api >= 3"]);
    let run = case.run_with(&arguments, "");
    assert_eq!(run.code, 1, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("what-if: "), "{}", run.stdout);
    // The command that shows the same run again is the one that was typed, and works.
    let replay = run
        .stdout
        .lines()
        .find_map(|line| line.split_once("loadline simulate "))
        .unwrap()
        .1;
    assert!(replay.contains("--rollout 'api@5s:boot=never'"), "{replay}");
}

#[test]
fn slips_of_the_command_line_are_said_with_the_way_out() {
    let case = Case::spec(SHOP);
    let refused = |arguments: &str| {
        let run = case.run(&format!("simulate {arguments}"));
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{arguments}: {}", run.stderr);
        run.stderr
    };
    assert!(refused("releaes").contains("did you mean `release`?"));
    let typo = refused("--rollout apy");
    assert!(
        typo.contains("--rollout apy\n            ^^^ not declared") && typo.contains("did you mean `api`?"),
        "{typo}"
    );
    assert!(refused("--fail orders-db@60").contains("--fail orders-db@60"));
    assert!(refused("--env nowhere").contains("there is no environment `nowhere`"));
    refused("--runs 0");
    refused("--run 1 --runs 2");
    assert!(refused("--html no/such/folder/page.html").contains("there is no directory no/such/folder"));
    assert!(refused("--trace .").contains(". is a directory"));
    assert!(refused("--html /proc/page.html").contains("/proc/page.html: "));
    assert!(refused("--html page --trace page").contains("both to be written into page"));
    assert!(refused("--until 0s").contains("`until` cannot be 0\n  --until 0s"));
    let gateway = refused("--fail nobody,api");
    assert!(gateway.contains("--fail nobody,api"), "{gateway}");
    let none = Case::spec("service api { image \"a:1\"; memory 512Mi }").run("simulate");
    assert_eq!(none.code, 2);
    assert!(
        none.stderr.contains("the project has no scenario; write one"),
        "{}",
        none.stderr
    );
}

/// What cannot be simulated is said of the word that asked for it; what never happens is said, too.
#[test]
fn a_question_that_makes_no_sense_is_answered_at_its_word() {
    let case = Case::spec(SHOP);
    let run = case.run("simulate --partition card,orders-db@2s --until 4s");
    assert_eq!(run.code, 2, "{}", run.shown());
    assert!(
        run.stderr.contains("--partition card,orders-db@2s\n              ^"),
        "{}",
        run.stderr
    );
    let late = Case::spec(&format!(
        "{SHOP}\nscenario late {{\n  at 50s {{ kill api }}\n  until 4s\n}}\n"
    ));
    let late = late.run("simulate late");
    assert_eq!(late.code, 0, "{}", late.shown());
    assert!(
        late.stderr
            .contains("`kill api { count 1 }` never happens: the run ends before"),
        "{}",
        late.stderr
    );
    let twice = case.run("simulate release release --runs 1 --format json");
    let document: serde_json::Value = serde_json::from_str(&twice.stdout).unwrap();
    assert_eq!(document["scenarios"].as_array().unwrap().len(), 1);
}

/// What is taken for granted where the spec is silent is said, with its place.
#[test]
fn assumptions_are_said() {
    let run = Case::spec("service api { image \"a:1\"; memory 512Mi; listen http 80 }")
        .run("simulate --traffic api=5/s --until 5s");
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(
        run.stderr
            .contains("loadline.load:1:9: `api` is ready as soon as its processes start"),
        "{}",
        run.stderr
    );
    assert!(
        run.stderr.contains("help: say how long: `load { boot 8s }`"),
        "{}",
        run.stderr
    );
}
