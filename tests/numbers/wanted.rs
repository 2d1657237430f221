//! What the numbers must be, from the model alone.

use std::collections::BTreeMap;

use loadline_compiler::budget::instances::processes;
use loadline_compiler::budget::restart_threshold::RestartThreshold;
use loadline_compiler::model::{
    Gateway, Language, Memory, Model, Platform, Probe, Route, Strategy, TargetName, ThingKind, Workload,
};
use loadline_compiler::quantity::Duration;

use super::read::Numbers;

/// What a number must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bound {
    Is(u64),
    AtLeast(u64),
    /// Both ends included.
    Between(u64, u64),
    /// Where it is written at all.
    IfThere(u64),
    /// Not of the model.
    Any,
}

impl Bound {
    pub(crate) fn holds(self, number: u64) -> bool {
        match self {
            Self::Is(wanted) | Self::IfThere(wanted) => number == wanted,
            Self::Any => true,
            Self::AtLeast(least) => least <= number,
            Self::Between(least, most) => least <= number && number <= most,
        }
    }
}

/// Numbers by name.
#[derive(Debug, Default)]
pub(crate) struct Wanted(pub(crate) BTreeMap<String, Bound>);

/// What must stand in some output of each target.
pub(crate) const KINDS: &[(TargetName, &[&str])] = &[
    (
        TargetName::Kubernetes,
        &[
            "grace",
            "settle",
            "replicas",
            "fewest",
            "most",
            "min ready",
            "deadline",
            "startup every",
            "startup failing",
            "ready every",
            "ready timeout",
            "ready failing",
            "live every",
            "memory request",
            "memory limit",
            "cpu request",
            "cpu limit",
            "heap",
            "read timeout",
            "body",
            "timeout",
            "retries",
        ],
    ),
    (
        TargetName::Compose,
        &[
            "stop",
            "check every",
            "check timeout",
            "check failing",
            "memory request",
            "memory limit",
            "cpu limit",
            "heap",
            "connections",
            "replicas",
        ],
    ),
    (
        TargetName::Docker,
        &["check every", "check timeout", "check failing", "heap"],
    ),
    (
        TargetName::Systemd,
        &["stop", "start", "restart delay", "memory limit", "cpu limit", "heap"],
    ),
    (
        TargetName::Pm2,
        &[
            "stop",
            "all stopped",
            "start",
            "instances",
            "replaced above",
            "restart delay",
            "heap",
        ],
    ),
    (
        TargetName::Nginx,
        &[
            "worker shutdown",
            "kept for",
            "kept",
            "idle",
            "body",
            "read timeout",
            "send timeout",
            "connect timeout",
            "once read timeout",
        ],
    ),
];

/// A spec with all of them.
pub(crate) fn full(target: TargetName) -> String {
    let place = match target {
        TargetName::Kubernetes => "cluster prod { version 1.34 }",
        TargetName::Systemd | TargetName::Nginx => "host web { process systemd; cpu 4; memory 16Gi }",
        TargetName::Pm2 => "host web { process pm2; cpu 4; memory 16Gi }",
        _ => "",
    };
    let targets = if place.is_empty() {
        "targets [docker, compose]"
    } else {
        ""
    };
    let many = if target == TargetName::Kubernetes {
        "scale 3..7"
    } else {
        "scale 2"
    };
    let rollout = if target == TargetName::Kubernetes {
        "rollout rolling { min_ready 4s; deadline 9m }"
    } else {
        ""
    };
    let probes =
        "startup \"/up\" { every 3s; timeout 2s; failing 44 }; ready \"/ready\" { every 6s; timeout 4s; failing 5 }";
    format!(
        "project shop {{ {targets} }}\n{place}\n\
         database orders-db {{ engine postgres 16; max_connections 222 }}\n\
         service api {{\n  runtime node 24; run \"server.js\"; build {{ }}\n  listen http 3000 {{ idle_timeout 66s }}\n  {many}\n  {rollout}\n\
           env PORT self.http.port\n  cpu 300m..700m\n  memory 600Mi..900Mi {{ heap 320Mi; young 24Mi }}\n  uses orders-db {{ pool 4 }}\n\
           health {{ {probes}; live \"/live\" {{ every 17s }} }}\n  shutdown {{ settle 7s; drain 80s; grace 99s }}\n\
           restart on_failure {{ delay 8s }}\n  load {{ longest 66s; boot 120s }}\n}}\n\
         service other {{ runtime node 24; run \"other.js\"; build {{ }}; listen http 4000; cpu 100m; memory 500Mi {{ heap 100Mi; young 24Mi }} }}\n\
         job report {{ runtime node 24; run \"report.js\"; build {{ }}; schedule \"0 3 * * *\"; timeout 17m; retries 6 }}\n\
         gateway edge {{ domain \"shop.example.com\"; body 9MiB; idle_timeout 44s\n\
           route \"/\" api {{ timeout 77s; send 33s; connect 6s; keepalive 48 }} }}\n"
    )
}

