//! How the heap flag reaches the process, whatever starts it.

use crate::harness::check;

/// The words of the first workload, its variable with options, and the findings at warning and above.
fn told(spec: &str) -> (String, Option<String>, String) {
    let checked = check(spec);
    let workload = &checked.model.workloads[0];
    let variable = workload.options_variable().and_then(|name| workload.env.get(name));
    (
        workload.argv().join(" "),
        variable.and_then(|value| value.as_text()).map(str::to_owned),
        checked.found(),
    )
}

fn service(settings: &str) -> String {
    format!("service api {{ image \"api@sha256:0\"; {settings} }}")
}

const FLAG: &str = "--max-old-space-size=300";

#[test]
fn flags_stand_behind_the_runtime_where_it_is_named() {
    for run in [
        "\"s.js\"",
        "[\"node\", \"s.js\"]",
        "[\"/usr/local/bin/node\", \"s.js\"]",
        "\"node s.js\"",
    ] {
        let (words, variable, found) = told(&service(&format!(
            "runtime node 24; run {run}; memory 512Mi {{ heap 300Mi }}"
        )));
        assert!(words.ends_with(&format!("node {FLAG} s.js")), "{words}");
        assert_eq!(variable, None);
        assert_eq!(found, "");
    }
}

#[test]
fn a_line_is_its_words() {
    let words = |run: &str| told(&service(&format!("{run}; memory 512Mi {{ heap 300Mi }}"))).0;
    assert_eq!(
        words("runtime node 24; run \"dist/s.js  --port 80\"; args [\"-v\"]"),
        format!("node {FLAG} dist/s.js --port 80 -v")
    );
    assert_eq!(
        words("runtime jvm 21; run \"app.jar --debug\""),
        "java -Xmx300m -jar app.jar --debug"
    );
    assert_eq!(words("runtime go; run \"./api -v\""), "./api -v");
    let (_, _, found) = told(&service(
        "runtime node 24; run \"node s.js --name 'a b'\"; memory 512Mi { heap 300Mi }",
    ));
    assert!(
        found.starts_with("error wrong-unit: quotes and escapes mean nothing here"),
        "{found}"
    );
}

#[test]
fn flags_stand_in_the_environment_where_the_runtime_is_not_named() {
    for run in ["", "run [\"/app/start\"];", "run [\"node-wrapper\"];"] {
        let (words, variable, found) = told(&service(&format!(
            "runtime node 24; {run} memory 512Mi {{ heap 300Mi; young 48Mi }}"
        )));
        assert!(!words.contains(FLAG), "{words}");
        assert_eq!(variable.unwrap(), format!("{FLAG} --max-semi-space-size=16"));
        assert_eq!(found, "");
    }
    let jvm = told(&service("runtime jvm 21; memory 1Gi { heap 600Mi; native 200Mi }"));
    assert_eq!(jvm.1.unwrap(), "-Xmx600m");
}

#[test]
fn other_options_stay_and_a_flag_that_is_there_is_not_repeated() {
    let with = |more: &str, set: &str| {
        told(&format!(
            "{}\n{set}",
            service(&format!("runtime node 24; memory 512Mi {{ heap 300Mi }}; {more}"))
        ))
    };
    let (_, variable, _) = with("env NODE_OPTIONS \"--enable-source-maps\"", "");
    assert_eq!(variable.unwrap(), format!("--enable-source-maps {FLAG}"));
    let (_, variable, _) = with(
        "env_from shared",
        "config_set shared { env NODE_OPTIONS \"--trace-warnings\" }",
    );
    assert_eq!(variable.unwrap(), format!("--trace-warnings {FLAG}"));
    let (_, variable, found) = with("env NODE_OPTIONS \"--max_old_space_size=300\"", "");
    assert_eq!(variable.unwrap(), "--max_old_space_size=300");
    assert_eq!(found, "");
}

#[test]
fn a_cap_that_reaches_nobody_is_an_error() {
    let found = |spec: &str| told(spec).2;
    let other = found(&service(
        "runtime node 24; memory 512Mi { heap 300Mi }; env NODE_OPTIONS \"--max-old-space-size=400\"",
    ));
    assert_eq!(
        other,
        "error heap-not-capped: `api` counts 300Mi of heap, but `NODE_OPTIONS` says `--max-old-space-size=400`\n"
    );
    let secret = found(&service(
        "runtime node 24; memory 512Mi { heap 300Mi }; secret NODE_OPTIONS from \"env:OPTIONS\"",
    ));
    assert!(
        secret.contains("error heap-not-capped: `api` counts 300Mi of heap, and no flag sets it"),
        "{secret}"
    );
    let auto = found(&service("memory 512Mi { heap auto }"));
    assert!(
        auto.contains("error heap-not-capped: `api` counts 460Mi of heap, and no flag sets it"),
        "{auto}"
    );
    let own = found(&service("runtime rust; memory 512Mi { heap 300Mi }"));
    assert!(
        own.contains("warning heap-not-capped: `api` counts 300Mi of heap, and no flag sets it"),
        "{own}"
    );
}

#[test]
fn what_nobody_measured_is_said() {
    let jvm = told(&service("runtime jvm 21; run \"a.jar\"; memory 512Mi { heap auto }")).2;
    assert!(
        jvm.contains("warning heap-not-capped: what jvm needs besides the heap of `api` is not known"),
        "{jvm}"
    );
    let declared = told(&service(
        "runtime jvm 21; run \"a.jar\"; memory 512Mi { heap auto; native 200Mi }",
    ))
    .2;
    assert_eq!(declared, "");
    let young = told(&service("runtime node 27; run \"s.js\"; memory 512Mi { heap auto }")).2;
    assert!(
        young.contains("warning heap-not-capped: how large the young generation of Node 27 gets in `api` is not known"),
        "{young}"
    );
}

#[test]
fn a_heap_in_which_node_does_not_start_is_an_error() {
    let small = told(&service("runtime node 24; run \"s.js\"; memory 64Mi { heap auto }")).2;
    assert!(
        small.contains("error memory-overcommit: 4Mi of heap are left for `api`, and Node needs 8Mi to start"),
        "{small}"
    );
}
