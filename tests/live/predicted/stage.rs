//! A spec that is compiled and installed below a directory, with nginx in front.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::harness::{Case, root};
use crate::live::nginx;
use crate::live::platform::install::{pm2_as_the_unit_runs_it, pm2_program, rewritten};
use crate::live::platform::machine::Pm2;
use crate::live::process::{Process, free_ports, wait_for_port};
use crate::tools::missing;

/// In specs, where the port of the service has its place, and that of one that it calls.
const PORTS: [&str; 2] = ["<port>", "<called>"];

/// The machine of a spec.
pub(crate) struct Stage {
    /// The first port of the service; a few behind it are free, too.
    pub(crate) port: u16,
    edge: u16,
    _nginx: Process,
    pm2: Option<Pm2>,
    /// Last: whatever runs there ends before its directory goes.
    pub(crate) case: Case,
}

impl Stage {
    /// `None`, and a word about it, where a program is missing.
    pub(crate) fn set(spec: &str) -> Option<Self> {
        let packages = root().join(".tools/orders/node_modules");
        let is_there = |program: &&str| {
            let mut command = Command::new(program);
            let command = command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
            command.status().is_ok()
        };
        if !["nginx", "node"].iter().all(is_there) || !packages.is_dir() || !pm2_program().exists() {
            missing("nginx, Node.js, PM2 or the packages of examples/orders");
            return None;
        }
        let (port, edge) = (free_ports(4), free_ports(2));
        let [own, called] = PORTS;
        let spec = spec.replace(own, &port.to_string());
        let case = Case::spec(&spec.replace(called, &(port + 2).to_string()));
        let run = case.run("compile -o out");
        assert_eq!(run.code, 0, "{}", run.shown());
        nginx::install(&case, edge, |text| rewritten(&case, text));
        let server = root().join("tests/live/predicted/server.mjs");
        case.write("srv/api/releases/1/server.mjs", &fs::read_to_string(server).unwrap());
        symlink(packages, case.path("srv/api/releases/1/node_modules")).unwrap();
        symlink("releases/1", case.path("srv/api/current")).unwrap();
        Some(Self {
            port,
            edge,
            _nginx: nginx::start(&case, edge),
            pm2: None,
            case,
        })
    }

    /// nginx.
    pub(crate) fn edge(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.edge))
    }

    /// One process of the service at this port, as a supervisor would run it.
    pub(crate) fn process(&self, port: u16, environment: &[(&str, &str)]) -> Process {
        self.process_of("node".as_ref(), port, environment)
    }

    /// The same, by another Node.
    pub(crate) fn process_of(&self, node: &Path, port: u16, environment: &[(&str, &str)]) -> Process {
        let mut command = Command::new(node);
        command.arg("server.mjs").current_dir(self.case.path("srv/api/current"));
        command.env("PORT", port.to_string()).envs(environment.iter().copied());
        let process = Process::logged(&mut command, &self.case.path(&format!("{port}.log")));
        wait_for_port(port);
        process
    }

    /// All processes, by PM2 and the ecosystem file that was emitted.
    pub(crate) fn start_pm2(&mut self) {
        let from = |file: &str| rewritten(&self.case, &self.case.read(&format!("out/base/pm2/{file}")));
        self.case
            .write("etc/ecosystem.config.cjs", &from("ecosystem.config.cjs"));
        self.case.write("pm2.service", &from("pm2-platform.service"));
        self.pm2 = Some(Pm2 {
            home: self.case.path("pm2"),
        });
        pm2_as_the_unit_runs_it(&self.case, "ExecStart");
        wait_for_port(self.port);
    }

    /// A release that begins with this, put in place of the one before; nobody is told.
    pub(crate) fn put(&self, first: &str) {
        let program = self.case.read("srv/api/releases/1/server.mjs");
        self.case
            .write("srv/api/releases/2/server.mjs", &format!("{first}\n{program}"));
        let packages = root().join(".tools/orders/node_modules");
        symlink(packages, self.case.path("srv/api/releases/2/node_modules")).unwrap();
        fs::remove_file(self.case.path("srv/api/current")).unwrap();
        symlink("releases/2", self.case.path("srv/api/current")).unwrap();
    }

    /// `systemctl reload` of the unit, until it is done.
    pub(crate) fn reload(&self) {
        pm2_as_the_unit_runs_it(&self.case, "ExecReload");
    }

    /// Lines of nginx's log of errors in which these words stand.
    pub(crate) fn nginx_said(&self, words: &str) -> u64 {
        let log = self.case.read("nginx/error.log");
        log.lines().filter(|line| line.contains(words)).count() as u64
    }

    /// What processes of PM2 have said.
    pub(crate) fn pm2_said(&self) -> String {
        let logs = self.case.tree("pm2/logs");
        let texts = logs.iter().map(|file| self.case.read(&format!("pm2/logs/{file}")));
        texts.collect()
    }
}
