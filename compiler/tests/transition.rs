//! One revision of a spec replaces another: what is counted, and what is refused.

use loadline_compiler::against::{Side, margins, pair};
use loadline_compiler::budget::connections::{Clients, Transition};
use loadline_compiler::model::Model;
use loadline_compiler::project::{self, Loader, Project, ReadError};
use loadline_compiler::rules::ALL;
use loadline_compiler::source::Sources;
use loadline_compiler::values::Date;

struct Files(Vec<(String, String)>);

impl Loader for Files {
    fn read(&mut self, path: &str) -> Result<String, ReadError> {
        let file = self.0.iter().find(|(name, _)| name == path);
        file.map(|(_, text)| text.clone()).ok_or(ReadError::NotFound)
    }
}

fn files(text: &str) -> Files {
    Files(vec![("loadline.load".to_owned(), text.to_owned())])
}

fn model(text: &str) -> Model {
    let sources = Sources::new();
    let mut files = files(text);
    let project = project::load(&sources, &mut files, "loadline.load").unwrap();
    let resolved = project.resolve(None, &mut files);
    assert!(resolved.diagnostics.is_empty(), "{:?}", resolved.diagnostics);
    resolved.model
}

/// What the rules about transitions say, `name: message`.
fn found(old: &str, new: &str) -> Vec<String> {
    let old = model(old);
    let sources = Sources::new();
    let mut files = files(new);
    let project = project::load(&sources, &mut files, "loadline.load").unwrap();
    let today = Date::parse("2026-11-21").unwrap();
    let checked = project.check_after(None, Some(&old), &mut files, |_| today);
    let found = checked.judged.diagnostics.into_iter();
    found
        .filter(|found| found.rule.is_about_transition())
        .map(|found| format!("{} {}: {}", found.severity.word(), found.rule.name, found.message))
        .collect()
}

/// The most connections of the only store while one replaces the other, with the terms.
fn worst(old: &str, new: &str) -> (u64, String) {
    let (old, new) = (model(old), model(new));
    let transition = Transition::new(&old, &new);
    let moment = transition.worst(new.stores.first().unwrap().id).unwrap();
    let terms: Vec<String> = moment
        .holders
        .iter()
        .map(|holder| format!("{} {}", holder.workload().unwrap().name.value, holder.terms()))
        .collect();
    (moment.total, terms.join("; "))
}

const IMAGE: &str = "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000";

/// Ten instances, of which at most twelve are live in a rollout.
fn api(pool: u64, max_connections: u64, more: &str) -> String {
    format!(
        "cluster prod {{ version 1.33 }}
         database orders-db {{ engine postgres 16; max_connections {max_connections}; reserve 30 }}
         service api {{
           image \"{IMAGE}\"; memory 512Mi; scale 10
           uses orders-db {{ pool {pool} }}
           shutdown {{ settle 5s; drain 25s; grace 32s }}
           rollout rolling {{ surge 1; unavailable 0; min_ready 30s }}
           load {{ boot 20s }}
           {more}
         }}"
    )
}

#[test]
fn each_instance_counts_by_its_own_revision() {
    let (total, terms) = worst(&api(25, 400, ""), &api(20, 400, ""));
    assert_eq!(
        (total, terms.as_str()),
        (290, "api 290 = 10 old instances × 25 + 2 new instances × 20")
    );
    let (total, terms) = worst(&api(20, 400, ""), &api(25, 400, ""));
    assert_eq!(
        (total, terms.as_str()),
        (290, "api 290 = 2 old instances × 20 + 10 new instances × 25")
    );
}

#[test]
fn the_limit_is_exact() {
    assert!(found(&api(25, 320, ""), &api(20, 320, "")).is_empty());
    assert_eq!(
        found(&api(25, 319, ""), &api(20, 319, "")),
        [
            "error transition-overcommit: `orders-db` can be asked for 290 connections while `api` is replaced, but has 289"
        ]
    );
}

#[test]
fn what_does_not_fit_in_the_end_is_not_said_twice() {
    // 12 × 25 = 300 of 270 is `pool-overcommit`.
    assert!(found(&api(20, 300, ""), &api(25, 300, "")).is_empty());
}

#[test]
fn a_limit_that_is_raised_must_be_raised_first() {
    assert_eq!(
        found(&api(20, 300, ""), &api(25, 400, "")),
        [
            "warning transition-overcommit: the rollout can ask `orders-db` for 300 connections, and what runs of it has 270 until it is raised"
        ]
    );
    assert!(found(&api(20, 330, ""), &api(25, 400, "")).is_empty());
}

