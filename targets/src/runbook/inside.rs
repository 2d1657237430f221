//! What is typed to look into a process: threads, heaps, what takes its time.

use loadline_compiler::model::{Language, ProbeCheck, Signal, Workload};

use super::page::{Command, Section};
use super::place::{Kind, Place};
use crate::escape::command::Part::{self, Own, Word};
use crate::escape::markdown::Piece::{Code, Own as Say};

/// How much processor time the kernel refused.
pub(crate) fn throttling(place: &Place<'_>) -> Option<Command> {
    let what = &[
        Say("Whether the kernel holds it back at its limit: "),
        Code("nr_throttled"),
        Say(" grows."),
    ];
    match &place.kind {
        Kind::Kubernetes { .. } | Kind::Compose if language(place.workload) == Some(Language::Node) => {
            let mut line = within(place);
            line.push(Own(
                "node --print 'require(\"node:fs\").readFileSync(\"/sys/fs/cgroup/cpu.stat\", \"utf8\")'",
            ));
            Some(Command::reads(what, &line))
        }
        Kind::Kubernetes { .. } | Kind::Compose => {
            let mut line = within(place);
            line.push(Own("cat /sys/fs/cgroup/cpu.stat"));
            Some(Command::reads(what, &line))
        }
        Kind::Systemd { first, .. } => Some(Command::reads(
            what,
            &[
                Own("cat \"/sys/fs/cgroup$(systemctl show --property ControlGroup --value "),
                Word(first),
                Own(")/cpu.stat\""),
            ],
        )),
        Kind::Pm2 { .. } => None,
    }
}

/// A profiler for what takes time, or a picture of the heap.
pub(crate) fn profile(place: &Place<'_>, section: &mut Section) {
    match language(place.workload) {
        Some(Language::Node) => inspector(place, section),
        Some(Language::Jvm) => {
            let command = Command::changes(
                &[Say(
                    "Writes the stacks of all threads into the log, and changes nothing else in a JVM. Three times, some seconds apart, and what is in all of them takes the time.",
                )],
                &signal(place, "QUIT"),
            );
            section.run([command, place.logs()]);
        }
        Some(Language::Go) => section.say(&[
            Say("A program that serves "),
            Code("net/http/pprof"),
            Say(" gives a profile; "),
            Code("SIGQUIT"),
            Say(" prints every goroutine **and ends the process**."),
        ]),
        _ => section.say(&[Say(
            "Sample one process with the profiler of its runtime, in one instance only.",
        )]),
    }
}

/// V8 opens its inspector on SIGUSR1, on the loopback of the process. Source: Node.js, "Debugging", enabling the inspector.
fn inspector(place: &Place<'_>, section: &mut Section) {
    let signals = place.workload.shutdown.signals.as_ref();
    if signals.is_some_and(|signals| signals.value.contains(&Signal::Usr1)) {
        section.say(&[Say(
            "The program takes SIGUSR1 for itself, so its inspector must have been opened when it was started.",
        )]);
        return;
    }
    section.run([Command::changes(
        &[
            Say("Open the inspector of one process. Whoever reaches port 9229 of its loopback can run code in it, until it is started again."),
        ],
        &signal(place, "USR1"),
    )]);
    if let Kind::Kubernetes { namespace, .. } = &place.kind {
        section.run([Command::reads(
            &[
                Say("Reach it from here, then open "),
                Code("chrome://inspect"),
                Say("."),
            ],
            &[
                Own("kubectl --namespace "),
                Word(namespace),
                Own(" port-forward \"${POD:?}\" 9229:9229"),
            ],
        )]);
    } else if place.workload.working_dir.is_some() || matches!(place.kind, Kind::Systemd { .. } | Kind::Pm2 { .. }) {
        section.run([Command::reads(
            &[
                Say("Reach it from your machine, then open "),
                Code("chrome://inspect"),
                Say("."),
            ],
            &[Own("ssh -L 9229:127.0.0.1:9229 \"${HOST:?}\"")],
        )]);
    }
}

/// A signal to the main process of one instance.
fn signal<'p>(place: &'p Place<'_>, name: &'static str) -> Vec<Part<'p>> {
    match &place.kind {
        Kind::Kubernetes { .. } | Kind::Compose => {
            let mut line = within(place);
            // An image of Node has node, whatever else it lacks.
            line.push(match (language(place.workload), name) {
                (Some(Language::Node), _) => Own("node --eval 'process.kill(1, \"SIGUSR1\")'"),
                (_, "QUIT") => Own("sh -c 'kill -QUIT 1'"),
                _ => Own("sh -c 'kill -USR1 1'"),
            });
            line
        }
        Kind::Systemd { .. } | Kind::Pm2 { .. } => vec![Own("sudo kill -s "), Own(name), Own(" \"${PID:?}\"")],
    }
}

/// In front of a command that runs inside one instance.
fn within<'p>(place: &'p Place<'_>) -> Vec<Part<'p>> {
    match &place.kind {
        Kind::Kubernetes { namespace, .. } => vec![
            Own("kubectl --namespace "),
            Word(namespace),
            Own(" exec \"${POD:?}\" --container "),
            Word(place.name),
            Own(" -- "),
        ],
        Kind::Compose => vec![Own("docker exec \"${CONTAINER:?}\" ")],
        Kind::Systemd { .. } | Kind::Pm2 { .. } => Vec::new(),
    }
}

/// Asks the readiness probe's question by hand.
pub(crate) fn ask(place: &Place<'_>) -> Option<Command> {
    let probe = place.workload.health.ready.as_ref()?;
    let ProbeCheck::Http(path) = &probe.check else {
        return None;
    };
    let port = place.workload.listen.first()?.port.value.0.to_string();
    let what = &[
        Say("Ask "),
        Code(&path.value.0),
        Say(" of one instance, as the platform does."),
    ];
    let url = format!("http://127.0.0.1:{port}{}", path.value.0);
    Some(match &place.kind {
        Kind::Kubernetes { .. } | Kind::Compose if language(place.workload) == Some(Language::Node) => {
            let mut line = within(place);
            line.extend([
                Own("node --eval 'fetch(process.argv[1]).then(async r => console.log(r.status, await r.text()), console.error)' "),
                Word(&url),
            ]);
            Command::reads(what, &line)
        }
        Kind::Kubernetes { namespace, .. } => {
            let pods = format!("/api/v1/namespaces/{namespace}/pods/");
            let rest = format!(":{port}/proxy{}", path.value.0);
            Command::reads(
                what,
                &[Own("kubectl get --raw "), Word(&pods), Own("\"${POD:?}\""), Word(&rest)],
            )
        }
        Kind::Compose => {
            let mut line = within(place);
            line.extend([Own("wget -q -O - "), Word(&url)]);
            Command::reads(what, &line)
        }
        Kind::Systemd { .. } | Kind::Pm2 { .. } => Command::reads(
            what,
            &[Own("curl --silent --show-error --max-time 5 --include "), Word(&url)],
        ),
    })
}

pub(crate) fn language(workload: &Workload) -> Option<Language> {
    workload.runtime.as_ref().map(|runtime| runtime.language.value)
}
