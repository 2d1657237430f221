//! `loadline sweep`, by the real binary: a small system that one instance too few cannot carry.

use std::fs;
use std::path::PathBuf;

use crate::harness::{Case, Run, root};
use crate::tools::judge;

const SPEC: &str = r#"cluster prod { nodes 3; cpu 4; memory 16Gi; version 1.34 }

database orders-db {
  engine          postgres 16
  max_connections 60
  reserve         10
  service_time    2ms { p95 6ms }
}

service api {
  image    "registry.example.com/shop/orders-api:2.1.0"
  runtime  node 24
  run      "dist/server.mjs"
  scale    3
  cpu      500m..1
  memory   512Mi { heap 320Mi }
  listen   http 3000
  uses     orders-db { pool 6; acquire_timeout 1s; hold 6ms { p95 15ms } }
  health   { ready "/readyz" { every 5s }; live "/livez" }
  shutdown { settle 5s; drain 24s; grace 45s }
  rollout  rolling { surge 1; unavailable 0; min_ready 5s }
  load     { rate 20/s; peak 30/s; cpu 40ms; wait 20ms { p95 60ms }; boot 2s..4s; longest 20s }
}

scenario busy {
  at 0s  { traffic api 30/s }
  until  10s
  expect availability api >= 95%
  expect p95 api <= 400ms in 60%
  runs 4
}
"#;

const GRID: &str = "sweep busy --vary api.scale=1..3 --vary traffic=50%,100%,2x";

#[test]
fn a_grid_is_shown_with_its_map() {
    let case = Case::spec(SPEC);
    let run = case.run(GRID);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{}", run.shown());
    insta::assert_snapshot!(run.stdout);
    // A question has an answer, not a verdict, unless one asks for it.
    assert_eq!(case.run(&format!("{GRID} --must-hold")).code, 1);
    assert_eq!(
        case.run("sweep --vary api.scale=3 --vary traffic=0.5x --must-hold")
            .code,
        0
    );
    let markdown = case.run(&format!("{GRID} --format markdown -o result.md"));
    assert_eq!((markdown.code, markdown.stdout.as_str()), (0, ""));
    assert!(
        case.read("result.md").contains("| 3 | 50% | yes |"),
        "{}",
        case.read("result.md")
    );
}

#[test]
fn parts_from_several_machines_are_the_bytes_of_one() {
    let case = Case::spec(SPEC);
    let whole = case.run(&format!("{GRID} --format json")).stdout;
    let one_thread = case.run_as(&[("RAYON_NUM_THREADS", "1")], &format!("{GRID} --format json"));
    assert_eq!(one_thread.stdout, whole);
    for index in 0..3 {
        // Wherever the project lies there.
        let project = format!("machine-{index}/loadline.load");
        case.write(&project, SPEC);
        let run = case.run(&format!(
            "{GRID} --shard {index}/3 --project machine-{index} -o part-{index}.json"
        ));
        assert_eq!((run.code, run.stdout.as_str()), (0, ""), "{}", run.shown());
    }
    for order in ["0 1 2", "2 0 1"] {
        let files: Vec<String> = order.split(' ').map(|index| format!("part-{index}.json")).collect();
        let merged = case.run(&format!("sweep merge {} --format json", files.join(" ")));
        assert_eq!((merged.code, &merged.stdout), (0, &whole), "{order}");
    }
    case.write("whole.json", &whole);
    assert_eq!(case.run("sweep merge whole.json").stdout, case.run(GRID).stdout);
    assert_eq!(case.run("sweep merge whole.json --must-hold").code, 1);

    // What does not belong together.
    let refused = |arguments: &str, why: &str| {
        let run = case.run(arguments);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{arguments}: {}", run.shown());
        assert!(run.stderr.contains(why), "{arguments}: {}", run.stderr);
    };
    refused("sweep merge part-0.json part-2.json", "1 of 3 parts missing: 1/3");
    refused("sweep merge part-0.json part-1.json part-1.json", "are both part 1/3");
    refused(
        "sweep merge part-0.json loadline.load",
        "loadline.load: no result of a sweep",
    );
    case.write("machine-2/loadline.load", &SPEC.replace("cpu 40ms", "cpu 41ms"));
    case.run(&format!("{GRID} --shard 2/3 --project machine-2 -o other.json"));
    refused(
        "sweep merge part-0.json part-1.json other.json",
        "the spec of one has the digest",
    );
}

