//! The worst case of connections that `check` counts with, against the peaks of simulated rollouts.

use loadline_compiler::budget::connections::Clients;
use loadline_simulator::{Seed, Span, Stream};

use crate::lab::{Lab, model};

/// From `low` to `high`.
fn between(low: u64, high: u64, luck: &mut Stream) -> u64 {
    low + loadline_simulator::chance::uniform(Span::from_micros(high - low), luck).micros()
}

/// Two services that use one database, of which one or both roll out at once, as `deploys parallel` allows.
fn spec(luck: &mut Stream) -> String {
    let service = |name: &str, luck: &mut Stream| {
        let surge = between(0, 3, luck);
        let unavailable = between(u64::from(surge == 0), 2, luck);
        format!(
            r#"
            service {name} {{
              version  1.0
              image    "registry.example.com/{name}:1"
              runtime  node 24
              scale    {}
              listen   http 3000
              uses     db {{ pool {}; hold {}; release {} }}
              shutdown {{ settle {}s; drain {}s; grace 60s }}
              rollout  rolling {{ surge {surge}; unavailable {unavailable}; min_ready {}s }}
              load     {{ cpu 2ms; wait 20ms; boot {}s; longest 2s }}
            }}
            "#,
            between(1, 8, luck),
            between(1, 9, luck),
            // Often enough nearly all connections are in use when an instance is told to stop.
            ["2ms", "2s"][usize::from(between(0, 1, luck) == 0)],
            ["after_drain", "on_signal"][usize::from(between(0, 1, luck) == 0)],
            between(0, 20, luck),
            between(2, 20, luck),
            between(0, 5, luck),
            between(1, 15, luck),
        )
    };
    let second = if between(0, 1, luck) == 0 {
        ""
    } else {
        "at 10s { rollout two { to 2.0 } }"
    };
    format!(
        r#"
        project any {{ deploys parallel }}
        cluster lab {{ nodes 40; cpu 16; memory 64Gi; version 1.34 }}
        database db {{ engine postgres 16; max_connections 5000; reserve 0 }}
        {}{}
        scenario release {{
          at 0s  {{ traffic one 20/s }}
          at 0s  {{ traffic two 20/s }}
          at 10s {{ rollout one {{ to 2.0 }} }}
          {second}
          until 400s
        }}
        "#,
        service("one", luck),
        service("two", luck),
    )
}

#[test]
fn a_rollout_never_needs_more_than_the_worst_case() {
    let mut luck = Seed(1).stream(0, 0, "specs");
    let count = if crate::full() { 400 } else { 40 };
    let (mut reached, mut over) = (0, Vec::new());
    for _ in 0..count {
        let spec = spec(&mut luck);
        let model = model(&spec);
        let worst = Clients::of(&model).demand(model.stores[0].id).unwrap().worst.total;
        let peak = Lab::of(&spec).run(0).figures.stores[0].peak.connections;
        reached += u32::from(peak == worst);
        if worst < peak {
            over.push(format!("{peak} of {worst}: {spec}"));
        }
    }
    println!("{reached} of {count} reach the worst case");
    assert!(over.is_empty(), "{}", over.join("\n"));
    // A worst case that is one lower would be found out.
    assert!(0 < reached);
}
