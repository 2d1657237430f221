//! A distance between two programs on one machine: what one sends arrives at the other a while later, its end as well.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{sleep, spawn};
use std::time::{Duration, Instant};

/// Whoever connects to the first port reaches the second one, and each message takes so long, one way. It lasts as long as the
/// test's process.
pub(crate) fn between(port: u16, to: u16, delay: Duration) {
    let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
    spawn(move || {
        for near in listener.incoming() {
            let near = near.unwrap();
            let Ok(far) = TcpStream::connect(("127.0.0.1", to)) else {
                continue;
            };
            carry(near.try_clone().unwrap(), far.try_clone().unwrap(), delay);
            carry(far, near, delay);
        }
    });
}

fn carry(mut from: TcpStream, mut to: TcpStream, delay: Duration) {
    to.set_nodelay(true).unwrap();
    let (sender, receiver): (Sender<(Instant, Vec<u8>)>, Receiver<_>) = channel();
    spawn(move || {
        let mut bytes = vec![0; 1 << 14];
        while let Ok(read) = from.read(&mut bytes) {
            // Nothing is the end.
            if sender.send((Instant::now() + delay, bytes[..read].to_vec())).is_err() || read == 0 {
                break;
            }
        }
    });
    spawn(move || {
        for (at, bytes) in receiver {
            sleep(at.saturating_duration_since(Instant::now()));
            if bytes.is_empty() || to.write_all(&bytes).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Both);
    });
}
