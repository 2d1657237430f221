//! What follows from the values: instances, connections, memory, shutdown, term by term.

use loadline_compiler::budget::connections::{Clients, supply};
use loadline_compiler::budget::host_memory::HostSum;
use loadline_compiler::budget::instances;
use loadline_compiler::budget::memory::MemorySum;
use loadline_compiler::budget::shutdown::ShutdownSum;
use loadline_compiler::diagnostic::{listed, thousands};
use loadline_compiler::model::{Model, ThingId};

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
        let clients = Clients::of(model);
        if let (Some(demand), Some(supply)) = (clients.demand(id), supply(store)) {
            let rolling: Vec<&str> = demand.worst.rolling.iter().map(|thing| model.name(*thing)).collect();
            let when = if rolling.is_empty() {
                "at full scale".to_owned()
            } else {
                format!("in a rollout of {}", listed(&rolling))
            };
            out.push_str(&format!(
                "\nconnections: {} {when}; {}\n",
                thousands(demand.worst.total),
                supply.terms()
            ));
            for client in &demand.worst.clients {
                out.push_str(&format!(
                    "  {}: {}\n",
                    client.client.workload.name.value,
                    client.terms()
                ));
                out.push_str(&format!("    {}\n", client.live.terms()));
            }
        }
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
