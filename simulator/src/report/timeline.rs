//! How a run looked, step by step, with names.

use serde::Serialize;

use super::words::name;
use crate::Span;
use crate::outcome::{Cause, Names, QueueLine, ServiceLine, StoreLine, Timeline};

/// One value for each step, by the names of things.
#[derive(Serialize)]
pub(super) struct Lines<'t> {
    step_us: Span,
    clients: Service<'t>,
    services: Vec<Service<'t>>,
    stores: Vec<Store<'t>>,
    queues: Vec<Queue<'t>>,
}

#[derive(Serialize)]
struct Service<'t> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    starting: &'t [u32],
    ready: &'t [u32],
    terminating: &'t [u32],
    arrived: &'t [u32],
    succeeded: &'t [u32],
    causes: Vec<Ended<'t>>,
    p50_us: &'t [Option<Span>],
    p95_us: &'t [Option<Span>],
    p99_us: &'t [Option<Span>],
}

#[derive(Serialize)]
struct Ended<'t> {
    cause: Cause,
    words: &'static str,
    requests: &'t [u32],
}

#[derive(Serialize)]
struct Store<'t> {
    name: String,
    connections: &'t [u32],
    holders: Vec<Held<'t>>,
    refused: &'t [u32],
    waiting: &'t [u32],
}

#[derive(Serialize)]
struct Held<'t> {
    service: String,
    connections: &'t [u32],
}

#[derive(Serialize)]
struct Queue<'t> {
    name: String,
    depth: &'t [u32],
}

impl<'t> Lines<'t> {
    pub(super) fn of(timeline: &'t Timeline, names: &Names) -> Self {
        let services = timeline.services.iter().enumerate();
        let stores = timeline.stores.iter().enumerate();
        let queues = timeline.queues.iter().enumerate();
        Self {
            step_us: timeline.step,
            clients: Service::of(&timeline.clients, None),
            services: services
                .map(|(at, line)| Service::of(line, Some(name(&names.services, at))))
                .collect(),
            stores: stores
                .map(|(at, line)| Store::of(line, name(&names.stores, at), names))
                .collect(),
            queues: queues
                .map(|(at, line)| Queue::of(line, name(&names.queues, at)))
                .collect(),
        }
    }
}

impl<'t> Service<'t> {
    fn of(line: &'t ServiceLine, name: Option<String>) -> Self {
        let causes = line.causes.iter().map(|(cause, requests)| Ended {
            cause: *cause,
            words: cause.words(),
            requests,
        });
        Self {
            name,
            starting: &line.starting,
            ready: &line.ready,
            terminating: &line.terminating,
            arrived: &line.arrived,
            succeeded: &line.succeeded,
            causes: causes.collect(),
            p50_us: &line.p50,
            p95_us: &line.p95,
            p99_us: &line.p99,
        }
    }
}

impl<'t> Store<'t> {
    fn of(line: &'t StoreLine, own: String, names: &Names) -> Self {
        let holders = line.holders.iter().map(|(service, connections)| Held {
            service: name(&names.services, *service),
            connections,
        });
        Self {
            name: own,
            connections: &line.connections,
            holders: holders.collect(),
            refused: &line.refused,
            waiting: &line.waiting,
        }
    }
}

impl<'t> Queue<'t> {
    fn of(line: &'t QueueLine, name: String) -> Self {
        Self {
            name,
            depth: &line.depth,
        }
    }
}
