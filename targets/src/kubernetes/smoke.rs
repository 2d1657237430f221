//! The smoke check of a new release: a Job that an AnalysisTemplate runs before any traffic.

use loadline_compiler::model::{ProbeCheck, Protocol, Rollout, Smoke};

use super::analysis;
use super::container::{self, Container};
use super::controller::{Progressive, ProgressiveKind};
use super::env::EnvVar;
use super::job::JobSpec;
use super::names;
use super::network_policy;
use super::objects::Objects;
use super::peers::{self, Peer};
use super::pod::{self, Parts, PodTemplate};
use super::subject::Subject;
use super::volume::Volume;
use crate::output::Output;

/// Fetches the path of a smoke check: the image of the workload need not have a client.
const CURL: &str = "docker.io/curlimages/curl:8.11.1";

pub(crate) fn name(subject: &Subject<'_>) -> String {
    names::suffixed(subject.name, "smoke")
}

/// Writes the template; the name of the pods that ask.
pub(crate) fn emit<'m>(
    subject: &Subject<'m>,
    rollout: &Rollout,
    smoke: &'m Smoke,
    progressive: &Progressive<'m>,
    parts: &Parts<'m>,
    objects: &mut Objects<'_, '_>,
) -> Option<String> {
    let name = name(subject);
    let listen = subject.workload.listen.iter();
    let mut listen = listen.filter(|listen| listen.protocol.value == Protocol::Http);
    let service = match progressive.kind {
        ProgressiveKind::BlueGreen => names::suffixed(subject.name, "preview"),
        ProgressiveKind::Routed { .. } | ProgressiveKind::Canary => names::suffixed(subject.name, "canary"),
    };
    let namespace = subject.place.namespace;
    let url = listen
        .next()
        .map(|listen| format!("http://{service}.{namespace}:{}", listen.outside_port()));
    let (container, volumes) = match (&smoke.check, url) {
        (ProbeCheck::Http(path), Some(url)) => fetch(&format!("{url}{}", path.value.0)),
        (ProbeCheck::Exec(command), url) => {
            let mounts = parts.storage.mounts.clone();
            let environment = parts.environment.clone();
            let mut container = container::base(subject, "smoke", environment, mounts);
            container.command = container::command(subject.workload, true, &command.value, command.span, objects.out);
            // How else would it know the new set from the old?
            container.env.extend(url.map(|url| EnvVar::plain("SMOKE_URL", url)));
            (container, parts.storage.volumes.clone())
        }
        (ProbeCheck::Http(_) | ProbeCheck::Grpc(_) | ProbeCheck::Tcp(_), _) => {
            let message = "a smoke check on Kubernetes is a path of an HTTP listener, or `exec`";
            objects.out.refuse(smoke.span, message, "not written by this version");
            return None;
        }
    };
    let mut pod = pod::spec(subject, vec![container], objects.out);
    pod.restart_policy = Some("Never");
    pod.volumes = volumes;
    let template = PodTemplate {
        metadata: subject.pods(name.clone()),
        spec: pod,
    };
    let spec = JobSpec {
        active_deadline_seconds: Some(rollout.deadline.value.ceil_seconds()),
        ..JobSpec::once(0, template)
    };
    analysis::by_job(subject, &name, spec, objects);
    // A program of the workload may need what the workload needs.
    let mut allowed = match smoke.check {
        ProbeCheck::Exec(_) => peers::of(subject, &mut Output::default()),
        _ => network_policy::Allowed::new(),
    };
    let own = allowed.entry(Peer::Pods(subject.name.into())).or_default();
    own.extend(subject.workload.listen.iter().map(|listen| listen.port.value.0));
    network_policy::emit_for(subject, &name, &allowed, objects);
    Some(name)
}

fn fetch<'m>(url: &str) -> (Container<'m>, Vec<Volume<'m>>) {
    let mut container = Container::new("smoke", CURL);
    let options = [
        "--fail",
        "--silent",
        "--show-error",
        "--globoff",
        "--max-time",
        "10",
        "--retry",
        "3",
    ];
    container.args = options.map(Into::into).into();
    container.args.push("--retry-connrefused".into());
    // A `$` of the path would be expanded; `--` keeps a URL from being an option.
    let url = crate::escape::kubernetes::expanded(url.to_owned().into()).unwrap_or_default();
    container.args.push("--".into());
    container.args.push(url);
    (container, Vec::new())
}
