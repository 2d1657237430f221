//! A WebSocket client that connects again whenever its connection ends, and notes who greeted it.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::live::http::Connection;

const PATIENCE: Duration = Duration::from_secs(30);

/// How long it waits before it connects again, and for a message before it looks whether it is over.
const PAUSE: Duration = Duration::from_millis(100);

/// The client; it stops when this is dropped.
pub(crate) struct Listener {
    greetings: Arc<Mutex<Vec<String>>>,
    is_over: Arc<AtomicBool>,
}

impl Listener {
    pub(crate) fn start(to: SocketAddr) -> Self {
        let listener = Self {
            greetings: Arc::default(),
            is_over: Arc::default(),
        };
        let (greetings, is_over) = (Arc::clone(&listener.greetings), Arc::clone(&listener.is_over));
        std::thread::spawn(move || {
            while !is_over.load(Ordering::Relaxed) {
                // Whatever ends it, the next attempt says whether the service is there.
                let _ = listen(to, &greetings, &is_over);
                std::thread::sleep(PAUSE);
            }
        });
        listener
    }

    /// Waits until a process of a release has greeted it last.
    #[track_caller]
    pub(crate) fn hears(&self, release: &str) {
        let deadline = Instant::now() + PATIENCE;
        let wanted = format!("\"release\":\"{release}\"");
        loop {
            let greetings = self.greetings.lock().unwrap().clone();
            if greetings.last().is_some_and(|last| last.contains(&wanted)) {
                return;
            }
            assert!(Instant::now() < deadline, "{wanted} is not in {greetings:?}");
            std::thread::sleep(PAUSE);
        }
    }

    /// How often it was greeted again.
    pub(crate) fn reconnected(&self) -> usize {
        self.greetings.lock().unwrap().len() - 1
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
    }
}

fn listen(to: SocketAddr, greetings: &Mutex<Vec<String>>, is_over: &AtomicBool) -> Result<(), String> {
    let mut connection = Connection::open(to)?;
    let upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let answer = connection.ask("GET /api/live", upgrade)?;
    // From RFC 6455, which has this key for its example.
    if answer.status != 101 || answer.header("sec-websocket-accept") != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" {
        return Err(format!("{answer:?}"));
    }
    connection.limit(PAUSE);
    while !is_over.load(Ordering::Relaxed) {
        let mut head = [0; 2];
        match connection.exactly(&mut head) {
            Ok(()) => {}
            Err(waited) if waited.contains("timed out") || waited.contains("would block") => continue,
            Err(ended) => return Err(ended),
        }
        let mut text = vec![0; usize::from(head[1])];
        connection.exactly(&mut text)?;
        match head[0] & 0x0f {
            1 => greetings
                .lock()
                .unwrap()
                .push(String::from_utf8_lossy(&text).into_owned()),
            8 => return Ok(()),
            _ => {}
        }
    }
    Ok(())
}
