//! Outages that others described, restated as specs: what a check would have said the day before.

use crate::harness::{Checked, check};
use loadline_compiler::budget::{MemorySum, ShutdownSum};
use loadline_compiler::facts::node::HeapDefault;
use loadline_compiler::quantity::{Bytes, Duration};

fn service(database: &str, service: &str) -> Checked {
    check(&format!(
        "database db {{ engine postgres 16; {database} }}
         service api {{ image \"api@sha256:0\"; memory 512Mi; {service} }}"
    ))
}

/// Six instances and one more in the rollout: 7 × 75 are more than 500, 7 × 70 leave ten.
#[test]
fn a_surge_of_one_is_one_pool_too_many() {
    let with = |overflow: u64| {
        let uses = format!("uses db {{ pool 50; overflow {overflow}; release on_signal }}");
        let rest = "shutdown { drain 0s }; scale 6; rollout rolling { surge 1; unavailable 0 }";
        service("max_connections 500; reserve 0", &format!("{uses}; {rest}"))
    };
    assert_eq!(with(25).connections(), (525, 500));
    assert!(
        with(25)
            .found()
            .contains("error pool-overcommit: `db` can be asked for 525 connections")
    );
    assert_eq!(with(20).connections(), (490, 500));
    assert!(!with(20).found().contains("error"), "{}", with(20).found());
    assert!(with(20).found().contains("which leaves 10 of 500"));
}

/// Two services × 2 replicas × 15, and 10 kept back, of 100: 70 at rest, 100 with a surge of one each, and more with what
/// still drains.
#[test]
fn two_services_that_fit_at_rest() {
    let spec = |drain: &str| {
        check(&format!(
            "project shop {{ deploys parallel }}
             database db {{ engine postgres 16; max_connections 100; reserve 10 }}
             template web {{ image \"web@sha256:0\"; memory 512Mi; scale 2; uses db {{ pool 5; overflow 10 }}
               rollout rolling {{ surge 1; unavailable 0 }}; load {{ boot 5s }}; shutdown {{ drain {drain}; grace 30s }} }}
             service a {{ extends web }}
             service b {{ extends web }}"
        ))
    };
    let released = spec("0s");
    assert_eq!(released.steady() + 10, 70);
    assert_eq!(released.connections().0 + 10, 100);
    assert!(!released.found().contains("error"), "{}", released.found());
    let draining = spec("20s");
    assert_eq!(draining.connections(), (2 * 4 * 15, 90));
    assert!(draining.found().contains("error pool-overcommit"));
}

#[test]
fn one_replica_whose_pool_is_larger_than_the_database() {
    let checked = service(
        "max_connections 100; reserve 0",
        "uses db { pool 200; overflow 20 }; rollout recreate",
    );
    assert_eq!(checked.connections(), (220, 100));
    assert!(checked.found().contains("error pool-overcommit"));
}

/// Ten tasks of a run beside the ten of the run before it.
#[test]
fn tasks_that_overlap() {
    let with = |pool: u64| {
        check(&format!(
            "database db {{ engine postgres 16; max_connections 240; reserve 3 }}
             job report {{ image \"job@sha256:0\"; memory 512Mi; parallel 10; uses db {{ pool {pool} }}
               schedule \"*/5 * * * *\" {{ concurrency allow }} }}"
        ))
    };
    assert_eq!(with(15).connections(), (300, 237));
    assert!(with(15).found().contains("error pool-overcommit"));
    assert_eq!(with(6).connections(), (120, 237));
    assert!(!with(6).found().contains("error"));
}

/// 151 replicas × 2 processes need 302 connections at least: there is no pool for that.
#[test]
fn no_pool_is_small_enough() {
    let with = |pool: &str| {
        let rest = "scale 151; processes 2; rollout recreate";
        service(
            "max_connections 300; reserve 0",
            &format!("uses db {{ pool {pool} }}; {rest}"),
        )
    };
    let auto = with("auto");
    assert_eq!(auto.model.workloads[0].uses[0].pool_size(), None, "never raised to 1");
    let found = auto.found();
    assert!(
        found.contains("error pool-overcommit: `db` has 300 connections, too few for one in each pool of `api`"),
        "{found}"
    );
    assert_eq!(
        auto.help("pool-overcommit"),
        "at most `scale 150` leaves one connection for each pool"
    );
    assert_eq!(with("1").connections(), (302, 300));
    assert!(with("1").found().contains("error pool-overcommit"));
}

#[test]
fn a_heap_ceiling_above_the_container() {
    let default = HeapDefault::of(22, Some(Bytes::mib(256))).unwrap();
    assert_eq!(default.heap_size_limit(), Bytes::mib(259));
    let found = check("service api { image \"api@sha256:0\"; runtime node 22; memory 256Mi }").found();
    assert!(
        found.contains("error heap-not-capped: `api` does not cap its heap: Node 22 lets it grow to 259Mi in 256Mi"),
        "{found}"
    );
}

#[test]
fn a_heap_larger_than_the_limit() {
    // 4.3 GiB.
    let found = check("service api { image \"api@sha256:0\"; runtime node 22; memory 4Gi { heap 4403Mi } }").found();
    assert!(found.contains("error memory-overcommit: `api` can use"), "{found}");
}

/// Thirty seconds before the signal and thirty to drain are all of the sixty.
#[test]
fn a_grace_period_without_margin() {
    let checked = check(
        "service api { image \"api@sha256:0\"; memory 512Mi; listen http 3000
           shutdown { settle 30s; drain 30s; grace 60s } }",
    );
    let stop = ShutdownSum::of(&checked.model.workloads[0]);
    assert_eq!(stop.needed(), stop.grace);
    assert_eq!(stop.needed(), Duration::seconds(60));
    assert!(
        checked.found().contains("warning zero-margin-shutdown"),
        "{}",
        checked.found()
    );
}

#[test]
fn a_fast_boot_and_a_slow_drain() {
    let live = |rollout: &str| {
        let rest = "shutdown { settle 0s; drain 30s; grace 40s }; load { boot 5s }; scale 10; uses db { pool 1 }";
        service(
            "max_connections 100; reserve 10",
            &format!("rollout rolling {{ {rollout} }}; {rest}"),
        )
        .connections()
        .0
    };
    assert_eq!(live("surge 25%; unavailable 25%"), 20, "and not 13");
    assert_eq!(live(""), 17, "and not 11");
}

/// Rolling update of 20 replicas against `max_connections` 200: refused at rest already, and up to 40 sets of connections
/// while they drain; the author's laboratory has 20 × 5 of 50. Five replicas pass.
#[test]
fn a_rolling_update_of_a_full_database() {
    let with = |limit: u64, replicas: u64, pool: u64, more: &str| {
        let rollout = "rollout rolling { surge 25%; unavailable 25% }";
        let uses = format!("uses db {{ pool {pool} }}");
        service(
            &format!("max_connections {limit}"),
            &format!("scale {replicas}; {uses}; {rollout}; shutdown {{ settle 0s; drain 28s; grace 30s }}; {more}"),
        )
    };
    let incident = with(200, 20, 10, "");
    assert_eq!((incident.steady(), incident.connections().1), (200, 197));
    // The range and its cause: 25 sets when nothing drains for long, 40 when the drain outlasts the rollout.
    assert_eq!(incident.connections().0, 400);
    assert!(
        incident
            .labels("pool-overcommit")
            .iter()
            .any(|label| label.contains("20 old + 20 new"))
    );
    assert_eq!(with(200, 20, 10, "load { boot 30s }").connections().0, (25 + 10) * 10);
    assert_eq!(with(200, 20, 10, "load { boot 10s }").connections().0, 400);
    assert!(
        incident
            .found()
            .contains("error pool-overcommit: `db` can be asked for 400 connections")
    );
    let laboratory = with(50, 20, 5, "");
    assert_eq!((laboratory.steady(), laboratory.connections().1), (100, 47));
    assert!(laboratory.found().contains("error pool-overcommit"));
    let five = with(200, 5, 10, "");
    assert_eq!((five.steady(), five.connections().0), (50, 100));
    assert!(!five.found().contains("pool-"), "{}", five.found());
}

/// 3 to 15 pods with a pool of 50 against 200: the autoscaler did its work.
#[test]
fn an_autoscaler_that_outgrows_the_database() {
    let with = |scale: &str, rollout: &str| {
        let rest = format!("scale {scale} {{ cpu 70% }}; cpu 250m; rollout {rollout}");
        service("max_connections 200", &format!("uses db {{ pool 50 }}; {rest}"))
    };
    let incident = with("3..15", "recreate");
    assert_eq!((incident.steady(), incident.connections().1), (750, 197));
    let found = incident.of("autoscale-outgrows-pool");
    assert!(
        found.starts_with("error autoscale-outgrows-pool: `db` can be asked for"),
        "{found}"
    );
    assert_eq!(
        incident.help("autoscale-outgrows-pool"),
        "at most 3 replicas of `api` fit; or make its pool smaller"
    );
    assert!(!with("3", "recreate").found().contains("pool-overcommit"), "at rest");
    // One pod more in a rollout is 200 already.
    assert!(with("3", "rolling").found().contains("error pool-overcommit"));
}

/// Five pods that crash 14 times a day at 500 MB of a limit of 1 GiB, on Node 24 without a flag: V8 ends them, not the
/// kernel, and half of the memory is never used.
#[test]
fn a_heap_that_is_half_of_the_container() {
    let checked = check("service web { image \"web@sha256:0\"; runtime node 24; memory 1Gi }");
    let found = checked.of("heap-not-capped");
    let expected = "warning heap-not-capped: `web` does not cap its heap: Node 24 takes 512Mi of 1Gi";
    assert!(found.starts_with(expected), "{found}");
    let notes = &checked.diagnostics[0].notes;
    assert!(
        notes[0].contains("exit code 134") && notes[0].contains("414Mi"),
        "{notes:?}"
    );
    // 1024 − 512 − 48 − 50: what no part of the sum ever uses.
    let sum = MemorySum::of(&checked.model, &checked.model.workloads[0]).unwrap();
    assert_eq!(sum.free(), Bytes::mib(414));
    assert!(checked.help("heap-not-capped").starts_with("`heap auto` gives 823Mi"));
}
