//! Reports of simulations, judged by a browser and by their schema.

use std::fs;
use std::path::PathBuf;

use loadline_simulator::outcome::{FactKind, Place, Study};
use loadline_simulator::report::{Located, Report, json};

use crate::harness::{Case, root};
use crate::tools::{judge, refuses_the_bad_examples};

#[path = "../simulator/tests/study/mod.rs"]
#[allow(unreachable_pub, reason = "shared with the simulator's own tests")]
mod study;

fn locate(place: Place) -> Option<Located> {
    Some(Located::File {
        file: "loadline.load".to_owned(),
        line: place.start as usize,
        column: 3,
        excerpt: "at 30s { rollout api { to 2.2 } }".to_owned(),
    })
}

/// A bad deploy, a study without a story, and one whose texts would like to be markup.
fn studies() -> Vec<Study> {
    let mut evil = study::bad_deploy();
    let text = "</script><script>alert(1)</script><!--<img src=x onerror=alert(2)>\"";
    evil.scenario = text.to_owned();
    evil.expectations[0].text = text.to_owned();
    evil.told.as_mut().unwrap().story.facts[1].what = FactKind::Event(text.to_owned());
    vec![study::bad_deploy(), study::quiet(), evil]
}

/// A directory for each study, with its page and its document.
fn written(case: &Case) -> Vec<PathBuf> {
    let all = studies().into_iter().enumerate().map(|(index, study)| {
        let report = Report::new(&study, &locate);
        case.write(&format!("{index}/page.html"), &report.html());
        case.write(&format!("{index}/report.json"), &json(&[report]));
        case.path(&index.to_string())
    });
    all.collect()
}

/// A system that is really simulated, and what the program says of it.
const SYSTEM: &str = "
database orders-db { engine postgres 16; max_connections 50; latency 2ms }
service api {
  image \"api:1\"
  listen http 3000
  scale 3
  memory 512Mi
  uses orders-db { pool 10; acquire_timeout 1s; hold 5ms }
  load { cpu 1ms; boot 3s }
}
scenario bad-deploy {
  at 0s  { traffic api 60/s }
  at 10s { rollout api { to 2.2; errors 20% } }
  at 20s { fail orders-db { for 5s } }
  expect availability api >= 99.5%
  runs 2; seed 7; until 60s
}
";

fn simulated(case: &Case) -> PathBuf {
    case.write("real/loadline.load", SYSTEM);
    let run = case.run("simulate --project real --format json --html real/page.html");
    assert_eq!(run.code, 1, "{}", run.shown());
    case.write("real/report.json", &run.stdout);
    case.path("real")
}

/// Chromium opens each page, light and dark: drawn, no error, nothing asked of the network, and at every time that the test looks
/// at, by slider, key, pointer and link, the values of the document.
#[test]
fn a_page_shows_what_its_document_says() {
    refuses_the_bad_examples("page");
    let case = Case::new();
    let mut directories = written(&case);
    directories.push(simulated(&case));
    if let Some((good, said)) = judge("page", &directories) {
        assert!(good, "{said}");
        // One instance more in the first step: the page does not say so.
        let document = case.read("0/report.json");
        let tampered = document.replacen("\"ready\": [10,", "\"ready\": [11,", 1);
        assert_ne!(tampered, document);
        case.write("0/report.json", &tampered);
        let (good, said) = judge("page", &directories[..1]).unwrap();
        assert!(!good && said.contains("api/instances = ready = 11"), "{said}");
    }
}

#[test]
fn documents_follow_their_schema() {
    let case = Case::new();
    let documents = written(&case)
        .into_iter()
        .map(|directory| directory.join("report.json"));
    let path = root().join("docs/schema/simulate.schema.json");
    let mut schema: serde_json::Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    close(&mut schema);
    // Whoever reads the schema reads about every field that there is.
    case.write("closed.schema.json", &schema.to_string());
    let arguments: Vec<PathBuf> = std::iter::once(case.path("closed.schema.json"))
        .chain(documents)
        .collect();
    let Some((good, said)) = judge("json", &arguments) else {
        return;
    };
    assert!(good, "{said}");
    for (from, to) in [
        ("\"p95\"", "\"p96\""),
        ("\"seed\": 7", "\"seed\": \"7\""),
        ("\"held\"", "\"kept\""),
    ] {
        let document = case.read("0/report.json");
        assert!(document.contains(from));
        case.write("other.json", &document.replace(from, to));
        let (good, _) = judge("json", &[arguments[0].clone(), case.path("other.json")]).unwrap();
        assert!(!good, "{to} is taken for good");
    }
}

/// Documents have every field that is described, and none beside.
pub(crate) fn follow_the_schema(documents: &[&str]) {
    let case = Case::new();
    let path = root().join("docs/schema/simulate.schema.json");
    let mut schema: serde_json::Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    close(&mut schema);
    case.write("closed.schema.json", &schema.to_string());
    let mut arguments = vec![case.path("closed.schema.json")];
    for (place, document) in documents.iter().enumerate() {
        case.write(&format!("{place}.json"), document);
        arguments.push(case.path(&format!("{place}.json")));
    }
    if let Some((good, said)) = judge("json", &arguments) {
        // It shows what it does not take, and that may be a megabyte.
        let said: String = said.chars().take(2_000).collect();
        assert!(good, "{said}");
    }
}

/// All scenarios are one document, and no file is written twice.
#[test]
fn several_scenarios_are_one_document() {
    let more = SYSTEM.replace(
        "scenario bad-deploy",
        "scenario calm { at 0s { traffic api 5/s }; until 5s }\nscenario bad-deploy",
    );
    let case = Case::spec(&more);
    let run = case.run("simulate --format json --runs 1");
    assert_eq!((run.code, run.stderr.as_str()), (1, ""), "{}", run.shown());
    let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let names: Vec<&str> = document["scenarios"]
        .as_array()
        .unwrap()
        .iter()
        .map(|own| own["scenario"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["calm", "bad-deploy"]);
    let run = case.run("simulate --html page.html");
    assert_eq!(run.code, 2, "{}", run.shown());
    assert!(
        run.stderr
            .contains("--html and --trace are of one scenario; name `calm` or `bad-deploy`"),
        "{}",
        run.stderr
    );
    assert!(!case.exists("page.html"));
}

/// No field beyond those that are described.
fn close(schema: &mut serde_json::Value) {
    match schema {
        serde_json::Value::Object(fields) => {
            // A place is a part of other things.
            let parts = fields.iter_mut().filter(|(name, _)| *name != "place");
            parts.for_each(|(_, part)| close(part));
            if fields.contains_key("properties") {
                fields.insert("unevaluatedProperties".to_owned(), false.into());
            }
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}
