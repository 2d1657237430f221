//! Rules about connections, at their borders.

use crate::harness::{Checked, check};

fn service(database: &str, service: &str) -> Checked {
    check(&format!(
        "database db {{ engine postgres 16; max_connections 500; reserve 20; {database} }}
         service api {{ image \"api@sha256:0\"; memory 512Mi {{ native 50Mi }}; {service} }}"
    ))
}

#[test]
fn a_pool_of_which_four_fifths_are_busy_is_enough() {
    let with = |settings: &str, load: &str| {
        service(
            "",
            &format!("scale 5; {settings}; rollout recreate; load {{ peak {load} }}"),
        )
        .of("pool-below-load")
    };
    // 5 × 10 connections, 40 of which may be busy: 2,000/s × 20 ms.
    assert_eq!(with("uses db { pool 10; hold 20ms }", "2000/s"), "");
    let over = with("uses db { pool 10; hold 20ms }", "2001/s");
    assert_eq!(
        over,
        "warning pool-below-load: at its peak `api` keeps 40.1 of 50 connections to `db` busy: more than 80%\n"
    );
    assert_eq!(
        with("uses db { pool 8; overflow 2; hold 20ms }", "2000/s"),
        "",
        "overflow serves too"
    );
    assert_eq!(
        with("processes 2; uses db { pool 5; hold 20ms }", "2000/s"),
        "",
        "so do processes"
    );
    assert!(!with("uses db { pool 10; hold 20ms; per_request 2 }", "1001/s").is_empty());
    assert_eq!(with("uses db { pool 10; hold 20ms; per_request 0.5 }", "4000/s"), "");
    assert_eq!(with("uses db { pool 1 }", "2000/s"), "", "nothing says for how long");
    // With a tighter policy.
    let spec = "policy careful { require pool_utilization 50% }
        database db { engine postgres 16; max_connections 500; reserve 20 }
        service api { image \"api@sha256:0\"; memory 512Mi; uses db { pool 10; hold 20ms }; load { peak 260/s } }";
    assert!(
        check(spec)
            .of("pool-below-load")
            .contains("5.2 of 10 connections to `db` busy: more than 50%")
    );
}

#[test]
fn a_larger_pool_is_proposed_where_there_is_room_for_it() {
    let help = |limit: u64| {
        let spec = format!(
            "database db {{ engine postgres 16; max_connections {limit}; reserve 10 }}
             service api {{ image \"api@sha256:0\"; scale 4; memory 512Mi; uses db {{ pool 5; overflow 1; hold 20ms }}
               rollout recreate; load {{ peak 1000/s }} }}"
        );
        check(&spec).help("pool-below-load")
    };
    // 20 busy, a fourth of 25 with each, one of them overflow.
    assert_eq!(help(38), "`pool 6` is enough, and `db` has room for it");
    assert!(help(37).starts_with("`pool 6` would be enough, but `db` has no room for it"));
}

#[test]
fn nobody_waits_longer_than_the_most_patient_caller() {
    let with = |acquire: &str, callers: &str| {
        let spec = format!(
            "database db {{ engine postgres 16; max_connections 500; reserve 20 }}
             service api {{ image \"api@sha256:0\"; memory 512Mi; listen http 3000; uses db {{ pool 5; acquire_timeout {acquire} }} }}
             {callers}"
        );
        check(&spec).of("acquire-timeout-exceeds-request")
    };
    let caller = |name: &str, settings: &str| {
        format!("service {name} {{ image \"x@sha256:0\"; memory 512Mi; calls api {{ {settings} }} }}\n")
    };
    assert_eq!(with("9s", ""), "", "nobody is known to wait");
    let one = caller("web", "timeout 2s");
    assert_eq!(with("1999ms", &one), "");
    assert_eq!(
        with("2s", &one),
        "warning acquire-timeout-exceeds-request: `api` waits up to 2s for a connection to `db`, and `web` waits 2s for its answer\n"
    );
    let two = format!("{one}{}", caller("batch", "timeout 9s"));
    assert_eq!(with("8s", &two), "", "one of them is there still");
    assert!(with("9s", &two).contains("`batch` waits 9s"));
    let endless = format!("{one}{}", caller("batch", ""));
    assert_eq!(with("60s", &endless), "");
    let asynchronous = format!("{one}{}", caller("batch", "kind async"));
    assert!(
        !with("60s", &asynchronous).is_empty(),
        "who does not wait does not count"
    );
}

#[test]
fn a_request_or_a_message_ends_a_wait_too() {
    let longest = |acquire: &str| {
        service(
            "",
            &format!("uses db {{ pool 5; acquire_timeout {acquire} }}; load {{ longest 5s }}"),
        )
        .of("acquire-timeout-exceeds-request")
    };
    assert_eq!(longest("4s"), "");
    assert!(longest("5s").contains("and its longest request takes 5s"));
    let worker = "database db { engine postgres 16; max_connections 500; reserve 20 }
        queue mail { engine rabbitmq 4.1 }
        worker mailer { image \"x@sha256:0\"; memory 512Mi; consumes mail { visibility 30s; max_attempts 3; idempotent }
          uses db { pool 5; acquire_timeout 30s } }";
    let found = check(worker).of("acquire-timeout-exceeds-request");
    assert!(
        found.contains("and its message is delivered again after 30s"),
        "{found}"
    );
}

#[test]
fn whether_a_request_waits_for_ever_is_the_librarys_default() {
    let with = |runtime: &str, uses: &str| {
        service(
            "",
            &format!("runtime {runtime}; run \"x\"; uses db {{ pool 5 {uses} }}"),
        )
        .of("acquire-waits-forever")
    };
    let found = with("node 24", "");
    assert_eq!(
        found,
        "note acquire-waits-forever: requests of `api` may wait for a connection to `db` for ever\n"
    );
    assert_eq!(with("node 24", "; acquire_timeout 1s"), "");
    let two = with("node 24", "}; uses db as reader { pool 2");
    assert_eq!(two.lines().count(), 2, "once for each client: {two}");
    for runtime in ["jvm 21", "python 3.13", "dotnet 9", "go 1.25", "rust 1.90"] {
        assert_eq!(with(runtime, ""), "", "{runtime}");
    }
    let worker = "database db { engine postgres 16; max_connections 500; reserve 20 }
        worker mailer { image \"x@sha256:0\"; runtime node 24; memory 512Mi { heap auto }; uses db { pool 5 } }";
    assert_eq!(check(worker).of("acquire-waits-forever"), "");
}

#[test]
fn a_pool_that_is_not_declared_is_that_of_the_library() {
    let with = |runtime: &str| service("", &format!("runtime {runtime}; run \"x\"; uses db; rollout recreate"));
    for (runtime, pool) in [
        ("node 24", 10),
        ("jvm 21", 10),
        ("python 3.13", 15),
        ("dotnet 9", 100),
        ("rust 1.90", 10),
    ] {
        let checked = with(runtime);
        assert_eq!(checked.connections().0, pool, "{runtime}");
        assert!(checked.found().contains("warning pool-not-declared"), "{runtime}");
        assert_eq!(checked.of("pool-unbounded"), "", "{runtime}");
    }
    let go = with("go 1.25");
    assert_eq!(
        go.of("pool-unbounded"),
        "error pool-unbounded: nothing limits the connections that `api` opens to `db`: database/sql has no maximum by default\n"
    );
    assert_eq!(go.of("pool-not-declared"), "", "one finding, not two");
    assert!(
        !service("", "runtime go 1.25; uses db { pool 5 }")
            .found()
            .contains("pool")
    );
    let unknown = service("", "uses db");
    assert!(unknown.labels("pool-not-declared")[0].contains("not counted"));
}

#[test]
fn a_pooler_gives_no_more_than_its_mode() {
    let with = |pooler: &str, uses: &str| {
        let pooler = format!("pooler pgbouncer {{ size 100; max_clients 300; mode {pooler} }}");
        service(&pooler, &format!("uses db {{ pool 5; mode {uses} }}")).of("pooler-mode-conflict")
    };
    let modes = ["statement", "transaction", "session"];
    for (gives, pooler) in modes.iter().enumerate() {
        for (needs, client) in modes.iter().enumerate() {
            assert_eq!(with(pooler, client).is_empty(), needs <= gives, "{client} of {pooler}");
        }
    }
    assert_eq!(
        with("transaction", "session"),
        "error pooler-mode-conflict: `api` needs a connection to `db` for a session, and its pooler gives one for a transaction\n"
    );
    assert_eq!(with("transaction", "session; from_reserve"), "");
    assert_eq!(
        service("", "uses db { pool 5; mode session }").of("pooler-mode-conflict"),
        "",
        "no pooler"
    );
}

#[test]
fn a_storm_lasts_longer_than_the_first_waits() {
    let with = |capacity: &str, acquire: &str| {
        let database = format!("database db {{ engine postgres 16; max_connections 2000; reserve 10; {capacity} }}");
        let uses = format!("uses db {{ pool 25; acquire_timeout {acquire} }}");
        check(&format!(
            "{database}\nservice api {{ image \"api@sha256:0\"; scale 40; memory 512Mi; {uses}; rollout recreate }}"
        ))
        .of("reconnect-storm")
    };
    // 1,000 × 2 ms on 4: half a second.
    assert_eq!(with("capacity 4", "500ms"), "");
    assert_eq!(
        with("capacity 4", "499ms"),
        "warning reconnect-storm: `db` takes 500ms to let 1,000 connections in again, and `api` waits 499ms for one\n"
    );
    assert_eq!(with("", "499ms"), "");
    let pooler = "capacity 4; pooler pgbouncer { mode transaction; size 50; max_clients 2000 }";
    assert_eq!(with(pooler, "499ms"), "");
}
