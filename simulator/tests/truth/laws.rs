//! Laws that hold in every run of every system.

use loadline_simulator::engine::Outcome;
use loadline_simulator::outcome::{ServiceLine, Tally};
use proptest::prelude::*;

use crate::lab::Lab;

/// A system of three services, a database and a client that may be too much for them.
#[derive(Clone, Debug)]
pub struct Shape {
    rate: u32,
    cpu: [u32; 3],
    servers: [u32; 3],
    replicas: [u32; 3],
    pub timeout: u32,
    retries: u32,
    pub limit: Option<u32>,
    lifo: bool,
    drop_expired: bool,
    cancel: bool,
    pool: u32,
    pub acquire: u32,
    breaker: bool,
    event: &'static str,
}

pub fn shapes() -> impl Strategy<Value = Shape> {
    let size = (
        1_u32..200,
        [1_u32..60, 1..60, 1..60],
        [1_u32..5, 1..5, 1..5],
        [1_u32..4, 1..4, 1..4],
    );
    let calls = (10_u32..2_000, 0_u32..4, any::<bool>());
    let queue = (
        proptest::option::of(0_u32..40),
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
    );
    let events = prop_oneof![
        Just(""),
        Just("at 5s { kill shop }"),
        Just("at 5s { fail stock { for 5s } }"),
        Just("at 5s { fail db { for 5s } }"),
        Just("at 5s { slow pay { for 5s; by 300% } }"),
        Just("at 5s { partition shop stock { for 5s } }"),
        Just("at 5s { rollout shop { to 2.0; errors 5% } }"),
        Just("at 5s { scale shop 1 }"),
    ];
    (size, calls, queue, (1_u32..8, 10_u32..1_000), events).prop_map(|(size, calls, queue, pool, event)| Shape {
        rate: size.0,
        cpu: size.1,
        servers: size.2,
        replicas: size.3,
        timeout: calls.0,
        retries: calls.1,
        breaker: calls.2,
        limit: queue.0,
        lifo: queue.1,
        drop_expired: queue.2,
        cancel: queue.3,
        pool: pool.0,
        acquire: pool.1,
        event,
    })
}

impl Shape {
    pub fn spec(&self) -> String {
        let queueing = format!(
            "queueing {{ {} discipline {}; drop_expired {}; cancel_on_timeout {} }}",
            self.limit.map_or(String::new(), |limit| format!("limit {limit};")),
            if self.lifo { "lifo" } else { "fifo" },
            self.drop_expired,
            self.cancel,
        );
        let breaker = if self.breaker { "breaker 50% { over 2s }" } else { "" };
        let call = |name: &str| {
            format!(
                "calls {name} {{ timeout {}ms; retries {}; backoff 10ms..100ms; {breaker}; idempotent }}",
                self.timeout, self.retries
            )
        };
        let service = |place: usize, name: &str, more: &str| {
            format!(
                r#"
                service {name} {{
                  version 1.0
                  image   "registry.example.com/{name}:1"
                  runtime go
                  scale   {}
                  cpu     {}
                  listen  http 8080
                  load    {{ cpu {}ms; boot 1s }}
                  {queueing}
                  {more}
                }}
                "#,
                self.replicas[place], self.servers[place], self.cpu[place]
            )
        };
        let uses = format!(
            "uses db {{ pool {}; hold 5ms; acquire_timeout {}ms }}",
            self.pool, self.acquire
        );
        format!(
            r#"
            {}{}{}
            database db {{ engine postgres 16; max_connections 60; reserve 0; service_time 3ms; capacity 4 }}
            scenario any {{
              at 0s {{ traffic shop {}/s }}
              {}
              at 12s {{ traffic shop 0/s }}
              until 600s
            }}
            "#,
            service(0, "shop", &format!("{}\n{}", call("stock"), call("pay"))),
            service(1, "stock", &uses),
            service(2, "pay", ""),
            self.rate,
            self.event,
        )
    }
}

/// Everybody who came is in one place.
fn conserved(tally: &Tally, ended: bool) -> Result<(), TestCaseError> {
    let done = tally.succeeded + tally.failed() + tally.dropped();
    prop_assert!(done <= tally.arrived, "{:?}", tally);
    if ended {
        prop_assert_eq!(tally.in_flight(), 0, "{:?}", tally);
    }
    Ok(())
}

