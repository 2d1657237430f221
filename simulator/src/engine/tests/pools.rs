//! What pools open, keep and close.

use super::super::{Luck, Outcome, run};
use crate::Seed;
use crate::outcome::Cause;
use crate::scenario::Scenario;

const LUCK: Luck = Luck { seed: Seed(1), run: 0 };

/// A service of one instance that uses a database, and rolls out after a minute.
fn told(uses: &str, database: &str, load: &str) -> Outcome {
    let model = crate::testing::model(&format!(
        "project p
         cluster c {{ nodes 3; cpu 2; memory 4Gi; version 1.34 }}
         database db {{ engine postgres 16; max_connections 100; {database} }}
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