#[test]
fn what_stops_does_so_by_the_terms_it_was_started_with() {
    // The new revision stops at once; the old one still drains for 30 seconds.
    let quick = api(20, 400, "").replace("settle 5s; drain 25s", "settle 0s; drain 0s");
    assert_eq!(worst(&api(20, 400, ""), &quick).0, 240);
    assert_eq!(worst(&quick, &api(20, 400, "")).0, 220);
}

#[test]
fn a_deployment_is_scaled_before_it_is_rolled() {
    let with = |scale: u64, pool: u64| {
        api(pool, 900, "")
            .replace("scale 10", &format!("scale {scale}"))
            .replace("rolling { surge 1; unavailable 0; min_ready 30s }", "recreate")
    };
    // Four old instances become ten of the old size before the first new one.
    assert_eq!(worst(&with(4, 30), &with(10, 20)).0, 300);
    assert_eq!(worst(&with(10, 20), &with(4, 30)).0, 200);
}

#[test]
fn what_is_renamed_or_removed_runs_until_it_is_deleted() {
    let renamed = api(12, 300, "").replace("service api", "service orders");
    assert_eq!(
        worst(&api(12, 300, ""), &renamed),
        (
            240,
            "orders 120 = 10 instances × 12; api 120 = 10 old instances × 12".to_owned()
        )
    );
    assert_eq!(
        found(
            &api(20, 300, ""),
            &api(20, 300, "").replace("service api", "service orders")
        ),
        [
            "error transition-overcommit: `orders-db` can be asked for 400 connections beside what is left of the revision that runs, but has 270"
        ]
    );
}

