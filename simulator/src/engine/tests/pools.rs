//! What pools open, keep and close.

use super::super::{Luck, Outcome, run};
use crate::Seed;
use crate::outcome::{Cause, FactKind};
use crate::scenario::Scenario;

const LUCK: Luck = Luck { seed: Seed(1), run: 0 };

/// A service of one instance that uses a database, and rolls out after a minute.
fn told(uses: &str, database: &str, load: &str) -> Outcome {
    let model = crate::testing::model(&format!(
        "project p
         cluster c {{ nodes 3; cpu 2; memory 4Gi; version 1.34 }}
         database db {{ engine postgres 16; {database} }}
         service api {{
           image \"example.com/api:1\"; scale 1; listen http 3000 {{ closes_idle on }}
           uses db {{ {uses} }}
           shutdown {{ settle 5s; drain 20s; grace 30s }}
           rollout rolling {{ surge 1; unavailable 0 }}
           load {{ cpu 1ms; boot 4s; longest 15s; {load} }}
         }}
         scenario release {{ at 60s {{ rollout api }}; until 3m }}",
    ));
    let mut scenario = Scenario::of(&model, &model.scenarios[0]).expect("it can be simulated");
    scenario.plan.told = true;
    run(&scenario.system, &scenario.plan, LUCK)
}

/// The most connections in each second since the rollout.
fn connections(outcome: &Outcome) -> Vec<u32> {
    outcome.story.as_ref().unwrap().timeline.stores[0].connections[60..].to_vec()
}

/// The new one is ready after 4 s, the old one is told then, and signalled 5 s later.
#[test]
fn what_is_released_at_the_signal_is_there_through_settle() {
    let at = told(
        "pool 8; hold 1ms; release on_signal",
        "",
        "rate 20/s; wait 1s { fixed }",
    );
    assert_eq!(connections(&at)[2..14], [16, 16, 16, 16, 16, 16, 16, 16, 8, 8, 8, 8]);
    assert_eq!(at.figures.clients.failed(), 0);
    // The same, and what is in flight is waited for.
    let after = told("pool 8; hold 1ms", "", "rate 20/s; wait 8s { fixed }");
    assert_eq!(
        connections(&after)[2..15],
        [16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 8]
    );
    assert_eq!(after.figures.clients.failed(), 0);
}

#[test]
fn who_needs_a_connection_after_the_signal_gets_none() {
    let at = told(
        "pool 8; hold 1ms; release on_signal",
        "",
        "rate 20/s; wait 8s { fixed }",
    );
    // Those of the 3 s before it was told, and of one more until it was forgotten, in which it gets half.
    let refused = at.figures.clients.of(Cause::PoolClosed);
    assert!((50..90).contains(&refused), "{refused}");
    assert_eq!(at.figures.clients.failed(), refused);
}

/// Some of its connections are in use, for 4 s each: those close one by one as they are given back.
#[test]
fn what_is_in_use_is_closed_when_it_is_given_back() {
    for (uses, database) in [
        ("pool 8; hold 4s { fixed }; release on_signal", ""),
        ("pool 8; release on_signal", "service_time 4s { fixed }"),
    ] {
        let at = told(uses, database, "rate 1/s; wait 4s { fixed }");
        let line = connections(&at);
        assert_eq!(line[8], 16, "{uses}: {line:?}");
        // Some are left, fewer and fewer, and none after 4 s.
        assert!(8 < line[10] && line[10] < 16, "{uses}: {line:?}");
        assert!(line[12] <= line[10] && line[14] == 8, "{uses}: {line:?}");
        assert_eq!(at.figures.clients.of(Cause::Killed), 0, "{uses}");
    }
}

/// Connections in some seconds of the minute before the rollout.
fn before(outcome: &Outcome, seconds: [usize; 4]) -> [u32; 4] {
    let line = &outcome.story.as_ref().unwrap().timeline.stores[0].connections;
    seconds.map(|second| line[second])
}

