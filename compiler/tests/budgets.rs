//! The worked examples of the arithmetic, through the whole compiler: from a spec to the numbers.

use loadline_compiler::budget::connections::{Clients, supply};
use loadline_compiler::budget::host_memory::HostSum;
use loadline_compiler::budget::memory::MemorySum;
use loadline_compiler::model::Model;
use loadline_compiler::project::{self, Loader, ReadError};
use loadline_compiler::quantity::{Bytes, Duration};
use loadline_compiler::source::Sources;
use loadline_compiler::values::Date;

struct Files(String);

impl Loader for Files {
    fn read(&mut self, path: &str) -> Result<String, ReadError> {
        if path == "loadline.load" {
            Ok(self.0.clone())
        } else {
            Err(ReadError::NotFound)
        }
    }
}

struct Checked {
    model: Model,
    /// `severity rule: message`, a line each.
    found: String,
}

fn check(spec: &str) -> Checked {
    let sources = Sources::new();
    let mut files = Files(spec.to_owned());
    let project = project::load(&sources, &mut files, "loadline.load").unwrap();
    let checked = project.check(None, &mut files, |_| Date::default());
    let lines = checked
        .judged
        .diagnostics
        .iter()
        .map(|found| format!("{} {}: {}\n", found.severity.word(), found.rule.name, found.message));
    Checked {
        found: lines.collect(),
        model: checked.model,
    }
}

/// Worst demand and supply of the first store.
fn connections(spec: &str) -> (u64, u64) {
    let model = check(spec).model;
    let store = &model.stores[0];
    let demand = Clients::of(&model).demand(store.id).unwrap();
    (demand.worst.total, supply(store).unwrap().usable())
}

/// Supply 270; ten replicas, surge 1, boot 20s, min_ready 30s, held for 30s.
fn pool_example(pool: &str) -> String {
    format!(
        "cluster prod {{ version 1.34 }}
         database db {{ engine postgres 16; max_connections 300; reserve 30 }}
         service api {{
           image \"api@sha256:0\"
           scale 10
           memory 512Mi
           uses db {{ pool {pool} }}
           shutdown {{ settle 5s; drain 25s; grace 32s }}
           rollout rolling {{ surge 1; unavailable 0; min_ready 30s }}
           load {{ boot 20s }}
         }}"
    )
}

#[test]
fn the_pool_example_comes_out_exactly() {
    assert_eq!(connections(&pool_example("20")), (12 * 20, 270));
    assert!(
        !check(&pool_example("20")).found.contains("pool"),
        "240 of 270 leaves 30"
    );
    assert!(check(&pool_example("23")).found.contains("error pool-overcommit"));
    let model = check(&pool_example("auto")).model;
    assert_eq!(model.workloads[0].uses[0].pool_size(), Some(22));
}

#[test]
fn a_surge_costs_what_drains_beside_it() {
    let live = |rollout: &str| {
        let spec = pool_example("1")
            .replace("rolling { surge 1; unavailable 0; min_ready 30s }", rollout)
            .replace("boot 20s", "boot 5s");
        connections(&spec).0
    };
    assert_eq!(live("rolling { surge 25%; unavailable 25% }"), 20);
    assert_eq!(live("rolling { surge 1; unavailable 0 }"), 17);
    assert_eq!(live("rolling { surge 0; unavailable 25% }"), 20);
    assert_eq!(live("recreate"), 10);
    assert_eq!(live("blue-green"), 20);
}

/// Until the signal, and until requests have given back what they use; then nobody waits for connections of others to end.
#[test]
fn what_is_released_at_the_signal_was_there_until_then() {
    let of = |boot: &str, uses: &str, shutdown: &str| {
        let spec = pool_example("1")
            .replace("min_ready 30s", "")
            .replace("boot 20s", boot)
            .replace("{ pool 1 }", uses)
            .replace("shutdown { settle 5s; drain 25s; grace 32s }", shutdown)
            .replace("scale 10", "scale 10; listen http 3000 { closes_idle off }");
        connections(&spec).0
    };
    let (after, at) = ("{ pool 1 }", "{ pool 1; release on_signal }");
    let shutdown = "shutdown { settle 5s; drain 25s; grace 60s }";
    // 5 s, 25 s, and after that 6 s in which Node keeps connections that nobody uses.
    assert_eq!(
        (of("boot 30s", after, shutdown), of("boot 30s", at, shutdown)),
        (13, 12)
    );
    assert_eq!(of("boot 29s", at, shutdown), 13);
    assert_eq!(of("boot 29s", at, "shutdown { settle 0s; drain 0s; grace 60s }"), 11);
}

