//! `probe-port-not-served`

use super::asked::{self, Container, Kind};
use crate::diagnostic::{Diagnostic, Severity, alternatives, listed};
use crate::model::{Listen, PortName, Probe, ProbeCheck, Protocol};
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// A probe asks a port that the process listens on, in the protocol that is spoken there.
    /// ## Why
    /// A probe that nobody answers fails for ever: the instance never gets traffic, or is killed again and again. The API server
    /// accepts it. Where no `port` is written the first listener is asked, which need not be the one that was meant; that is a
    /// warning.
    /// ## Source
    /// Kubernetes 1.32 and 1.36 accept a probe of a port that no container declares (tried).
    ///
    /// ```loadline,bad
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   listen http 3000
    ///   health { ready "/readyz" { port 8080 } }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   listen http 3000
    ///   listen http 8080 { name management }
    ///   health { ready "/readyz" { port management } }
    /// }
    /// ```
    507 "probe-port-not-served" Error, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for container in asked::containers(context.model).filter(|container| container.is_main) {
        for (kind, probe) in container.probes() {
            let judged = match &probe.port {
                None => unnamed(&container, kind, probe),
                Some(port) => match port.value {
                    PortName::Number(number) => unserved(&container, kind, number, port.span),
                    // A name that no listener has is an unknown reference.
                    PortName::Name(_) => None,
                },
            };
            found.extend(judged.map(|diagnostic| diagnostic.about(container.workload.id)));
        }
    }
}

/// A number that is none of the listeners'. Of a process that declares none nothing is known.
fn unserved(container: &Container<'_>, kind: Kind, number: u16, span: loadline_grammar::Span) -> Option<Diagnostic> {
    let listeners = &container.workload.listen;
    let first = listeners.first()?;
    if listeners.iter().any(|listen| listen.port.value.0 == number) {
        return None;
    }
    let (name, word) = (&container.name, kind.word());
    let message = format!("the {word} probe of `{name}` asks port {number}, where nothing listens");
    let names: Vec<String> = listeners
        .iter()
        .map(|listen| format!("`port {}`", listen.name()))
        .collect();
    let served: Vec<String> = listeners.iter().map(|listen| listen.port.value.0.to_string()).collect();
    let help = format!(
        "write {}, or declare `listen http {number} {{ name health }}`",
        alternatives(&names)
    );
    let label = format!("it listens on {}", listed(&served));
    let diagnostic = Diagnostic::new(&RULE, message, span, "refused every time").label(first.span, label);
    // The port inside is asked, not the one that others see.
    let outside = listeners.iter().find(|listen| listen.outside_port() == number);
    Some(match outside {
        Some(outside) => diagnostic
            .note(format!(
                "{number} is what others see of `{}`; the probe is inside",
                outside.name()
            ))
            .help(format!("write `port {}`", outside.name()))
            .edit(span, outside.name()),
        None => diagnostic.help(help),
    })
}

/// The first listener is asked: there must be one, and it should speak what is asked.
fn unnamed(container: &Container<'_>, kind: Kind, probe: &Probe) -> Option<Diagnostic> {
    let (name, word) = (&container.name, kind.word());
    let wanted = match &probe.check {
        ProbeCheck::Http(_) => Protocol::Http,
        ProbeCheck::Grpc(_) => Protocol::Grpc,
        ProbeCheck::Tcp(_) => {
            return container
                .workload
                .listen
                .is_empty()
                .then(|| portless(name, word, probe));
        }
        ProbeCheck::Exec(_) => return None,
    };
    let Some(first) = container.workload.listen.first() else {
        return Some(portless(name, word, probe));
    };
    if first.protocol.value == wanted {
        return None;
    }
    let meant: &Listen = container
        .workload
        .listen
        .iter()
        .find(|listen| listen.protocol.value == wanted)?;
    let message = format!(
        "the {word} probe of `{name}` asks `{}` on port {}, and `{}` on {} was meant",
        first.name(),
        first.port.value.0,
        meant.name(),
        meant.port.value.0
    );
    let diagnostic = Diagnostic::new(&RULE, message, probe.span, "no `port`: the first listener is asked")
        .label(first.span, format!("speaks {}", first.protocol.value.word()))
        .help(format!("write `port {}`", meant.name()))
        .at(Severity::Warning);
    Some(diagnostic)
}

fn portless(name: &str, word: &str, probe: &Probe) -> Diagnostic {
    let message = format!("the {word} probe of `{name}` asks a port, and nothing listens");
    Diagnostic::new(&RULE, message, probe.span, "which port?")
        .help("declare the listener, `listen http 3000`, or ask with `exec [\"program\"]`")
}
