//! Requests through what is written, to two instances that are played here.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use super::machine::{Directory, Nginx, free_port, nginx_version};
use crate::nginx::tests::output;

/// Heads of requests that an instance received.
type Seen = Arc<Mutex<Vec<String>>>;

/// An instance: resets after it has read a request, or answers.
fn instance(listener: TcpListener, resets: bool) -> Seen {
    let seen = Seen::default();
    let log = Arc::clone(&seen);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let log = Arc::clone(&log);
            std::thread::spawn(move || stream.map(|stream| serve(stream, resets, &log)));
        }
    });
    seen
}

fn serve(mut stream: TcpStream, resets: bool, log: &Seen) {
    let mut buffer = [0; 4096];
    while let Ok(read) = stream.read(&mut buffer) {
        let request = String::from_utf8_lossy(&buffer[..read]).into_owned();
        if request.is_empty() {
            return;
        }
        let upgrade = request.contains("Upgrade: websocket");
        log.lock().unwrap().push(request);
        if resets {
            // Closed without an answer.
            return;
        }
        let answer: &[u8] = if upgrade {
            b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\nhello"
        } else {
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Frame-Options: SAMEORIGIN\r\n\r\nok"
        };
        if stream.write_all(answer).is_err() {
            return;
        }
    }
}

/// Two listeners on neighbouring ports, as the instances of a service are.
fn neighbours() -> (TcpListener, TcpListener) {
    for _ in 0..100 {
        let first = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = first.local_addr().unwrap().port();
        if let Some(next) = port.checked_add(1)
            && let Ok(second) = TcpListener::bind(("127.0.0.1", next))
        {
            return (first, second);
        }
    }
    panic!("no two free ports beside each other");
}

struct Trial {
    nginx: Nginx,
    /// The instance that resets, and the one that answers.
    seen: [Seen; 2],
    _directory: Directory,
}

fn trial(version: (u64, u64, u64)) -> Trial {
    let (first, second) = neighbours();
    let service = first.local_addr().unwrap().port();
    let port = free_port();
    let directory = Directory::new();
    let (major, minor, patch) = version;
    let spec = format!(
        r#"
host web {{ cpu 2; memory 4Gi }}
service api {{
  runtime node 24
  run "api.mjs"
  scale 2
  listen http {service} {{ websocket }}
}}
site app {{ root "{root}/$my site"; spa true; assets "/assets/" }}
site panel {{ root "{root}/panel"; spa true; assets "/assets/" }}
gateway edge {{
  engine nginx {major}.{minor}.{patch}
  listen {port}
  route "/api/" api
  route "/idempotent/" api {{ idempotent }}
  route "/strip/" api {{ strip_prefix }}
  route "/limited" api {{ rate 1/m {{ burst 1 }} }}
  route "/" app
  route "/panel/" panel {{ strip_prefix }}
  static "/files" "{root}/files"
  headers {{ "X-Frame-Options" "DENY"; "X-Price" "5$" }}
}}
"#,
        root = directory.path().display()
    );
    let output = output(&spec);
    assert!(!output.has_errors(), "{:?}", output.diagnostics);
    directory.write(&output);
    for site in ["$my site", "panel"] {
        directory.file(&format!("{site}/current/index.html"), site);
        directory.file(&format!("{site}/current/about/index.html"), "about");
        directory.file(&format!("{site}/current/assets/a1.js"), "js");
        directory.file(&format!("{site}/current/.env"), "secret");
    }
    directory.file("files/x.js", "file");
    directory.file("secret.js", "secret");
    let seen = [instance(first, true), instance(second, false)];
    Trial {
        nginx: Nginx::start(&directory, port),
        seen,
        _directory: directory,
    }
}

impl Trial {
    /// Status and how often each instance got the request, summed over two, so that round robin tries both first.
    fn twice(&self, method: &str, path: &str) -> ([u16; 2], [usize; 2]) {
        let before = self.counts();
        let mut status = [0, 0];
        for status in &mut status {
            *status = self.nginx.ask(method, path, "").status;
        }
        status.sort_unstable();
        let after = self.counts();
        (status, [after[0] - before[0], after[1] - before[1]])
    }

    fn counts(&self) -> [usize; 2] {
        [&self.seen[0], &self.seen[1]].map(|seen| seen.lock().unwrap().len())
    }

    fn last(&self) -> String {
        self.seen[1].lock().unwrap().last().cloned().unwrap()
    }
}

/// After three failures nginx leaves an instance alone for 5 s: each method gets a fresh one.
#[test]
fn only_requests_that_change_nothing_are_sent_twice() {
    let Some(version) = nginx_version() else {
        return;
    };
    for method in ["GET", "OPTIONS"] {
        let (status, counts) = trial(version).twice(method, "/api/x");
        assert_eq!(status, [200, 200], "{method}");
        assert_eq!(counts, [1, 2], "{method} is sent to the second instance too");
    }
    for method in ["PUT", "DELETE", "POST", "PATCH", "PURGE"] {
        let (status, counts) = trial(version).twice(method, "/api/x");
        assert_eq!(status, [200, 502], "{method}");
        assert_eq!(counts, [1, 1], "{method} is sent once");
    }
    let (status, counts) = trial(version).twice("PUT", "/idempotent/x");
    assert_eq!((status, counts), ([200, 200], [1, 2]), "may be repeated");
    let (status, counts) = trial(version).twice("PUT", "/strip/x");
    assert_eq!((status, counts), ([200, 502], [1, 1]), "stripped, once");
}

