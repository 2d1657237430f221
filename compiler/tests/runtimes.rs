//! Runtimes beyond Node: their heaps, their workers, and the schedule of Node itself.

use crate::harness::{Checked, check, check_with};
use loadline_compiler::budget::MemorySum;
use loadline_compiler::quantity::Bytes;

fn service(settings: &str) -> Checked {
    check(&format!(
        "service api {{ image \"api@sha256:0\"; run \"x\"; {settings} }}"
    ))
}

fn total(checked: &Checked) -> Bytes {
    MemorySum::of(&checked.model, &checked.model.workloads[0])
        .unwrap()
        .total()
}

fn variable(checked: &Checked, name: &str) -> Option<String> {
    let value = checked.model.workloads[0].env.get(name)?;
    value.as_text().map(str::to_owned)
}

#[test]
fn the_jvm_takes_a_quarter() {
    let left = service("runtime jvm 21; memory 1Gi");
    assert_eq!(total(&left), Bytes::mib(256));
    assert_eq!(
        left.of("heap-not-capped"),
        "note heap-not-capped: `api` leaves its heap to the JVM, which takes 256Mi of 1Gi\n"
    );
    // A quarter and what the rest is said to need.
    assert_eq!(
        total(&service("runtime jvm 21; memory 1Gi { native 300Mi }")),
        Bytes::mib(556)
    );
    let small = service("runtime jvm 21; memory 200Mi { native 90Mi }");
    assert_eq!(
        small.of("heap-not-capped"),
        "error heap-not-capped: `api` does not cap its heap: jvm lets it grow to 100Mi in 200Mi\n"
    );
    assert_eq!(
        small.help("heap-not-capped"),
        "`heap 90Mi` fits with 10% headroom, which `heap auto` computes"
    );
    let capped = service("runtime jvm 21; memory 1Gi { heap auto; native 300Mi }");
    assert_eq!(capped.found(), "");
    assert_eq!(capped.model.workloads[0].argv()[..2], ["java", "-Xmx621m"]);
}

#[test]
fn dotnet_takes_three_quarters_of_a_container() {
    let left = service("runtime dotnet 9; memory 512Mi");
    assert_eq!(total(&left), Bytes::mib(384));
    assert_eq!(left.of("heap-not-capped"), "", "the rest is a fourth");
    let native = service("runtime dotnet 9; memory 512Mi { native 100Mi }");
    assert_eq!(
        native.of("heap-not-capped"),
        "error heap-not-capped: `api` does not cap its heap: dotnet lets it grow to 384Mi in 512Mi\n"
    );
    let capped = service("runtime dotnet 9; memory 512Mi { heap auto; native 100Mi }");
    assert_eq!(capped.found(), "");
    // 360 MiB.
    assert_eq!(variable(&capped, "DOTNET_GCHeapHardLimit").unwrap(), "16800000");
    assert_eq!(capped.model.workloads[0].argv(), ["dotnet", "x"]);
}

#[test]
fn go_is_told_its_limit() {
    let left = service("runtime go 1.25; memory 512Mi");
    assert_eq!(total(&left), Bytes::ZERO);
    assert_eq!(
        left.of("heap-not-capped"),
        "note heap-not-capped: `api` does not tell go that it may use 512Mi\n"
    );
    let capped = service("runtime go 1.25; memory 512Mi { heap auto }");
    assert_eq!(
        (
            capped.found().as_str(),
            variable(&capped, "GOMEMLIMIT").unwrap().as_str()
        ),
        ("", "460MiB")
    );
    let own = |value: &str| {
        service(&format!(
            "runtime go; memory 512Mi {{ heap 400Mi }}; env GOMEMLIMIT {value}"
        ))
    };
    assert_eq!(own("400MiB").found(), "");
    assert_eq!(
        own("500MiB").found(),
        "error heap-not-capped: `api` counts 400Mi of heap, but `GOMEMLIMIT` says `500MiB`\n"
    );
    let old = service("runtime go 1.18; memory 512Mi { heap 400Mi }").found();
    assert_eq!(
        old,
        "error heap-not-capped: `api` counts 400Mi of heap, and no flag sets it\n"
    );
    let secret = service("runtime go 1.25; memory 512Mi { heap 400Mi }; secret GOMEMLIMIT from \"env:LIMIT\"").found();
    assert!(secret.contains("and no flag sets it"), "{secret}");
}

