//! Rules about memory and processor, at their borders.

use crate::harness::{Checked, check, check_with};

#[test]
fn who_scales_on_processor_use_asks_for_some() {
    let with = |settings: &str| {
        check(&format!(
            "service api {{ image \"api@sha256:0\"; memory 512Mi; {settings} }}"
        ))
        .of("cpu-request-missing")
    };
    assert_eq!(with(""), "", "a first spec is not shouted at");
    assert_eq!(with("scale 3"), "");
    assert!(with("scale 2..5 { cpu 70% }").starts_with("warning"));
    assert!(
        with("scale 2..5").starts_with("warning"),
        "Kubernetes scales on it when nothing is said"
    );
    assert_eq!(with("scale 2..5 { memory 70% }"), "");
    assert_eq!(with("scale 2..5 { cpu 70% }; cpu 250m"), "");
    let production = |place: &str| {
        let spec = format!(
            "{place}\nservice api {{ image \"api@sha256:0\"; run \"s.js\"; memory 512Mi }}\nenvironment production {{ }}"
        );
        check_with(&spec, &[], Some("production")).of("cpu-request-missing")
    };
    assert_eq!(
        production("cluster prod {}"),
        "warning cpu-request-missing: `api` asks for no processor time\n"
    );
    assert_eq!(production("host web {}"), "", "no scheduler asks");
}

#[test]
fn a_limit_below_the_request_is_not_silenced() {
    let with = |settings: &str| {
        check(&format!(
            "policy lax {{ off limit-below-request \"never\" }}\nservice api {{ image \"api@sha256:0\"; {settings} }}"
        ))
    };
    assert_eq!(
        with("memory 1Gi..512Mi").of("limit-below-request"),
        "error limit-below-request: the limit of 512Mi is less than the request of 1Gi\n"
    );
    assert_eq!(with("cpu 2..500m").help("limit-below-request"), "write `0.5..2`");
    assert!(
        with("memory 512Mi; cpu 500m..500m")
            .of("limit-below-request")
            .is_empty()
    );
    let scale = with("scale 5..2");
    assert!(
        scale
            .found()
            .contains("error value-out-of-range: the range runs backwards: 5 is more than 2")
    );
}