impl Wanted {
    pub(crate) fn of(target: TargetName, model: &Model, found: &Numbers) -> Self {
        let mut wanted = Self::default();
        match target {
            TargetName::Kubernetes => kubernetes(model, &mut wanted),
            TargetName::Compose => compose(model, &mut wanted),
            TargetName::Docker => docker(model, &mut wanted),
            TargetName::Systemd => systemd(model, &mut wanted),
            TargetName::Pm2 => pm2(model, found, &mut wanted),
            TargetName::Nginx => nginx(model, found, &mut wanted),
            other => panic!("{} is not read back", other.word()),
        }
        wanted
    }

    fn add(&mut self, of: &str, what: &str, bound: Bound) {
        self.0.insert(format!("{of} {what}"), bound);
    }

    fn is(&mut self, of: &str, what: &str, number: Option<u64>) {
        if let Some(number) = number {
            self.add(of, what, Bound::Is(number));
        }
    }
}

/// Kubernetes counts in whole seconds.
fn whole_seconds(time: Duration) -> u64 {
    time.ceil_seconds() * 1000
}

/// From the signal to the kill.
fn stop(workload: &Workload) -> Duration {
    workload.shutdown.grace().minus(workload.shutdown.settle())
}

fn heap(workload: &Workload) -> Option<u64> {
    let language = workload.runtime.as_ref()?.language.value;
    let heap = workload.memory.as_ref()?.heap.flag()?;
    matches!(language, Language::Node | Language::Jvm).then(|| heap.in_mib() << 20)
}

fn amounts(workload: &Workload, name: &str, wanted: &mut Wanted) {
    let memory = workload.memory.as_ref();
    wanted.is(
        name,
        "memory request",
        memory.and_then(Memory::request).map(|bytes| bytes.get()),
    );
    wanted.is(
        name,
        "memory limit",
        memory.and_then(Memory::limit).map(|bytes| bytes.get()),
    );
    wanted.is(
        name,
        "cpu request",
        workload.cpu.as_ref().map(|cpu| cpu.low.in_millicores()),
    );
    wanted.is(
        name,
        "cpu limit",
        workload.cpu.as_ref().map(|cpu| cpu.high.in_millicores()),
    );
}

