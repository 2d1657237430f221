//! Values that were left to be computed: the shutdown, pools, heaps. In this order, since pools depend on how long an
//! instance holds them, and nothing depends on heaps.

use loadline_grammar::Span;

use crate::budget::connections::Clients;
use crate::budget::memory::MemorySum;
use crate::budget::shutdown::{self, DRAIN_FACTOR, EXIT_MARGIN, GRACE_DEFAULT};
use crate::facts::workers::workers;
use crate::lower::{From, Ref, Val};
use crate::model::{Heap, Model, Processes, ThingId, ThingKind, ToQueue, Uses, Workload};
use crate::quantity::Duration;

pub(crate) fn derive(model: &mut Model) {
    processes(model);
    queue_clients(model);
    shutdowns(model);
    pools(model);
    heaps(model);
}

/// The worker processes of a server that is told how many, where the spec does not say.
fn processes(model: &mut Model) {
    let told: Vec<Option<u64>> = model
        .workloads
        .iter()
        .map(|workload| workers_of(model, workload))
        .collect();
    for (workload, told) in model.workloads.iter_mut().zip(told) {
        let processes = &mut workload.settings.processes;
        if let Some(told) = told.filter(|_| !processes.is_written()) {
            processes.value = Processes::Count(told);
            processes.from = From::Derived("workers of the server that is started");
        }
    }
}

fn workers_of(model: &Model, workload: &Workload) -> Option<u64> {
    let run = workload.run.iter().flat_map(|run| run.value.words());
    let args = workload
        .args
        .iter()
        .flat_map(|args| args.value.iter().map(|text| &text.0));
    let words: Vec<&str> = run.chain(args).map(String::as_str).collect();
    workers(&words, |name| workload.variable(model, name)?.as_text())
}

/// Who publishes to a queue that lives in a cache, or consumes one, is connected to the cache.
fn queue_clients(model: &mut Model) {
    let clients: Vec<Vec<Uses>> = model
        .workloads
        .iter()
        .map(|workload| of_queues(model, workload))
        .collect();
    for (workload, clients) in model.workloads.iter_mut().zip(clients) {
        workload.queue_clients = clients;
    }
}

fn of_queues(model: &Model, workload: &Workload) -> Vec<Uses> {
    let publishes = workload
        .publishes
        .iter()
        .map(|edge| (&edge.queue.value, edge.pool, edge.span));
    let consumes = workload
        .consumes
        .iter()
        .map(|edge| (&edge.queue.value, edge.pool, edge.span));
    let client = |(queue, pool, span): (&Ref<ToQueue>, Val<u64>, Span)| {
        let on = model.store(queue.id)?.on.as_ref()?;
        let cache = (on.id.kind == ThingKind::Cache).then(|| Ref::new(on.id, on.name.clone()))?;
        Some(Uses::of_queue(queue, cache, pool, span))
    };
    publishes.chain(consumes).filter_map(client).collect()
}

fn shutdowns(model: &mut Model) {
    let settles: Vec<(Duration, &'static str)> = model
        .workloads
        .iter()
        .map(|workload| shutdown::settle_default(model, workload))
        .collect();
    for (workload, (settle, why)) in model.workloads.iter_mut().zip(settles) {
        let tail = shutdown::tail(workload);
        let close = workload
            .uses
            .iter()
            .map(|uses| uses.close.value)
            .max()
            .unwrap_or_default();
        let longest = workload.load.longest.as_ref().map(|longest| longest.value);
        let stop = &mut workload.settings.shutdown;
        stop.settle.derive(Some(settle), why);
        let settle = stop.settle();
        match longest {
            Some(longest) => {
                let drain = longest.scaled_up(DRAIN_FACTOR.0, DRAIN_FACTOR.1);
                stop.drain.derive(Some(drain), "1.2 × load.longest");
            }
            None => {
                let grace = stop.grace.get().unwrap_or(GRACE_DEFAULT);
                let drain = grace.minus(settle).minus(tail).minus(close).minus(EXIT_MARGIN);
                stop.drain.derive(
                    Some(drain),
                    "what settle, tail, close and 2s leave of the grace period; declare load.longest",
                );
            }
        }
        let grace = settle.plus(stop.drain()).plus(tail).plus(close).plus(EXIT_MARGIN);
        stop.grace
            .derive(Some(grace), "settle + drain + keep-alive tail + close + 2s");
    }
}

fn pools(model: &mut Model) {
    let migrations = model
        .workloads
        .iter_mut()
        .flat_map(|workload| &mut workload.settings.migrate)
        .flat_map(|migrate| &mut migrate.uses);
    for pool in migrations.filter_map(|uses| uses.pool.as_mut()) {
        pool.derive(Some(1), "a migration works alone, with one connection");
    }
    let mut computed: Vec<(ThingId, String, ThingId, Option<u64>)> = Vec::new();
    let clients = Clients::of(model);
    for store in &model.stores {
        for (client, size) in clients.automatic_pools(store) {
            computed.push((client.workload.id, client.uses.name().to_owned(), store.id, size));
        }
    }
    for (workload, name, store, size) in computed {
        let Some(workload) = model.workloads.get_mut(workload.place()) else {
            continue;
        };
        let own = workload.settings.uses.iter_mut();
        let beside = workload
            .settings
            .sidecar
            .iter_mut()
            .flat_map(|sidecar| &mut sidecar.uses);
        for uses in own.chain(beside) {
            if uses.store.id == store
                && uses.name() == name
                && let Some(pool) = &mut uses.pool
            {
                pool.derive(
                    size,
                    "its share of what the store can give, by load, in the wave that leaves least",
                );
            }
        }
    }
}

fn heaps(model: &mut Model) {
    let largest: Vec<_> = model
        .workloads
        .iter()
        .map(|workload| MemorySum::of(model, workload).and_then(|sum| sum.largest_heap()))
        .collect();
    for (workload, largest) in model.workloads.iter_mut().zip(largest) {
        if let Some(memory) = &mut workload.settings.memory
            && memory.heap.value == Heap::Auto(None)
            && largest.is_some()
        {
            memory.heap.value = Heap::Auto(largest);
            memory.heap.from = From::Derived("the largest that keeps the headroom below the limit");
        }
    }
}
