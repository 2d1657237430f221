//! What must come of a question when another one, that differs in a known way, is answered: nobody has to know the answer.

use loadline_simulator::Seed;
use loadline_simulator::engine::{self, Luck};
use loadline_simulator::outcome::{Cause, Figures};
use proptest::prelude::*;

use crate::lab::Lab;
use crate::laws::{Shape, shapes};

fn figures(spec: &str) -> Figures {
    Lab::of(spec).run(0).figures
}

/// How many attempts ended this way, of clients and between services.
fn attempts(figures: &Figures, cause: Cause) -> u64 {
    let between: u64 = figures.services.iter().map(|own| own.attempts.of(cause)).sum();
    between + figures.clients.of(cause)
}

/// The same with every limit that nobody ran into ten times as generous.
fn where_nobody_was(shape: &Shape, figures: &Figures) -> Shape {
    let mut other = shape.clone();
    if attempts(figures, Cause::Timeout) == 0 {
        other.timeout *= 10;
    }
    if attempts(figures, Cause::PoolExhausted) == 0 {
        other.acquire *= 10;
    }
    if attempts(figures, Cause::Shed) == 0 {
        other.limit = other.limit.map(|limit| limit * 10 + 10);
    }
    other
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: if crate::full() { 200 } else { 12 },
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// A limit that nobody ran into decides nothing: it can be more generous, and all is as it was.
    #[test]
    fn limits_that_nobody_met_change_nothing(shape in shapes()) {
        let before = figures(&shape.spec());
        let after = figures(&where_nobody_was(&shape, &before).spec());
        prop_assert_eq!(before, after);
    }

    /// What happens and does nothing is as if it did not happen.
    #[test]
    fn events_without_effect_change_nothing(shape in shapes()) {
        let spec = shape.spec();
        let before = figures(&spec);
        let more = "at 7s { slow pay { by 0%; for 3s } }
                    at 8s { traffic shop { burst 0 } }
                    at 9s { leak stock { memory 1B; every 60s } }
                    until 600s";
        prop_assert_eq!(before, figures(&spec.replace("until 600s", more)));
    }

    /// Names are for people.
    #[test]
    fn other_names_change_nothing(shape in shapes()) {
        let spec = shape.spec();
        let before = figures(&spec);
        let other = spec.replace("shop", "zebra").replace("stock", "aardvark").replace("db", "storage");
        prop_assert_eq!(before, figures(&other));
    }
}

/// Where nothing is left to luck: clients who wait, and times that are always the same.
fn clockwork(scale: u32, timeout: &str, others: &str) -> String {
    let service = |name: &str, more: &str| {
        format!(
            "service {name} {{
               image \"registry.example.com/{name}:1\"; runtime go; cpu 1; listen http 8080
               {more}
             }}\n"
        )
    };
    let front = service(
        "front",
        &format!(
            "scale {scale}; calls back {{ timeout {timeout} }}; uses db {{ pool 3; hold 2ms {{ fixed }} }}
             load {{ cpu 4ms {{ fixed }}; wait 10ms {{ fixed }}; boot 5s }}"
        ),
    );
    let back = service("back", "load { cpu 2ms { fixed }; boot 5s }");
    let database = "database db { engine postgres 16; max_connections 90; reserve 10; service_time 1ms { fixed } }\n";
    let all = match others {
        "front first" => format!("{front}{back}{database}"),
        _ => format!("{database}{back}{front}"),
    };
    format!(
        "{all}
         scenario wait {{
           at 0s  {{ traffic front {{ clients 20 }} }}
           at 10s {{ kill back }}
           at 20s {{ slow db {{ by 200%; for 3s }} }}
           until 30s
         }}"
    )
}

#[test]
fn what_is_left_to_nobody_is_the_same_with_any_luck() {
    let lab = Lab::of(&clockwork(1, "1s", "front first"));
    let with = |seed: u64| {
        let luck = Luck {
            seed: Seed(seed),
            run: 0,
        };
        engine::run(&lab.system, &lab.plan, luck).figures
    };
    let first = with(1);
    assert!((2..6).all(|seed| with(seed) == first));
    assert!(1_000 < first.clients.succeeded && 0 < first.clients.of(Cause::Refused));
}

/// Only the order of the figures is another one.
#[test]
fn the_order_of_declarations_decides_nothing() {
    let one = figures(&clockwork(1, "1s", "front first"));
    let mut other = figures(&clockwork(1, "1s", "front last"));
    other.services.reverse();
    assert_eq!((one.clients, one.services), (other.clients, other.services));
    assert_eq!(one.stores[0].operations, other.stores[0].operations);
}

/// 4 ms each are 250 in a second of one, and 500 of two; then `back` is what limits, and more of `front` cost nothing.
#[test]
fn more_instances_do_no_less() {
    let done = |scale: u32| figures(&clockwork(scale, "1s", "front first")).clients.succeeded;
    let all: Vec<u64> = [1, 2, 3, 5].into_iter().map(done).collect();
    assert!(all.windows(2).all(|pair| pair[0] * 99 <= pair[1] * 100), "{all:?}");
    assert!(all[0] * 3 < all[1] * 2, "{all:?}");
}

/// Twenty ask, and one after the other is worked on: who waits for longer gives up no more often.
#[test]
fn more_patience_is_no_more_timeouts() {
    let timeouts = |timeout: &str| attempts(&figures(&clockwork(1, timeout, "front first")), Cause::Timeout);
    let all: Vec<u64> = ["1ms", "2ms", "3ms", "5ms", "10ms", "50ms"]
        .into_iter()
        .map(timeouts)
        .collect();
    assert!(all.windows(2).all(|pair| pair[1] <= pair[0]), "{all:?}");
    assert!(0 < all[0] && all[5] == 0, "{all:?}");
}

/// Nobody asks: nobody is answered, refused or waited for, whatever happens.
#[test]
fn without_traffic_there_is_nothing_to_fail() {
    for event in [
        "kill front",
        "fail db { for 5s }",
        "rollout front { errors 50% }",
        "stall back",
    ] {
        let spec = clockwork(2, "1s", "front first");
        let spec = spec.replace(
            "traffic front { clients 20 }",
            &format!("traffic front 0/s }}; at 5s {{ {event}"),
        );
        let figures = figures(&spec);
        let asked: u64 = figures.services.iter().map(|own| own.attempts.arrived).sum();
        assert_eq!((figures.clients.arrived, asked), (0, 0), "{event}");
        assert_eq!(figures.client_latency.p95, None, "{event}");
    }
}