#[test]
fn services_see_what_they_should() {
    let Some(version) = nginx_version() else {
        return;
    };
    let trial = trial(version);
    let spoofed = "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: https\r\nX-Request-Id: mine\r\n";
    let answer = trial.nginx.ask("GET", "/api/a%2Fb?q=%20", spoofed);
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("x-frame-options").as_deref(), Some("DENY"), "once");
    let request = trial.last();
    for line in [
        "GET /api/a%2Fb?q=%20 HTTP/1.1\r\n",
        "Host: localhost\r\n",
        "X-Real-IP: 127.0.0.1\r\n",
        "X-Forwarded-For: 127.0.0.1\r\n",
        "X-Forwarded-Proto: http\r\n",
    ] {
        assert!(request.contains(line), "{line} is not in {request}");
    }
    assert!(!request.contains("Connection:"), "kept alive: {request}");
    assert!(!request.contains("mine"), "{request}");
    for method in ["GET", "PUT"] {
        for (asked, passed) in [
            ("/strip/a%20b?x=1", "/a%20b?x=1"),
            ("/strip/", "/"),
            ("/strip/%0A", "/%0A"),
        ] {
            // The instance that resets may be asked first.
            let mut tries = 0..3;
            while trial.nginx.ask(method, asked, "").status != 200 {
                assert!(tries.next().is_some(), "{method} {asked} is not answered");
            }
            let request = trial.last();
            assert!(
                request.starts_with(&format!("{method} {passed} HTTP/1.1\r\n")),
                "{request}"
            );
        }
    }
}

#[test]
fn websockets_pass_and_other_upgrades_do_not() {
    let Some(version) = nginx_version() else {
        return;
    };
    let trial = trial(version);
    let upgrade = |to: &str| {
        let request =
            format!("GET /api/live HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: {to}\r\n\r\n");
        trial.nginx.send(&request)
    };
    let answer = upgrade("websocket");
    assert_eq!((answer.status, answer.body.as_str()), (101, "hello"));
    assert!(trial.last().contains("Connection: upgrade\r\n"), "{}", trial.last());
    let answer = upgrade("h2c");
    assert_eq!(answer.status, 200);
    assert!(!trial.last().to_lowercase().contains("upgrade"), "{}", trial.last());
}

#[test]
fn files_have_the_headers_that_they_need() {
    let Some(version) = nginx_version() else {
        return;
    };
    let trial = trial(version);
    let immutable = Some("public, max-age=31536000, immutable");
    let cases = [
        ("/", 200, "$my site", Some("no-cache")),
        ("/index.html", 200, "$my site", Some("no-cache")),
        ("/about", 200, "about", Some("no-cache")),
        ("/some/route", 200, "$my site", Some("no-cache")),
        ("/assets/a1.js", 200, "js", immutable),
        ("/assets/missing.js", 404, "", None),
        ("/.env", 404, "", None),
        ("/assets/.env", 404, "", None),
        ("/panel/", 200, "panel", Some("no-cache")),
        ("/panel/some/route", 200, "panel", Some("no-cache")),
        ("/panel/about", 200, "about", Some("no-cache")),
        ("/panel/assets/a1.js", 200, "js", immutable),
        ("/panel/assets/missing.js", 404, "", None),
        ("/panel/.env", 404, "", None),
        ("/files/x.js", 200, "file", None),
        ("/files/../secret.js", 200, "$my site", Some("no-cache")),
        ("/files../secret.js", 200, "$my site", Some("no-cache")),
    ];
    for (path, status, body, cache) in cases {
        let answer = trial.nginx.ask("GET", path, "");
        assert_eq!(answer.status, status, "{path}");
        assert!(status != 200 || answer.body == body, "{path}: {answer:?}");
        assert_eq!(answer.header("cache-control").as_deref(), cache, "{path}");
        assert_eq!(answer.header("x-frame-options").as_deref(), Some("DENY"), "{path}");
        assert_eq!(answer.header("x-price").as_deref(), Some("5$"), "{path}");
        assert_eq!(answer.header("server").as_deref(), Some("nginx"), "{path}");
    }
}

#[test]
fn a_client_over_its_rate_is_told_so() {
    let Some(version) = nginx_version() else {
        return;
    };
    let trial = trial(version);
    // One, and one of the burst.
    let status = [(); 3].map(|()| trial.nginx.ask("GET", "/limited", "").status);
    assert_eq!(status, [200, 200, 429]);
    let answer = trial.nginx.ask("PUT", "/limited", "");
    assert_eq!(answer.status, 429, "the same for what is sent once");
    assert_eq!(answer.header("x-frame-options").as_deref(), Some("DENY"));
}
