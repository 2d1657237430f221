//! `loadline check --fix`: what it changes, and what it leaves alone.

use crate::harness::Case;

/// The grace is too short for the drain; one number mends it.
const GRACE: &str = "cluster prod { version 1.34 }
service api {
  image    \"ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000\"
  memory   512Mi
  listen   http 3000
  shutdown { settle 5s; drain 20s; grace 10s }
  load     { boot 5s; longest 10s }
}
";

#[test]
fn what_can_be_mended_is_mended_formatted_and_shown() {
    let case = Case::spec(&GRACE.replace("memory   512Mi", "memory 512Mi"));
    let before = case.read("loadline.load");
    assert_eq!(case.run("check").code, 1);

    let run = case.run("check --diff --format short");
    assert_eq!(case.read("loadline.load"), before, "--diff writes nothing");
    assert_eq!(run.code, 0, "as after the fix: {}", run.shown());
    assert!(
        run.stdout.starts_with("--- a/loadline.load\n+++ b/loadline.load\n"),
        "{}",
        run.shown()
    );
    assert!(
        run.stdout.contains("+  shutdown { settle 5s; drain 20s; grace 27s }"),
        "{}",
        run.shown()
    );
    assert!(run.stdout.contains("+  memory   512Mi"), "{}", run.shown());

    let fixed = case.run("check --fix --format short");
    assert_eq!(fixed.code, 0, "{}", fixed.shown());
    assert!(fixed.stdout.starts_with(&run.stdout), "{}", fixed.shown());
    assert_eq!(case.read("loadline.load"), GRACE.replace("grace 10s", "grace 27s"));
    assert_eq!(case.run("fmt --check").code, 0);
    // Stable.
    let again = case.run("check --fix");
    assert!(!again.stdout.contains("---"), "{}", again.shown());
}

#[test]
fn programs_get_a_document_and_nothing_else() {
    let run = Case::spec(GRACE).run("check --fix --format json");
    let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(document["counts"]["error"], 0);
    assert!(run.stderr.contains("grace 27s"), "{}", run.shown());
}

#[test]
fn names_are_mended_one_after_the_other() {
    let case = Case::spec(
        "service api {\n  image \"a:1\"\n  memroy 512Mi\n  scael 3\n}\nworker mailer {\n  image \"b:1\"\n  memory 512Mi\n  uses ordersdb { pool 2 }\n}\ndatabase orders-db { engine postgres 16; max_connections 100; reserve 3 }\n",
    );
    let run = case.run("check --fix --format short");
    assert_eq!(run.code, 0, "{}", run.shown());
    let text = case.read("loadline.load");
    for mended in ["memory 512Mi", "scale  3", "uses   orders-db { pool 2 }"] {
        assert!(text.contains(mended), "{mended}: {text}");
    }
}

#[test]
fn an_edit_that_brings_another_finding_is_left_out() {
    // A longer drain would cut into the grace: that is for a person to decide.
    let spec = GRACE.replace("drain 20s; grace 10s", "drain 10s; grace 17s");
    let case = Case::spec(&spec.replace("longest 10s", "longest 15s"));
    let before = case.run("check --format short");
    assert!(
        before.stdout.contains("drain-shorter-than-longest-request"),
        "{}",
        before.shown()
    );
    let run = case.run("check --fix --format short");
    assert_eq!(run.stdout, before.stdout);
    // What no rule could judge before is no reason to leave a wrong name: once it is right, the sum is said.
    let spec = "database orders-db { engine postgres 16; max_connections 20; reserve 10 }
service api { image \"a:1\"; memory 512Mi; rollout recreate; scale 2; uses orders-dbs { pool 8 } }
";
    let case = Case::spec(spec);
    let run = case.run("check --fix --format short");
    assert_eq!(run.code, 1, "{}", run.shown());
    assert!(run.stdout.contains("pool-overcommit"), "{}", run.shown());
}

#[test]
fn a_template_is_not_mended_for_one_at_the_cost_of_another() {
    let spec = "cluster prod { version 1.34 }
template program {
  image    \"a@sha256:0000000000000000000000000000000000000000000000000000000000000000\"
  memory   512Mi
  listen   http 3000
  shutdown { settle 5s; drain 10s }
}
service api {
  extends  program
  load     { boot 5s; longest 15s }
}
service web {
  extends  program
  load     { boot 5s; longest 5s }
  shutdown { grace 17s }
}
";
    let case = Case::spec(spec);
    let before = case.run("check --format short");
    assert!(
        before.stdout.contains("drain-shorter-than-longest-request"),
        "{}",
        before.shown()
    );
    let run = case.run("check --fix --format short");
    assert_eq!(
        (run.stdout, case.read("loadline.load")),
        (before.stdout, spec.to_owned())
    );
    // Without the other, it is.
    let case = Case::spec(&spec.replace("grace 17s", "grace 30s"));
    let run = case.run("check --fix --format short");
    assert!(case.read("loadline.load").contains("drain 18s"), "{}", run.shown());
}

#[test]
fn every_environment_is_asked_before_a_shared_value_changes() {
    let spec = format!("{GRACE}environment production {{ service api {{ shutdown {{ drain 40s }} }} }}\n");
    let case = Case::spec(&spec);
    let run = case.run("check --fix --env base --format short");
    let text = case.read("loadline.load");
    assert_eq!(case.run("check --env base").code, 0, "{}\n{text}", run.shown());
}

#[test]
fn what_may_not_be_written_is_left_alone() {
    let case = Case::spec(GRACE);
    let path = case.path("loadline.load");
    let mut permissions = std::fs::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(&path, permissions).unwrap();
    let run = case.run("check --fix");
    assert_eq!(run.code, 2, "{}", run.shown());
    assert!(
        run.stderr.contains("loadline.load is read-only: nothing was changed"),
        "{}",
        run.shown()
    );
    assert_eq!(case.read("loadline.load"), GRACE);
    let run = case.run("check --fix --set api.scale=3");
    assert_eq!(run.code, 2, "what is laid over the spec cannot be mended in it");
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link() {
    let case = Case::new()
        .file("real/api.load", GRACE)
        .file("loadline.load", "import \"api.load\"\n");
    std::os::unix::fs::symlink("real/api.load", case.path("api.load")).unwrap();
    let run = case.run("check --fix --format short");
    assert_eq!(run.code, 0, "{}", run.shown());
    assert!(std::fs::symlink_metadata(case.path("api.load")).unwrap().is_symlink());
    assert!(case.read("real/api.load").contains("grace 27s"));
}
