//! A machine in a directory: what the platform example compiles to, installed where each file says, with PM2 and nginx.
//!
//! Rewritten is only what a directory and a test need, all of it in [`REWRITTEN`] and [`Machine::spec`]: absolute paths, the
//! account, ports, TLS, and how long a release is watched.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::http::Connection;
use super::process::{Process, free_ports, wait_for_port};
use crate::harness::{Case, root};

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
    files: Vec<(&'static str, Change)>,
}

#[derive(Clone)]
enum Change {
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

/// Everything that runs, until it is dropped.
pub(crate) struct Machine {
    edge: u16,
    api: u16,
    changes: Vec<(&'static str, Change)>,
    _nginx: Process,
    _pm2: Pm2,
    /// Last: whatever runs there ends before its directory goes.
    case: Case,
}

/// The daemon, ended by itself.
struct Pm2 {
    home: PathBuf,
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

/// The application that is to be released.
pub(crate) struct App(PathBuf);

impl App {
    #[track_caller]
    pub(crate) fn replace(&self, file: &str, from: &str, to: &str) {
        let path = self.0.join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file} has no {from}");
        fs::write(path, text.replacen(from, to, 1)).unwrap();
    }
}

/// What became of a release.
pub(crate) struct Released(Output);

impl Released {
    fn said(&self) -> String {
        String::from_utf8_lossy(&[self.0.stdout.as_slice(), self.0.stderr.as_slice()].concat()).into_owned()
    }

    #[track_caller]
    pub(crate) fn succeeded(&self) {
        assert!(self.0.status.success(), "{}", self.said());
    }

    #[track_caller]
    pub(crate) fn failed_with(&self, code: i32, why: &str) {
        assert_eq!(self.0.status.code(), Some(code), "{}", self.said());
        assert!(self.said().contains(why), "{}", self.said());
    }
}

fn pm2_program() -> PathBuf {
    root().join(".tools/pm2/node_modules/pm2/bin/pm2")
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
        Self::install(&case, setup, api, edge);
        let pm2 = Pm2 { home: case.path("pm2") };
        // Nothing is released yet: the daemon runs, and has nothing to start.
        pm2_as_the_unit_runs_it(&case, "ExecStart");
        assert!(case.path("pm2/rpc.sock").exists());
        let nginx = Process::start(
            Command::new("nginx")
                .args(["-e", "stderr", "-p"])
                .arg(case.path("nginx"))
                .args(["-c", "nginx.conf"]),
        );
        wait_for_port(edge);
        Some(Self {
            edge,
            api,
            changes: setup.files.clone(),
            _nginx: nginx,
            _pm2: pm2,
            case,
        })
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

    fn install(case: &Case, setup: &Setup, api: u16, edge: u16) {
        case.write("loadline.load", &Self::spec(case, setup, api));
        let run = case.run("compile -o out");
        assert_eq!(run.code, 0, "{}", run.shown());
        let from = |file: &str| Self::rewritten(case, &case.read(&format!("out/base/{file}")));
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
        for file in case.tree("out/base/nginx") {
            let text = from(&format!("nginx/{file}"));
            // A certificate would need a client that trusts it. What nginx says of TLS is tested with the target.
            let lines = text
                .lines()
                .filter(|line| !line.contains("listen [::]") && !line.contains("-tls.conf"));
            let text: String = lines.map(|line| format!("{line}\n")).collect();
            let text = text.replace("listen 443 ssl http2", &format!("listen 127.0.0.1:{edge}"));
            case.write(
                &format!("nginx/{file}"),
                &text.replace("listen 80", &format!("listen 127.0.0.1:{}", edge + 1)),
            );
        }
        let temporary =
            ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(|what| format!("{what}_temp_path tmp-{what};\n"));
        case.write(
            "nginx/nginx.conf",
            &format!(
                "daemon off; master_process off; pid nginx.pid; error_log error.log; include main.d/*.conf;\nevents {{}}\n\
                 http {{ access_log off;\n{}types {{ text/html html; text/javascript js; text/css css; }}\n\
                 include conf.d/*.conf; }}\n",
                temporary.concat()
            ),
        );
    }

    fn rewritten(case: &Case, text: &str) -> String {
        let account = Command::new("id").arg("-un").output().unwrap().stdout;
        let account = String::from_utf8(account).unwrap();
        let mut text = text.replace("/usr/bin/pm2", pm2_program().to_str().unwrap());
        text = text.replace("account=pm2-platform", &format!("account={}", account.trim()));
        for (from, to) in REWRITTEN {
            text = text.replace(from, case.path(to).to_str().unwrap());
        }
        text
    }

    pub(crate) fn edge(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.edge))
    }

