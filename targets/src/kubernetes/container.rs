//! Containers.

use std::borrow::Cow;
use std::collections::BTreeSet;

use loadline_compiler::model::{Before, Health, Listen, PortName, Sidecar, Workload, argv};
use loadline_compiler::values::Command;
use loadline_grammar::Span;
use serde::Serialize;

use super::env::{self, EnvFrom, EnvVar, Environment};
use super::lifecycle::{self, Lifecycle};
use super::names;
use super::probe::{self, Probe, Probes};
use super::resources::{self, Resources};
use super::security::{self, ContainerSecurity};
use super::storage::Storage;
use super::subject::Subject;
use super::volume::Mount;
use crate::escape::kubernetes as escape;
use crate::image::{self, image};
use crate::output::Output;

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Container<'m> {
    pub(crate) name: Cow<'m, str>,
    pub(crate) image: Cow<'m, str>,
    image_pull_policy: &'static str,
    /// `Always` makes an init container a sidecar: it runs beside the others until they are gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    restart_policy: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) command: Vec<Cow<'m, str>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) args: Vec<Cow<'m, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    working_dir: Option<&'m str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ports: Vec<ContainerPort<'m>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    env_from: Vec<EnvFrom<'m>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) env: Vec<EnvVar<'m>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) resources: Option<Resources>,
    #[serde(skip_serializing_if = "Option::is_none")]
    startup_probe: Option<Probe<'m>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    readiness_probe: Option<Probe<'m>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    liveness_probe: Option<Probe<'m>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lifecycle: Option<Lifecycle<'m>>,
    security_context: ContainerSecurity,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) volume_mounts: Vec<Mount<'m>>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ContainerPort<'m> {
    name: Cow<'m, str>,
    container_port: u16,
    protocol: &'static str,
}

impl<'m> Container<'m> {
    /// With an image, locked down, and nothing else.
    pub(crate) fn new(name: impl Into<Cow<'m, str>>, image: impl Into<Cow<'m, str>>) -> Self {
        Self {
            name: name.into(),
            image: image.into(),
            // An image that is named by digest or version does not change.
            image_pull_policy: "IfNotPresent",
            restart_policy: None,
            command: Vec::new(),
            args: Vec::new(),
            working_dir: None,
            ports: Vec::new(),
            env_from: Vec::new(),
            env: Vec::new(),
            resources: None,
            startup_probe: None,
            readiness_probe: None,
            liveness_probe: None,
            lifecycle: None,
            security_context: security::locked_down(),
            volume_mounts: Vec::new(),
        }
    }

    fn probed(mut self, probes: Probes<'m>) -> Self {
        self.startup_probe = probes.startup;
        self.readiness_probe = probes.ready;
        self.liveness_probe = probes.live;
        self
    }

    /// Takes the variables over; those that it has already win.
    fn with_environment(mut self, environment: Environment<'m>) -> Self {
        let own = std::mem::take(&mut self.env);
        let others = environment.variables.into_iter();
        self.env = others
            .filter(|other| !own.iter().any(|own| own.name == other.name))
            .collect();
        self.env.extend(own);
        self.env_from = environment.from;
        self
    }
}

/// The workload's own process.
pub(crate) fn main<'m>(
    subject: &Subject<'m>,
    environment: Environment<'m>,
    mounts: Vec<Mount<'m>>,
    out: &mut Output,
) -> Container<'m> {
    let workload = subject.workload;
    image::judge(subject.place.model, workload, out);
    let probes = probe::of(&workload.health, &workload.listen, out);
    let mut container = base(subject, subject.name, environment, mounts).probed(probes);
    let span = workload.run.as_ref().map_or(workload.span, |run| run.span);
    let words = expanded(workload.argv(), span, out);
    // Without `run` the image's entry point stays, and only its arguments are replaced.
    if workload.run.is_some() {
        container.command = words;
    } else {
        container.args = words;
    }
    container.ports = ports(&workload.listen);
    container.lifecycle = lifecycle::settle(subject, out);
    container.security_context = security::main(workload);
    container
}

/// The image, environment, files and limits of the workload, for whatever runs with them.
pub(crate) fn base<'m>(
    subject: &Subject<'m>,
    name: impl Into<Cow<'m, str>>,
    environment: Environment<'m>,
    mounts: Vec<Mount<'m>>,
) -> Container<'m> {
    let workload = subject.workload;
    let mut container = Container::new(name, image(subject.place.model, workload));
    container.working_dir = workload.working_dir.as_ref().map(|dir| dir.value.0.as_str());
    container.resources = resources::of(workload.cpu.as_ref(), workload.memory.as_ref());
    container.volume_mounts = mounts;
    container.with_environment(environment)
}