/// A what-if of the command line is swept as one of the spec is: on one machine, in parts, by a Job, in search of a limit.
#[test]
fn a_question_of_the_command_line_is_swept() {
    let case = Case::spec(SPEC);
    // Words with blanks: they do not come apart where they are passed on.
    let asked = |more: &str| {
        let mut words: Vec<String> = [
            "sweep",
            "--traffic",
            "30/s",
            "--kill",
            "api@4s",
            "--until",
            "8s",
            "--runs",
            "4",
        ]
        .map(str::to_owned)
        .into();
        words.extend(["--expect".to_owned(), "availability api >= 90%".to_owned()]);
        words.extend(more.split(' ').map(str::to_owned));
        words
    };
    let run = |words: &[String]| {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        case.run_with(&words, "")
    };
    let whole = run(&asked("--vary api.scale=1..3 --format json"));
    assert_eq!((whole.code, whole.stderr.as_str()), (0, ""), "{}", whole.shown());
    assert!(whole.stdout.contains("--kill 'api@4s'"), "{}", whole.stdout);
    for index in 0..2 {
        run(&asked(&format!(
            "--vary api.scale=1..3 --shard {index}/2 -o {index}.json"
        )));
    }
    let merged = case.run("sweep merge 1.json 0.json --format json");
    assert_eq!((merged.code, &merged.stdout), (0, &whole.stdout));

    let job = run(&asked(
        "--vary api.scale=1..3 --emit-job 2 --image registry.example.com/tools/loadline:0.1.0",
    ));
    assert_eq!(job.code, 0, "{}", job.shown());
    let merged = played(&case, &job, 2);
    assert_eq!(merged.stdout, whole.stdout);

    let largest = run(&asked("--largest traffic=50%..400%:50%"));
    assert!(
        largest
            .stdout
            .contains("the largest traffic at which all expectations hold"),
        "{}",
        largest.shown()
    );

    // Another question is another sweep, and two questions are none.
    let mut other = asked("--vary api.scale=1..3 --shard 1/2 -o other.json");
    other[4] = "api@5s".to_owned();
    run(&other);
    let refused = case.run("sweep merge 0.json other.json");
    assert!(
        refused.code == 2 && refused.stderr.contains("--kill 'api@5s'"),
        "{}",
        refused.shown()
    );
    let both = run(&asked("busy --vary api.scale=1..3"));
    assert!(
        both.code == 2 && both.stderr.contains("a sweep is of one scenario"),
        "{}",
        both.shown()
    );
    let wrong = case.run("sweep --kill apy --vary api.scale=1..3");
    assert!(
        wrong.code == 2 && wrong.stderr.contains("did you mean `api`?"),
        "{}",
        wrong.shown()
    );
}

/// What the pods of a Job do, one after the other, with the very words that its manifest has for them; put together.
fn played(case: &Case, manifest: &Run, parts: u32) -> Run {
    let objects: Vec<&str> = manifest.stdout.split("---\n").collect();
    let map: serde_json::Value = serde_yaml::from_str(objects[0]).unwrap();
    case.write("spec/loadline.load", map["data"]["0-loadline.load"].as_str().unwrap());
    let job: serde_json::Value = serde_yaml::from_str(objects.last().unwrap()).unwrap();
    assert_eq!(job["spec"]["completions"], parts);
    let container = &job["spec"]["template"]["spec"]["containers"][0];
    let words = |key: &str| -> Vec<String> {
        let words = container[key].as_array().unwrap().iter();
        words.map(|word| word.as_str().unwrap().to_owned()).collect()
    };
    let command = words("command");
    assert_eq!(command[0], "loadline");
    let mut files = Vec::new();
    for index in 0..parts {
        // As the kubelet puts variables in, and mounts the ConfigMap.
        let put_in = |word: &String| {
            let word = word.replace("$(JOB_COMPLETION_INDEX)", &index.to_string());
            word.replace("/spec/", "spec/").replace("$$", "$")
        };
        let words: Vec<String> = command[1..]
            .iter()
            .cloned()
            .chain(words("args").iter().map(put_in))
            .collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let pod = case.run_with(&words, "");
        assert_eq!((pod.code, pod.stderr.as_str()), (0, ""), "{}", pod.shown());
        let file = format!("pod-{index}.log");
        case.write(&file, &pod.stdout);
        files.push(file);
    }
    case.run(&format!("sweep merge {} --format json", files.join(" ")))
}

