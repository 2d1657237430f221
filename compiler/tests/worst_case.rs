//! Odd cases of the worst case, each computed by hand.

use crate::harness::check;
use loadline_compiler::budget::host_memory::HostSum;
use loadline_compiler::quantity::Bytes;

const DB: &str = "database db { engine postgres 16; max_connections 500; reserve 20 }";

#[test]
fn a_pooler_in_session_mode_shares_nothing() {
    let spec = |pooler: &str, pool: &str| {
        format!(
            "database db {{ engine postgres 16; max_connections 200; reserve 20; pooler pgbouncer {{ {pooler} }} }}
             service api {{ image \"api@sha256:0\"; scale 10; memory 512Mi; uses db {{ pool {pool} }}; rollout recreate }}"
        )
    };
    // A client keeps its server connection for as long as it is connected: 40 of them serve 40 clients.
    assert_eq!(check(&spec("size 40; max_clients 500", "10")).connections(), (100, 40));
    let found = check(&spec("size 40; max_clients 500", "10")).found();
    assert!(
        found.contains("error pool-overcommit: the pooler of `db` can be asked for 100 connections"),
        "{found}"
    );
    assert_eq!(
        check(&spec("mode transaction; size 40; max_clients 500", "10")).connections(),
        (100, 500)
    );
    assert_eq!(
        check(&spec("size 40; pools 2; processes 2; max_clients 500", "10"))
            .connections()
            .1,
        160
    );
    assert_eq!(check(&spec("size 40; max_clients 30", "10")).connections().1, 30);
    let model = check(&spec("size 40; max_clients 500", "auto")).model;
    assert_eq!(model.workloads[0].uses[0].pool_size(), Some(4));
}

#[test]
fn an_automatic_pool_of_a_migration_is_one_connection() {
    let spec = format!(
        "{DB}\nservice api {{
           image \"api@sha256:0\"; scale 10; memory 512Mi; rollout recreate
           uses db {{ pool auto }}
           migrate before {{ run \"m.js\"; uses db {{ pool auto }} }}
         }}"
    );
    let checked = check(&spec);
    assert!(!checked.found().contains("error"), "{}", checked.found());
    // 480 − 1 = 479, for ten.
    assert_eq!(checked.model.workloads[0].uses[0].pool_size(), Some(47));
    assert_eq!(checked.connections(), (471, 480));
}

#[test]
fn an_automatic_pool_of_a_cache_that_does_not_fit_is_said() {
    let spec = "cache redis { engine redis 7; max_clients 5 }
                service api { image \"api@sha256:0\"; scale 10; memory 512Mi; uses redis { pool auto }; rollout recreate }";
    let found = check(spec).found();
    assert!(
        found.contains(
            "error cache-clients-overcommit: `redis` has 5 connections, too few for one in each pool of `api`"
        ),
        "{found}"
    );
}

#[test]
fn nothing_scales_by_itself_off_kubernetes() {
    let spec = |place: &str| {
        format!(
            "{place}\n{DB}
             service api {{ image \"api@sha256:0\"; run \"s.js\"; scale 2..10 {{ cpu 70% }}; cpu 1; memory 512Mi
               uses db {{ pool 10 }}; rollout recreate; shutdown {{ drain 30s }} }}"
        )
    };
    assert_eq!(check(&spec("cluster prod {}")).connections().0, (10 + 8) * 10);
    assert_eq!(
        check(&spec("host web { process systemd }").replace("rollout recreate;", ""))
            .connections()
            .0,
        100
    );
}

#[test]
fn a_run_that_replaces_another_meets_it_while_it_stops() {
    let spec = |place: &str, concurrency: &str| {
        format!(
            "{place}\n{DB}
             job report {{ image \"job@sha256:0\"; run \"j.js\"; memory 512Mi; parallel 3; uses db {{ pool 10 }}
               schedule \"0 * * * *\" {{ concurrency {concurrency} }} }}"
        )
    };
    let of = |place: &str, concurrency: &str| check(&spec(place, concurrency)).connections().0;
    assert_eq!(of("", "forbid"), 30);
    assert_eq!(of("", "allow"), 60);
    assert_eq!(of("", "replace"), 60);
    // A unit is not started while it runs, and has one process.
    assert_eq!(of("host web {}", "allow"), 10);
}

#[test]
fn threads_that_share_memory_share_the_pool() {
    let spec = |runtime: &str, more: &str| {
        format!(
            "{DB}\nservice api {{ image \"api@sha256:0\"; run \"x\"; runtime {runtime}; memory 2Gi {{ native 100Mi }}; threads 4
               uses db {{ pool 5; acquire_timeout 1s {more} }}; rollout recreate }}"
        )
    };
    let of = |runtime: &str, more: &str| check(&spec(runtime, more)).connections().0;
    assert_eq!(of("node 24", ""), 20, "each worker thread of V8 loads its own modules");
    assert_eq!(of("node 24", "; per_thread false"), 5);
    for runtime in ["jvm 21", "go 1.25", "dotnet 9", "python 3.13", "rust 1.90"] {
        assert_eq!(of(runtime, ""), 5, "{runtime}");
        assert_eq!(of(runtime, "; per_thread"), 20, "{runtime}");
    }
}

#[test]
fn a_rollover_of_instances_that_let_go_at_once_adds_nothing() {
    let spec = |drain: &str, load: &str| {
        format!(
            "policy strict {{ require rollover_safe }}
             database db {{ engine postgres 16; max_connections 130; reserve 10 }}
             service api {{ image \"api@sha256:0\"; scale 10; memory 512Mi; uses db {{ pool 10 }}; rollout rolling {{ {load} }}
               shutdown {{ settle 0s; drain {drain}; grace 30s }} }}"
        )
    };
    // R + s: 11 × 10.
    let released = check(&spec("0s", ""));
    assert_eq!(released.connections(), (110, 120));
    assert!(!released.found().contains("error"), "{}", released.found());
    // Ready for 21 s, of which the controller counts 20: R + s + 1 = 12, and one more when it is overtaken.
    let counted = check(&spec("20s", "min_ready 21s"));
    assert_eq!(counted.connections(), (120, 120));
    let found = counted.of("pool-overcommit");
    assert!(
        found.contains("can be asked for 130 connections when a rollout is overtaken"),
        "{found}"
    );
}

#[test]
fn pm2_reloads_the_neighbour_that_adds_most_with_all_its_pools() {
    let spec = "project shop { deploys sequential }
        host web { cpu 16; memory 16Gi; process pm2 }
        database db { engine postgres 16; max_connections 500; reserve 20 }
        template node { runtime node 24; run \"s.js\"; memory 1Gi { heap auto } }
        service a { extends node; processes 4; uses db { pool 1; acquire_timeout 1s } }
        service b { extends node; processes 4; uses db { pool 9; acquire_timeout 1s } }
        service c { extends node; processes 4; uses db { pool 5; acquire_timeout 1s }; uses db as reader { pool 5; acquire_timeout 1s } }";
    // Steady 4 × (1 + 9 + 10) = 80; b and c reload at the same time: 2 × (9 + 10).
    assert_eq!(check(spec).connections().0, 80 + 38);
}

#[test]
fn a_host_has_memory_for_the_migration_beside_what_runs() {
    let spec = "host web { cpu 8; memory 4Gi; reserve 1Gi; process systemd }
        database db { engine postgres 16; max_connections 100; reserve 10 }
        service api { run \"s.js\"; scale 3; memory 800Mi; uses db { pool 5 }; migrate before { run \"m.js\"; uses db { pool 1 } } }
        service front { run \"s.js\"; memory 100Mi; migrate before { run \"m.js\" } }";
    let model = check(spec).model;
    let sum = HostSum::of(&model, &model.hosts[0]).unwrap();
    // 1024 + 3 × 800 + 100, and the larger of the two migrations.
    assert_eq!(sum.total(), Bytes::mib(1024 + 2400 + 100 + 800));
}
