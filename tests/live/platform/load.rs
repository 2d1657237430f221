//! Continuous load. Every request is counted by whoever sent it: sent, answered, or failed and why. Nobody tries again.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::live::http::{Answer, Connection};

/// Between two requests of a client.
const PAUSE: Duration = Duration::from_millis(25);

/// What a client does all the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Watched {
    request: &'static str,
    keeps_alive: bool,
    /// Around nginx, which sends a request again when a kept connection breaks, and so hides much.
    directly: bool,
}

impl Watched {
    const fn new(request: &'static str, keeps_alive: bool) -> Self {
        Self {
            request,
            keeps_alive,
            directly: false,
        }
    }

    const fn directly(request: &'static str, keeps_alive: bool) -> Self {
        Self {
            directly: true,
            ..Self::new(request, keeps_alive)
        }
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
            Self::directly("GET /api/release", true),
            Self::directly("GET /api/release", false),
            Self::directly("GET /api/report?ms=900", true),
            Self::directly("GET /api/report?ms=900", false),
        ]
    }

    /// Long enough that some are under way whenever a process ends.
    pub(crate) fn slow() -> Vec<Self> {
        let mut clients = vec![Self::directly("GET /api/report?ms=900", true); 3];
        clients.extend([Self::directly("GET /api/report?ms=900", false); 3]);
        clients.extend([Self::new("GET /api/report?ms=900", false); 2]);
        clients.push(Self::new("GET /api/release", false));
        clients
    }

    /// Nobody sends these twice, neither nginx nor a client.
    pub(crate) fn writing() -> Vec<Self> {
        vec![
            Self::new("POST /api/session", true),
            Self::new("POST /api/session", false),
        ]
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
    edge: SocketAddr,
    api: SocketAddr,
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
    pub(crate) fn start(edge: SocketAddr, api: SocketAddr, watched: &[Watched]) -> Self {
        let shared = Arc::new(Shared {
            edge,
            api,
            session: new_session(edge),
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
                    let how = if watched.directly { "directly" } else { "by nginx" };
                    let cause = format!("{} {how}: {cause}", watched.request);
                    *counts.failed.entry(cause).or_default() += 1;
                }
            }
            drop(counts);
            std::thread::sleep(PAUSE);
        }
    }

    fn ask(&self, kept: &mut Option<Connection>, watched: Watched) -> Result<Answer, String> {
        let mut connection = match kept.take() {
            Some(connection) => connection,
            None if watched.directly => Connection::open(self.api)?,
            None => Connection::open(self.edge)?,
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
    if watched.request.starts_with("POST") && answer.status == 201 {
        return Ok(());
    }
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
