//! Services, workers and jobs as containers.

use std::collections::{BTreeMap, BTreeSet};

use loadline_compiler::budget::ShutdownSum;
use loadline_compiler::model::{Build as BuildSettings, Expose, Listen, Model, RestartPolicy, Workload};
use loadline_compiler::quantity::Duration;

use super::file::{Attachment, Build, Deploy, File, Port, Service};
use super::text::Text;
use super::{INTERNAL, PUBLIC, environment, health, labels, mounts, resources};
use crate::docker;
use crate::docker::probe::{self, Inside};
use crate::image;
use crate::output::Output;

/// Where the project is, seen from the compose file: outputs are in a directory of the project's, by environment and target.
const PROJECT: (&str, &str) = ("LOADLINE_PROJECT", "../../..");

/// Where the outputs are, seen from the project.
const OUTPUTS: (&str, &str) = ("LOADLINE_OUTPUTS", "deploy");

/// What the main container shares with the steps around it: the same program in the same surroundings.
pub(crate) fn surroundings(model: &Model, workload: &Workload, file: &mut File, out: &mut Output) -> Service {
    let image = image::image(model, workload);
    image::judge(model, workload, out);
    let mut service = Service {
        image: Text::own(&image),
        build: build(model, workload, &image),
        // As process 1, Node would neither reap orphans nor end by a signal that it does not handle.
        init: workload.runtime.as_ref().is_some_and(|runtime| runtime.is_node()),
        working_dir: workload
            .working_dir
            .as_ref()
            .map(|directory| out.escape(directory, |path| Text::plain(path))),
        networks: networks(model, workload),
        environment: environment::environment(model, workload, out),
        volumes: mounts::writable(workload, file, out),
        labels: labels::of_workload(model, workload, out),
        annotations: labels::texts(&workload.annotations, out),
        ..hardened(workload, out)
    };
    mounts::files(model, workload, &mut service, file, out);
    service
}

/// Locked down: what is opened is opened in the spec.
pub(crate) fn hardened(workload: &Workload, out: &mut Output) -> Service {
    let (user, group) = docker::user(workload);
    let kept = workload.security.capabilities.as_ref();
    let kept = kept.into_iter().flat_map(|kept| {
        let span = kept.span;
        kept.value.iter().map(move |capability| (capability, span))
    });
    Service {
        user: Some(Text::own(format!("{user}:{group}"))),
        read_only: true,
        cap_drop: vec![Text::own("ALL")],
        cap_add: kept
            .map(|(capability, span)| out.escaped(span, Text::plain(capability)))
            .collect(),
        security_opt: vec![Text::own("no-new-privileges:true")],
        ..Service::default()
    }
}

/// The main container.
pub(crate) fn service(
    workload: &Workload,
    surroundings: Service,
    published: &mut BTreeSet<u16>,
    out: &mut Output,
) -> Service {
    let argv = words(workload, out);
    // `run` is the process itself, whatever the image would put in front; arguments alone are for its entry point.
    let (entrypoint, command) = if workload.run.is_some() {
        (argv, Vec::new())
    } else {
        (Vec::new(), argv)
    };
    let replicas = replicas(workload, out);
    let (ports, expose) = ports(workload, replicas, published, out);
    let boot = workload.load.boot.as_ref().map(|boot| boot.high);
    Service {
        entrypoint,
        command,
        ports,
        expose,
        healthcheck: health::check(Inside::of(workload), &workload.health, boot, out),
        restart: restart(workload),
        stop_signal: docker::stop_signal(workload).map(|signal| Text::own(signal.word())),
        stop_grace_period: stop(workload).map(|time| Text::own(probe::duration(time))),
        deploy: Deploy {
            replicas,
            resources: resources::resources(workload.cpu.as_ref(), workload.memory.as_ref()),
        }
        .some(),
        ..surroundings
    }
}

/// How long it is given to stop: nothing delays the signal here, so what is settled on Kubernetes is not waited for.
fn stop(workload: &Workload) -> Option<Duration> {
    let sum = ShutdownSum::of(workload);
    let time = sum.grace.minus(sum.settle);
    (!time.is_zero()).then_some(time)
}

fn words(workload: &Workload, out: &mut Output) -> Vec<Text> {
    let span = workload.run.as_ref().map_or(workload.span, |run| run.span);
    let argv = workload.argv();
    argv.iter().map(|word| out.escaped(span, Text::plain(word))).collect()
}