fn kubernetes(model: &Model, wanted: &mut Wanted) {
    for workload in &model.workloads {
        let name = workload.name.value.0.as_str();
        if !matches!(model.platform(workload), Platform::Kubernetes(_))
            || (workload.is_job() && workload.schedule.is_none())
        {
            continue;
        }
        amounts(workload, name, wanted);
        if let Some(heap) = heap(workload) {
            // The image knows it already where it says what runs.
            wanted.add(
                name,
                "heap",
                if workload.run.is_some() {
                    Bound::Is(heap)
                } else {
                    Bound::IfThere(heap)
                },
            );
        }
        wanted.is(name, "grace", Some(whole_seconds(workload.shutdown.grace())));
        if workload.is_job() {
            wanted.is(
                name,
                "timeout",
                workload.timeout.as_ref().map(|timeout| whole_seconds(timeout.value)),
            );
            wanted.is(name, "retries", Some(workload.retries.value));
            continue;
        }
        let settle = workload.shutdown.settle();
        wanted.is(name, "settle", (!settle.is_zero()).then(|| whole_seconds(settle)));
        for (probe, what) in [
            (&workload.health.startup, "startup"),
            (&workload.health.ready, "ready"),
            (&workload.health.live, "live"),
        ] {
            let Some(probe) = probe else { continue };
            wanted.is(name, &format!("{what} every"), Some(whole_seconds(probe.every.value)));
            wanted.is(
                name,
                &format!("{what} timeout"),
                Some(whole_seconds(probe.timeout.value)),
            );
            wanted.is(name, &format!("{what} failing"), Some(probe.failures()));
            let after = probe.after.value;
            wanted.is(
                name,
                &format!("{what} after"),
                (!after.is_zero()).then(|| whole_seconds(after)),
            );
        }
        if workload.scale.is_automatic() {
            wanted.is(name, "fewest", Some(workload.scale.min().max(1)));
            wanted.is(name, "most", Some(workload.scale.max()));
        } else {
            wanted.is(name, "replicas", Some(workload.scale.min()));
        }
        let rollout = workload.rollout.as_ref();
        let min_ready = rollout.map_or(Duration::ZERO, |rollout| rollout.min_ready.value);
        wanted.is(
            name,
            "min ready",
            (!min_ready.is_zero()).then(|| whole_seconds(min_ready)),
        );
        let is_recreate = rollout.is_some_and(|rollout| rollout.strategy.value == Strategy::Recreate);
        let deadline = rollout.map_or(Duration::minutes(10), |rollout| rollout.deadline.value);
        if !is_recreate {
            wanted.add(name, "deadline", Bound::IfThere(whole_seconds(deadline)));
        }
    }
    for gateway in model.gateways.iter().filter(|gateway| !is_on_host(gateway)) {
        for (route, workload) in routed(model, gateway) {
            ingress(gateway, route, workload, wanted);
        }
    }
}

fn ingress(gateway: &Gateway, route: &Route, workload: &Workload, wanted: &mut Wanted) {
    let name = workload.name.value.0.as_str();
    for (what, time) in [
        ("read", &route.timeout),
        ("send", &route.send),
        ("connect", &route.connect),
    ] {
        wanted.is(
            name,
            &format!("{what} timeout"),
            time.as_ref().map(|time| whole_seconds(time.value)),
        );
    }
    let of_listener = workload.listen.first().and_then(|listen| listen.max_body.as_ref());
    let body = gateway.body.as_ref().or(of_listener);
    wanted.is(name, "body", body.map(|body| body.value.get()));
}

fn compose(model: &Model, wanted: &mut Wanted) {
    for workload in &model.workloads {
        let name = workload.name.value.0.as_str();
        amounts(workload, name, wanted);
        if let Some(heap) = heap(workload) {
            wanted.add(name, "heap", Bound::IfThere(heap));
            wanted.add(&format!("{name}-migrate"), "heap", Bound::IfThere(heap));
        }
        wanted.is(name, "stop", Some(stop(workload).ceil_millis()));
        check(workload, name, wanted);
        let replicas = if workload.is_job() {
            workload.parallel.value
        } else {
            workload.scale.min()
        };
        wanted.add(name, "replicas", Bound::IfThere(replicas));
    }
    for store in &model.stores {
        // Checks and stops of stores are the engine's.
        for what in ["check every", "check timeout", "check failing", "stop"] {
            wanted.add(&store.name.value, what, Bound::Any);
        }
        if let Some(most) = &store.max_connections {
            wanted.add(&store.name.value, "connections", Bound::IfThere(most.value));
        }
    }
}

/// The one check of a container.
fn check(workload: &Workload, name: &str, wanted: &mut Wanted) {
    if let Some(asked) = workload.health.ready.as_ref().or(workload.health.live.as_ref()) {
        let Probe { every, timeout, .. } = asked;
        wanted.add(name, "check every", Bound::IfThere(every.ceil_millis()));
        wanted.add(name, "check timeout", Bound::IfThere(timeout.ceil_millis()));
        wanted.add(name, "check failing", Bound::IfThere(asked.failures()));
    }
}

