//! A memory limit as a container has it: a control group, where this machine lets us make one; else the test does what the kernel
//! would have done.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::Duration;

use super::process::Process;

/// How many bytes a program and its children may use together.
pub(crate) struct Limit {
    mib: u64,
}

/// How a program ended.
#[derive(Debug)]
pub(crate) enum Ending {
    /// Below the limit, having said this.
    Itself(String),
    /// The kernel killed it, or would have.
    OverTheLimit,
}

impl Limit {
    pub(crate) fn mib(mib: u64) -> Self {
        Self { mib }
    }

    pub(crate) fn in_mib(&self) -> u64 {
        self.mib
    }

    /// Runs a program until it ends.
    pub(crate) fn run(&self, program: &Path, arguments: &[String], directory: &Path) -> Ending {
        match Group::new(self.mib << 20) {
            Some(group) => group.run(program, arguments, directory),
            None => self.watched(program, arguments, directory),
        }
    }

    /// Without a group: what of its memory cannot be given back is looked at again and again, and too much of it is the end.
    fn watched(&self, program: &Path, arguments: &[String], directory: &Path) -> Ending {
        let log = directory.join("watched.log");
        let mut command = Command::new(program);
        let mut process = Process::logged(command.args(arguments).current_dir(directory), &log);
        let maps = format!("/proc/{}/smaps_rollup", process.id());
        while process.has_ended().is_none() {
            let maps = fs::read_to_string(&maps).unwrap_or_default();
            let kib = |name: &str| {
                let line = maps.lines().find_map(|line| line.strip_prefix(name));
                line.and_then(|kib| kib.trim().strip_suffix(" kB")?.parse::<u64>().ok())
            };
            // What V8 has freed is still there until somebody needs it.
            let kept = kib("Anonymous:").unwrap_or(0) - kib("LazyFree:").unwrap_or(0);
            if self.mib << 10 < kept {
                return Ending::OverTheLimit;
            }
            sleep(Duration::from_millis(2));
        }
        Ending::Itself(process.said())
    }
}

/// A control group of either version; removed with this.
struct Group {
    folder: PathBuf,
    kills: &'static str,
}

static COUNT: AtomicUsize = AtomicUsize::new(0);

impl Group {
    fn new(bytes: u64) -> Option<Self> {
        let name = format!(
            "loadline-test-{}-{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        let one = Self {
            folder: Path::new("/sys/fs/cgroup/memory").join(&name),
            kills: "memory.oom_control",
        };
        let two = Self {
            folder: Path::new("/sys/fs/cgroup").join(&name),
            kills: "memory.events",
        };
        if fs::create_dir(&one.folder).is_ok() && one.set("memory.limit_in_bytes", bytes) {
            // Not there on every kernel; without swap it changes nothing.
            one.set("memory.memsw.limit_in_bytes", bytes);
            return Some(one);
        }
        if fs::create_dir(&two.folder).is_ok() && two.set("memory.max", bytes) {
            two.set("memory.swap.max", 0);
            return Some(two);
        }
        None
    }

    fn set(&self, file: &str, value: u64) -> bool {
        fs::write(self.folder.join(file), value.to_string()).is_ok()
    }

    fn run(&self, program: &Path, arguments: &[String], directory: &Path) -> Ending {
        let mut command = Command::new("sh");
        command.args(["-c", r#"echo $$ >"$0"; exec "$@""#]);
        command
            .arg(self.folder.join("cgroup.procs"))
            .arg(program)
            .args(arguments);
        let output = command.current_dir(directory).output().unwrap();
        let counts = fs::read_to_string(self.folder.join(self.kills)).unwrap();
        let kills = counts.lines().find_map(|line| line.strip_prefix("oom_kill "));
        if kills.unwrap_or_else(|| panic!("{counts}")) == "0" {
            Ending::Itself(all(&output))
        } else {
            Ending::OverTheLimit
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.folder);
    }
}

fn all(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned()
}
