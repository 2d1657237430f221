//! What no process manager can do: said at the setting, never dropped in silence.

use loadline_compiler::diagnostic::counted;
use loadline_compiler::model::{Model, Platform, Probe, Processes, Strategy, VolumeKind, Workload};

use crate::nginx;
use crate::output::Output;
use crate::release;

/// Says which settings of a workload processes on a host do not have. `manager` is what runs them: systemd, PM2.
pub(crate) fn warn(model: &Model, workload: &Workload, manager: &str, out: &mut Output) {
    probes(model, workload, manager, out);
    scaling(workload, manager, out);
    releases(model, workload, manager, out);
    scheduling(workload, manager, out);
    network(workload, manager, out);
    for sidecar in &workload.sidecar {
        let (name, own) = (&sidecar.name.value, &workload.name.value);
        out.not_expressible(
            sidecar.span,
            format!("{manager} starts no containers"),
            format!("`{name}` does not run beside `{own}`: declare it as a worker"),
        );
    }
    for volume in &workload.volume {
        let on_disk = volume.kind.value != VolumeKind::Memory;
        if let Some(size) = volume.size.as_ref().filter(|_| on_disk) {
            out.not_expressible(
                size.span,
                format!("{manager} limits no directory"),
                format!("`{}` can fill its file system", volume.name.value),
            );
        }
    }
}

/// A gateway on a host passes over instances that do not answer, and PM2's cluster mode waits for an app to say that it is
/// ready: then nothing is lost that `docs/targets.md` does not say.
fn probes(model: &Model, workload: &Workload, manager: &str, out: &mut Output) {
    let health = &workload.health;
    let mut gateways = model
        .gateways
        .iter()
        .filter(|gateway| nginx::is_on_host(model, gateway));
    let is_routed = gateways.any(|gateway| gateway.route.iter().any(|route| route.target.id == workload.id));
    let says_ready = matches!(model.platform(workload), Platform::Pm2(_)) && super::in_pm2_cluster(workload);
    let is_taken_over = is_routed || (says_ready && !workload.listen.is_empty());
    let mut say = |probe: &Option<Probe>, what: &str, consequence: &str| {
        if let Some(probe) = probe {
            out.not_expressible(probe.span, format!("{manager} has no {what} probe"), consequence);
        }
    };
    if !is_taken_over {
        let consequence = "nothing on the machine asks: ask it yourself after a release";
        say(&health.startup, "startup", consequence);
        say(&health.ready, "readiness", consequence);
    }
    say(
        &health.live,
        "liveness",
        "an instance that ends is started again, one that hangs is not",
    );
}

fn scaling(workload: &Workload, manager: &str, out: &mut Output) {
    let scale = &workload.scale;
    if scale.is_automatic() {
        let instances = counted(scale.max(), "instance");
        out.not_expressible(
            scale.replicas.span,
            format!("{manager} does not scale by itself"),
            format!("{instances} run on each machine, the most of the range"),
        );
    }
    if let Some(budget) = &workload.budget {
        out.remark(
            budget.span,
            format!("{manager} has no disruption budgets"),
            "nothing but a person takes instances of a machine away",
        );
    }
}

/// A reload and a restart replace what is there; nothing on a host runs two releases beside each other.
fn releases(model: &Model, workload: &Workload, manager: &str, out: &mut Output) {
    if let Some(rollout) = &workload.rollout
        && matches!(rollout.strategy.value, Strategy::Canary | Strategy::BlueGreen)
    {
        let strategy = rollout.strategy.value.word();
        out.not_expressible(
            rollout.strategy.span,
            format!("{manager} has no {strategy} rollouts"),
            "every instance gets the new release without a trial",
        );
    }
    let verify = workload.rollout.as_ref().and_then(|rollout| rollout.verify.as_ref());
    if let Some(verify) = verify.filter(|_| !release::is_wanted(model)) {
        out.not_expressible(
            verify.span,
            format!("{manager} does not verify a release"),
            format!(
                "ask `{}` yourself after the reload, or add the target `release`",
                verify.path.value.0
            ),
        );
    }
    let makes_own = !(matches!(model.platform(workload), Platform::Pm2(_)) && super::in_pm2_cluster(workload));
    if makes_own && workload.processes.is_written() && workload.processes.value != Processes::Count(1) {
        out.remark(
            workload.processes.span,
            format!("{manager} starts one process of an instance"),
            "`run` itself must start the others",
        );
    }
}

fn scheduling(workload: &Workload, manager: &str, out: &mut Output) {
    if let Some(placement) = &workload.placement {
        out.not_expressible(
            placement.span,
            format!("{manager} places nothing"),
            "it runs on every machine of its host",
        );
    }
    for (pairs, what) in [(&workload.labels, "labels"), (&workload.annotations, "annotations")] {
        if let Some(first) = pairs.iter().next() {
            out.remark(first.name.span, format!("{manager} has no {what}"), "they are left out");
        }
    }
}

fn network(workload: &Workload, manager: &str, out: &mut Output) {
    for listen in &workload.listen {
        let moved = listen.outside.as_ref().filter(|port| port.value != listen.port.value);
        if let Some(outside) = moved {
            out.not_expressible(
                outside.span,
                format!("{manager} maps no ports"),
                format!("others reach it on {}", listen.port.0),
            );
        }
        if listen.expose.is_written() {
            out.remark(
                listen.expose.span,
                format!("{manager} opens and closes no ports"),
                "the firewall of the machine decides who reaches it",
            );
        }
    }
    if let Some(egress) = &workload.security.egress {
        out.not_expressible(
            egress.span,
            format!("{manager} knows the graph's addresses only by name"),
            "it may connect to anything",
        );
    }
}
