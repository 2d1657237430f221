//! What compose cannot do, said where it is the only thing that will run the system.
//!
//! Where Kubernetes or hosts run it, the compose file is a local picture, and nobody expects rollouts of it.

mod store;

use loadline_compiler::model::{
    Health, Model, Platform, Probe, Processes, Strategy, TargetName, ThingId, ThingKind, VolumeKind, Workload,
};

use super::workload;
use crate::output::Output;

/// Says it for a workload.
pub(crate) fn workload(model: &Model, workload: &Workload, out: &mut Output) {
    if model.platform(workload) != Platform::Compose {
        return;
    }
    let name = &workload.name.value;
    if let Some(rollout) = &workload.rollout
        && rollout.strategy.value != Strategy::Recreate
    {
        let message = "compose replaces containers without a strategy";
        out.not_expressible(rollout.span, message, format!("`{name}` is away while it is replaced"));
    }
    if workload.scale.is_automatic() {
        let message = "compose does not scale by itself";
        let least = workload.scale.min();
        let consequence = format!("`{name}` stays at {least}");
        out.not_expressible(workload.scale.replicas.span, message, consequence);
    }
    if let Some(live) = &workload.health.live {
        let message = "compose restarts a container when its process ends, not when a check fails";
        let consequence = if workload.health.ready.is_some() {
            "only `ready` is asked"
        } else {
            "asked, and shown by `docker ps`"
        };
        out.not_expressible(live.span, message, consequence);
    }
    probes(&workload.health, out);
    for sidecar in &workload.sidecar {
        probes(&sidecar.health, out);
    }
    for listen in &workload.listen {
        let moved = listen.outside.as_ref().filter(|port| port.value != listen.port.value);
        if let Some(outside) = moved.filter(|_| !workload::is_published(listen)) {
            let message = "a network of compose maps no ports";
            out.remark(outside.span, message, format!("others reach it on {}", listen.port.0));
        }
    }
    if workload.processes.is_written() && workload.processes.value != Processes::Count(1) {
        let message = "compose starts one process in a container";
        out.remark(workload.processes.span, message, "`run` itself must start the others");
    }
    if let Some(budget) = &workload.budget {
        let message = "compose has no disruption budgets";
        out.remark(budget.span, message, "nothing but a person takes containers away");
    }
    if let Some(restart) = &workload.restart
        && restart.delay.is_written()
    {
        let message = "docker chooses the wait before a restart itself";
        out.not_expressible(restart.delay.span, message, "100ms at first, doubled each time");
    }
    if let Some(schedule) = &workload.schedule {
        let message = "compose starts nothing at a time";
        let consequence = format!("`docker compose run --rm {name}` runs it once, for a cron of the machine");
        out.not_expressible(schedule.span, message, consequence);
    }
    if let Some(timeout) = &workload.timeout {
        let message = "compose does not end a run that takes too long";
        out.not_expressible(timeout.span, message, "the run goes on");
    }
    if let Some(migrate) = &workload.migrate
        && let Some(timeout) = &migrate.timeout
    {
        let message = "compose does not end a migration that takes too long";
        out.not_expressible(timeout.span, message, "the migration goes on");
    }
    for volume in &workload.volume {
        if let Some(size) = &volume.size
            && volume.kind.value == VolumeKind::Persistent
        {
            let message = "docker's volumes have no size";
            out.not_expressible(size.span, message, "it grows as far as the disk goes");
        }
        if volume.kind.is_written() && volume.kind.value == VolumeKind::Scratch {
            let message = "compose has no scratch space on disk that is the container's own";
            let consequence = "it is in memory, and counts towards its limit";
            out.not_expressible(volume.kind.span, message, consequence);
        }
    }
    if let Some(egress) = &workload.security.egress {
        let message = "compose does not filter by address";
        let consequence = "the container reaches every address";
        out.not_expressible(egress.span, message, consequence);
    }
    if let Some(placement) = &workload.placement {
        let message = "compose has one machine";
        out.not_expressible(placement.span, message, "everything runs there");
    }
}

/// A container has one health check, and counts no successes.
fn probes(health: &Health, out: &mut Output) {
    let asked = [&health.ready, &health.live];
    if let Some(startup) = &health.startup {
        if asked.iter().any(|probe| probe.is_some()) {
            let consequence = "it gives only the time until failures count";
            out.remark(
                startup.span,
                "compose asks one check, and that is not `startup`",
                consequence,
            );
        } else {
            let message = "compose does not ask `startup`";
            out.not_expressible(startup.span, message, "a check that is always asked is `ready`");
        }
    }
    let counts = |probe: &&Probe| probe.passing.is_written() && probe.passing.value != 1;
    for probe in asked.into_iter().flatten().filter(counts) {
        let message = "compose counts no successes of a check";
        out.not_expressible(probe.passing.span, message, "the first one is enough");
    }
}

/// Says it for what is beside the workloads.
pub(crate) fn project(model: &Model, out: &mut Output) {
    if !model.project.wants_only_compose() {
        return;
    }
    let targets = model.project.targets.as_ref();
    let has_nginx = targets.is_some_and(|targets| targets.contains(&TargetName::Nginx));
    // Where a cluster runs it, the compose file is a local picture without it.
    let on_cluster = |place: ThingId| place.kind == ThingKind::Cluster;
    let gateways = model.gateways.iter();
    let homeless = gateways.filter(|gateway| !gateway.place.is_some_and(on_cluster));
    for gateway in homeless.filter(|_| !has_nginx) {
        let message = "the compose file has no gateway";
        let consequence = "the target `nginx` writes its configuration";
        let said = out.said();
        out.not_expressible(gateway.name.span, message, consequence);
        out.about(said, gateway.id);
    }
    let is_home = |workload: &Workload| model.platform(workload) == Platform::Compose;
    if !model.workloads.iter().any(is_home) {
        return;
    }
    for store in &model.stores {
        store::warn(store, out);
        let Some(pooler) = &store.pooler else {
            continue;
        };
        let said = out.said();
        let message = "the compose file has no pooler";
        let consequence = "clients connect to the database itself";
        out.not_expressible(pooler.product.span, message, consequence);
        out.about(said, store.id);
    }
}