/// The sum of how long requests were there, from the counts at the end of each step (Little): steps times requests.
fn present(line: &ServiceLine) -> f64 {
    let ended = |step: usize| {
        let causes: u32 = line.causes.iter().map(|(_, counts)| counts[step]).sum();
        i64::from(line.succeeded[step] + causes)
    };
    let balance = line.arrived.iter().enumerate().scan(0_i64, |there, (step, arrived)| {
        let before = *there;
        *there += i64::from(*arrived) - ended(step);
        // Half of each change, as if it came in the middle of the step.
        Some((before + *there) as f64 / 2.0)
    });
    balance.sum()
}

fn total(outcome: &Outcome, place: usize) -> f64 {
    let latencies = &outcome.latencies[place];
    latencies.mean().unwrap_or(0.0) / 1e6 * latencies.count() as f64
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: if crate::full() { 100 } else { 16 },
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn requests_are_conserved(shape in shapes()) {
        let lab = Lab::of(&shape.spec());
        let outcome = lab.run(0);
        let figures = &outcome.figures;
        conserved(&figures.clients, true)?;
        for service in &figures.services {
            conserved(&service.requests, true)?;
            conserved(&service.attempts, true)?;
            prop_assert!(service.requests.arrived <= service.attempts.arrived || shape.breaker, "{:?}", service);
        }
        // Until the end of the traffic some are on their way, and none is lost either.
        let mut shorter = lab;
        shorter.plan.end = loadline_simulator::Tick::at(8_000_000);
        let figures = shorter.run(0).figures;
        conserved(&figures.clients, false)?;
        for service in &figures.services {
            conserved(&service.requests, false)?;
            conserved(&service.attempts, false)?;
        }
    }

    #[test]
    fn connections_stay_within_their_pools(shape in shapes()) {
        let figures = Lab::of(&shape.spec()).run(0).figures;
        let most = &figures.services[1].most_live.0;
        let live = most.ready + most.starting + most.terminating;
        let db = &figures.stores[0];
        prop_assert!(db.peak.connections <= u64::from(shape.pool) * live, "{:?} {:?}", db.peak, most);
        prop_assert!(db.peak.connections <= 60);
        prop_assert!(db.most_waiting == 0 || db.peak.connections > 4);
    }

    #[test]
    fn the_same_luck_is_the_same_run(shape in shapes()) {
        let lab = Lab::of(&shape.spec());
        let alone: Vec<String> = (0..4).map(|run| format!("{:?}", lab.run(run))).collect();
        let side_by_side: Vec<String> = lab.runs(4).iter().map(|outcome| format!("{outcome:?}")).collect();
        prop_assert_eq!(alone, side_by_side);
    }
}

/// Who calls is killed while it waits, and what it called times out later: one request, one end.
#[test]
fn a_call_of_who_is_gone_ends_once() {
    let shape = Shape {
        rate: 40,
        cpu: [1, 1, 47],
        servers: [1; 3],
        replicas: [1; 3],
        timeout: 31,
        retries: 1,
        limit: None,
        lifo: false,
        drop_expired: false,
        cancel: false,
        pool: 1,
        acquire: 10,
        breaker: false,
        event: "at 5s { kill shop }",
    };
    let figures = Lab::of(&shape.spec()).run(0).figures;
    for service in &figures.services {
        conserved(&service.requests, true).unwrap();
    }
}

/// L = λ W, at a station that is busy for four fifths of the time.
#[test]
fn who_is_there_is_who_came_times_how_long() {
    let mut lab = Lab::of(
        r#"
        service station {
          image   "registry.example.com/station:1"
          runtime go
          cpu     2
          listen  http 8080
          load    { cpu 100ms; boot 1s }
        }
        scenario steady { at 0s { traffic station 16/s }; at 3000s { traffic station 0/s }; until 3100s }
        "#,
    );
    lab.plan.told = true;
    let outcome = lab.run(0);
    let line = &outcome.story.as_ref().unwrap().timeline.clients;
    let step = outcome.story.as_ref().unwrap().timeline.step.micros() as f64 / 1e6;
    let (present, total) = (present(line) * step, total(&outcome, 0));
    assert!(10_000.0 < total);
    // The counts are those of ends of steps: what came and went within one is seen on average only.
    assert!((present / total - 1.0).abs() < 0.02, "{present} {total}");
}
