//! A machine in a directory: the platform example with PM2 and nginx, as [`super::install`] puts it there.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::install::{Change, Setup, install, pm2_as_the_unit_runs_it, pm2_program};
use super::load::{Load, Watched};
use super::released::copy;
use crate::harness::Case;
use crate::live::http::{Answer, Connection};
use crate::live::nginx;
use crate::live::process::{Process, free_ports, wait_for_port};

/// Everything that runs, until it is dropped.
pub(crate) struct Machine {
    edge: u16,
    pub(super) api: u16,
    pub(super) changes: Vec<(&'static str, Change)>,
    _nginx: Process,
    _pm2: Pm2,
    /// Last: whatever runs there ends before its directory goes.
    pub(super) case: Case,
}

/// The daemon, ended by itself.
pub(crate) struct Pm2 {
    pub(crate) home: PathBuf,
}

impl Drop for Pm2 {
    fn drop(&mut self) {
        // It ends its processes gracefully, one after the other; nobody waits for them here.
        let pids = fs::read_dir(self.home.join("pids")).into_iter().flatten().flatten();
        for file in pids.map(|entry| entry.path()).chain([self.home.join("pm2.pid")]) {
            let pid = fs::read_to_string(file).unwrap_or_default();
            if !pid.trim().is_empty() {
                let _ = Command::new("kill")
                    .args(["-KILL", pid.trim()])
                    .stderr(Stdio::null())
                    .status();
            }
        }
    }
}

impl Machine {
    /// `None`, and a word about it, where a program is missing.
    pub(crate) fn start(setup: &Setup) -> Option<Self> {
        for program in ["nginx", "node", "curl", "flock", "setpriv"] {
            if Command::new(program)
                .arg("--version")
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .is_err()
            {
                crate::tools::missing(&format!("there is no {program}"));
                return None;
            }
        }
        if !pm2_program().exists() {
            crate::tools::missing("there is no PM2");
            return None;
        }
        let case = Case::new();
        // The next one is the candidate's.
        let (api, edge) = (free_ports(2), free_ports(2));
        install(&case, setup, api, edge);
        let pm2 = Pm2 { home: case.path("pm2") };
        // Nothing is released yet: the daemon runs, and has nothing to start.
        pm2_as_the_unit_runs_it(&case, "ExecStart");
        assert!(case.path("pm2/rpc.sock").exists());
        let nginx = nginx::start(&case, edge);
        Some(Self {
            edge,
            api,
            changes: setup.files.clone(),
            _nginx: nginx,
            _pm2: pm2,
            case,
        })
    }

    pub(crate) fn edge(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.edge))
    }

    /// Clients of nginx, and of the API around it.
    pub(crate) fn load(&self, watched: &[Watched]) -> Load {
        Load::start(self.edge(), SocketAddr::from(([127, 0, 0, 1], self.api)), watched)
    }

    pub(crate) fn api_port(&self) -> u16 {
        self.api
    }

    /// The start page, as nginx serves it.
    pub(crate) fn page(&self) -> String {
        self.get("/").body
    }

    pub(crate) fn status(&self, path: &str) -> u16 {
        self.get(path).status
    }

    fn get(&self, path: &str) -> Answer {
        let mut connection = Connection::open(self.edge()).unwrap();
        connection.ask(&format!("GET {path}"), "Connection: close\r\n").unwrap()
    }

    /// Where the script of a release of the frontend is.
    pub(crate) fn script_of(&self, release: &str) -> String {
        let assets = self.case.tree(&format!("web/{release}/dist/assets"));
        let script = assets.iter().find(|file| file.ends_with(".js")).unwrap();
        format!("/assets/{script}")
    }

    /// As somebody who knows nothing better: the link, and PM2.
    pub(crate) fn start_without_trial(&self, release: &str) {
        let app = self.app(release);
        copy(&app.0, &self.case.path("srv/api/releases/1"));
        std::os::unix::fs::symlink("releases/1", self.case.path("srv/api/current")).unwrap();
        pm2_as_the_unit_runs_it(&self.case, "ExecStart");
        wait_for_port(self.api);
    }

    /// `systemctl reload` of the unit.
    pub(crate) fn reload(&self) {
        pm2_as_the_unit_runs_it(&self.case, "ExecReload");
    }

    /// What PM2 says of its processes.
    fn listed(&self) -> Vec<serde_json::Value> {
        let output = Command::new(pm2_program())
            .args(["jlist", "--silent"])
            .env("PM2_HOME", self.case.path("pm2"))
            .output()
            .unwrap();
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// The processes that run now.
    pub(crate) fn workers(&self) -> Vec<u64> {
        self.listed()
            .iter()
            .map(|worker| worker["pid"].as_u64().unwrap())
            .collect()
    }

    /// The release that the link leads to.
    pub(crate) fn current(&self) -> String {
        fs::read_link(self.case.path("srv/api/current"))
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned()
    }

    /// Which release answers.
    pub(crate) fn answer(&self, path: &str) -> String {
        let parsed: serde_json::Value = serde_json::from_str(&self.get(path).body).unwrap();
        parsed["release"].as_str().unwrap().to_owned()
    }

    /// A variable that the ecosystem file had and has no more is gone after a release.
    pub(crate) fn forgets_what_was_removed(&self) {
        let has = || {
            let environment = |pid: &u64| fs::read_to_string(format!("/proc/{pid}/environ")).unwrap_or_default();
            let in_pm2 = self
                .listed()
                .iter()
                .any(|worker| worker["pm2_env"]["TAKEN_OUT_LATER"].is_string());
            in_pm2
                || self
                    .workers()
                    .iter()
                    .any(|pid| environment(pid).contains("TAKEN_OUT_LATER"))
        };
        assert!(has());
        let ecosystem = self.case.read("etc/ecosystem.config.cjs");
        self.case.write(
            "etc/ecosystem.config.cjs",
            &ecosystem.replace("TAKEN_OUT_LATER: \"yes\",", ""),
        );
        self.deploy("forgotten", |_| {}).succeeded();
        assert!(!has());
        assert!(
            self.listed()
                .iter()
                .all(|worker| worker["pm2_env"]["SESSION_SECRET"] == "it is \\ one")
        );
    }
}
