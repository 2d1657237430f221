//! Ports, and processes that end with the test.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

/// Where outgoing connections get no ports from, on Linux: one that is free now and is listened on later must not be taken
/// by a client meanwhile.
const NEVER_A_CLIENTS: std::ops::Range<u16> = 12_000..32_000;

/// So many ports next to each other that nobody listens on now.
pub(crate) fn free_ports(count: u16) -> u16 {
    static TAKEN: AtomicU16 = AtomicU16::new(0);
    let all = NEVER_A_CLIENTS.end - NEVER_A_CLIENTS.start - count;
    // Other runs of the tests begin elsewhere.
    let begin = (std::process::id() % 400 * 50) as u16;
    for _ in 0..200 {
        let offset = begin.wrapping_add(TAKEN.fetch_add(count, Ordering::Relaxed));
        let first = NEVER_A_CLIENTS.start + offset % all;
        let is_free = |port| TcpListener::bind(("127.0.0.1", port)).is_ok();
        if (first..first + count).all(is_free) {
            return first;
        }
    }
    panic!("no {count} free ports");
}

/// A child that is killed when it is dropped.
pub(crate) struct Process(pub(crate) Child);

impl Process {
    #[track_caller]
    pub(crate) fn start(command: &mut Command) -> Self {
        Self(command.stdin(Stdio::null()).spawn().unwrap())
    }

    pub(crate) fn signal(&self, name: &str) {
        let pid = self.0.id().to_string();
        let sent = Command::new("kill").args([&format!("-{name}"), &pid]).status().unwrap();
        assert!(sent.success());
    }

    /// The exit code; `None` when it is there longer, or a signal ended it.
    pub(crate) fn ended_within(&mut self, time: Duration) -> Option<i32> {
        let deadline = Instant::now() + time;
        while Instant::now() < deadline {
            if let Some(status) = self.0.try_wait().unwrap() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        None
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Whether somebody listens there before the deadline.
#[track_caller]
pub(crate) fn wait_for_port(port: u16) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(Instant::now() < deadline, "nobody listens on {port}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
