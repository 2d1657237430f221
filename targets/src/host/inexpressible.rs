//! What no process manager can do: said at the setting, never dropped in silence.

mod rollouts;

use loadline_compiler::diagnostic::counted;
use loadline_compiler::model::{Model, Platform, Probe, VolumeKind, Workload};

use crate::nginx;
use crate::output::Output;

/// Says which settings of a workload processes on a host do not have. `manager` is what runs them: systemd, PM2.
pub(crate) fn warn(model: &Model, workload: &Workload, manager: &str, out: &mut Output) {
    probes(model, workload, manager, out);
    scaling(workload, manager, out);
    rollouts::warn(model, workload, manager, out);
    scheduling(workload, manager, out);
    network(workload, manager, out);
    if let Some(image) = &workload.image {
        out.remark(
            image.span,
            format!("{manager} starts no containers"),
            "what runs is the release on the machine",
        );
    }
    let size = workload.memory.as_ref().and_then(|memory| memory.size.as_ref());
    if let Some(size) = size.filter(|size| size.value.low < size.value.high) {
        out.remark(
            size.span,
            format!("{manager} reserves no memory"),
            format!(
                "{} is for the checks, and the limit of {} holds",
                size.value.low, size.value.high
            ),
        );
    }
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
/// ready: then it is worth knowing, and nothing to act on.
fn probes(model: &Model, workload: &Workload, manager: &str, out: &mut Output) {
    let health = &workload.health;
    let mut gateways = model
        .gateways
        .iter()
        .filter(|gateway| nginx::is_on_host(model, gateway));
    let is_routed = gateways.any(|gateway| gateway.route.iter().any(|route| route.target.id == workload.id));
    let says_ready = matches!(model.platform(workload), Platform::Pm2(_)) && super::in_pm2_cluster(workload);
    let taken_over = if says_ready && !workload.listen.is_empty() {
        Some("the app says itself when it is ready: `process.send(\"ready\")`")
    } else if is_routed {
        Some("nginx passes over an instance that does not answer")
    } else {
        None
    };
    let mut say = |probe: &Option<Probe>, what: &str, taken_over: Option<&str>, consequence: &str| {
        let Some(probe) = probe else {
            return;
        };
        let message = format!("{manager} has no {what} probe");
        match taken_over {
            Some(instead) => out.remark(probe.span, message, instead),
            None => out.not_expressible(probe.span, message, consequence),
        }
    };
    let consequence = "nothing on the machine asks: ask it yourself after a release";
    say(&health.startup, "startup", taken_over, consequence);
    say(&health.ready, "readiness", taken_over, consequence);
    let consequence = "an instance that ends is started again, one that hangs is not";
    say(&health.live, "liveness", None, consequence);
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