#[test]
fn the_largest_traffic_is_found_by_halving() {
    let case = Case::spec(SPEC);
    let run = case.run("sweep --largest traffic=50%..400%:25%");
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{}", run.shown());
    insta::assert_snapshot!(run.stdout);
    let none = case.run("sweep --largest traffic=900%..1000%:50% --runs 1");
    assert_eq!(none.code, 0);
    assert!(none.stdout.contains("not even at traffic = 900%"), "{}", none.stdout);
    assert_eq!(
        case.run("sweep --largest traffic=900%..1000%:50% --runs 1 --must-hold")
            .code,
        1
    );
    let beyond = case.run("sweep --largest traffic=10%..20%:5% --runs 1");
    assert!(beyond.stdout.contains("the limit is beyond"), "{}", beyond.stdout);
}

/// A wrong value ends it; a cell that cannot be simulated does not end the others.
#[test]
fn what_is_wrong_is_said_with_its_option() {
    let case = Case::spec(SPEC);
    let mut said = Vec::new();
    for arguments in [
        "sweep",
        "sweep --vary api.scale",
        "sweep --vary api.scal=1,2",
        "sweep --vary api.scale=2,many",
        "sweep --vary api.scale=5..2",
        "sweep --vary orders-db.latency=1ms..5ms",
        "sweep --vary traffic=800/s",
        "sweep --vary api.scale=1 --vary api.scale=2",
        "sweep --vary api.scale=1..100 --vary api.uses.orders-db.pool=1..200",
        "sweep bussy --vary api.scale=1,2",
        "sweep --vary api.scale=1,2 --shard 2/2",
        "sweep --vary api.scale=1,2 --shard 0/2 --format text",
        "sweep --vary api.scale=1,2 --largest traffic=1x..2x",
        "sweep --largest traffic=1x,2x",
        "sweep --vary api.scale=1,2 --emit-job 3",
        "sweep merge",
        "sweep merge nowhere.json",
    ] {
        let run = case.run(arguments);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{arguments}: {}", run.shown());
        let first = run.stderr.lines().next().unwrap_or_default();
        said.push(format!("{arguments}\n    {first}"));
    }
    insta::assert_snapshot!(said.join("\n"));
}

/// Clients that wait for answers are traffic, too.
#[test]
fn a_factor_counts_for_every_kind_of_traffic() {
    let case = Case::spec(&SPEC.replace("traffic api 30/s", "traffic api { clients 20; think 1s }"));
    let run = case.run("sweep --vary traffic=50%,100%,200% --runs 2 --format json");
    let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let arrived = |cell: usize| document["cells"][cell]["runs"]["arrived"][0].as_u64().unwrap();
    assert!(
        arrived(0) * 3 < arrived(1) * 2 && arrived(1) * 3 < arrived(2) * 2,
        "{}",
        run.stdout
    );
}