#[test]
fn each_worker_of_python_is_a_process() {
    let with = |run: &str, more: &str| {
        check(&format!(
            "database db {{ engine postgres 16; max_connections 500; reserve 20 }}
             service api {{ image \"api@sha256:0\"; runtime python 3.13; run {run}; memory 512Mi
               uses db {{ pool 5; overflow 10 }}; rollout recreate; {more} }}"
        ))
    };
    let gunicorn = with("[\"gunicorn\", \"-w\", \"4\", \"app:app\"]", "");
    assert_eq!((gunicorn.connections().0, total(&gunicorn)), (60, Bytes::mib(80)));
    assert_eq!(
        with("[\"uvicorn\", \"app:app\"]", "env WEB_CONCURRENCY 3")
            .connections()
            .0,
        45
    );
    assert_eq!(with("[\"uvicorn\", \"app:app\"]", "").connections().0, 15);
    let shared = with(
        "[\"gunicorn\", \"app:app\"]",
        "env_from shared }\nconfig_set shared { env WEB_CONCURRENCY 2",
    );
    assert_eq!(shared.connections().0, 30);
    // What is written holds.
    assert_eq!(
        with("[\"gunicorn\", \"-w\", \"4\", \"app:app\"]", "processes 2")
            .connections()
            .0,
        30
    );
    let many = with("[\"gunicorn\", \"-w\", \"30\", \"app:app\"]", "");
    assert!(
        many.found()
            .contains("error memory-overcommit: `api` can use 600Mi of 512Mi"),
        "{}",
        many.found()
    );
}

const SCHEDULE: &str = "{ \"v22\": { \"start\": \"2024-04-24\", \"lts\": \"2024-10-29\", \"end\": \"2026-10-31\" },
  \"v24\": { \"start\": \"2025-05-06\", \"lts\": \"2025-10-28\", \"end\": \"2028-05-31\" } }";

#[test]
fn a_project_brings_its_own_schedule() {
    let spec = |setting: &str| {
        format!(
            "project shop {{ as_of \"2026-11-21\"; {setting} }}
             service api {{ image \"api@sha256:0\"; runtime node 22; run \"s.js\"; memory 512Mi {{ heap auto }} }}"
        )
    };
    let judged = |setting: &str, text: &str| check_with(&spec(setting), &[("node.json", text)], None);
    assert_eq!(judged("", SCHEDULE).found(), "");
    let named = judged("node_schedule \"node.json\"", SCHEDULE);
    assert_eq!(
        named.found(),
        "error runtime-end-of-life: Node 22 of `api` reached its end of life on 2026-10-31\n"
    );
    assert_eq!(
        named.help("runtime-end-of-life"),
        "`runtime node 24` has support until 2028-05-31"
    );
    let missing = judged("node_schedule \"other.json\"", SCHEDULE).found();
    assert_eq!(missing, "error unknown-reference: there is no file `other.json`\n");
    let outside = judged("node_schedule \"../node.json\"", SCHEDULE).found();
    assert!(outside.starts_with("error path-outside-project"), "{outside}");
    let broken = judged("node_schedule \"node.json\"", "{ \"v22\": { \"end\": \"soon\" } }");
    assert_eq!(
        broken.found(),
        "error value-out-of-range: `node.json` is no release schedule: `soon` is not a date, like `2028-04-30`\n"
    );
    // The mistake is in the file, and the setting that names it is a label.
    let found = &broken.diagnostics[0];
    assert_eq!(found.labels.len(), 2);
    assert_ne!(found.labels[0].span.start, found.labels[1].span.start);
}