fn docker(model: &Model, wanted: &mut Wanted) {
    for workload in &model.workloads {
        let name = workload.name.value.0.as_str();
        if let Some(heap) = heap(workload) {
            wanted.add(name, "heap", Bound::IfThere(heap));
        }
        check(workload, name, wanted);
    }
}

/// A start may take half as long again as the slowest boot.
fn start(workload: &Workload) -> u64 {
    workload
        .load
        .boot
        .as_ref()
        .map_or(1, |boot| boot.high.ceil_millis() * 3 / 2)
}

fn systemd(model: &Model, wanted: &mut Wanted) {
    for workload in &model.workloads {
        let name = workload.name.value.0.as_str();
        if !matches!(model.platform(workload), Platform::Systemd(_)) {
            continue;
        }
        let memory = workload.memory.as_ref().and_then(Memory::limit);
        wanted.is(name, "memory limit", memory.map(|bytes| bytes.get()));
        wanted.is(
            name,
            "cpu limit",
            workload.cpu.as_ref().map(|cpu| cpu.high.in_millicores()),
        );
        wanted.is(name, "heap", heap(workload));
        wanted.is(name, "stop", Some(stop(workload).ceil_millis().max(1000)));
        let delay = workload
            .restart
            .as_ref()
            .map_or(5000, |restart| restart.delay.ceil_millis());
        wanted.add(name, "restart delay", Bound::IfThere(delay));
        let start = if workload.is_job() {
            workload.timeout.as_ref().map_or(1, |timeout| timeout.ceil_millis())
        } else {
            start(workload)
        };
        // A job that may take for ever says so in a word.
        wanted.add(
            name,
            "start",
            if workload.is_job() {
                Bound::IfThere(start)
            } else {
                Bound::AtLeast(start)
            },
        );
    }
}

fn pm2(model: &Model, found: &Numbers, wanted: &mut Wanted) {
    let hosts = model.hosts.iter().filter(|host| {
        model
            .workloads
            .iter()
            .any(|workload| model.platform(workload) == Platform::Pm2(host.id))
    });
    let several = 1 < hosts.clone().count();
    for host in hosts {
        let mut daemon = 10_000;
        for workload in model
            .workloads
            .iter()
            .filter(|workload| model.platform(workload) == Platform::Pm2(host.id))
        {
            if workload.is_job() && workload.schedule.is_none() {
                continue;
            }
            let name = workload.name.value.0.as_str();
            let is_node = workload
                .runtime
                .as_ref()
                .is_some_and(|runtime| runtime.language.value == Language::Node);
            let each = if is_node { processes(model, workload) } else { 1 };
            let here = if workload.is_job() {
                workload.parallel.value
            } else {
                workload.scale.max()
            } * each;
            let kill = stop(workload).ceil_millis().max(1);
            daemon += here * kill;
            wanted.is(name, "instances", Some(here));
            wanted.is(name, "stop", Some(kill));
            wanted.add(name, "start", Bound::AtLeast(start(workload)));
            wanted.add(
                name,
                "restart delay",
                Bound::IfThere(
                    workload
                        .restart
                        .as_ref()
                        .map_or(5000, |restart| restart.delay.ceil_millis()),
                ),
            );
            wanted.is(name, "heap", heap(workload));
            if let Some(threshold) = RestartThreshold::of(model, workload, each) {
                let bound = Bound::Between(threshold.needed.get(), threshold.share.get());
                wanted.add(name, "replaced above", bound);
            }
        }
        let name = if several {
            format!("daemon-of-{}", host.name.value)
        } else {
            "daemon".to_owned()
        };
        wanted.is(
            &name,
            "all stopped",
            Some(daemon.div_ceil(1000) * 1000).filter(|_| found.0.contains_key(&format!("{name} all stopped"))),
        );
    }
}