#[test]
fn a_cell_that_cannot_be_simulated_does_not_end_the_others() {
    let spec = SPEC.replace("scale    3", "scale    $twice");
    let case = Case::spec(&format!("let replicas 3\nlet twice $replicas\n{spec}"));
    // A circle, which is nobody's value alone.
    let run = case.run("sweep --vary replicas=2,$twice --vary traffic=10%,20% --runs 1");
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{}", run.shown());
    insta::assert_snapshot!(run.stdout);
    assert_eq!(
        case.run("sweep --vary replicas=3,$twice --vary traffic=10% --runs 1 --must-hold")
            .code,
        1
    );
}

/// Judged by what judges all other objects, beside a policy as every namespace of ours has it.
#[test]
fn a_job_computes_parts_on_a_cluster() {
    let case = Case::spec(SPEC);
    let options = "--emit-job 4 --image registry.example.com/tools/loadline:0.1.0 --namespace shop";
    let run = case.run(&format!("{GRID} {options}"));
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{}", run.shown());
    insta::assert_snapshot!(run.stdout.split("---\n").last().unwrap());
    let claimed = case.run(&format!("{GRID} {options} --claim results"));
    for (name, objects) in [("log", &run), ("claim", &claimed)] {
        write_objects(&case, name, objects);
    }
    let deny = "apiVersion: 'networking.k8s.io/v1'\nkind: 'NetworkPolicy'\nmetadata:\n  name: 'default-deny'\n  namespace: 'shop'\n  \
                labels:\n    app.kubernetes.io/name: 'default-deny'\n    app.kubernetes.io/instance: 'default-deny'\nspec:\n  \
                podSelector: {}\n  policyTypes:\n    - 'Ingress'\n    - 'Egress'\n";
    let sets: Vec<PathBuf> = ["log", "claim"]
        .map(|name| {
            case.write(&format!("{name}/deny.yaml"), deny);
            case.path(name)
        })
        .into();
    if let Some((good, said)) = judge("kubernetes", &sets) {
        assert!(good, "{said}");
    }

    // The pods find the spec as it was, and are asked what was asked.
    assert_eq!(
        played(&case, &run, 4).stdout,
        case.run(&format!("{GRID} --format json")).stdout
    );

    let large = format!("{SPEC}\n# {}\n", "x".repeat(1024 * 1024));
    let refused = Case::spec(&large).run(&format!("{GRID} {options}"));
    assert_eq!(refused.code, 2);
    assert!(
        refused.stderr.contains("a ConfigMap holds 1048576"),
        "{}",
        refused.stderr
    );
}

fn write_objects(case: &Case, name: &str, objects: &Run) {
    for (number, object) in objects.stdout.split("---\n").enumerate() {
        case.write(&format!("{name}/{number}.yaml"), object);
    }
}

#[test]
fn documents_follow_their_schema() {
    let case = Case::spec(SPEC);
    let schema = root().join("docs/schema/sweep.schema.json");
    assert!(fs::metadata(&schema).is_ok());
    for (name, arguments) in [
        ("whole.json", format!("{GRID} --runs 1 --format json")),
        ("part.json", format!("{GRID} --runs 1 --shard 1/3")),
        (
            "largest.json",
            "sweep --largest traffic=1x..3x --runs 1 --format json".to_owned(),
        ),
        (
            "each.json",
            "sweep --one-at-a-time --vary api.scale=1,2 --runs 1 --format json".to_owned(),
        ),
    ] {
        case.write(name, &case.run(&arguments).stdout);
    }
    let documents = ["whole.json", "part.json", "largest.json", "each.json"];
    let arguments = std::iter::once(schema.clone()).chain(documents.map(|name| case.path(name)));
    let Some((good, said)) = judge("json", &arguments.collect::<Vec<_>>()) else {
        return;
    };
    assert!(good, "{said}");
    for (from, to) in [
        ("\"p95_us\"", "\"p96_us\""),
        ("\"seed\": 1", "\"seed\": \"1\""),
        ("\"grid\"", "\"grill\""),
    ] {
        let document = case.read("whole.json");
        assert!(document.contains(from));
        case.write("other.json", &document.replace(from, to));
        let (good, _) = judge("json", &[schema.clone(), case.path("other.json")]).unwrap();
        assert!(!good, "{to} is taken for good");
    }
}