/// A further container, started before the main one and stopped after it.
pub(crate) fn sidecar<'m>(
    subject: &Subject<'m>,
    sidecar: &'m Sidecar,
    storage: &mut Storage<'m>,
    out: &mut Output,
) -> Container<'m> {
    let name = sidecar.name.value.0.as_str();
    match &sidecar.image {
        Some(image) => image::judge_reference(&image.value, image.span, out),
        None => {
            let message = format!("the sidecar `{name}` has no image");
            out.refuse(sidecar.span, message, "needs `image`");
        }
    }
    let image = sidecar.image.as_ref().map_or("", |image| &image.value.0);
    let mut container = Container::new(name, image).probed(probe::of(&sidecar.health, &[], out));
    container.ports = asked_ports(&sidecar.health);
    container.restart_policy = native_sidecars(subject).then_some("Always");
    if let Some(run) = &sidecar.run {
        container.command = expanded(argv(Some(&run.value), None, &[], Vec::new()), run.span, out);
    }
    container.env = env::beside(subject.place, &sidecar.env, out);
    container.resources = resources::of(sidecar.cpu.as_ref(), sidecar.memory.as_ref());
    container.volume_mounts = storage.tmp_of(name);
    container
}

/// Init containers that keep running. Source: KEP-753, on by default since 1.29.
pub(crate) fn native_sidecars(subject: &Subject<'_>) -> bool {
    subject.place.at_least(1, 29)
}

/// A step before the main process; nothing when it only waits.
pub(crate) fn before<'m>(
    subject: &Subject<'m>,
    step: &'m Before,
    environment: &Environment<'m>,
    mounts: &[Mount<'m>],
    out: &mut Output,
) -> Option<Container<'m>> {
    let name = step.name.value.0.as_str();
    if step.run.is_none() && step.image.is_none() {
        if let Some(thing) = &step.wait_for {
            // Which image would have a program that can tell whether a port answers?
            let message = format!("Kubernetes has no step that waits for `{}`", thing.value.name);
            let consequence = "left out: the process itself must try until it can be reached; or give the step a `run`";
            out.not_expressible(thing.span, message, consequence);
        } else {
            let message = format!("the step `{name}` does not say what to run");
            out.refuse(step.span, message, "needs `run` or `image`");
        }
        return None;
    }
    let own = env::beside(subject.place, &step.env, out);
    let mut container = match &step.image {
        Some(image) => {
            image::judge_reference(&image.value, image.span, out);
            let mut container = Container::new(name, image.value.0.as_str());
            container.volume_mounts = mounts.to_vec();
            let workload = subject.workload;
            container.resources = resources::of(workload.cpu.as_ref(), workload.memory.as_ref());
            container.env = own;
            container
        }
        // The workload's own code needs the workload's own configuration.
        None => {
            let mut container = base(subject, name, Environment::default(), mounts.to_vec());
            container.env = own;
            container.with_environment(environment.clone())
        }
    };
    if let Some(run) = &step.run {
        container.command = command(subject.workload, step.image.is_none(), &run.value, run.span, out);
    }
    Some(container)
}

/// What runs a command: with the workload's image, by the workload's runtime.
pub(crate) fn command<'m>(
    workload: &Workload,
    own_image: bool,
    run: &Command,
    span: Span,
    out: &mut Output,
) -> Vec<Cow<'m, str>> {
    let runtime = workload.runtime.as_ref().filter(|_| own_image);
    expanded(argv(Some(run), runtime, &[], Vec::new()), span, out)
}

fn expanded<'m>(words: Vec<String>, span: Span, out: &mut Output) -> Vec<Cow<'m, str>> {
    let words = words.into_iter();
    words
        .map(|word| out.escaped(span, escape::expanded(Cow::Owned(word))))
        .collect()
}

fn ports(listen: &[Listen]) -> Vec<ContainerPort<'_>> {
    let ports = listen.iter().map(|listen| ContainerPort {
        name: names::port(listen.name()),
        container_port: listen.port.value.0,
        protocol: "TCP",
    });
    ports.collect()
}

/// What a sidecar listens on is known from its probes alone.
fn asked_ports<'m>(health: &Health) -> Vec<ContainerPort<'m>> {
    let probes = [&health.startup, &health.ready, &health.live].into_iter().flatten();
    let numbers = probes.filter_map(|probe| match probe.port.as_ref()?.value {
        PortName::Number(port) => Some(port),
        PortName::Name(_) => None,
    });
    let port = |container_port| ContainerPort {
        name: Cow::Owned(format!("probe-{container_port}")),
        container_port,
        protocol: "TCP",
    };
    numbers.collect::<BTreeSet<u16>>().into_iter().map(port).collect()
}