fn on_pm2(memory: &str) -> Checked {
    check(&format!(
        "host web {{ cpu 4; memory 8Gi; reserve 1Gi; process pm2 }}
         service api {{ runtime node 24; run \"s.js\"; processes 2; memory {memory} }}"
    ))
}

#[test]
fn pm2_restarts_where_the_kernel_would_kill() {
    // 2 × (420 + 48 + 50) of 1024: 518 of 512 each.
    let found = on_pm2("1Gi { heap 420Mi; young 48Mi }").found();
    assert_eq!(
        found,
        "error restart-threshold-misplaced: PM2 would replace healthy processes of `api`: one may need 518Mi, and its share of the limit is 512Mi\n"
    );
    // Nothing lies between 511 and 512.
    let tight = on_pm2("1Gi { heap 413Mi; young 48Mi }");
    assert!(
        tight
            .diagnostics
            .iter()
            .any(|found| found.rule.name == "memory-headroom"),
        "{}",
        tight.found()
    );
    assert!(tight.labels("memory-headroom")[0].contains("PM2 replaces what is larger"));
    assert_eq!(on_pm2("1Gi { heap 360Mi; young 48Mi }").found(), "");
    // A container of the same size is killed.
    let container = check(
        "service api { image \"api@sha256:0\"; runtime node 24; run \"s.js\"; processes 2; memory 1Gi { heap 420Mi; young 48Mi } }",
    );
    assert!(
        container.found().starts_with("error memory-overcommit"),
        "{}",
        container.found()
    );
}

fn cluster(nodes: &str, services: &str) -> Checked {
    check(&format!(
        "cluster prod {{ {nodes} }}\ntemplate web {{ image \"web@sha256:0\" }}\n{services}"
    ))
}

fn web(settings: &str) -> String {
    format!("service api {{ extends web; {settings} }}\n")
}

#[test]
fn one_more_instance_needs_a_place() {
    let with = |nodes: u64, rollout: &str| {
        // Two of 6 GiB on a node of 14.4.
        let service = web(&format!("scale 6; memory 6Gi; rollout {rollout}"));
        cluster(&format!("nodes {nodes}; cpu 4; memory 16Gi; reserve 10%"), &service).of("surge-unplaceable")
    };
    assert_eq!(
        with(3, "rolling"),
        "error surge-unplaceable: a rollout of `api` needs 4 nodes of `prod` for its requests of memory, and there are 3\n"
    );
    assert_eq!(with(4, "rolling"), "");
    assert_eq!(
        with(3, "rolling { surge 1; unavailable 1 }"),
        "",
        "one goes before one comes"
    );
    assert_eq!(with(3, "rolling { surge 0; unavailable 1 }"), "");
    assert_eq!(with(3, "recreate"), "");
    assert!(
        with(5, "blue-green").contains("needs 6 nodes"),
        "a second set: {}",
        with(5, "blue-green")
    );
    assert_eq!(with(6, "blue-green"), "");
    assert_eq!(
        with(2, "recreate"),
        "error surge-unplaceable: what runs on `prod` needs 3 nodes of `prod` for its requests of memory, and there are 2\n"
    );
}

#[test]
fn requests_count_and_not_limits() {
    let with =
        |settings: &str| cluster("nodes 1; cpu 2; memory 8Gi; reserve 1Gi", &web(settings)).of("surge-unplaceable");
    assert_eq!(with("scale 6; memory 1Gi..4Gi"), "");
    assert!(with("scale 7; memory 1Gi..4Gi").starts_with("error"), "and one more");
    assert!(
        with("scale 2; cpu 800m..4; memory 64Mi").contains("needs 2 nodes of `prod` for its requests of processor")
    );
    assert_eq!(with("scale 1; cpu 800m..4; memory 64Mi"), "");
    assert!(
        with("scale 1; memory 1Gi; sidecar proxy { image \"p@sha256:0\"; memory 7Gi }")
            .contains("an instance of `api` asks for 8Gi of memory, and a node of `prod` has 7Gi")
    );
    assert_eq!(with("scale 100"), "", "nothing is asked for");
}

#[test]
fn an_autoscaler_at_its_maximum_is_a_warning() {
    let with = |scale: &str| {
        cluster(
            "nodes 2; memory 8Gi",
            &web(&format!("scale {scale}; cpu 1m; memory 4Gi")),
        )
        .of("surge-unplaceable")
    };
    assert_eq!(with("1..2"), "");
    assert!(with("1..4").starts_with("warning surge-unplaceable: a rollout of `api` needs 3 nodes"));
    assert!(with("4..8").starts_with("error"));
}

#[test]
fn threads_that_compute_share_cores() {
    let with = |settings: &str, place: &str| {
        check(&format!(
            "{place}\nservice api {{ image \"api@sha256:0\"; run \"x\"; {settings} }}"
        ))
        .of("threadpool-exceeds-cores")
    };
    let node = |more: &str| {
        with(
            &format!("runtime node 24; memory 2Gi {{ heap auto }}; cpu 500m..2; {more}"),
            "",
        )
    };
    assert_eq!(node("env UV_THREADPOOL_SIZE 2"), "");
    assert_eq!(
        node("env UV_THREADPOOL_SIZE 3"),
        "note threadpool-exceeds-cores: 3 threads of `api` compute on 2 cores\n"
    );
    assert!(node("processes 2; env UV_THREADPOOL_SIZE 2").contains("4 threads of `api` compute on 2 cores"));
    assert_eq!(node("threads 2 { heap 64Mi }"), "");
    assert!(node("threads 3 { heap 64Mi }").starts_with("note"));
    assert_eq!(node("env GOMAXPROCS 16"), "", "Node does not read it");
    let go = |version: &str, more: &str| {
        with(
            &format!("runtime go {version}; memory 1Gi; cpu 500m..2; {more}"),
            "cluster prod { nodes 3; cpu 16; memory 32Gi }",
        )
    };
    assert!(go("1.24", "").contains("16 threads of `api` compute on 2 cores"));
    assert_eq!(go("1.25", ""), "");
    assert_eq!(go("1.24", "env GOMAXPROCS 2"), "");
}

#[test]
fn an_option_behind_the_program_is_the_programs() {
    let with = |settings: &str| {
        check(&format!(
            "service api {{ image \"api@sha256:0\"; memory 512Mi {{ native 60Mi }}; {settings} }}"
        ))
        .of("flag-after-script")
    };
    assert_eq!(with("runtime node 24; run [\"node\", \"--expose-gc\", \"s.js\"]"), "");
    for settings in [
        "run [\"node\", \"s.js\", \"--expose-gc\"]",
        "run \"s.js\"; args [\"--expose-gc\"]",
        "run [\"node\", \"-r\", \"./init.js\", \"s.js\", \"--expose_gc\"]",
        "run \"s.js\"; migrate before { run [\"node\", \"m.js\", \"--expose-gc\"] }",
    ] {
        assert!(
            with(&format!("runtime node 24; {settings}")).starts_with("error"),
            "{settings}"
        );
    }
    assert_eq!(with("runtime node 24; run \"s.js\"; args [\"--port=80\"]"), "");
    assert_eq!(
        with("runtime node 24; args [\"--expose-gc\"]"),
        "",
        "the image says what it starts"
    );
    assert!(with("runtime jvm 21; run \"a.jar\"; args [\"-Xss2m\"]").starts_with("error"));
    assert_eq!(
        with("runtime jvm 21; run [\"java\", \"-Xss2m\", \"-jar\", \"a.jar\"]"),
        ""
    );
}
