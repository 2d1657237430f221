//! Where the spec says what decides.

use loadline_compiler::budget::proxy;
use loadline_compiler::model::{Calls, Model, Probe, Route, StoreSettings, Uses, Workload};
use loadline_compiler::values::Val;

use super::place;
use crate::outcome::Place;
use crate::system::{EdgePlaces, ServicePlaces, StorePlaces, UsePlaces};

/// Where a value is written, if it is.
pub(super) fn written<T>(value: &Val<T>) -> Option<Place> {
    value.is_written().then(|| place(value.span))
}

fn said<T>(value: Option<&Val<T>>) -> Option<Place> {
    value.and_then(written)
}

pub(super) fn of_service(workload: &Workload) -> ServicePlaces {
    let (health, shutdown, queueing) = (&workload.health, &workload.shutdown, &workload.queueing);
    let rollout = workload.rollout.as_ref();
    let probe = |probe: &Option<Probe>| probe.as_ref().map(|probe| place(probe.span));
    ServicePlaces {
        scale: written(&workload.scale.replicas),
        memory: workload.memory.as_ref().map(|memory| place(memory.span)),
        startup: probe(&health.startup),
        live: probe(&health.live),
        ready: probe(&health.ready),
        budget: workload.budget.as_ref().and_then(|budget| written(&budget.unavailable)),
        drain: written(&shutdown.drain),
        grace: written(&shutdown.grace),
        sessions: workload.sessions.as_ref().map(|sessions| place(sessions.span)),
        rollout: rollout.map(|rollout| place(rollout.span)),
        deadline: rollout.and_then(|rollout| written(&rollout.deadline)),
        abort: rollout
            .and_then(|rollout| rollout.abort.first())
            .map(|abort| place(abort.span)),
        queue_limit: said(queueing.limit.as_ref()),
        drop_expired: written(&queueing.drop_expired),
        uses: Vec::new(),
        errors: vec![said(workload.load.errors.as_ref())],
    }
}

pub(super) fn of_use(uses: &Uses) -> UsePlaces {
    UsePlaces {
        declared: Some(place(uses.span)),
        pool: said(uses.pool.as_ref()),
        acquire_timeout: said(uses.acquire_timeout.as_ref()),
        release: written(&uses.release),
    }
}

pub(super) fn of_store(store: &StoreSettings) -> StorePlaces {
    StorePlaces {
        limit: said(store.max_connections.as_ref()).or_else(|| said(store.max_clients.as_ref())),
        quota: said(store.limit.as_ref()),
    }
}

pub(super) fn of_calls(calls: &Calls) -> EdgePlaces {
    EdgePlaces {
        timeout: said(calls.timeout.as_ref()),
        breaker: calls.breaker.as_ref().map(|breaker| place(breaker.span)),
        retry_budget: said(calls.retry_budget.as_ref()),
        kept: None,
    }
}

pub(super) fn of_route(model: &Model, route: &Route) -> EdgePlaces {
    let target = &route.target.value;
    let workload = model.workload(target.id);
    let listen = workload.and_then(|workload| proxy::listener(workload, target));
    EdgePlaces {
        timeout: said(route.timeout.as_ref()),
        kept: listen.map(|listen| said(listen.idle_timeout.as_ref()).unwrap_or_else(|| place(listen.span))),
        ..EdgePlaces::default()
    }
}
