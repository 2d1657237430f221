//! Ports, and processes that end with the test, whatever becomes of it.

use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long anything may take before the test gives up; only reached when something is wrong.
const LIMIT: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(20);

/// A process in the background; killed when this goes.
pub(crate) struct Process {
    child: Child,
    log: Option<PathBuf>,
}

impl Process {
    /// Starts it; what it says is the test's.
    #[track_caller]
    pub(crate) fn start(command: &mut Command) -> Self {
        let started = command.stdin(Stdio::null()).spawn();
        Self {
            child: started.unwrap_or_else(|error| panic!("{command:?}: {error}")),
            log: None,
        }
    }

    /// Starts it, with all that it says in a file.
    #[track_caller]
    pub(crate) fn logged(command: &mut Command, log: &Path) -> Self {
        let file = File::create(log).unwrap();
        let mut process = Self::start(command.stdout(file.try_clone().unwrap()).stderr(file));
        process.log = Some(log.to_owned());
        process
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it has said so far.
    pub(crate) fn said(&self) -> String {
        self.log
            .as_ref()
            .map_or_else(String::new, |log| fs::read_to_string(log).unwrap())
    }

    /// Asks it to stop, as a control plane does.
    pub(crate) fn terminate(&self) {
        self.signal("TERM");
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.id().to_string();
        let _ = Command::new("kill").args(["-s", name, &id]).status();
    }

    pub(crate) fn has_ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// Waits until it has ended by itself.
    #[track_caller]
    pub(crate) fn end(&mut self) -> ExitStatus {
        eventually("the process ends", || self.has_ended())
    }

    /// The exit code; `None` when it is there longer, or a signal ended it.
    pub(crate) fn ended_within(&mut self, time: Duration) -> Option<i32> {
        within(time, || self.has_ended())?.code()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asks again and again until there is an answer.
#[track_caller]
pub(crate) fn eventually<T>(what: &str, ask: impl FnMut() -> Option<T>) -> T {
    within(LIMIT, ask).unwrap_or_else(|| panic!("{what}: not within {LIMIT:?}"))
}

fn within<T>(limit: Duration, mut ask: impl FnMut() -> Option<T>) -> Option<T> {
    let begun = Instant::now();
    loop {
        let answer = ask();
        if answer.is_some() || limit < begun.elapsed() {
            return answer;
        }
        sleep(PAUSE);
    }
}

/// A port that nobody uses at the moment.
pub(crate) fn free_port() -> u16 {
    free_ports(1)
}

/// Where outgoing connections get no ports from, on Linux: one that is free now and is listened on later must not be taken
/// by a client meanwhile.
const NEVER_A_CLIENTS: std::ops::Range<u16> = 12_000..32_000;

/// So many ports next to each other that nobody listens on now.
pub(crate) fn free_ports(count: u16) -> u16 {
    static TAKEN: AtomicU16 = AtomicU16::new(0);
    let all = NEVER_A_CLIENTS.end - NEVER_A_CLIENTS.start - count;
    // Other runs of the tests begin elsewhere.
    let begin = (std::process::id() % 400 * 50) as u16;
    eventually("free ports", || {
        let offset = begin.wrapping_add(TAKEN.fetch_add(count, Ordering::Relaxed));
        let first = NEVER_A_CLIENTS.start + offset % all;
        let is_free = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok();
        (first..first + count).all(is_free).then_some(first)
    })
}

/// Waits until somebody listens there.
#[track_caller]
pub(crate) fn wait_for_port(port: u16) {
    eventually("somebody listens", || {
        TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()
    });
}
