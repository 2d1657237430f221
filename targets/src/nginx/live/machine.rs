//! A directory, an nginx in it, and requests to it.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crate::Output;

/// The nginx that is asked, from the variable that the validator reads too.
fn program() -> String {
    std::env::var("NGINX_PROGRAM").unwrap_or_else(|_| "nginx".to_owned())
}

/// `None`, and a word about it, when there is no nginx.
pub(crate) fn nginx_version() -> Option<(u64, u64, u64)> {
    let Ok(run) = Command::new(program()).arg("-v").output() else {
        crate::testing::missing("nginx is not installed");
        return None;
    };
    let said = String::from_utf8_lossy(&run.stderr).into_owned();
    let version = said.trim().rsplit('/').next()?;
    let parts: Vec<u64> = version
        .split('.')
        .filter_map(|part| part.split_whitespace().next()?.parse().ok())
        .collect();
    match parts.as_slice() {
        [major, minor, patch] => Some((*major, *minor, *patch)),
        _ => panic!("no version in {said}"),
    }
}

/// A directory of its own, gone when it is dropped.
pub(crate) struct Directory(PathBuf);

impl Directory {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("loadline-nginx-{}-{count}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn file(&self, path: &str, contents: &str) {
        let path = self.0.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, contents).unwrap();
    }

    /// Machines without IPv6 cannot listen on it.
    pub(crate) fn write(&self, output: &Output) {
        let has_ipv6 = Path::new("/proc/net/if_inet6").exists();
        for artifact in &output.artifacts {
            let contents = artifact.contents("test.load");
            let lines = contents
                .lines()
                .filter(|line| has_ipv6 || !line.contains("listen [::]"));
            let kept: String = lines.map(|line| format!("{line}\n")).collect();
            self.file(&artifact.path, &kept);
        }
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A running nginx, ended when it is dropped.
pub(crate) struct Nginx {
    process: Child,
    port: u16,
}

impl Nginx {
    /// Of the `conf.d` and `main.d` in a directory. One process without a master, so that it reads files as whoever tests.
    pub(crate) fn start(directory: &Directory, port: u16) -> Self {
        Self::try_start(directory, port).unwrap_or_else(|log| panic!("nginx does not listen: {log}"))
    }

    /// The same; what its log says when it does not listen.
    pub(crate) fn try_start(directory: &Directory, port: u16) -> Result<Self, String> {
        for part in ["conf.d", "main.d", "logs", "tmp"] {
            std::fs::create_dir_all(directory.path().join(part)).unwrap();
        }
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .iter()
            .map(|what| format!("{what}_temp_path tmp/{what};\n"))
            .collect();
        let main = format!(
            "daemon off; master_process off; pid nginx.pid; error_log error.log; include main.d/*.conf;\n\
             events {{}}\nhttp {{ access_log off;\n{temporary}\
             types {{ text/html html; text/javascript js; }} default_type application/octet-stream;\n\
             include conf.d/*.conf; }}\n"
        );
        directory.file("nginx.conf", &main);
        let process = Command::new(program())
            .args(["-e", "stderr"])
            .arg("-p")
            .arg(directory.path())
            .arg("-c")
            .arg(directory.path().join("nginx.conf"))
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut nginx = Self { process, port };
        for _ in 0..200 {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Ok(nginx);
            }
            if nginx.process.try_wait().is_ok_and(|ended| ended.is_some()) {
                break;
            }
            std::thread::sleep(Duration::from_millis(25));
        }
        let _ = nginx.process.kill();
        let log = std::fs::read_to_string(directory.path().join("error.log"));
        Err(log.unwrap_or_default())
    }

    /// The answer to a request whose path is sent as it stands.
    pub(crate) fn ask(&self, method: &str, path: &str, headers: &str) -> Answer {
        let body = if method == "PUT" { "abc" } else { "" };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n{body}",
            body.len()
        );
        self.send(&request)
    }

    /// The answer to a request; of an upgraded connection what came until it was quiet for a moment.
    pub(crate) fn send(&self, request: &str) -> Answer {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(3))).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut all = Vec::new();
        let _ = stream.read_to_end(&mut all);
        Answer::read(&all)
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A port that nobody listens on now.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.local_addr().unwrap().port()
}

/// An answer of HTTP.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    fn read(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1));
        Self {
            status: status.and_then(|status| status.parse().ok()).unwrap_or(0),
            headers: lines
                .filter_map(|line| line.split_once(": "))
                .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
                .collect(),
            body: body.to_owned(),
        }
    }

    /// All values of a header, joined.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let values: Vec<&str> = self
            .headers
            .iter()
            .filter(|(other, _)| other == name)
            .map(|(_, value)| value.as_str())
            .collect();
        (!values.is_empty()).then(|| values.join(" | "))
    }
}
