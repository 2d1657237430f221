//! Continuous load. Every request is counted by whoever sent it: sent, answered, or failed and why. Nobody tries again.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::http::{Answer, Connection};

/// Between two requests of a client.
const PAUSE: Duration = Duration::from_millis(10);

/// What a client does all the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Watched {
    request: &'static str,
    keeps_alive: bool,
}

impl Watched {
    const fn new(request: &'static str, keeps_alive: bool) -> Self {
        Self { request, keeps_alive }
    }

    /// Short requests and long ones, on kept connections and on new ones; pages; sessions.
    pub(crate) fn all() -> Vec<Self> {
        vec![
            Self::new("GET /api/release", true),
            Self::new("GET /api/release", false),
            Self::new("GET /api/report?ms=900", true),
            Self::new("GET /api/report?ms=300", false),
            Self::new("GET /api/session", true),
            Self::new("GET /api/session", false),
            Self::new("GET /some/page", true),
        ]
    }

    /// Long enough that some are under way whenever a process ends, each client on connections of its own.
    pub(crate) fn slow() -> Vec<Self> {
        [
            vec![Self::new("GET /api/report?ms=900", false); 6],
            vec![Self::new("GET /api/release", false); 2],
        ]
        .concat()
    }
}

/// What became of the requests.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counts {
    sent: u64,
    answered: u64,
    failed: BTreeMap<String, u64>,
}

impl Counts {
    pub(crate) fn answered(&self) -> u64 {
        self.answered
    }

    pub(crate) fn failed(&self) -> u64 {
        self.failed.values().sum()
    }

    #[track_caller]
    pub(crate) fn has_no_failures(&self) {
        assert_eq!(self.failed(), 0, "{self}");
        assert_eq!(self.sent, self.answered, "{self}");
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} sent, {} answered, {} failed {:?}",
            self.sent,
            self.answered,
            self.failed(),
            self.failed
        )
    }
}

/// What clients and test share.
struct Shared {
    to: SocketAddr,
    session: String,
    counts: Mutex<Counts>,
    /// The release whose page is served, once it is known that no other is any more.
    page: Mutex<Option<String>>,
    is_over: AtomicBool,
}

/// Clients at work; they stop when it is dropped.
pub(crate) struct Load {
    shared: Arc<Shared>,
    clients: Vec<JoinHandle<()>>,
}

impl Load {
    pub(crate) fn start(to: SocketAddr, watched: &[Watched]) -> Self {
        let shared = Arc::new(Shared {
            to,
            session: new_session(to),
            counts: Mutex::default(),
            page: Mutex::new(None),
            is_over: AtomicBool::new(false),
        });
        let client = |watched: &Watched| {
            let (shared, watched) = (Arc::clone(&shared), *watched);
            std::thread::spawn(move || shared.client(watched))
        };
        let load = Self {
            clients: watched.iter().map(client).collect(),
            shared,
        };
        // Every client has begun before anything happens.
        let deadline = Instant::now() + Duration::from_secs(30);
        while (load.shared.counts.lock().unwrap().answered as usize) < 3 * watched.len() {
            assert!(Instant::now() < deadline, "{}", load.shared.counts.lock().unwrap());
            std::thread::sleep(PAUSE);
        }
        load
    }

    /// From now on every page that is asked for is that of a release.
    pub(crate) fn page_is_now(&self, release: &str) {
        *self.shared.page.lock().unwrap() = Some(release.to_owned());
        std::thread::sleep(Duration::from_millis(300));
    }

    pub(crate) fn failed(&self) -> u64 {
        self.shared.counts.lock().unwrap().failed()
    }

    /// What was begun is finished, and counted.
    pub(crate) fn stop(mut self) -> Counts {
        self.shared.is_over.store(true, Ordering::Relaxed);
        for client in self.clients.drain(..) {
            client.join().unwrap();
        }
        self.shared.counts.lock().unwrap().clone()
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::Relaxed);
    }
}

impl Shared {
    fn client(&self, watched: Watched) {
        let mut connection = None;
        while !self.is_over.load(Ordering::Relaxed) {
            let page = self.page.lock().unwrap().clone();
            self.counts.lock().unwrap().sent += 1;
            let result = self
                .ask(&mut connection, watched)
                .and_then(|answer| judged(watched, &answer, page.as_deref()));
            let mut counts = self.counts.lock().unwrap();
            match result {
                Ok(()) => counts.answered += 1,
                Err(cause) => {
                    connection = None;
                    *counts
                        .failed
                        .entry(format!("{}: {cause}", watched.request))
                        .or_default() += 1;
                }
            }
            drop(counts);
            std::thread::sleep(PAUSE);
        }
    }

    fn ask(&self, kept: &mut Option<Connection>, watched: Watched) -> Result<Answer, String> {
        let mut connection = match kept.take() {
            Some(connection) => connection,
            None => Connection::open(self.to)?,
        };
        let last = if watched.keeps_alive {
            ""
        } else {
            "Connection: close\r\n"
        };
        let answer = connection.ask(watched.request, &format!("Cookie: session={}\r\n{last}", self.session))?;
        if watched.keeps_alive && answer.header("connection") != "close" {
            *kept = Some(connection);
        }
        Ok(answer)
    }
}

/// Whether an answer is what its request is owed.
fn judged(watched: Watched, answer: &Answer, page: Option<&str>) -> Result<(), String> {
    if answer.status != 200 {
        return Err(answer.status.to_string());
    }
    if watched.request.contains("/api/session") && !answer.body.contains("\"ada\"") {
        return Err("another session".to_owned());
    }
    if !watched.request.contains("/api/") {
        if answer.header("cache-control") != "no-cache" {
            return Err("a page that browsers keep".to_owned());
        }
        let stale = page.is_some_and(|release| !answer.body.contains(&format!("content=\"{release}\"")));
        if stale {
            return Err("a stale page".to_owned());
        }
    }
    Ok(())
}

fn new_session(to: SocketAddr) -> String {
    let body = "{\"user\":\"ada\"}";
    let further = format!("Connection: close\r\nContent-Length: {}\r\n", body.len());
    let mut connection = Connection::open(to).unwrap();
    connection
        .send(format!("POST /api/session HTTP/1.1\r\nHost: a\r\n{further}\r\n{body}").as_bytes())
        .unwrap();
    let answer = connection.read().unwrap();
    assert_eq!(answer.status, 201, "{answer:?}");
    let parsed: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    parsed["id"].as_str().unwrap().to_owned()
}