#[test]
fn a_migration_at_the_start_runs_in_every_instance() {
    let of = |when: &str| {
        let migrate = format!("migrate {when} {{ run \"m.js\"; uses db {{ pool 2 }} }}\n memory 512Mi");
        connections(&pool_example("20").replacen("memory 512Mi", &migrate, 1)).0
    };
    assert_eq!(of("before"), 12 * 20 + 2);
    assert_eq!(of("on_start"), 12 * 20 + 12 * 2);
}

#[test]
fn a_client_can_take_connections_of_the_reserve() {
    let spec = |uses: &str| {
        let migrate = format!("migrate before {{ run \"m.js\"; uses db {{ {uses} }} }}\n memory 512Mi");
        pool_example("20").replacen("memory 512Mi", &migrate, 1)
    };
    assert_eq!(connections(&spec("pool 30")), (12 * 20 + 30, 270));
    assert_eq!(connections(&spec("pool 30; from_reserve")), (12 * 20, 270));
    assert!(!check(&spec("pool 30; from_reserve")).found.contains("pool-overcommit"));
    let found = check(&spec("pool 31; from_reserve")).found;
    let expected = "error pool-overcommit: the reserve of `db` can be asked for 31 connections with everything at full scale, \
                    but has 30";
    assert!(found.contains(expected), "{found}");
}