#[test]
fn a_pool_is_full_from_the_start_unless_it_is_lazy() {
    let load = "rate 1/s; wait 1s { fixed }";
    let eager = told("pool 8; hold 10ms", "", load);
    assert_eq!(before(&eager, [1, 10, 30, 59]), [8; 4]);
    let lazy = told("pool 8; hold 10ms; open lazy", "", load);
    let [first, .., last] = before(&lazy, [0, 10, 30, 59]);
    assert!(first == 0 && (1..=2).contains(&last), "{first} {last}");
    // Two requests at once need two, and no more.
    let busy = told(
        "pool 8; hold 2s { fixed }; open lazy",
        "",
        "rate 2/s; wait 1s { fixed }",
    );
    let [.., last] = before(&busy, [0, 10, 30, 59]);
    assert!((4..=8).contains(&last), "{last}");
}

/// More than its size under load, and those beyond it are closed as soon as they are given back.
#[test]
fn overflow_is_opened_when_it_is_needed_and_closed_after_use() {
    let with = |overflow: &str| {
        told(
            &format!("pool 2; hold 900ms {{ fixed }}{overflow}"),
            "",
            "rate 2/s; wait 1s { fixed }",
        )
    };
    let line = |outcome: &Outcome| outcome.story.as_ref().unwrap().timeline.stores[0].connections[..60].to_vec();
    let least_and_most = |line: Vec<u32>| (line.iter().min().copied(), line.iter().max().copied());
    assert_eq!(least_and_most(line(&with(""))), (Some(2), Some(2)));
    let (least, most) = least_and_most(line(&with("; overflow 3")));
    assert!(
        least == Some(2) && Some(2) < most && most <= Some(5),
        "{least:?} {most:?}"
    );
}

#[test]
fn what_is_unused_closes_down_to_what_is_kept() {
    // A request every second or so uses the one that was given back last.
    let load = "rate 1/s; wait 10ms";
    let open = |more: &str| before(&told(&format!("pool 8; hold 10ms; {more}"), "", load), [5, 19, 25, 59]);
    assert_eq!(open(""), [8; 4]);
    assert_eq!(open("min_idle 3"), [8; 4]);
    assert_eq!(open("idle 20s; min_idle 3"), [8, 8, 3, 3]);
    let [.., kept, last] = open("idle 20s");
    assert!((1..=2).contains(&kept) && (1..=2).contains(&last), "{kept} {last}");
}

/// Each pool as long as it says; the process ends with the last.
#[test]
fn pools_close_each_in_its_own_time() {
    let model = crate::testing::model(
        "project p
         cluster c { nodes 3; cpu 2; memory 4Gi; version 1.34 }
         database quick { engine postgres 16; max_connections 100 }
         database late { engine postgres 16; max_connections 100 }
         service api {
           image \"example.com/api:1\"; scale 1; listen http 3000 { closes_idle on }
           uses quick { pool 4; hold 1ms; close 1s }
           uses late { pool 4; hold 1ms; close 9s }
           shutdown { settle 5s; drain 5s; grace 30s }
           rollout rolling { surge 1; unavailable 0 }
           load { cpu 1ms; wait 10ms; boot 4s; longest 3s; rate 5/s }
         }
         scenario release { at 60s { rollout api }; until 3m }",
    );
    let mut scenario = Scenario::of(&model, &model.scenarios[0]).expect("it can be simulated");
    scenario.plan.told = true;
    let outcome = run(&scenario.system, &scenario.plan, LUCK);
    let line = |store: usize| outcome.story.as_ref().unwrap().timeline.stores[store].connections[67..].to_vec();
    // Told at 64 s, signalled at 69, nothing in flight: one closes at 70, the other at 78.
    assert_eq!(line(0)[..6], [8, 8, 8, 8, 4, 4]);
    assert_eq!(line(1)[9..14], [8, 8, 8, 4, 4]);
}

/// What a store that is full says of its holders adds up, also where one got a part of what it wanted.
#[test]
fn holders_of_a_full_store_are_all_of_it() {
    let at = told("pool 8", "max_connections 14; reserve 2", "rate 20/s");
    let facts = at.story.unwrap().facts;
    let full = facts.iter().find_map(|fact| match &fact.what {
        FactKind::StoreFull { limit, holders, .. } => Some((*limit, holders.clone())),
        _ => None,
    });
    let (limit, holders) = full.unwrap();
    let held: u64 = holders.iter().map(|holder| holder.connections.live()).sum();
    assert_eq!((limit, held), (12, 12));
}