/// Several containers cannot share a persistent volume, nor each have a sidecar.
fn replicas(workload: &Workload, out: &mut Output) -> Option<u64> {
    let (count, span) = if workload.is_job() {
        (workload.parallel.value, workload.parallel.span)
    } else {
        (workload.scale.min(), workload.scale.replicas.span)
    };
    let name = &workload.name.value;
    if count <= 1 {
        return None;
    }
    if workload.is_stateful() {
        let message = "compose gives all containers of a service the same volume";
        out.not_expressible(span, message, format!("`{name}` runs once"));
        return None;
    }
    if !workload.sidecar.is_empty() {
        let message = "compose ties a sidecar to a single container";
        out.not_expressible(span, message, format!("`{name}` runs once"));
        return None;
    }
    Some(count)
}

/// A port of the machine belongs to one container; all others are reached inside the network.
fn ports(
    workload: &Workload,
    replicas: Option<u64>,
    published: &mut BTreeSet<u16>,
    out: &mut Output,
) -> (Vec<Port>, Vec<Text>) {
    let (mut ports, mut expose) = (Vec::new(), Vec::new());
    for listen in &workload.listen {
        let outside = listen.outside_port();
        if !is_published(listen) {
            expose.push(Text::own(listen.port.0.to_string()));
        } else if replicas.is_some() {
            let message = "several containers cannot be published on one port";
            let consequence = "reached inside the network only; a gateway can spread requests over them";
            out.not_expressible(listen.expose.span, message, consequence);
            expose.push(Text::own(listen.port.0.to_string()));
        } else if !published.insert(outside) {
            let message = format!("port {outside} of the machine is already taken");
            out.not_expressible(listen.span, message, "reached inside the network only");
            expose.push(Text::own(listen.port.0.to_string()));
        } else {
            ports.push(Port {
                target: listen.port.0,
                published: Text::own(outside.to_string()),
                protocol: Text::own("tcp"),
            });
        }
    }
    (ports, expose)
}

pub(super) fn is_published(listen: &Listen) -> bool {
    matches!(listen.expose.value, Expose::Node | Expose::Public)
}

/// Everything is on the inner network, which has no way out. What is published, or connects to somebody else's
/// service, is on the outer one too.
fn networks(model: &Model, workload: &Workload) -> BTreeMap<&'static str, Attachment> {
    let mut networks = BTreeMap::from([(INTERNAL, Attachment::default())]);
    let connects_out = model
        .graph
        .edges()
        .filter(|edge| edge.from == workload.id)
        .any(|edge| edge.to.kind.is_store() && super::store::container(model, edge.to).is_none());
    let opened = workload.security.egress.is_some();
    if connects_out || opened || workload.listen.iter().any(is_published) {
        networks.insert(PUBLIC, Attachment::default());
    }
    networks
}

fn restart(workload: &Workload) -> Text {
    let Some(restart) = &workload.restart else {
        // A job ends, and is not begun again unless the spec says how often.
        let retries = workload.retries.is_written().then_some(workload.retries.value);
        return match retries {
            Some(retries) if workload.is_job() && retries != 0 => Text::own(format!("on-failure:{retries}")),
            _ if workload.is_job() => Text::own("no"),
            _ => Text::own("unless-stopped"),
        };
    };
    match (restart.policy.value, &restart.limit) {
        (RestartPolicy::Always, _) => Text::own("always"),
        (RestartPolicy::OnFailure, Some(limit)) => Text::own(format!("on-failure:{}", limit.starts.value)),
        (RestartPolicy::OnFailure, None) => Text::own("on-failure"),
        (RestartPolicy::Never, _) => Text::own("no"),
    }
}

/// How the image is built, unless a digest says that it exists.
fn build(model: &Model, workload: &Workload, image: &str) -> Option<Build> {
    let build: &BuildSettings = workload.build.as_ref().filter(|_| !image.contains('@'))?;
    let context = build.context.as_ref().map_or(".", |context| &context.value);
    let (inside, up) = if context == "." {
        (String::new(), String::new())
    } else {
        let depth = context.split('/').count();
        (format!("/{context}"), "../".repeat(depth))
    };
    let name = &workload.name.value;
    let environment = model.environment_name();
    Some(Build {
        context: Text::or_else(PROJECT.0, PROJECT.1).then(&inside),
        // Compose looks for it from the context.
        dockerfile: Text::own(up)
            .and(Text::or_else(OUTPUTS.0, OUTPUTS.1))
            .then(&format!("/{environment}/docker/{name}/Dockerfile")),
    })
}