fn is_on_host(gateway: &Gateway) -> bool {
    gateway.place.is_none_or(|place| place.kind == ThingKind::Host)
}

fn routed<'m>(model: &'m Model, gateway: &'m Gateway) -> impl Iterator<Item = (&'m Route, &'m Workload)> {
    gateway
        .route
        .iter()
        .filter_map(|route| Some((route, model.workload(route.target.id)?)))
}

fn nginx(model: &Model, found: &Numbers, wanted: &mut Wanted) {
    let hosted = || model.gateways.iter().filter(|gateway| is_on_host(gateway));
    for gateway in hosted() {
        let name = gateway.name.value.0.as_str();
        wanted.add(name, "idle", Bound::IfThere(gateway.idle_timeout.ceil_millis()));
        wanted.is(name, "body", gateway.body.as_ref().map(|body| body.value.get()));
        for route in gateway
            .route
            .iter()
            .filter(|route| model.site(route.target.id).is_none())
        {
            let workload = model.workload(route.target.id);
            let place = format!("{name}{}", route.path.value.0);
            let longest = workload.and_then(|workload| workload.load.longest.as_ref());
            let longest = longest.map_or(1, |longest| longest.ceil_millis());
            let written = route.timeout.as_ref().map(|timeout| timeout.ceil_millis());
            for once in ["", "once "] {
                let is_there = once.is_empty() || found.0.contains_key(&format!("{place} {once}read timeout"));
                if !is_there {
                    continue;
                }
                // A WebSocket may be idle for longer than a request may take.
                let read = written.map_or(longest, |written| written.max(1));
                wanted.add(&place, &format!("{once}read timeout"), Bound::AtLeast(read));
                let send = route.send.as_ref().map(|send| send.ceil_millis());
                wanted.add(
                    &place,
                    &format!("{once}send timeout"),
                    send.map_or(Bound::AtLeast(read), Bound::Is),
                );
                let connect = route.connect.as_ref().map_or(5000, |connect| connect.ceil_millis());
                wanted.add(&place, &format!("{once}connect timeout"), Bound::Is(connect));
            }
        }
        upstreams(model, gateway, wanted);
    }
    // Of the outputs alone: workers that a reload replaces live as long as the longest answer may take.
    for gateway in hosted() {
        let reads = found.0.iter().filter(|(name, _)| name.ends_with(" read timeout"));
        let beside = |of: &str| {
            hosted().any(|other| other.place == gateway.place && of.starts_with(&format!("{}/", other.name.value)))
        };
        let longest = reads.filter(|(name, _)| beside(name)).map(|(_, time)| *time).max();
        if let Some(longest) = longest {
            wanted.add(&gateway.name.value, "worker shutdown", Bound::IfThere(longest));
        }
    }
}

fn upstreams(model: &Model, gateway: &Gateway, wanted: &mut Wanted) {
    for route in &gateway.route {
        let sticky = if route.sticky.value { "_sticky" } else { "" };
        let (name, idle) = match model.workload(route.target.id) {
            Some(workload) => {
                let Some(listen) = workload.listener(route.target.listener.as_deref()) else {
                    continue;
                };
                let idle = listen.idle_timeout.as_ref().map(|idle| idle.ceil_millis());
                (
                    format!(
                        "{}_{}_{}{sticky}",
                        gateway.name.value,
                        workload.name.value,
                        listen.name()
                    ),
                    idle,
                )
            }
            None => (
                format!("{}_{}{sticky}", gateway.name.value, model.name(route.target.id)),
                None,
            ),
        };
        // The connection ends here first: five seconds before the service ends it, and Node does so after five.
        let kept = idle.map_or(4000, |idle| idle.saturating_sub(5000).max(1000));
        wanted.add(&name, "kept for", Bound::IfThere(kept));
        let most = gateway
            .route
            .iter()
            .filter(|other| other.target.id == route.target.id)
            .map(|other| other.keepalive.value);
        wanted.add(&name, "kept", Bound::IfThere(most.max().unwrap_or(0)));
    }
}