#[test]
fn clients_of_a_queue_are_clients_of_the_cache_it_lives_in() {
    let spec = |queue: &str, settings: &str| {
        format!(
            "cache redis {{ engine redis 7; max_clients 100 }}
             queue mail {{ {queue} }}
             service api {{ image \"api@sha256:0\"; scale 4; memory 512Mi; uses redis {{ pool 3 }}; publishes mail; rollout recreate }}
             worker mailer {{
               image \"api@sha256:0\"; scale 5; processes 2; memory 512Mi; consumes mail {settings}; rollout recreate
             }}"
        )
    };
    // 4 × 3 of their own, 4 × 1 that publish, 5 × 2 × 2 that consume.
    assert_eq!(connections(&spec("on redis", "")), (12 + 4 + 20, 100));
    assert_eq!(connections(&spec("on redis", "{ pool 4 }")), (12 + 4 + 40, 100));
    assert_eq!(connections(&spec("engine rabbitmq 4.1", "")), (12, 100));
    let found = check(&spec("on redis", "{ pool 9 }")).found;
    assert!(
        found.contains("error cache-clients-overcommit: `redis` can be asked for 106 connections"),
        "{found}"
    );
}

#[test]
fn overflow_counts_and_the_margin_is_what_is_left() {
    let spec = |overflow: u64| {
        format!(
            "database db {{ engine postgres 16; max_connections 500; reserve 0 }}
             service api {{
               image \"api@sha256:0\"
               scale 6
               memory 512Mi
               uses db {{ pool 50; overflow {overflow}; release on_signal }}
               shutdown {{ drain 0s }}
               rollout rolling {{ surge 1; unavailable 0 }}
             }}"
        )
    };
    assert_eq!(connections(&spec(25)), (525, 500));
    assert!(
        check(&spec(25))
            .found
            .contains("error pool-overcommit: `db` can be asked for 525 connections")
    );
    assert_eq!(connections(&spec(20)), (490, 500));
    let found = check(&spec(20)).found;
    assert!(!found.contains("error"), "{found}");
    assert!(found.contains("which leaves 10 of 500"), "{found}");
}

#[test]
fn two_services_roll_together_or_one_after_the_other() {
    let spec = |deploys: &str, calls: &str| {
        format!(
            "project shop {{ deploys {deploys} }}
             database db {{ engine postgres 16; max_connections 100; reserve 10 }}
             template web {{
               image \"api@sha256:0\"
               scale 2
               memory 512Mi
               listen http 3000
               uses db {{ pool 5; overflow 10; release on_signal }}
               shutdown {{ settle 0s; drain 0s }}
               rollout rolling {{ surge 1; unavailable 0 }}
             }}
             service a {{ extends web; {calls} }}
             service b {{ extends web }}"
        )
    };
    let steady = 2 * 2 * 15;
    assert_eq!(
        connections(&spec("waves", "")).0,
        steady + 2 * 15,
        "equal depth is one wave"
    );
    assert_eq!(
        connections(&spec("waves", "calls b")).0,
        steady + 15,
        "a callee comes first"
    );
    assert_eq!(
        connections(&spec("waves", "calls b { optional }")).0,
        steady + 2 * 15,
        "an optional call orders nothing"
    );
    assert_eq!(connections(&spec("sequential", "")).0, steady + 15);
    assert_eq!(connections(&spec("parallel", "calls b")).0, steady + 2 * 15);
}

#[test]
fn what_cannot_fit_is_said_and_never_raised_to_one() {
    let spec = "database db { engine postgres 16; max_connections 303; reserve 3 }
                service api {
                  image \"api@sha256:0\"
                  scale 151
                  processes 2
                  memory 512Mi
                  uses db { pool auto }
                  rollout recreate
                }";
    let checked = check(spec);
    assert_eq!(checked.model.workloads[0].uses[0].pool_size(), None);
    assert!(
        checked
            .found
            .contains("error pool-overcommit: `db` has 300 connections, too few for one in each pool of `api`"),
        "{}",
        checked.found
    );
}

#[test]
fn an_automatic_pool_shares_by_load_what_fixed_pools_leave() {
    let spec = "database db { engine postgres 16; max_connections 200; reserve 20 }
                service api { image \"api@sha256:0\"; scale 4; memory 512Mi; uses db { pool auto }; rollout recreate; load { rate 300/s } }
                service web { image \"web@sha256:0\"; scale 2; memory 512Mi; uses db { pool auto }; rollout recreate; load { rate 100/s } }
                job nightly { image \"job@sha256:0\"; memory 512Mi; parallel 2; uses db { pool 10 } }";
    let model = check(spec).model;
    // 180 − 20 = 160; three quarters of it for 4 pools, one quarter for 2.
    assert_eq!(model.workloads[0].uses[0].pool_size(), Some(30));
    assert_eq!(model.workloads[1].uses[0].pool_size(), Some(20));
    assert_eq!(connections(spec), (4 * 30 + 2 * 20 + 2 * 10, 180));
}

#[test]
fn pm2_counts_processes_and_two_more() {
    let spec = |processes: u64, verify: &str| {
        format!(
            "host web {{ count 2; cpu 8; memory 16Gi; process pm2 }}
             database db {{ engine postgres 16; max_connections 500; reserve 10 }}
             service api {{ runtime node 24; run \"s.js\"; processes {processes}; memory 1Gi {{ heap auto }}; uses db {{ pool 10 }}; {verify} }}"
        )
    };
    assert_eq!(connections(&spec(4, "")).0, 2 * (4 + 2) * 10);
    assert_eq!(connections(&spec(2, "")).0, 2 * (2 + 1) * 10);
    assert_eq!(
        connections(&spec(4, "rollout reload { verify \"/health\" }")).0,
        2 * (4 + 2 + 1) * 10
    );
}

#[test]
fn a_host_has_memory_for_the_processes_that_hold_connections() {
    for (targets, rollout, expected) in [
        ("pm2", "", 6),
        ("pm2, release", "", 7),
        ("pm2", "rollout reload { verify \"/health\" }", 7),
    ] {
        let spec = format!(
            "project shop {{ targets [{targets}] }}
             host web {{ cpu 8; memory 16Gi; process pm2 }}
             database db {{ engine postgres 16; max_connections 500; reserve 10 }}
             service api {{ runtime node 24; run \"s.js\"; processes 4; memory 1Gi {{ heap auto }}; uses db {{ pool 10 }}; {rollout} }}"
        );
        assert_eq!(connections(&spec).0, expected * 10);
        let model = check(&spec).model;
        let sum = HostSum::of(&model, &model.hosts[0]).unwrap();
        assert_eq!(sum.terms[0].units, expected, "{targets} {rollout}");
    }
}

#[test]
fn units_restart_without_overlap() {
    let spec = "host web { cpu 4; memory 8Gi; process systemd }
                database db { engine postgres 16; max_connections 100; reserve 10 }
                service api { runtime node 24; run \"s.js\"; scale 3; memory 512Mi { heap auto }; uses db { pool 10 } }";
    assert_eq!(connections(spec).0, 30);
}

#[test]
fn a_release_script_tries_one_beside_the_units() {
    let spec = |targets: &str, listen: &str| {
        format!(
            "project shop {{ targets [{targets}] }}
             host web {{ count 2; cpu 4; memory 8Gi; process systemd }}
             database db {{ engine postgres 16; max_connections 100; reserve 10 }}
             service api {{ runtime node 24; run \"s.js\"; scale 3; {listen}; memory 512Mi {{ heap auto }}; uses db {{ pool 10 }} }}"
        )
    };
    for (targets, listen, on_each) in [
        ("systemd", "listen http 3000", 3),
        ("systemd, release", "listen http 3000", 4),
        // What takes work by itself is not tried.
        ("systemd, release", "labels { a b }", 3),
    ] {
        let spec = spec(targets, listen);
        assert_eq!(connections(&spec).0, 2 * on_each * 10, "{targets} {listen}");
        let model = check(&spec).model;
        let sum = HostSum::of(&model, &model.hosts[0]).unwrap();
        assert_eq!(sum.terms[0].units, on_each, "{targets} {listen}");
    }
}

#[test]
fn a_pooler_takes_the_clients_and_the_database_takes_the_pooler() {
    let spec = |size: u64, clients: u64| {
        format!(
            "database db {{ engine postgres 16; max_connections 100; reserve 10; pooler pgbouncer {{ mode transaction; size {size}; max_clients {clients} }} }}
             service api {{ image \"api@sha256:0\"; scale 10; memory 512Mi; uses db {{ pool 20 }}; rollout recreate }}"
        )
    };
    assert!(!check(&spec(80, 500)).found.contains("pool-overcommit"));
    let few = check(&spec(80, 100)).found;
    assert!(
        few.contains("the pooler of `db` can be asked for 200 connections"),
        "{few}"
    );
    let large = check(&spec(95, 500)).found;
    assert!(
        large.contains("the pooler can ask `db` for 95 connections, but it has 90"),
        "{large}"
    );
}

#[test]
fn heap_auto_is_the_largest_that_keeps_the_headroom() {
    let spec = "service api { image \"api@sha256:0\"; runtime node 22; memory 512Mi { heap auto; external 96Mi; native 64Mi } }";
    let model = check(spec).model;
    let memory = model.workloads[0].memory.as_ref().unwrap();
    // 512 − 51.2 headroom − 3 young − 96 − 64, in whole mebibytes.
    assert_eq!(memory.heap.flag(), Some(Bytes::mib(297)));
    let sum = MemorySum::of(&model, &model.workloads[0]).unwrap();
    assert!(!sum.is_over() && !sum.is_tight());
    assert_eq!(model.workloads[0].runtime_flags(), ["--max-old-space-size=297"]);
}

#[test]
fn under_pm2_v8_sees_the_machine_and_not_the_limit() {
    let young = |place: &str| {
        let spec = format!(
            "{place}\nservice api {{ image \"api@sha256:0\"; runtime node 24; run \"s.js\"; memory 512Mi {{ heap 200Mi }} }}"
        );
        let model = check(&spec).model;
        let sum = MemorySum::of(&model, &model.workloads[0]).unwrap();
        let young = sum.terms.iter().find(|term| term.what.starts_with("young")).unwrap();
        young.each
    };
    // A limit of the kernel: a semi-space of 1 MiB. A machine of 2 GiB: 32 MiB; a large or unknown one: 64 MiB.
    assert_eq!(young("cluster prod {}"), Bytes::mib(3));
    assert_eq!(young("host web { memory 8Gi }"), Bytes::mib(3));
    assert_eq!(young("host web { memory 2Gi; process pm2 }"), Bytes::mib(96));
    assert_eq!(young("host web { memory 8Gi; process pm2 }"), Bytes::mib(192));
    assert_eq!(young("host web { process pm2 }"), Bytes::mib(192));

    let uncapped = |place: &str| {
        let spec =
            format!("{place}\nservice api {{ image \"api@sha256:0\"; runtime node 24; run \"s.js\"; memory 1Gi }}");
        check(&spec).found
    };
    let unit = uncapped("host web { memory 8Gi }");
    assert!(
        unit.contains("warning heap-not-capped: `api` does not cap its heap: Node 24 takes 512Mi of 1Gi"),
        "{unit}"
    );
    let pm2 = uncapped("host web { memory 8Gi; process pm2 }");
    let expected = "error heap-not-capped: `api` does not cap its heap: Node 24 lets it grow to 2240Mi in 1Gi";
    assert!(pm2.contains(expected), "{pm2}");
}

#[test]
fn a_small_container_without_a_flag_is_an_error() {
    let found = check("service api { image \"api@sha256:0\"; runtime node 22; memory 256Mi }").found;
    assert!(
        found.contains("error heap-not-capped: `api` does not cap its heap: Node 22 lets it grow to 259Mi in 256Mi"),
        "{found}"
    );
    let fits = check("service api { image \"api@sha256:0\"; runtime node 22; memory 1Gi }").found;
    assert!(fits.contains("warning heap-not-capped"), "{fits}");
    let large = check("service api { image \"api@sha256:0\"; runtime node 22; memory 4Gi { heap 4403Mi } }").found;
    assert!(large.contains("error memory-overcommit"), "{large}");
}

#[test]
fn the_shutdown_is_computed_where_it_is_not_given() {
    let stop = |spec: &str| {
        let stop = check(spec).model.workloads[0].shutdown.clone();
        (stop.settle(), stop.drain(), stop.grace())
    };
    let seconds = |settle, drain, grace| {
        (
            Duration::seconds(settle),
            Duration::seconds(drain),
            Duration::seconds(grace),
        )
    };
    assert_eq!(
        stop("service api { image \"api@sha256:0\"; listen http 80; load { longest 20s } }"),
        seconds(5, 24, 31)
    );
    // No endpoint leads to what does not listen.
    assert_eq!(
        stop("worker mailer { image \"mailer@sha256:0\"; load { longest 20s } }"),
        seconds(0, 24, 26)
    );
    // Without the longest request, what the platform's default grace period leaves.
    assert_eq!(
        stop("service api { image \"api@sha256:0\"; listen http 80 }"),
        seconds(5, 23, 30)
    );
    let host = "host web {}\nservice api { run \"s.js\"; load { longest 20s } }";
    assert_eq!(stop(host), seconds(0, 24, 26));
    let lingering = "service api { image \"api@sha256:0\"; listen http 80 { closes_idle false; idle_timeout 65s }; load { longest 20s } }";
    assert_eq!(stop(lingering), seconds(5, 24, 5 + 24 + 66 + 2));
}

/// The help of a finding of a rule.
fn help(spec: &str, rule: &str) -> String {
    let sources = Sources::new();
    let mut files = Files(spec.to_owned());
    let project = project::load(&sources, &mut files, "loadline.load").unwrap();
    let checked = project.check(None, &mut files, |_| Date::default());
    let found = checked
        .judged
        .diagnostics
        .into_iter()
        .find(|found| found.rule.name == rule);
    found.unwrap_or_else(|| panic!("no {rule}")).help.unwrap_or_default()
}

#[test]
fn the_replicas_that_a_finding_proposes_fit() {
    let spec = |scale: &str| {
        format!(
            "database db {{ engine postgres 16; max_connections 300; reserve 30 }}
             service api {{
               image \"api@sha256:0\"; scale {scale} {{ cpu 70% }}; memory 512Mi
               uses db {{ pool 20 }}
               rollout recreate
             }}"
        )
    };
    // An autoscaler may start what it still stops: 3..9 are 15 at once, 3..8 are 13.
    assert_eq!(
        help(&spec("3..10"), "autoscale-outgrows-pool"),
        "at most 8 replicas of `api` fit, 7 with a tenth to spare; or make its pool smaller"
    );
    assert!(check(&spec("3..9")).found.contains("error"));
    assert!(!check(&spec("3..8")).found.contains("error"));
    assert!(!check(&spec("3..7")).found.contains("pool-"));
}

#[test]
fn the_pool_that_a_finding_proposes_is_silent() {
    let help = help(&pool_example("23"), "pool-overcommit");
    assert!(help.starts_with("`pool 20` in `api` needs 240 of 270"), "{help}");
    assert_eq!(check(&pool_example("20")).found, check(&pool_example("10")).found);
}

#[test]
fn the_scale_that_makes_an_automatic_pool_possible_is_the_largest() {
    let spec = |scale: u64| pool_example("auto").replace("scale 10", &format!("scale {scale}"));
    assert_eq!(
        help(&spec(300), "pool-overcommit"),
        "at most `scale 268` leaves one connection for each pool"
    );
    assert!(!check(&spec(268)).found.contains("error"));
    assert!(check(&spec(269)).found.contains("error"));
}

#[test]
fn a_database_whose_limit_nobody_knows_is_not_passed_over() {
    let spec = |limit: &str| {
        format!(
            "database db {{ engine cockroach 23; {limit} }}
             service api {{ image \"api@sha256:0\"; memory 512Mi; uses db {{ pool 20000 }} }}"
        )
    };
    let found = check(&spec("")).found;
    assert!(
        found.contains("warning pool-not-declared: `db` does not say how many connections it accepts"),
        "{found}"
    );
    let declared = check(&spec("max_connections 500; reserve 5")).found;
    assert!(declared.contains("error pool-overcommit"), "{declared}");
}

#[test]
fn numbers_that_mean_nothing_are_refused() {
    let refused = |database: &str, service: &str| {
        let spec = format!(
            "database db {{ engine postgres 16; {database} }}
             service api {{ image \"api@sha256:0\"; memory 512Mi; {service} }}"
        );
        check(&spec).found
    };
    for (database, service, message) in [
        ("max_connections 0", "", "`max_connections` cannot be 0"),
        (
            "max_connections 20; reserve 20",
            "",
            "`reserve 20` leaves none of the 20 connections of `db` to clients",
        ),
        ("", "uses db { pool 0 }", "`pool` cannot be 0"),
        ("", "processes 0", "`processes` cannot be 0"),
        ("pooler pgbouncer { size 0 }", "", "`size` cannot be 0"),
    ] {
        let found = refused(database, service);
        assert_eq!(found, format!("error value-out-of-range: {message}\n"));
    }
    assert!(!refused("", "scale 0").contains("error"), "switched off");
}

#[test]
fn factors_of_one_are_left_out_and_shares_are_rounded() {
    let pooler = |more: &str| {
        format!(
            "database db {{ engine postgres 16; max_connections 100; reserve 10; pooler pgbouncer {{ size 280; {more} }} }}"
        )
    };
    let label = |spec: &str, rule: &str, index: usize| {
        let sources = Sources::new();
        let mut files = Files(spec.to_owned());
        let project = project::load(&sources, &mut files, "loadline.load").unwrap();
        let checked = project.check(None, &mut files, |_| Date::default());
        let mut found = checked
            .judged
            .diagnostics
            .into_iter()
            .filter(|found| found.rule.name == rule);
        found.next().unwrap().labels[index].text.clone()
    };
    assert_eq!(label(&pooler(""), "pool-overcommit", 1), "280 of one pool");
    assert_eq!(
        label(&pooler("pools 2; processes 1"), "pool-overcommit", 1),
        "560 = 280 × 2 pools"
    );
    let cores = check("service api { image \"api@sha256:0\"; memory 512Mi; cpu 1; processes 2 }").found;
    assert!(cores.contains("`api` has 2 processes on 1 core\n"), "{cores}");
    let host = "host web { cpu 8; memory 1Gi; process pm2 }
                service api { runtime node 24; run \"s.js\"; processes 6; memory 1Gi { heap 100Mi } }";
    assert_eq!(
        label(host, "host-overcommit", 1),
        "api: about 1365Mi: 8 processes × about 171Mi, 2 of them only during a release"
    );
}

#[test]
fn a_name_that_is_set_twice_is_named_once() {
    let found = check("service api { image \"api@sha256:0\"; memory 512Mi; env A 1; env { A 2 } }").found;
    assert!(found.contains("`A` is set twice"), "{found}");
}