    pub(crate) fn api_port(&self) -> u16 {
        self.api
    }

    /// The application as it is in the example, under a version of its own.
    fn app(&self, release: &str) -> App {
        let app = self.case.path(&format!("built/{release}"));
        copy(&root().join("examples/platform/app"), &app);
        let app = App(app);
        app.replace("package.json", "3.2.0", release);
        for (file, change) in &self.changes {
            let path = app.0.join(file);
            let text = match change {
                Change::Instead(text) => (*text).to_owned(),
                Change::Before(text) => format!("{text}{}", fs::read_to_string(&path).unwrap()),
            };
            fs::write(path, text).unwrap();
        }
        app
    }

    pub(crate) fn deploy(&self, release: &str, change: impl Fn(&App)) -> Released {
        let app = self.app(release);
        change(&app);
        self.script("srv/api", &["deploy", app.0.to_str().unwrap(), release])
    }

    pub(crate) fn rollback(&self, place: &str) -> Released {
        self.script(place, &["rollback"])
    }

    #[track_caller]
    pub(crate) fn deploy_site(&self, release: &str) {
        let web = self.case.path(&format!("web/{release}"));
        copy(&root().join("examples/platform/web"), &web);
        App(web.clone()).replace("package.json", "3.2.0", release);
        let built = Command::new("node").arg("build.js").current_dir(&web).status().unwrap();
        assert!(built.success());
        self.script("opt/frontend", &["deploy", web.join("dist").to_str().unwrap(), release])
            .succeeded();
    }

    /// A directory without a page.
    pub(crate) fn deploy_nothing(&self) -> Released {
        let nothing = self.case.path("nothing");
        fs::create_dir_all(&nothing).unwrap();
        self.script("opt/frontend", &["deploy", nothing.to_str().unwrap()])
    }

    /// The start page, as nginx serves it.
    pub(crate) fn page(&self) -> String {
        let answer = Connection::open(self.edge())
            .unwrap()
            .ask("GET /", "Connection: close\r\n");
        answer.unwrap().body
    }

    fn script(&self, place: &str, arguments: &[&str]) -> Released {
        let script = self.case.path(place).join("release.sh");
        Released(
            Command::new(script)
                .args(arguments)
                .stdin(Stdio::null())
                .output()
                .unwrap(),
        )
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

    pub(crate) fn while_another_releases<T>(&self, then: impl Fn() -> T) -> T {
        let lock = self.case.path("platform-release.lock");
        let _holder = Process::start(Command::new("flock").arg("--no-fork").arg(&lock).args(["sleep", "60"]));
        let taken = || {
            !Command::new("flock")
                .arg("--nonblock")
                .arg(&lock)
                .arg("true")
                .status()
                .unwrap()
                .success()
        };
        while !taken() {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        then()
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

    /// The labels of the frontend's releases that are still there, oldest first.
    pub(crate) fn kept_of_the_site(&self) -> Vec<String> {
        let releases = fs::read_dir(self.case.path("opt/frontend/releases")).unwrap();
        let mut names: Vec<String> = releases
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
            .iter()
            .map(|name| name.split_once('-').unwrap().1.to_owned())
            .collect()
    }

    /// Which release answers.
    pub(crate) fn answer(&self, path: &str) -> String {
        let answer = Connection::open(self.edge())
            .unwrap()
            .ask(&format!("GET {path}"), "Connection: close\r\n")
            .unwrap();
        let parsed: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
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

/// Runs a command line of the emitted unit with the environment that the unit gives it.
fn pm2_as_the_unit_runs_it(case: &Case, setting: &str) {
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

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (from, to) = (entry.as_ref().unwrap().path(), to.join(entry.unwrap().file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(from, to).unwrap();
        }
    }
}
