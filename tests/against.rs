//! `loadline check --against REVISION`: in real repositories, with what pipelines say.

use crate::harness::{Case, Run, run_in};

const SPEC: &str = r#"project shop { as_of "2026-11-21" }
import "db.load"
cluster prod { version 1.33 }
service api {
  image    "ghcr.io/acme/api:1.0.0"
  scale    10
  memory   512Mi; cpu 250m
  uses     orders-db { pool 18 }
  shutdown { settle 5s; drain 25s; grace 32s }
  rollout  rolling { surge 1; unavailable 0; min_ready 30s }
  load     { boot 20s }
}
environment production {
  service api { scale 11 }
}
"#;

const DATABASE: &str = "database orders-db { engine postgres 16; max_connections 300; reserve 30 }\n";

/// A repository with the spec below `shop/`, and its first commit.
fn repository() -> Case {
    let case = Case::new()
        .file("shop/loadline.load", SPEC)
        .file("shop/db.load", DATABASE);
    case.git("init --quiet");
    case.commit();
    case
}

fn changed(case: &Case, from: &str, to: &str) {
    let text = case.read("shop/loadline.load");
    assert!(text.contains(from), "{from}");
    case.write("shop/loadline.load", &text.replace(from, to));
}

fn json(run: &Run) -> serde_json::Value {
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}", run.shown()))
}

#[test]
fn nothing_is_new_without_a_change() {
    let case = repository();
    let run = case.run("check shop --against HEAD --format short");
    assert_eq!(run.code, 0, "{}", run.shown());
    assert!(run.stdout.starts_with("nothing new since HEAD ("), "{}", run.shown());
    assert!(!run.stdout.contains("margin:"), "{}", run.shown());
}

#[test]
fn a_change_is_shown_with_what_is_new_fixed_and_left() {
    let case = repository();
    let commit = case.git("rev-parse HEAD");
    changed(&case, "pool 18", "pool 25");
    changed(
        &case,
        "api:1.0.0",
        "api@sha256:0000000000000000000000000000000000000000000000000000000000000000",
    );
    changed(&case, "project shop", "# The shop.\nproject shop");
    let run = case.run("check shop --against main --format short");
    let short = run.stdout.replace(&commit[..7], "COMMIT");
    assert_eq!(run.code, 1, "{short}");
    for line in [
        "shop/db.load:1:58: error[LL201 pool-overcommit]: `orders-db` can be asked for 300 connections while `api` rolls out, but has 270 [base]\n",
        "fixed: shop/loadline.load:5:12: note[LL908 image-not-pinned]: the image `ghcr.io/acme/api:1.0.0` is not pinned by digest [base]\n",
        "margin: orders-db connections: 216 → 300 of 270, margin 54 → −30 [base]\n",
        "margin: orders-db connections: 234 → 325 of 270, margin 36 → −55 [production]\n",
        "2 errors new since main (COMMIT), 2 fixed",
    ] {
        assert!(short.contains(line), "{line}\n{short}");
    }
    let markdown = case.run("check shop --against main --format markdown").stdout;
    let changes = markdown.split("\n\n").skip_while(|part| !part.starts_with("**Margins"));
    let changes: Vec<&str> = changes.take_while(|part| !part.starts_with("**Connections")).collect();
    insta::assert_snapshot!(changes.join("\n\n").replace(&commit[..7], "COMMIT"));
}

