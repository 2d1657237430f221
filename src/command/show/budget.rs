//! What follows from the values: instances, connections, memory, shutdown, term by term.

use loadline_compiler::budget::connections::{Clients, Situation, pooler_demand, reserved, supply};
use loadline_compiler::budget::host_memory::HostSum;
use loadline_compiler::budget::instances;
use loadline_compiler::budget::memory::MemorySum;
use loadline_compiler::budget::shutdown::ShutdownSum;
use loadline_compiler::diagnostic::{counted, listed, thousands};
use loadline_compiler::model::{Model, Store, ThingId};

/// The budget of a thing; nothing when it has none.
pub(super) fn text(model: &Model, id: ThingId) -> String {
    let mut out = String::new();
    if let Some(workload) = model.workload(id) {
        for uses in &workload.uses {
            let live = instances::rolling_out(model, workload, uses);
            out.push_str(&format!(
                "\nlive beside {} in a rollout: {}\n",
                uses.name(),
                live.terms()
            ));
        }
        let stop = ShutdownSum::of(workload);
        out.push_str(&format!(
            "\nshutdown: {} = {}, of {} grace\n",
            stop.needed(),
            stop.terms(),
            stop.grace
        ));
        if let Some(sum) = MemorySum::of(model, workload) {
            out.push_str(&format!(
                "\nmemory: {} of {}, {} must stay free\n",
                sum.total(),
                sum.limit,
                sum.required().ceil_mib()
            ));
            for term in &sum.terms {
                out.push_str(&format!("  {}\n", term.text()));
            }
        }
    }
    if let Some(store) = model.store(id) {
        out.push_str(&connections(model, store));
    }
    if let Some(sum) = model.host(id).and_then(|host| HostSum::of(model, host)) {
        out.push_str(&format!(
            "\nmemory: {} of {}, {} for the system\n",
            sum.total().about(),
            sum.memory,
            sum.reserve
        ));
        for term in &sum.terms {
            out.push_str(&format!("  {}: {}\n", term.name, term.text(&term.units.to_string())));
        }
    }
    out
}

/// Who holds the connections of a store, of its pooler and of its reserve.
fn connections(model: &Model, store: &Store) -> String {
    let mut out = String::new();
    let clients = Clients::of(model);
    if let (Some(demand), Some(supply)) = (clients.demand(store.id), supply(store)) {
        let place = if store.pooler.is_some() { " to the pooler" } else { "" };
        out.push_str(&format!(
            "\nconnections{place}: {} {}; {}\n",
            thousands(demand.worst.total),
            when(model, &demand.worst),
            supply.terms()
        ));
        out.push_str(&terms(&demand.worst));
    }
    if let (Some(pooler), Some((asked, supply))) = (&store.pooler, pooler_demand(store)) {
        let (size, pools, processes) = (pooler.size.value, pooler.pools.value, pooler.processes.value);
        out.push_str(&format!(
            "\nconnections of the pooler: {}; {}\n  {}: {} = {} × {} × {}\n",
            thousands(asked),
            supply.terms(),
            pooler.product.value.0,
            thousands(asked),
            counted(processes, "process"),
            counted(pools, "pool"),
            thousands(size)
        ));
    }
    if let Some(demand) = clients.reserve_demand(store.id) {
        out.push_str(&format!(
            "\nconnections of the reserve: {} {}, of {}\n",
            thousands(demand.worst.total),
            when(model, &demand.worst),
            thousands(reserved(store))
        ));
        out.push_str(&terms(&demand.worst));
    }
    out
}

fn when(model: &Model, situation: &Situation<'_>) -> String {
    let rolling: Vec<&str> = situation.rolling.iter().map(|thing| model.name(*thing)).collect();
    if rolling.is_empty() {
        "at full scale".to_owned()
    } else {
        format!("in a rollout of {}", listed(&rolling))
    }
}

fn terms(situation: &Situation<'_>) -> String {
    let mut out = String::new();
    for client in &situation.clients {
        let name = &client.client.workload.name.value;
        out.push_str(&format!("  {name}: {}\n    {}\n", client.terms(), client.live.terms()));
    }
    out
}
