//! What the platform example compiles to, installed below a directory where each file says.
//!
//! Rewritten is only what a directory and a test need, all of it here: absolute paths ([`REWRITTEN`]), the account, the listen
//! lines of nginx and its TLS ([`nginx`]), and in the spec ports, stores, and how long a release is watched ([`spec`]).

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::harness::{Case, root};
use crate::live::nginx;

/// Paths of a machine, and where they are below the directory.
const REWRITTEN: &[(&str, &str)] = &[
    ("/srv/", "srv/"),
    ("/etc/platform", "etc"),
    ("/opt/apps/platform/", "opt/"),
    ("/var/lib/pm2-platform", "pm2"),
    ("/run/lock/", ""),
    ("/var/www/acme", "acme"),
];

/// What is other than in the example.
#[derive(Default)]
pub(crate) struct Setup {
    /// 4 when it is 0.
    processes: u64,
    /// Seconds that a process may take to boot, at most; 20 when it is 0.
    boot: u64,
    settings: Vec<(&'static str, u64)>,
    pub(super) files: Vec<(&'static str, Change)>,
}

#[derive(Clone)]
pub(super) enum Change {
    Instead(&'static str),
    Before(&'static str),
}

impl Setup {
    pub(crate) fn two() -> Self {
        Self {
            processes: 2,
            ..Self::default()
        }
    }

    /// Another time to boot.
    pub(crate) fn boots_within(mut self, seconds: u64) -> Self {
        self.boot = seconds;
        self
    }

    /// Another value in the ecosystem file.
    pub(crate) fn with(mut self, setting: &'static str, value: u64) -> Self {
        self.settings.push((setting, value));
        self
    }

    /// Another file of the application.
    pub(crate) fn changed(mut self, file: &'static str, text: &'static str) -> Self {
        self.files.push((file, Change::Instead(text)));
        self
    }

    /// A file of the application with something in front.
    pub(crate) fn began(mut self, file: &'static str, text: &'static str) -> Self {
        self.files.push((file, Change::Before(text)));
        self
    }
}

/// The spec with other ports, no stores, and a shorter look at each release.
fn spec(case: &Case, setup: &Setup, api: u16) -> String {
    let stores = case.path("stores");
    let processes = if setup.processes == 0 { 4 } else { setup.processes };
    let changes = [
        ("listen http 3000", format!("listen http {api}")),
        ("processes 4", format!("processes {processes}")),
        (
            "{ after 3s; every 2s; tries 5 }",
            "{ after 100ms; every 100ms; tries 3 }".to_owned(),
        ),
        // A busy machine boots slowly, and PM2 must not lose its patience here.
        (
            "boot 3s",
            format!("boot {}s", if setup.boot == 0 { 20 } else { setup.boot }),
        ),
        (
            "NODE_ENV  production",
            format!(
                "NODE_ENV production\nPLATFORM_WITHOUT_STORES \"{}\"\nTAKEN_OUT_LATER yes",
                stores.display()
            ),
        ),
    ];
    let mut spec = fs::read_to_string(root().join("examples/platform/loadline.load")).unwrap();
    for (from, to) in changes {
        assert!(spec.contains(from), "the example has no {from}");
        spec = spec.replacen(from, &to, 1);
    }
    spec
}

pub(super) fn install(case: &Case, setup: &Setup, api: u16, edge: u16) {
    case.write("loadline.load", &spec(case, setup, api));
    let run = case.run("compile -o out");
    assert_eq!(run.code, 0, "{}", run.shown());
    let from = |file: &str| rewritten(case, &case.read(&format!("out/base/{file}")));
    let mut ecosystem = from("pm2/ecosystem.config.cjs");
    for (setting, value) in &setup.settings {
        let place = ecosystem.find(&format!("{setting}: ")).unwrap();
        let end = place + ecosystem[place..].find(',').unwrap();
        ecosystem.replace_range(place..end, &format!("{setting}: {value}"));
    }
    case.write("etc/ecosystem.config.cjs", &ecosystem);
    case.write("etc/release-pm2.cjs", &from("release/pm2.cjs"));
    case.write(
        "etc/pm2.secrets",
        "DATABASE_URL=\"postgres://nobody:a\\\"b@127.0.0.1:1/none\"\nSESSION_SECRET='it is \\ one'\n",
    );
    case.write("pm2.service", &from("pm2/pm2-platform.service"));
    for (script, place) in [("api", "srv/api"), ("web-app", "opt/frontend")] {
        let path = format!("{place}/release.sh");
        case.write(&path, &from(&format!("release/{script}/release.sh")));
        fs::set_permissions(case.path(&path), fs::Permissions::from_mode(0o755)).unwrap();
    }
    nginx::install(case, edge, |text| rewritten(case, text));
}

pub(crate) fn rewritten(case: &Case, text: &str) -> String {
    let account = Command::new("id").arg("-un").output().unwrap().stdout;
    let account = String::from_utf8(account).unwrap();
    let mut text = text.replace("/usr/bin/pm2", pm2_program().to_str().unwrap());
    text = text.replace("account=pm2-platform", &format!("account={}", account.trim()));
    for (from, to) in REWRITTEN {
        text = text.replace(from, case.path(to).to_str().unwrap());
    }
    text
}

pub(crate) fn pm2_program() -> PathBuf {
    root().join(".tools/pm2/node_modules/pm2/bin/pm2")
}

/// Runs a command line of the emitted unit with the environment that the unit gives it.
pub(crate) fn pm2_as_the_unit_runs_it(case: &Case, setting: &str) {
    let unit = case.read("pm2.service");
    let all = |name: &str| {
        let start = format!("{name}=");
        unit.lines()
            .filter_map(|line| line.strip_prefix(&start))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let line = all(setting).first().unwrap().trim_start_matches('-').to_owned();
    let mut words = line.split(' ');
    let mut command = Command::new(words.next().unwrap());
    command
        .args(words)
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    for assignment in all("Environment") {
        let (name, value) = assignment.trim_matches('"').split_once('=').unwrap();
        command.env(name, value);
    }
    command
        .env("DATABASE_URL", "postgres://nobody:a\"b@127.0.0.1:1/none")
        .env("SESSION_SECRET", "it is \\ one");
    command.status().unwrap();
}
