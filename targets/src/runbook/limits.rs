//! The numbers that the checker computed: how far it is to where something gives way.

use loadline_compiler::budget::connections::{self, Clients};
use loadline_compiler::budget::shutdown::ShutdownSum;
use loadline_compiler::budget::{MemorySum, instances};

use super::page::Section;
use super::place::{Kind, Place};
use crate::escape::markdown::Piece::{Code, Own, Text};
use crate::escape::markdown::{Piece, line};
use crate::template::Escaped;

pub(crate) fn limits(place: &Place<'_>, clients: &Clients<'_>) -> Section {
    let (model, workload) = (place.model, place.workload);
    let mut section = Section::new("Limits");
    let mut rows: Vec<Vec<Escaped>> = Vec::new();
    let mut row = |what: &[Piece<'_>], value: &str, terms: &str| {
        rows.push(vec![line(what), line(&[Text(value)]), line(&[Text(terms)])]);
    };
    let (least, most) = (
        instances::replicas_min(model, workload),
        instances::replicas_max(model, workload),
    );
    let scale = if least == most {
        most.to_string()
    } else {
        format!("{least} to {most}")
    };
    row(&[Own("Instances")], &scale, "");
    if let Some(uses) = workload.uses.first() {
        let live = instances::rolling_out(model, workload, uses);
        row(&[Own("In the worst rollout")], &live.count.to_string(), &live.terms());
    }
    let processes = instances::processes(model, workload);
    if 1 < processes {
        row(&[Own("Processes of an instance")], &processes.to_string(), "");
    }
    if let Some(cpu) = &workload.cpu {
        let bounds = format!("{}..{}", cpu.low, cpu.high);
        row(
            &[Own("Processor of an instance")],
            &bounds,
            "what it is promised, and where the kernel holds it back",
        );
    }
    if let Some(sum) = MemorySum::of(model, workload) {
        let terms: Vec<String> = sum
            .terms
            .iter()
            .map(loadline_compiler::budget::memory::Term::text)
            .collect();
        row(
            &[Own("Memory limit")],
            &sum.limit.to_string(),
            if matches!(place.kind, Kind::Pm2 { .. }) {
                "all processes together; PM2 replaces one that takes more than its share"
            } else {
                "above it the kernel ends it"
            },
        );
        row(
            &[Own("Memory that it can need")],
            &sum.total().about(),
            &terms.join(" + "),
        );
        row(
            &[Own("Memory that stays free")],
            &sum.free().about(),
            &format!("{} should", sum.required().about()),
        );
    }
    for store in &model.stores {
        let Some(demand) = clients.demand(store.id) else {
            continue;
        };
        let own = demand
            .worst
            .clients
            .iter()
            .filter(|client| client.client.workload.id == workload.id);
        for client in own {
            let what = [Own("Connections to "), Code(&store.name.value)];
            row(&what, &client.connections.to_string(), &client.terms());
        }
        if let Some(supply) = connections::supply(store)
            && demand
                .worst
                .clients
                .iter()
                .any(|client| client.client.workload.id == workload.id)
        {
            let what = [Own("Connections of "), Code(&store.name.value), Own(" in use at worst")];
            row(&what, &demand.worst.total.to_string(), &supply.terms());
        }
    }
    let stop = ShutdownSum::of(workload);
    row(&[Own("Stops within")], &stop.needed().to_string(), &stop.terms());
    row(
        &[Own("Killed after")],
        &stop.grace.to_string(),
        "from the moment it is told to stop",
    );
    if let Some(boot) = &workload.load.boot {
        row(
            &[Own("Ready after")],
            &boot.high.to_string(),
            "from the moment it is created",
        );
    }
    if let Some(peak) = &workload.load.peak {
        row(
            &[Own("Load at the busiest time")],
            &peak.value.to_string(),
            "all instances together",
        );
    }
    for consumes in &workload.consumes {
        if let (Some(hidden), Some(attempts)) = (&consumes.visibility, &consumes.max_attempts) {
            let what = [Own("A message of "), Code(&consumes.queue.name)];
            row(
                &what,
                &hidden.value.to_string(),
                &format!("then it is delivered again, {} times in all", attempts.value),
            );
        }
    }
    section.table(&["What", "How much", "Why"], rows);
    section
}
