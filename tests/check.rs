//! `loadline check`: what a user sees, in every format.

use crate::harness::Case;

const BAD: &str = r#"project shop { as_of "2026-11-21" }
database orders-db { engine postgres 16; max_connections 200; reserve 10 }
service api {
  image  "ghcr.io/acme/api:1.0.0"
  scale  10
  memory 512Mi; cpu 250m
  uses   orders-db { pool 20 }
  env    DB_PASSWORD "hunter2"
}
environment production {
  database orders-db { max_connections 500 }
}
"#;

#[test]
fn every_format_says_the_same() {
    let case = Case::spec(BAD);
    for format in ["text", "short", "json", "sarif", "github", "junit", "markdown"] {
        let run = case.run(&format!("check --format {format}"));
        assert_eq!(run.code, 1, "{format}");
        assert!(run.stderr.is_empty(), "{format}: {}", run.stderr);
        assert!(run.stdout.contains("pool-overcommit"), "{format}");
        assert!(run.stdout.contains("secret-literal"), "{format}");
        if format != "sarif" {
            insta::assert_snapshot!(format!("check_{format}"), run.shown());
        }
    }
}

#[test]
fn sarif_has_regions_rules_and_fixes_even_when_parsing_fails() {
    let case = Case::spec("service api {\n  image = \"a\"\n  memmory 512Mi\n}\n");
    let run = case.run("check --format sarif");
    let log: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(log["version"], "2.1.0");
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), 2);
    let region = &results[1]["locations"][0]["physicalLocation"]["region"];
    assert_eq!(
        (
            region["startLine"].as_u64(),
            region["startColumn"].as_u64(),
            region["endColumn"].as_u64()
        ),
        (Some(3), Some(3), Some(10))
    );
    let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    let index = results[1]["ruleIndex"].as_u64().unwrap() as usize;
    assert_eq!(rules[index]["id"], results[1]["ruleId"]);
    let replacement = &results[1]["fixes"][0]["artifactChanges"][0]["replacements"][0];
    assert_eq!(replacement["insertedContent"]["text"], "memory");
}

#[test]
fn what_is_allowed_is_listed_with_its_reason() {
    let spec = "service api { image \"a:1\"; allow memory-limit-missing \"measured next week\" }
                environment staging { service api { scale 2 } }";
    let run = Case::spec(spec).run("check --format json");
    let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let allowed = document["allowed"].as_array().unwrap();
    assert_eq!(allowed.len(), 1, "{}", run.stdout);
    assert_eq!(allowed[0]["name"], "memory-limit-missing");
    assert_eq!(allowed[0]["reason"], "measured next week");
    assert_eq!(allowed[0]["line"], 1);
    assert_eq!(document["counts"]["allowed"], 1);
}

#[test]
fn warnings_fail_in_junit_only_when_they_are_denied() {
    let spec = "service api { image \"a:1\" }";
    let run = Case::spec(spec).run("check --format junit");
    assert_eq!(run.code, 0);
    assert!(run.stdout.contains("failures=\"0\""), "{}", run.stdout);
    assert!(run.stdout.contains("<system-out>warning: "), "{}", run.stdout);
    let denied = format!("{spec}\npolicy team {{ deny warnings }}");
    let run = Case::spec(&denied).run("check --format junit");
    assert_eq!(run.code, 1);
    assert!(run.stdout.contains("failures=\"1\""), "{}", run.stdout);
}

/// Commands of the runner end at line breaks, and their properties at commas and colons.
#[test]
fn annotations_are_escaped_as_the_runner_reads_them() {
    let case = Case::new().file(
        "50%, a:b.load",
        "service api { image \"a:1\"; memory 512Mi; scale 10%,\u{7} }\n",
    );
    let run = case.run_with(&["check", "50%, a:b.load", "--format", "github"], "");
    assert_eq!(run.code, 1, "{}", run.shown());
    let first = run.stdout.lines().next().unwrap();
    let place = first
        .strip_prefix("::error file=50%25%2C a%3Ab.load,line=1,endLine=1,col=")
        .expect(first);
    let (properties, message) = place.split_once("::").unwrap();
    assert!(
        properties.contains(",endColumn=") && properties.contains(",title=LL0"),
        "{first}"
    );
    assert!(!message.contains('\n') && message.contains("%0A"), "{first}");
    let run = case.run("check --sql nowhere --format github");
    assert_eq!(run.code, 2);
    assert!(
        run.stdout.starts_with("::error title=loadline::nowhere: "),
        "{}",
        run.shown()
    );
    let run = case.run_with(&["check", "100%\nsure", "--format", "github"], "");
    assert!(
        run.stdout.starts_with("::error title=loadline::100%25%0Asure: "),
        "{}",
        run.shown()
    );
}

#[test]
fn the_reserved_name_of_the_base_is_one_mistake() {
    let run = Case::spec("environment base {}\nenvironment prod {}").run("check --format short");
    assert_eq!(run.code, 1);
    assert!(run.stdout.contains("1 error in base and prod"), "{}", run.stdout);
}

