//! Probes.

use std::borrow::Cow;

use loadline_compiler::diagnostic::Diagnostic;
use loadline_compiler::model::{Health, Listen, PortName, Probe as Declared, ProbeCheck};
use loadline_compiler::quantity::Duration;
use loadline_compiler::rules::operations;
use serde::Serialize;

use super::names;
use super::units;
use crate::escape::http;
use crate::escape::kubernetes as escape;
use crate::output::Output;

#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Probe<'m> {
    #[serde(skip_serializing_if = "Option::is_none")]
    http_get: Option<HttpGet<'m>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    grpc: Option<Grpc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tcp_socket: Option<TcpSocket<'m>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exec: Option<Exec<'m>>,
    #[serde(skip_serializing_if = "is_zero")]
    initial_delay_seconds: u64,
    period_seconds: u64,
    timeout_seconds: u64,
    success_threshold: u64,
    failure_threshold: u64,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct HttpGet<'m> {
    path: &'m str,
    port: Port<'m>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    http_headers: Vec<Header<'m>>,
}

#[derive(Clone, Debug, Serialize)]
struct Header<'m> {
    name: &'m str,
    value: &'m str,
}

#[derive(Clone, Debug, Serialize)]
struct Grpc {
    port: u16,
}

#[derive(Clone, Debug, Serialize)]
struct TcpSocket<'m> {
    port: Port<'m>,
}

/// A program that is run inside the container.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Exec<'m> {
    pub(crate) command: Vec<Cow<'m, str>>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
enum Port<'m> {
    Name(Cow<'m, str>),
    Number(u16),
}

/// The three probes of a container.
#[derive(Clone, Debug, Default)]
pub(crate) struct Probes<'m> {
    pub(crate) startup: Option<Probe<'m>>,
    pub(crate) ready: Option<Probe<'m>>,
    pub(crate) live: Option<Probe<'m>>,
}

pub(crate) fn of<'m>(health: &'m Health, listen: &'m [Listen], out: &mut Output) -> Probes<'m> {
    let mut read =
        |probe: &'m Option<Declared>, once: bool| probe.as_ref().and_then(|probe| one(probe, listen, once, out));
    Probes {
        startup: read(&health.startup, true),
        ready: read(&health.ready, false),
        live: read(&health.live, true),
    }
}

/// `once`: a single success is all that this kind of probe can ask for.
fn one<'m>(declared: &'m Declared, listen: &'m [Listen], once: bool, out: &mut Output) -> Option<Probe<'m>> {
    let mut probe = Probe {
        initial_delay_seconds: units::seconds(&declared.after, "after", out),
        period_seconds: units::seconds(&declared.every, "every", out).max(1),
        timeout_seconds: units::seconds(&declared.timeout, "timeout", out).max(1),
        success_threshold: declared.passing.value.max(1),
        failure_threshold: declared.failures(),
        ..Probe::default()
    };
    // `within` is a time: with a period that was rounded up it takes fewer failures.
    let period = Duration::seconds(probe.period_seconds);
    if let Some(within) = declared.within.as_ref().filter(|_| declared.every.value != period) {
        let failures = within.value.minus(declared.after.value).ceil_div(period);
        probe.failure_threshold = failures.unwrap_or(1).max(1);
    }
    if once && 1 < probe.success_threshold {
        probe.success_threshold = 1;
        let message = "Kubernetes takes one success of a startup or liveness probe as enough";
        out.not_expressible(declared.passing.span, message, "`passing 1` is written");
    }
    let is_http = matches!(declared.check, ProbeCheck::Http(_));
    if let Some(header) = declared.header.iter().next().filter(|_| !is_http) {
        let message = "only a probe of a path sends headers";
        out.not_expressible(header.name.span, message, "the header is left out");
    }
    if let ProbeCheck::Exec(command) = &declared.check {
        // The kubelet expands `$(NAME)` here too: `ExpandContainerCommandOnlyStatic`.
        let words = command.value.words().iter();
        let command = words.map(|word| out.escaped(command.span, escape::expanded(Cow::Borrowed(word))));
        probe.exec = Some(Exec {
            command: command.collect(),
        });
        return Some(probe);
    }
    let (name, number) = port(declared, listen, out)?;
    let by_name = || name.map_or(Port::Number(number), |name| Port::Name(names::port(name)));
    match &declared.check {
        ProbeCheck::Http(path) => {
            for pair in &declared.header {
                out.escaped(pair.name.span, http::header_name(&pair.name.value).map(|_| ()));
                out.escaped(pair.value.span, http::header_value(&pair.value.value).map(|_| ()));
            }
            let headers = declared.header.iter().map(|pair| Header {
                name: &pair.name.value,
                value: &pair.value.value,
            });
            probe.http_get = Some(HttpGet {
                path: &path.value.0,
                port: by_name(),
                http_headers: headers.collect(),
            });
        }
        ProbeCheck::Tcp(_) => probe.tcp_socket = Some(TcpSocket { port: by_name() }),
        ProbeCheck::Grpc(_) => probe.grpc = Some(Grpc { port: number }),
        ProbeCheck::Exec(_) => {}
    }
    Some(probe)
}

/// Name (if it is a listener) and number of the port that is asked.
fn port<'m>(probe: &'m Declared, listen: &'m [Listen], out: &mut Output) -> Option<(Option<&'m str>, u16)> {
    let found = match probe.port.as_ref().map(|port| &port.value) {
        Some(PortName::Number(number)) => {
            let listener = listen.iter().find(|listen| listen.port.value.0 == *number);
            return Some((listener.map(Listen::name), *number));
        }
        Some(PortName::Name(name)) => listen.iter().find(|listen| listen.name() == name),
        None => listen.first(),
    };
    if found.is_none() {
        let found = Diagnostic::new(
            &operations::value_not_writable::RULE,
            "the probe does not say which port it asks",
            probe.span,
            "nothing listens here",
        );
        out.diagnostics
            .push(found.help("give it a `port`, or ask with `exec [\"program\"]`"));
    }
    found.map(|listen| (Some(listen.name()), listen.port.value.0))
}

fn is_zero(value: &u64) -> bool {
    *value == 0
}
