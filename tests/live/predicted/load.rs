//! Requests that are sent when their time has come, whatever became of those before them.
#![expect(clippy::float_arithmetic, reason = "draws from exponential laws")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{Builder, JoinHandle, sleep};
use std::time::{Duration, Instant};

use crate::live::http::Connection;

/// A request to be sent.
pub(crate) struct Request {
    /// When, from the begin of the load.
    pub(crate) at: Duration,
    /// Method and path.
    pub(crate) line: String,
}

/// Clients that wait for their answer, think, and ask again.
#[derive(Clone, Copy)]
pub(crate) struct Clients {
    pub(crate) count: u32,
    /// From an answer to the next request, on average.
    pub(crate) think: Duration,
    /// Always as long; else by an exponential law.
    pub(crate) is_fixed: bool,
    /// After this they ask no more.
    pub(crate) lasts: Duration,
}

/// What became of it.
#[derive(Debug)]
pub(crate) struct Seen {
    /// From the time that it was to be sent at.
    pub(crate) took: Duration,
    pub(crate) status: u16,
    /// What the service said.
    pub(crate) body: String,
}

/// Requests under way.
pub(crate) struct Load {
    /// When it begins.
    begins: Instant,
    is_over: Arc<AtomicBool>,
    clients: Vec<JoinHandle<Vec<Seen>>>,
}

/// All threads are there by then.
const SOON: Duration = Duration::from_millis(300);

/// How long nobody looks whether it is over.
const NAP: Duration = Duration::from_millis(50);

impl Load {
    /// Each from a client of its own, on a connection of its own.
    pub(crate) fn open(to: SocketAddr, requests: Vec<Request>) -> Self {
        let (begins, is_over) = (Instant::now() + SOON, Arc::new(AtomicBool::new(false)));
        let ends = Arc::clone(&is_over);
        let all = thread(move || {
            let mut under_way = Vec::new();
            for Request { at, line } in requests {
                let at = begins + at;
                while Instant::now() < at && !ends.load(Ordering::Relaxed) {
                    sleep(NAP.min(at.saturating_duration_since(Instant::now())));
                }
                if ends.load(Ordering::Relaxed) {
                    break;
                }
                under_way.push(thread(move || vec![asked(to, &line, at)]));
            }
            under_way.into_iter().flat_map(|one| one.join().unwrap()).collect()
        });
        Self {
            begins,
            is_over,
            clients: vec![all],
        }
    }

    /// Clients that ask, each time for what the last answer leads to.
    pub(crate) fn closed(
        to: SocketAddr,
        clients: Clients,
        line: impl Fn(&str) -> String + Clone + Send + 'static,
    ) -> Self {
        let begins = Instant::now() + SOON;
        let client = |number: u32| {
            let line = line.clone();
            thread(move || {
                let mut luck = Luck(number.into());
                let mut seen: Vec<Seen> = Vec::new();
                let mut next = begins + clients.think * number / clients.count;
                while next < begins + clients.lasts {
                    sleep(next.saturating_duration_since(Instant::now()));
                    let last = seen.last().map_or("", |last| &last.body);
                    seen.push(asked(to, &line(last), next));
                    let drawn = luck.exponential(clients.think);
                    next = Instant::now() + if clients.is_fixed { clients.think } else { drawn };
                }
                seen
            })
        };
        Self {
            begins,
            is_over: Arc::default(),
            clients: (0..clients.count).map(client).collect(),
        }
    }

    /// Waits until the load has lasted so long.
    pub(crate) fn lasts(&self, time: Duration) {
        sleep((self.begins + time).saturating_duration_since(Instant::now()));
    }

    /// Nothing more is sent.
    pub(crate) fn stop(&self) {
        self.is_over.store(true, Ordering::Relaxed);
    }

    /// All that was sent, when the last is over.
    pub(crate) fn end(self) -> Vec<Seen> {
        let clients = self.clients.into_iter();
        clients.flat_map(|client| client.join().unwrap()).collect()
    }
}

fn thread(does: impl FnOnce() -> Vec<Seen> + Send + 'static) -> JoinHandle<Vec<Seen>> {
    Builder::new().stack_size(1 << 18).spawn(does).unwrap()
}

fn asked(to: SocketAddr, line: &str, at: Instant) -> Seen {
    let answer = Connection::open(to).and_then(|mut client| client.ask(line, "Connection: close\r\n"));
    // nginx itself is always there.
    let answer = answer.unwrap_or_else(|error| panic!("{line}: {error}"));
    Seen {
        took: at.elapsed(),
        status: answer.status,
        body: answer.body,
    }
}

/// Luck that is the same each time.
pub(crate) struct Luck(pub(crate) u64);

impl Luck {
    /// SplitMix64.
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn exponential(&mut self, mean: Duration) -> Duration {
        let uniform = ((self.bits() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
        mean.mul_f64(-uniform.ln())
    }

    /// Poisson arrivals, so many in a second.
    pub(crate) fn arrivals(&mut self, rate: u32, lasts: Duration) -> Vec<Duration> {
        let mut times = Vec::new();
        let mut at = self.exponential(Duration::from_secs(1) / rate);
        while at < lasts {
            times.push(at);
            at += self.exponential(Duration::from_secs(1) / rate);
        }
        times
    }
}

/// By nearest rank, in milliseconds, of what was answered well.
pub(crate) fn percentile(seen: &[Seen], percent: usize) -> u64 {
    let good = seen.iter().filter(|seen| seen.status == 200);
    let mut all: Vec<Duration> = good.map(|seen| seen.took).collect();
    all.sort();
    all[(all.len() * percent).div_ceil(100) - 1].as_millis() as u64
}

pub(crate) fn count(seen: &[Seen], is_it: impl Fn(&Seen) -> bool) -> u64 {
    seen.iter().filter(|seen| is_it(seen)).count() as u64
}
