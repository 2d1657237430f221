//! A process of a new release, beside those that serve, to be tried before it replaces them.

use loadline_compiler::model::{Listen, Model, Platform, Workload};

use super::{Told, told};
use crate::address::instance_port;
use crate::output::Output;

/// How far from the service's own ports the candidate's are looked for.
const INSTANCES_MAX: u64 = 1000;

/// The candidate of a workload: an instance whose number no other has, so that its ports are its own.
#[derive(Debug)]
pub(crate) struct Candidate {
    /// Its number.
    pub(crate) instance: u64,
    /// What it is told that the first instance is told otherwise: its ports.
    pub(crate) moved: Vec<Told>,
}

impl Candidate {
    /// `None` for what takes work by itself, which a candidate would do too, and for what cannot be given other ports, which
    /// is said.
    pub(crate) fn of(model: &Model, workload: &Workload, out: &mut Output) -> Option<Self> {
        let first = workload.listen.first()?;
        let name = &workload.name.value;
        let Some(instance) = free_instance(model, workload) else {
            out.not_expressible(
                first.step.span,
                format!("a candidate of `{name}` has no port of its own"),
                "a new release is not tried before it replaces the old one",
            );
            return None;
        };
        let mut quiet = Output::default();
        let usual = told(model, workload, 1, &mut quiet);
        let mut moved = told(model, workload, instance, &mut quiet);
        moved.retain(|variable| {
            let same = |other: &Told| other.name == variable.name && other.value == variable.value;
            !usual.iter().any(same)
        });
        let is_told = |listen: &&Listen| {
            let port = instance_port(listen, instance).to_string();
            moved.iter().any(|variable| variable.value.contains(&port))
        };
        if let Some(untold) = workload.listen.iter().find(|listen| !is_told(listen)) {
            let listener = untold.name();
            out.not_expressible(
                untold.port.span,
                format!("nothing tells a candidate of `{name}` to listen on another port"),
                format!(
                    "a new release is not tried before it replaces the old one: tell it, `env PORT self.{listener}.port`"
                ),
            );
            return None;
        }
        Some(Self { instance, moved })
    }
}

/// The first number whose ports nobody on the machine has.
fn free_instance(model: &Model, workload: &Workload) -> Option<u64> {
    let beside = model.workloads.iter().filter(|other| other.place == workload.place);
    let taken: Vec<u16> = beside.flat_map(|other| ports(model, other)).collect();
    let all_are_free = |instance: &u64| {
        let free = |listen: &Listen| {
            let port = instance_port(listen, *instance);
            port < u16::MAX && !taken.contains(&port)
        };
        workload.listen.iter().all(free)
    };
    (2..INSTANCES_MAX).find(all_are_free)
}

fn ports(model: &Model, workload: &Workload) -> Vec<u16> {
    let shares = matches!(model.platform(workload), Platform::Pm2(_)) && super::in_pm2_cluster(workload);
    let instances = if shares { 1 } else { super::instances(workload) };
    let of = |listen: &Listen| {
        (1..=instances)
            .map(|instance| instance_port(listen, instance))
            .collect::<Vec<_>>()
    };
    workload.listen.iter().flat_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::model;

    fn candidate(settings: &str, others: &str) -> Result<String, String> {
        let model = model(&format!(
            "host web {{ cpu 4; process pm2 }}\nservice api {{ runtime node 24; run \"a.mjs\"; {settings} }}\n{others}"
        ));
        let mut out = Output::default();
        let found = Candidate::of(&model, &model.workloads[0], &mut out);
        let said = out
            .diagnostics
            .iter()
            .map(|found| found.message.clone())
            .collect::<Vec<_>>();
        let moved = |candidate: Candidate| {
            let moved = candidate
                .moved
                .iter()
                .map(|told| format!("{}={}", told.name, told.value));
            moved.collect::<Vec<_>>().join(" ")
        };
        found.map(moved).ok_or_else(|| said.join("\n"))
    }

    #[test]
    fn its_ports_are_nobodys() {
        let settings = "processes 4; listen http 3000; env { PORT self.http.port; LEVEL info }";
        assert_eq!(candidate(settings, "").unwrap(), "PORT=3001");
        let other = "service b { runtime go; run \"b\"; runs_on web { process systemd }; scale 2; listen http 3001; env PORT self.http.port }";
        assert_eq!(candidate(settings, other).unwrap(), "PORT=3003");
    }

    #[test]
    fn every_port_is_told() {
        assert!(candidate("listen http 3000", "").unwrap_err().contains("another port"));
        let two = "listen http 3000; listen tcp 9000; env PORT self.http.port";
        assert!(candidate(two, "").unwrap_err().contains("another port"));
        let fixed = "listen http 3000 { step 0 }; env PORT self.http.port";
        assert!(candidate(fixed, "").unwrap_err().contains("no port of its own"));
        // What takes work by itself says nothing, and has none.
        assert_eq!(candidate("", "").unwrap_err(), "");
    }
}