#[test]
fn what_holds_everywhere_is_said_once() {
    let case = Case::spec(BAD);
    let short = case.run("check --format short").stdout;
    assert_eq!(short.matches("secret-literal").count(), 1, "{short}");
    assert!(
        short.contains(
            "pool-overcommit]: `orders-db` can be asked for 400 connections while `api` rolls out, but has 190 [base]"
        ),
        "{short}"
    );
    let production = case.run("check --env production --format short").stdout;
    assert!(!production.contains("pool-overcommit"), "{production}");
    assert!(
        production.contains("warning[LL908 image-not-pinned]"),
        "a tag is a warning in production: {production}"
    );
}

#[test]
fn several_files_are_shown_with_their_own_source() {
    let case = Case::spec("import \"db.load\"\nservice api {\n  image \"api:1.0.0\"\n  scale 10\n  memory 512Mi\n  uses orders-db { pool 20 }\n}\n")
        .file("db.load", "database orders-db {\n  engine postgres 16\n  max_connections 100\n  reserve 10\n}\n");
    insta::assert_snapshot!(case.run("check --today 2026-11-21").shown());
}

#[test]
fn mistakes_of_reading_are_all_reported_with_a_way_out() {
    let case = Case::spec(
        r#"project shop { targetz [docker] }
import "nowhere.load"
import "../outside.load"
servce x {}
database orders-db { engine postgres 16; max_connections many }
service api {
  extends nothing
  image   "${tag}"
  memory  512
  replicas 3
  scale   10..3
  uses    orders_db { pool 8 }
  shutdown { drain 24 }
  rollout recreate { surge 1 }
  env     PEER api.htp.url
  listen  http 99999
  secret  TOKEN from "hunter2"
  allow   pool-near-limit
  allow   no-such-rule "because"
}
service api { image "b:1" }
"#,
    );
    insta::assert_snapshot!(case.run("check --today 2026-11-21").shown());
}

#[test]
fn allow_needs_a_reason_and_something_to_silence() {
    let spec = |allow: &str| {
        format!(
            "database orders-db {{ engine postgres 16; max_connections 100; {allow} }}\nservice api {{ image \"a:1\"; memory 512Mi; uses orders-db {{ pool 5 }} }}\n"
        )
    };
    let short = |allow: &str| {
        Case::spec(&spec(allow))
            .run("check --format short --today 2026-11-21")
            .stdout
    };
    assert!(short("").contains("warning[LL209 reserve-missing]"));
    assert!(short("allow reserve-missing \"a sandbox\"").ends_with("(1 allowed), as of 2026-11-21\n"));
    assert!(short("allow LL209 \"a sandbox\"").contains("(1 allowed)"));
    assert!(short("allow reserve-missing").contains("error[LL012 allow-without-reason]"));
    assert!(short("reserve 10; allow reserve-missing \"a sandbox\"").contains("warning[LL015 unused-allow]"));
}

#[test]
fn policies_raise_lower_and_switch_off() {
    let short = |policy: &str| {
        let spec = format!(
            "policy team {{ {policy} }}\ndatabase orders-db {{ engine postgres 16; max_connections 100 }}\nservice api {{ image \"a:1\"; memory 512Mi; uses orders-db {{ pool 5 }} }}\n"
        );
        let run = Case::spec(&spec).run("check --format short --today 2026-11-21");
        (run.code, run.stdout)
    };
    assert_eq!(short("").0, 0);
    assert!(short("deny reserve-missing").1.contains("error[LL209"));
    assert_eq!(short("deny warnings").0, 1);
    assert!(short("note reserve-missing").1.contains("note[LL209"));
    assert!(!short("off reserve-missing \"managed elsewhere\"").1.contains("LL209"));
    assert!(short("off reserve-missing").1.contains("error[LL012"));
    assert!(
        short("deny reserve-mising")
            .1
            .contains("there is no rule `reserve-mising`")
    );
}

#[test]
fn set_lays_values_over_the_spec() {
    let case = Case::spec(
        "let size 5\ndatabase orders-db { engine postgres 16; max_connections 100; reserve 10 }\nservice api { image \"a:1\"; memory 512Mi; scale 2; uses orders-db { pool $size }; rollout recreate }\n",
    );
    let short = |sets: &str| {
        case.run(&format!("check --format short --today 2026-11-21 {sets}"))
            .stdout
    };
    assert!(!short("").contains("pool-overcommit"));
    assert!(short("--set api.scale=20").contains("100 connections"));
    assert!(short("--set size=50").contains("100 connections"));
    assert!(short("--set api.uses.orders-db.pool=60").contains("120 connections"));
    assert!(short("--set api.scale=20 --set orders-db.max_connections=500").contains("1 note"));
    assert!(short("--set api.scale=many").contains("--set api.scale=many:1:"));
}

#[test]
fn what_lies_between_labels_is_left_out() {
    let between = (0..40).map(|n| format!("config_set spare-{n} {{ }}\n"));
    let spec = format!(
        "{}cluster prod {{ version 1.34 }}\ndatabase db {{ engine postgres 17; max_connections 20; reserve 3 }}\n{}\
         service api {{\n  image  \"ghcr.io/acme/api@sha256:{}\"\n  memory 512Mi\n  uses   db {{ pool 9 }}\n}}\n",
        "# A long way from the start.\n".repeat(50),
        between.collect::<String>(),
        "0".repeat(64),
    );
    let run = Case::spec(&spec).run("check");
    assert!(
        run.stdout.contains("pool-overcommit") && run.stdout.contains("max_connections 20"),
        "{}",
        run.stdout
    );
    assert!(!run.stdout.contains("spare-20"), "{}", run.stdout);
}
