//! Releases of a machine: what is released, and what became of it.

use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use super::install::Change;
use super::machine::Machine;
use crate::harness::root;
use crate::live::process::{Process, wait_for_port};

/// The application that is to be released.
pub(crate) struct App(pub(super) PathBuf);

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

impl Machine {
    /// The application as it is in the example, under a version of its own.
    pub(super) fn app(&self, release: &str) -> App {
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

    /// Ends a release while its candidate runs; the exit code. The candidate is gone with it.
    pub(crate) fn deploy_and_end(&self, release: &str) -> Option<i32> {
        let app = self.app(release);
        // It is never well, so there is time.
        app.replace("src/routes.js", "state.draining)", "true)");
        let mut command = Command::new(self.case.path("srv/api/release.sh"));
        let mut script = Process::start(command.arg("deploy").arg(&app.0).stderr(Stdio::null()));
        wait_for_port(self.api + 1);
        script.signal("TERM");
        let code = script.ended_within(Duration::from_secs(30));
        assert!(
            TcpStream::connect(("127.0.0.1", self.api + 1)).is_err(),
            "the candidate is there"
        );
        code
    }

    /// What a release would do is printed.
    #[track_caller]
    pub(crate) fn shows(&self, place: &str) {
        let released = self.script(place, &["--dry-run", "deploy", "/"]);
        released.succeeded();
        let root = self.case.path(place);
        let switch = format!("+ mv -T -- {0}/.current.new {0}/current", root.display());
        assert!(released.said().contains(&switch), "{}", released.said());
    }

    /// Every file and where every link leads, of what is released.
    pub(crate) fn files(&self) -> Vec<String> {
        let all = ["srv", "opt"].map(|folder| self.case.tree(folder)).concat();
        let links = ["opt/frontend/current", "opt/frontend/previous"];
        let leads = links.map(|link| format!("{:?}", fs::read_link(self.case.path(link)).unwrap()));
        [all, leads.into()].concat()
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
            std::thread::sleep(Duration::from_millis(20));
        }
        then()
    }

    /// The labels of the frontend's releases that are still there, oldest first.
    pub(crate) fn kept_of_the_site(&self) -> Vec<String> {
        let releases = fs::read_dir(self.case.path("opt/frontend/releases")).unwrap();
        let mut names: Vec<String> = releases
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.retain(|name| !name.starts_with('.'));
        names.sort();
        names
            .iter()
            .map(|name| name.split_once('-').unwrap().1.to_owned())
            .collect()
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
}

pub(super) fn copy(from: &Path, to: &Path) {
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
