//! What a release is judged by: who is asked what, and how often.

pub(super) use loadline_compiler::budget::release::asked_listener as listener;
use loadline_compiler::budget::release::{Verification, asking_probe};
use loadline_compiler::model::{Listen, Probe, ProbeCheck, Workload};
use serde::Serialize;

use crate::escape::http;
use crate::escape::shell as escape;
use crate::output::Output;
use crate::template::Escaped;

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
        let judged = Verification::of(workload);
        let asked = Self {
            after: escape::seconds(judged.after),
            tries: judged.tries,
            every: escape::seconds(judged.every),
            answer: escape::seconds(judged.answer),
            boot: judged.boot.ceil_seconds(),
            path: verify.map(|verify| out.escape(&verify.path, |path| escape::word(&http::path(path)))),
            headers: Vec::new(),
            ports: listener(workload).map(|listen| escape::numbers(&ports(listen))),
        };
        match asking_probe(workload).filter(|_| verify.is_none()) {
            Some(probe) => asked.by_probe(probe, out),
            None => asked,
        }
    }

    /// Whether nothing is fetched.
    pub(super) fn is_a_connection(&self) -> bool {
        self.ports.is_some() && self.path.is_none()
    }

    fn by_probe(mut self, probe: &Probe, out: &mut Output) -> Self {
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