#[test]
fn waves_are_old_before_their_turn_and_new_after_it() {
    let spec = |api: u64, prices: u64| {
        format!(
            "cluster prod {{ version 1.33 }}
             database orders-db {{ engine postgres 16; max_connections 110; reserve 10 }}
             template program {{ image \"{IMAGE}\"; memory 512Mi; scale 2; listen http 3000; rollout recreate }}
             service api {{ extends program; uses orders-db {{ pool {api} }}; calls prices {{ timeout 2s }} }}
             service prices {{ extends program; uses orders-db {{ pool {prices} }} }}"
        )
    };
    // The callee is replaced first: it gives before the caller takes, or takes before the caller has given.
    assert_eq!(worst(&spec(10, 40), &spec(40, 10)).0, 100);
    assert_eq!(worst(&spec(40, 10), &spec(10, 40)).0, 160);
    assert_eq!(
        found(&spec(40, 10), &spec(10, 40)),
        [
            "error transition-overcommit: `orders-db` can be asked for 160 connections while `prices` is replaced, but has 100"
        ]
    );
}

#[test]
fn another_controller_runs_beside_the_old_one() {
    let stateful = api(10, 400, "volume data \"/data\" { kind persistent; size 1Gi }");
    assert_eq!(worst(&api(10, 400, ""), &stateful).0, 200);
    let kinds: Vec<String> = found(&api(10, 400, ""), &stateful);
    assert_eq!(
        kinds,
        [
            "warning old-instances-stay: `api` was a Deployment of `prod` and becomes a StatefulSet of `prod`: both run until the old one is removed"
        ]
    );
}

#[test]
fn a_listener_of_another_name_leaves_old_pods_without_traffic() {
    let spec = |listen: &str, call: &str| {
        format!(
            "cluster prod {{ version 1.33 }}
             service web {{ image \"{IMAGE}\"; memory 512Mi; listen http 80; {call} }}
             service api {{ image \"{IMAGE}\"; memory 512Mi; {listen} }}"
        )
    };
    let call = "calls api { timeout 1s }";
    let renamed = found(
        &spec("listen http 3000", call),
        &spec("listen http 3000 { name web }", call),
    );
    assert_eq!(
        renamed,
        [
            "error port-changed-while-called: the listener `http` of `api` is called `web` now, and pods of the revision that runs have no port of that name"
        ]
    );
    // The port inside may change: the Service finds it by name.
    assert!(
        found(
            &spec("listen http 3000 { as 80 }", call),
            &spec("listen http 4000 { as 80 }", call)
        )
        .is_empty()
    );
    // Nobody calls it.
    assert!(found(&spec("listen http 3000", ""), &spec("listen http 4000", "")).is_empty());
    let optional = "calls api { timeout 1s; optional }";
    assert!(found(&spec("listen http 3000", optional), &spec("listen http 4000", optional)).is_empty());
}

#[test]
fn nothing_is_found_between_equal_revisions() {
    for example in ALL.iter().flat_map(|rule| rule.examples()) {
        let sources = Sources::new();
        let mut files = files(&example.spec);
        files.0.extend(example.files.clone());
        let project = project::load(&sources, &mut files, "loadline.load").unwrap();
        let model = project.resolve(example.environment.as_deref(), &mut files).model;
        let (clients, transition) = (Clients::of(&model), Transition::new(&model, &model));
        for store in &model.stores {
            let (Some(demand), Some(moment)) = (clients.demand(store.id), transition.worst(store.id)) else {
                continue;
            };
            // Without a rollout an autoscaler may ask for more; in one both must come to the same.
            let quiet = demand.worst.rolling.is_empty();
            assert!(
                moment.total == demand.worst.total || (quiet && moment.total <= demand.worst.total),
                "{} in transition, {} alone:\n{}",
                moment.total,
                demand.worst.total,
                example.spec
            );
        }
        assert!(
            margins(&model, &model).iter().all(|margin| !margin.has_changed()),
            "{}",
            example.spec
        );
    }
}

/// Codes of findings that are new, and of those that are fixed.
fn compared(old: &str, new: &str) -> (Vec<u16>, Vec<u16>) {
    let (before, now) = (Sources::new(), Sources::new());
    let (mut old_files, mut new_files) = (files(old), files(new));
    let old = project::load(&before, &mut old_files, "loadline.load").unwrap();
    let new = project::load(&now, &mut new_files, "loadline.load").unwrap();
    let today = Date::parse("2026-11-21").unwrap();
    let (was, is) = (
        old.check(None, &mut old_files, |_| today),
        new.check(None, &mut new_files, |_| today),
    );
    fn side<'a>(project: &'a Project<'a>, checked: &'a project::Checked) -> Side<'a> {
        Side {
            project,
            model: &checked.model,
            found: &checked.judged.diagnostics,
        }
    }
    let (was, is) = (side(&old, &was), side(&new, &is));
    let pairs = pair(was, is);
    let fresh = is.found.iter().zip(&pairs.known).filter(|(_, known)| !**known);
    let fixed = pairs.fixed.iter().map(|index| was.found.get(*index).unwrap().rule.code);
    (fresh.map(|(found, _)| found.rule.code).collect(), fixed.collect())
}

#[test]
fn findings_are_recognised_wherever_they_move() {
    let spec = "service api { image \"ghcr.io/acme/api:1.0.0\" }\nservice web { image \"ghcr.io/acme/web:1.0.0\"; memory 512Mi }";
    assert_eq!(compared(spec, spec), (vec![], vec![]));
    // Lines, order and versions are nothing that makes a finding new.
    let moved = format!("# a comment\n\n{}", spec.replace("1.0.0", "2.0.0"));
    assert_eq!(compared(spec, &moved), (vec![], vec![]));
    let other_way = spec.lines().rev().collect::<Vec<_>>().join("\n");
    assert_eq!(compared(spec, &other_way), (vec![], vec![]));
    // One that wanders into a template is the same.
    let inherited = spec.replace("image \"ghcr.io/acme/api:1.0.0\"", "extends base")
        + "\ntemplate base { image \"ghcr.io/acme/api:1.0.0\" }";
    assert_eq!(compared(spec, &inherited), (vec![], vec![]));
}

#[test]
fn a_finding_of_another_thing_is_another_finding() {
    let spec = |name: &str| format!("service {name} {{ image \"ghcr.io/acme/api:1.0.0\"; memory 512Mi }}");
    assert_eq!(compared(&spec("api"), &spec("orders")), (vec![908], vec![908]));
    let both = format!("{}\n{}", spec("api"), spec("orders"));
    assert_eq!(compared(&spec("api"), &both), (vec![908], vec![]));
    assert_eq!(compared(&both, &spec("api")), (vec![], vec![908]));
}

#[test]
fn a_finding_that_became_worse_is_new() {
    let spec = "service api { image \"ghcr.io/acme/api:1.0.0\"; memory 512Mi }";
    let denied = format!("{spec}\npolicy team {{ deny image-not-pinned }}");
    assert_eq!(compared(spec, &denied), (vec![908], vec![]));
    assert_eq!(compared(&denied, spec), (vec![], vec![]));
}

/// `name` becomes `full_name` in four revisions; the spec deploys one of them, and another runs.
fn story(running: &str, deployed: &str, from: &str) -> Vec<String> {
    let spec = |version: &str, story: &str| {
        format!(
            "database orders-db {{ engine postgres 16; max_connections 100; reserve 10 }}
             service api {{ version {version}; image \"{IMAGE}\"; memory 512Mi; uses orders-db {{ pool 5 }} }}
             {story}"
        )
    };
    let revisions = [
        "api 2.0 { reads users.name; writes users.name }",
        "api 2.1 { reads users.name; writes [users.name, users.full_name] }",
        "api 2.2 { reads users.full_name; writes [users.name, users.full_name] }",
        "api 2.3 { reads users.full_name; writes users.full_name }",
    ];
    let whole = format!(
        "change full-name {{
           on orders-db; moves users.name to users.full_name
           from {}; expand \"add.sql\"; deploy {}; backfill \"fill.sql\"; deploy {}; deploy {}
           retire api 2.2; contract \"drop.sql\"
         }}",
        revisions[0], revisions[1], revisions[2], revisions[3]
    );
    let rest = format!(
        "change full-name {{
           on orders-db; moves users.name to users.full_name
           from {}; deploy {}; retire api 2.2; contract \"drop.sql\"
         }}",
        revisions[2], revisions[3]
    );
    let sql = [
        ("add.sql", "ALTER TABLE users ADD COLUMN full_name text;"),
        ("fill.sql", "UPDATE users SET full_name = name WHERE full_name IS NULL;"),
        ("drop.sql", "ALTER TABLE users DROP COLUMN name;"),
    ];
    let all = |text: String| {
        let mut all = files(&text);
        all.0.extend(sql.map(|(name, text)| (name.to_owned(), text.to_owned())));
        all
    };
    let before = Sources::new();
    let mut old_files = all(spec(running, &whole));
    let old = project::load(&before, &mut old_files, "loadline.load").unwrap();
    let old = old.resolve(None, &mut old_files).model;
    let sources = Sources::new();
    let mut files = all(spec(deployed, if from == "2.0" { &whole } else { &rest }));
    let project = project::load(&sources, &mut files, "loadline.load").unwrap();
    let today = Date::parse("2026-11-21").unwrap();
    let checked = project.check_after(None, Some(&old), &mut files, |_| today);
    let found = checked.judged.diagnostics.into_iter();
    found
        .filter(|found| found.rule.name == "deploy-left-out")
        .map(|found| found.message)
        .collect()
}

#[test]
fn a_story_is_safe_only_step_by_step() {
    for (running, deployed) in [
        ("2.0", "2.1"),
        ("2.1", "2.2"),
        ("2.2", "2.3"),
        ("2.1", "2.1"),
        ("2.1.4", "2.2.0"),
    ] {
        assert_eq!(
            story(running, deployed, "2.0"),
            Vec::<String>::new(),
            "{running} to {deployed}"
        );
    }
    assert_eq!(
        story("2.0", "2.2", "2.0"),
        [
            "`api 2.0` is replaced by `api 2.2` directly, and `api 2.2` reads `users.full_name`, which `api 2.0` leaves out"
        ]
    );
    assert_eq!(
        story("2.1", "2.3", "2.0"),
        ["`api 2.1` is replaced by `api 2.3` directly, and `api 2.1` reads `users.name`, which `api 2.3` leaves out"]
    );
    // One that no story names is not judged.
    assert_eq!(story("1.9", "2.2", "2.0"), Vec::<String>::new());
}

#[test]
fn a_story_that_was_cut_short_still_meets_what_runs() {
    assert_eq!(story("2.2", "2.3", "2.2"), Vec::<String>::new());
    assert_eq!(
        story("2.1", "2.3", "2.2"),
        ["`api 2.1` is replaced by `api 2.3` directly, and `api 2.1` reads `users.name`, which `api 2.3` leaves out"]
    );
}

#[test]
fn what_is_removed_together_or_run_by_others_is_no_finding() {
    let spec = |caller: &str, callee: &str| {
        format!(
            "service web {{ image \"{IMAGE}\"; memory 512Mi; {caller} }}\ncluster prod {{ version 1.33 }}\n{callee}"
        )
    };
    let callee = format!("service api {{ image \"{IMAGE}\"; memory 512Mi; listen http 80 }}");
    let call = "calls api { timeout 1s }";
    assert_eq!(
        found(&spec(call, &callee), &spec("", "")),
        [
            "warning removed-while-called: `api` is removed, and the revision of `web` that runs calls it until it is replaced"
        ]
    );
    assert!(found(&spec("calls api { timeout 1s; optional }", &callee), &spec("", "")).is_empty());
    // The database outlives its line in the spec.
    let store = "database orders-db { engine postgres 16; max_connections 100; reserve 3 }";
    assert!(found(&spec("uses orders-db { pool 5 }", store), &spec("", "")).is_empty());
    let gone = format!("service other {{ image \"{IMAGE}\"; memory 512Mi }}");
    assert!(found(&spec(call, &callee), &gone).is_empty());
}
