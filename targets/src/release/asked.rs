//! What a release is judged by: who is asked what, and how often.

use loadline_compiler::model::{Listen, PortName, Probe, ProbeCheck, Protocol, Workload};
use loadline_compiler::quantity::Duration;
use serde::Serialize;

use crate::escape::http;
use crate::escape::shell as escape;
use crate::output::Output;
use crate::pm2;
use crate::template::Escaped;

/// How long an answer may take where the spec has no word for it.
const ANSWER: Duration = Duration::seconds(5);

/// The least that `curl` and `timeout` are given: a busy machine needs longer than most probes allow.
const ANSWER_MIN: Duration = Duration::seconds(1);

/// How a release is judged of which the spec says nothing: as `rollout reload { verify … }` would without settings.
const AFTER: Duration = Duration::seconds(3);
const EVERY: Duration = Duration::seconds(2);
const TRIES: u64 = 5;

/// For the template; of what only runs nothing but `after` is used.
#[derive(Debug, Default, Serialize)]
pub(super) struct Asked {
    after: Escaped,
    tries: u64,
    every: Escaped,
    answer: Escaped,
    boot: u64,
    /// What is fetched; without it a connection is enough.
    path: Option<Escaped>,
    headers: Vec<Escaped>,
    /// The port of each instance.
    pub(super) ports: Option<Escaped>,
}

impl Asked {
    /// By `rollout { verify }`, else by the probes, else by a connection.
    pub(super) fn of(workload: &Workload, ports: impl Fn(&Listen) -> Vec<u16>, out: &mut Output) -> Self {
        let verify = workload.rollout.as_ref().and_then(|rollout| rollout.verify.as_ref());
        let asked = Self {
            after: escape::seconds(verify.map_or(AFTER, |verify| verify.after.value)),
            tries: verify.map_or(TRIES, |verify| verify.tries.value).max(1),
            every: escape::seconds(verify.map_or(EVERY, |verify| verify.every.value)),
            answer: escape::seconds(ANSWER),
            boot: pm2::listen_timeout(workload).ceil_seconds(),
            path: verify.map(|verify| out.escape(&verify.path, |path| escape::word(&http::path(path)))),
            headers: Vec::new(),
            ports: listener(workload).map(|listen| escape::numbers(&ports(listen))),
        };
        match probe(workload).filter(|_| verify.is_none()) {
            Some(probe) => asked.by_probe(probe, out),
            None => asked,
        }
    }

    /// Whether nothing is fetched.
    pub(super) fn is_a_connection(&self) -> bool {
        self.ports.is_some() && self.path.is_none()
    }

    fn by_probe(mut self, probe: &Probe, out: &mut Output) -> Self {
        self.after = escape::seconds(probe.after.value);
        self.every = escape::seconds(probe.every.value);
        // As often as it would have to fail to count.
        self.tries = probe.failures().max(probe.passing.value);
        self.answer = escape::seconds(probe.timeout.value.max(ANSWER_MIN));
        if let ProbeCheck::Http(path) = &probe.check {
            self.path = Some(out.escape(path, |path| escape::word(&http::path(path))));
        }
        let headers = probe.header.iter().map(|header| {
            let (name, value) = (&header.name.value, &header.value.value.0);
            out.escaped(header.name.span, http::header_name(name).map(|_| ()));
            out.escaped(header.value.span, http::header_value(value).map(|_| ()));
            // curl takes a header without a value for one that is to be left out.
            let end = if value.is_empty() { ";" } else { ": " };
            out.escaped(header.value.span, escape::word(&format!("{name}{end}{value}")))
        });
        self.headers = headers.collect();
        self
    }
}

/// The probe that says whether a process can serve.
fn probe(workload: &Workload) -> Option<&Probe> {
    let asks = |probe: &&Probe| matches!(probe.check, ProbeCheck::Http(_) | ProbeCheck::Tcp(_));
    let health = &workload.health;
    let probes = [health.ready.as_ref(), health.startup.as_ref()];
    probes.into_iter().flatten().find(asks)
}

/// The listener that is asked: the probe's; of what `verify` names a path, the first that speaks HTTP.
pub(super) fn listener(workload: &Workload) -> Option<&Listen> {
    let verifies = workload
        .rollout
        .as_ref()
        .is_some_and(|rollout| rollout.verify.is_some());
    let of_probe = probe(workload).filter(|_| !verifies);
    let mut all = workload.listen.iter();
    match of_probe.and_then(|probe| probe.port.as_ref()).map(|port| &port.value) {
        Some(PortName::Name(name)) => all.find(|listen| listen.name() == name),
        Some(PortName::Number(number)) => all.find(|listen| listen.port.0 == *number),
        None => all
            .find(|listen| listen.protocol.value == Protocol::Http)
            .or_else(|| workload.listen.first()),
    }
}
