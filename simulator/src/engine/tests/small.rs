//! Small systems, made by hand.

use loadline_compiler::quantity::{Duration, Rate, Share};

use super::super::Plan;
use crate::chance::{Law, Rates};
use crate::control_plane::Settings;
use crate::edge::Backoff;
use crate::kubelet::Termination;
use crate::memory::WarmUp;
use crate::outcome::{Names, Place};
use crate::rollout::Strategy;
use crate::system::{Behaviour, Callee, Discipline, Edge, Lifecycle, Probes, Roll, Service, System};
use crate::{Span, Tick};

const HERE: Place = Place { start: 0, end: 0 };

pub(super) fn exponential(micros: u64) -> Law {
    Law::Exponential {
        mean: Span::from_micros(micros),
    }
}

/// A service that computes.
pub(super) fn service(cpu: Law, servers: u32) -> Service {
    Service {
        place: HERE,
        replicas: 1,
        scaling: None,
        processes: 1,
        servers,
        event_loop: false,
        revisions: vec![Behaviour {
            cpu,
            wait: Law::Zero,
            boot: Some(Law::Fixed(Span::from_micros(1_000_000))),
            errors: 0,
            warmup: WarmUp::NONE,
            memory: None,
        }],
        concurrency: None,
        queue_limit: None,
        discipline: Discipline::Fifo,
        cancel_on_timeout: false,
        drop_expired: false,
        uses: Vec::new(),
        calls: Vec::new(),
        publishes: Vec::new(),
        sessions: None,
        consumes: Vec::new(),
        life: Lifecycle {
            start: Span::ZERO,
            termination: Termination::by_kubelet(loadline_compiler::budget::shutdown::ShutdownSum {
                settle: Duration::seconds(1),
                drain: Duration::seconds(10),
                tail: Duration::ZERO,
                close: Duration::ZERO,
                grace: Duration::seconds(20),
            }),
        },
        probes: Probes::default(),
        roll: Roll::Deployment {
            strategy: Strategy::Rolling {
                surge: Share::Count(1),
                unavailable: Share::Count(0),
            },
            min_ready: Span::ZERO,
            deadline: None,
        },
        group: None,
        requested: crate::placement::Amounts::default(),
        memory_limit: None,
        disruptions: None,
        deregistration: Span::ZERO,
    }
}

/// A way from clients, or from one service to another.
pub(super) fn edge(caller: Option<usize>, callee: usize) -> Edge {
    Edge {
        place: HERE,
        caller,
        callee: Callee::Service(callee),
        timeout: None,
        retries: 0,
        only_unsent: false,
        backoff: Backoff::NONE,
        budget: None,
        breaker: None,
        per_request: 1_000_000,
        waited_for: true,
        optional: false,
        passes_deadline: false,
        nginx: None,
        sticky: false,
        knows_users: false,
        reads: None,
        kept: None,
    }
}

pub(super) fn system(services: Vec<Service>, edges: Vec<Edge>) -> System {
    System {
        services,
        stores: Vec::new(),
        queues: Vec::new(),
        edges,
        groups: Vec::new(),
        changes: Vec::new(),
        tables: Vec::new(),
        control_plane: Settings::of_version(1, 34),
        endpoint_add: Span::from_micros(1_000_000),
        endpoint_remove: Span::from_micros(1_000_000),
        names: Names::default(),
        places: crate::system::Places::default(),
    }
}

/// Clients along the first edge, at a rate, for so many seconds.
pub(super) fn plan(rate: u64, seconds: u64) -> Plan {
    Plan {
        traffic: vec![(0, Rates::steady(Rate::per_second(rate)))],
        users: Vec::new(),
        groups: Vec::new(),
        happenings: Vec::new(),
        end: Tick::at(seconds * 1_000_000),
        until_settled: false,
        warm_up: Tick::START,
        told: false,
    }
}
