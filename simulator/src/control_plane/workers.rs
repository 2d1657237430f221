//! The workers of one controller: they share its client, and each works on one object at a time.

use std::collections::VecDeque;

use super::Settings;
use super::client::Client;

/// How many are at work, and which objects wait for one.
#[derive(Clone, Debug)]
pub(super) struct Workers {
    pub(super) client: Client,
    /// So many at once; 0: as many as there are objects.
    most: u64,
    working: u64,
    /// First come, first served. Source: client-go, util/workqueue/queue.go.
    waiting: VecDeque<u32>,
}

impl Workers {
    pub(super) const fn new(settings: &Settings) -> Self {
        Self {
            client: Client::new(settings),
            most: settings.workers,
            working: 0,
            waiting: VecDeque::new(),
        }
    }

    /// Whether a worker takes up the object now; otherwise the object waits. One that was granted a worker has it already.
    pub(super) fn take_up(&mut self, object: u32, granted: bool) -> bool {
        if granted {
            return true;
        }
        if self.most != 0 && self.most <= self.working {
            self.waiting.push_back(object);
            return false;
        }
        self.working += 1;
        true
    }

    /// One is free again, and granted to the object that comes next.
    pub(super) fn put_down(&mut self) -> Option<u32> {
        let next = self.waiting.pop_front();
        if next.is_none() {
            self.working = self.working.saturating_sub(1);
        }
        next
    }
}