#[test]
fn only_errors_that_are_new_fail() {
    let case = repository();
    changed(&case, "pool 18", "pool 40");
    case.commit();
    changed(&case, "project shop", "# The shop.\nproject shop");
    assert_eq!(case.run("check shop").code, 1);
    let run = case.run("check shop --against HEAD --format short");
    assert_eq!(run.code, 0, "{}", run.shown());
    assert!(!run.stdout.contains("pool-overcommit"), "{}", run.shown());
    let run = case.run("check shop --against HEAD --all --format json");
    assert_eq!(run.code, 1);
    let document = json(&run);
    let states: Vec<&str> = document["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|found| found["state"].as_str().unwrap())
        .collect();
    assert!(
        !states.is_empty() && states.iter().all(|state| *state == "unchanged"),
        "{states:?}"
    );
    assert_eq!(case.run("check shop --all").code, 2, "--all needs --against");
}

#[test]
fn the_rollout_from_one_to_the_other_is_judged() {
    let case = repository();
    changed(&case, "service api", "service orders");
    let run = case.run("check shop --against HEAD --format short");
    assert_eq!(run.code, 1, "{}", run.shown());
    assert!(
        run.stdout
            .contains("error[LL721 transition-overcommit]: `orders-db` can be asked for"),
        "{}",
        run.shown()
    );
    // Without the revision that runs there is nothing to say of it, and an `allow` for it is no mistake.
    let plain = case.run("check shop --format short");
    assert!(!plain.stdout.contains("transition"), "{}", plain.shown());
    case.write(
        "shop/db.load",
        &DATABASE.replace("reserve 30", "reserve 30; allow transition-overcommit \"at night\""),
    );
    let run = case.run("check shop --against HEAD --format short");
    assert_eq!(run.code, 0, "{}", run.shown());
    let plain = case.run("check shop --format short");
    assert!(!plain.stdout.contains("unused-allow"), "{}", plain.shown());
}

#[test]
fn sarif_says_what_is_new() {
    let case = repository();
    changed(&case, "pool 18", "pool 25");
    let run = case.run("check shop --against HEAD --format sarif");
    let results = json(&run)["runs"][0]["results"].clone();
    let states: Vec<&str> = results
        .as_array()
        .unwrap()
        .iter()
        .map(|result| result["baselineState"].as_str().unwrap())
        .collect();
    assert!(states.contains(&"new") && states.contains(&"unchanged"), "{states:?}");
}

#[test]
fn a_set_is_the_change() {
    let case = repository();
    let run = case.run("check shop --against HEAD --set api.uses.orders-db.pool=30 --format json");
    assert_eq!(run.code, 1);
    let margins = json(&run)["against"]["margins"].clone();
    let base = &margins[0];
    assert_eq!(
        (base["name"].as_str(), base["kind"].as_str()),
        (Some("orders-db"), Some("connections"))
    );
    assert_eq!(
        (base["before"]["worst"].as_u64(), base["after"]["worst"].as_u64()),
        (Some(216), Some(360))
    );
    assert_eq!(base["during"].as_u64(), Some(336));
}

#[test]
fn an_environment_that_is_new_replaces_the_base() {
    let case = repository();
    let text = case.read("shop/loadline.load") + "environment staging { service api { scale 2 } }\n";
    case.write("shop/loadline.load", &text);
    let run = case.run("check shop --against HEAD --format short");
    assert_eq!(run.code, 0, "{}", run.shown());
    assert!(
        run.stdout.contains("orders-db connections: 216 → 72 of 270"),
        "{}",
        run.shown()
    );
}

/// No difference may come from a base that was not read.
#[test]
fn a_base_that_cannot_be_read_is_an_error() {
    let case = repository();
    let fails = |case: &Case, revision: &str, reason: &str| {
        let run = case.run(&format!("check shop --against {revision}"));
        assert_eq!(run.code, 2, "{}", run.shown());
        assert!(
            run.stdout.is_empty() && run.stderr.contains(reason),
            "{reason}: {}",
            run.shown()
        );
    };
    fails(&case, "nowhere", "git knows no such revision");
    fails(&case, "--help", "a value is required");
    fails(&case, "HEAD:shop", "git knows no such revision");
    let good = case.read("shop/loadline.load");

    case.write("shop/loadline.load", "service api {\n  image = 3\n}\n");
    case.commit();
    case.write("shop/loadline.load", &good);
    fails(
        &case,
        "HEAD",
        "the spec of that revision cannot be read: shop/loadline.load:2:",
    );

    case.write("shop/loadline.load", "import \"../outside.load\"\n");
    case.write("outside.load", "");
    case.commit();
    case.write("shop/loadline.load", &good);
    fails(&case, "HEAD", "shop/loadline.load:1:8: LL011 path-outside-project");

    std::fs::remove_file(case.path("shop/loadline.load")).unwrap();
    case.commit();
    case.write("shop/loadline.load", &good);
    fails(&case, "HEAD", "there is no file `shop/loadline.load`");
    let run = case.run("check shop --against HEAD --format sarif");
    assert_eq!(run.code, 2);
    assert_eq!(json(&run)["runs"][0]["invocations"][0]["executionSuccessful"], false);

    let plain = Case::spec("service api { image \"a:1\" }");
    let run = plain.run("check --against HEAD");
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("is not in a git repository"), "{}", run.shown());
}

