//! The application alone: a signal with requests under way.

use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::harness::{Case, root};
use crate::live::http::Connection;
use crate::live::process::{Process, free_ports, wait_for_port};

/// What the spec computes: longer than the longest request, and what there is between the signal and the kill.
const GRACE: Duration = Duration::from_secs(32);

/// All that was begun is answered, each answer says that it is the last on its connection, and then the process is gone.
#[test]
fn a_stop_lets_requests_finish() {
    if Command::new("node")
        .arg("--version")
        .stdout(Stdio::null())
        .status()
        .is_err()
    {
        return crate::tools::missing("there is no node");
    }
    for signal in ["TERM", "INT"] {
        let (stores, port) = (Case::new(), free_ports(1));
        let to = SocketAddr::from(([127, 0, 0, 1], port));
        let mut app = Process::start(
            Command::new("node")
                .arg("src/server.js")
                .current_dir(root().join("examples/platform/app"))
                .env("API_PORT", port.to_string())
                .env("PLATFORM_WITHOUT_STORES", stores.path("stores"))
                .stdout(Stdio::null()),
        );
        wait_for_port(port);
        // Of kept connections one is idle, and others have just sent something.
        let mut idle = Connection::open(to).unwrap();
        assert_eq!(idle.ask("GET /api/release", "").unwrap().status, 200);
        let mut under_way: Vec<Connection> = (0..20).map(|_| Connection::open(to).unwrap()).collect();
        for connection in &mut under_way {
            connection.ask("GET /api/release", "").unwrap();
            connection
                .send(b"GET /api/report?ms=1500 HTTP/1.1\r\nHost: a\r\n\r\n")
                .unwrap();
        }
        std::thread::sleep(Duration::from_millis(300));
        app.signal(signal);
        std::thread::sleep(Duration::from_millis(100));
        assert!(Connection::open(to).is_err(), "it still takes new connections");
        let last = idle.ask("GET /api/health", "").unwrap();
        assert_eq!((last.status, last.header("connection")), (503, "close"));
        for connection in &mut under_way {
            let answer = connection.read().unwrap();
            assert_eq!((answer.status, answer.header("connection")), (200, "close"));
        }
        assert_eq!(app.ended_within(GRACE), Some(0), "SIG{signal}");
    }
}
