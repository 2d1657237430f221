//! Runs the real binary in a directory of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};

/// A directory with files, and the program run in it.
pub(crate) struct Case {
    directory: PathBuf,
}

/// What a run printed, with its exit code.
pub(crate) struct Run {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: i32,
}

static COUNT: AtomicUsize = AtomicUsize::new(0);

impl Case {
    /// An empty directory.
    pub(crate) fn new() -> Self {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("loadline-test-{}-{number}", std::process::id());
        let directory = std::env::temp_dir().join(name);
        let _ = fs::remove_dir_all(&directory);
        fs::create_dir_all(&directory).unwrap();
        Self {
            directory: fs::canonicalize(directory).unwrap(),
        }
    }

    /// A project of one file.
    pub(crate) fn spec(text: &str) -> Self {
        Self::new().file("loadline.load", text)
    }

    pub(crate) fn file(self, path: &str, text: &str) -> Self {
        self.write(path, text);
        self
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.directory.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.directory.join(path)).unwrap()
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.directory.join(path)
    }

    pub(crate) fn exists(&self, path: &str) -> bool {
        fs::symlink_metadata(self.directory.join(path)).is_ok()
    }

    /// Runs with these arguments, separated by spaces.
    #[track_caller]
    pub(crate) fn run(&self, arguments: &str) -> Run {
        let arguments: Vec<&str> = arguments.split_whitespace().collect();
        self.run_with(&arguments, "")
    }

    #[track_caller]
    pub(crate) fn run_with(&self, arguments: &[&str], input: &str) -> Run {
        run_in(&self.directory, arguments, input)
    }

    /// Runs with these arguments in an environment that a pipeline sets.
    #[track_caller]
    pub(crate) fn run_as(&self, variables: &[(&str, &str)], arguments: &str) -> Run {
        let arguments: Vec<&str> = arguments.split_whitespace().collect();
        run_as(&self.directory, variables, &arguments, "")
    }

    /// Runs git in the directory, whatever its user has configured; what it prints.
    #[track_caller]
    pub(crate) fn git(&self, arguments: &str) -> String {
        let output = Command::new("git")
            .args(["-c", "user.name=tester", "-c", "user.email=tester@example.com"])
            .args([
                "-c",
                "commit.gpgsign=false",
                "-c",
                "init.defaultBranch=main",
                "-c",
                "protocol.file.allow=always",
            ])
            .args(arguments.split_whitespace())
            .current_dir(&self.directory)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .output()
            .expect("git starts");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {arguments}: {said}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Everything as a commit.
    #[track_caller]
    pub(crate) fn commit(&self) -> String {
        self.git("add --all");
        self.git("commit --quiet --allow-empty --message step");
        self.git("rev-parse HEAD")
    }

    /// Every file below a directory, sorted, relative to it.
    pub(crate) fn tree(&self, below: &str) -> Vec<String> {
        let mut files = Vec::new();
        collect(&self.directory.join(below), "", &mut files);
        files.sort();
        files
    }
}

impl Drop for Case {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// Runs the program in a directory, without colour and on a fixed day.
#[track_caller]
pub(crate) fn run_in(directory: &Path, arguments: &[&str], input: &str) -> Run {
    run_as(directory, &[], arguments, input)
}

/// What pipelines say of themselves must not be heard in tests that run in one.
const OF_PIPELINES: [&str; 3] = ["GITHUB_EVENT_PATH", "GITHUB_BASE_REF", "CI_MERGE_REQUEST_DIFF_BASE_SHA"];

#[track_caller]
fn run_as(directory: &Path, variables: &[(&str, &str)], arguments: &[&str], input: &str) -> Run {
    use std::io::Write as _;
    let mut command = Command::new(env!("CARGO_BIN_EXE_loadline"));
    for name in OF_PIPELINES {
        command.env_remove(name);
    }
    let mut child = command
        .args(arguments)
        .current_dir(directory)
        .env_remove("NO_COLOR")
        .envs(variables.iter().copied())
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the program starts");
    // A program that ends without reading its input closes the pipe: that is its right.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    Run {
        stdout: String::from_utf8(stdout).unwrap(),
        stderr: String::from_utf8(stderr).unwrap(),
        code: status.code().expect("ended by itself, not by a signal"),
    }
}

fn collect(directory: &Path, prefix: &str, files: &mut Vec<String>) {
    for entry in fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            collect(&entry.path(), &format!("{name}/"), files);
        } else {
            files.push(name);
        }
    }
}

impl Run {
    /// Everything a user sees, for a snapshot.
    pub(crate) fn shown(&self) -> String {
        let mut out = format!("exit {}\n", self.code);
        if !self.stdout.is_empty() {
            out.push_str(&format!("--- stdout\n{}", self.stdout));
        }
        if !self.stderr.is_empty() {
            out.push_str(&format!("--- stderr\n{}", self.stderr));
        }
        out
    }
}

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Checks a spec of the repository in all of its environments: the codes of its notes, or what was shown where more is found.
pub(crate) fn notes_of(spec: &str) -> Result<Vec<String>, String> {
    let run = run_in(&root(), &["check", spec, "--format", "json"], "");
    let report: serde_json::Value = serde_json::from_str(&run.stdout).map_err(|_| run.shown())?;
    let findings = report["findings"].as_array().cloned().unwrap_or_default();
    if run.code != 0 || findings.iter().any(|finding| finding["severity"] != "note") {
        return Err(run_in(&root(), &["check", spec], "").shown());
    }
    let code = |finding: &serde_json::Value| finding["code"].as_str().unwrap().to_owned();
    Ok(findings.iter().map(code).collect())
}

/// Fails unless all of these files of the repository are written as `fmt` would write them.
#[track_caller]
pub(crate) fn are_formatted(paths: &[String]) {
    let mut arguments = vec!["fmt", "--check"];
    arguments.extend(paths.iter().map(String::as_str));
    let run = run_in(&root(), &arguments, "");
    assert_eq!(run.code, 0, "{}", run.shown());
}

/// Compares a file of the repository with what it should be; with `UPDATE=1` in the environment, writes it.
#[track_caller]
pub(crate) fn same_file(path: &str, wanted: &str) {
    let full = root().join(path);
    let found = fs::read_to_string(&full).unwrap_or_default();
    if found == wanted {
        return;
    }
    if std::env::var_os("UPDATE").is_some() {
        fs::create_dir_all(full.parent().unwrap()).unwrap();
        fs::write(&full, wanted).unwrap();
        return;
    }
    panic!("{path} is not what it is generated from; run the tests with UPDATE=1, and read the change");
}