#[cfg(unix)]
#[test]
fn links_are_followed_in_a_revision_as_on_disk() {
    use std::os::unix::fs::symlink;
    let case = Case::new()
        .file(
            "shop/loadline.load",
            "import \"parts/db.load\"\nservice api { image \"a:1\"; memory 512Mi }\n",
        )
        .file("shop/real/db.load", DATABASE)
        .file("elsewhere.load", DATABASE);
    symlink("real", case.path("shop/parts")).unwrap();
    case.git("init --quiet");
    case.commit();
    let run = case.run("check shop --against HEAD --format short");
    assert_eq!(run.code, 0, "{}", run.shown());

    std::fs::remove_file(case.path("shop/real/db.load")).unwrap();
    symlink("../../elsewhere.load", case.path("shop/real/db.load")).unwrap();
    case.commit();
    std::fs::remove_file(case.path("shop/real/db.load")).unwrap();
    case.write("shop/real/db.load", DATABASE);
    let run = case.run("check shop --against HEAD --format short");
    assert_eq!(run.code, 2, "{}", run.shown());
    assert!(run.stderr.contains("path-outside-project"), "{}", run.shown());
}

/// In a hook git says where it runs, and that is not where the project is.
#[test]
fn what_git_says_to_its_hooks_is_not_heard() {
    let case = repository();
    let directory = case.path(".git");
    let hook = [("GIT_DIR", directory.to_str().unwrap()), ("GIT_PREFIX", "elsewhere/")];
    let run = case.run_as(&hook, "check shop --against HEAD --format short");
    assert_eq!(run.code, 0, "{}", run.shown());
}

#[test]
fn sql_is_read_from_the_revision_too() {
    let case = Case::spec(
        "database orders-db { engine postgres 16; max_connections 100; reserve 3 }
         change totals { on orders-db; expand \"add.sql\" }",
    )
    .file("add.sql", "ALTER TABLE orders ADD COLUMN cents bigint;\n");
    case.git("init --quiet");
    case.commit();
    case.write(
        "add.sql",
        "ALTER TABLE orders ADD COLUMN cents bigint NOT NULL;\nFROBNICATE orders;\n",
    );
    let run = case.run("check --against HEAD --format short");
    assert!(run.stdout.contains("add.sql:2:"), "{}", run.shown());
    assert!(run.stdout.contains("1 warning new since HEAD"), "{}", run.shown());
    case.commit();
    let run = case.run("check --against HEAD --format short");
    assert!(run.stdout.starts_with("nothing new"), "{}", run.shown());
}

#[test]
fn the_base_of_a_pull_request_is_found() {
    let case = repository();
    let base = case.git("rev-parse HEAD");
    case.git("checkout --quiet -b change");
    changed(&case, "pool 18", "pool 19");
    let head = case.commit();
    case.git("checkout --quiet main");
    case.write("shop/db.load", &DATABASE.replace("300", "301"));
    let newer = case.commit();
    case.git("checkout --quiet --detach");
    case.git("merge --quiet --no-ff --no-edit change");

    let event =
        format!("{{\"pull_request\": {{\"base\": {{\"sha\": \"{base}\"}}, \"head\": {{\"sha\": \"{head}\"}}}}}}");
    case.write("event.json", &event);
    let path = case.path("event.json");
    let github = [
        ("GITHUB_EVENT_PATH", path.to_str().unwrap()),
        ("GITHUB_BASE_REF", "main"),
    ];
    let commit = |run: &Run| json(run)["against"]["commit"].as_str().unwrap().to_owned();

    // The merge that a workflow sees is compared with its first parent, not with a base that is out of date.
    let run = case.run_as(&github, "check shop --against auto --format json");
    assert_eq!(commit(&run), newer);
    // A checkout of the head itself, with where it left the base.
    case.git("checkout --quiet change");
    let run = case.run_as(&github, "check shop --against auto --format json");
    assert_eq!(commit(&run), base);

    let gitlab = [("CI_MERGE_REQUEST_DIFF_BASE_SHA", base.as_str())];
    let run = case.run_as(&gitlab, "check shop --against auto --format json");
    assert_eq!(commit(&run), base);

    let run = case.run("check shop --against auto");
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("`--against origin/main`"), "{}", run.shown());
    case.write("event.json", "{");
    let run = case.run_as(&github, "check shop --against auto");
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("GITHUB_EVENT_PATH"), "{}", run.shown());
}

#[test]
fn a_shallow_clone_says_how_to_fetch() {
    let case = repository();
    let first = case.git("rev-parse HEAD");
    changed(&case, "pool 18", "pool 19");
    case.commit();
    let url = format!("file://{}", case.path("").display());
    case.git(&format!("clone --quiet --depth 1 {url} shallow"));
    let clone = case.path("shallow");
    let check = || run_in(&clone, &["check", "shop", "--against", &first], "");
    let run = check();
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.contains(&format!("git fetch --depth=1 origin {first}")),
        "{}",
        run.shown()
    );
    // What it says works.
    case.git(&format!("-C shallow fetch --quiet --depth=1 origin {first}"));
    assert_eq!(check().code, 0, "{}", check().shown());
}
