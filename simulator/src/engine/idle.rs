//! Connections that nobody uses: a pool closes them after a while, down to those that it keeps.
//!
//! The one that was given back last is taken first, as in pg-pool (`_idle.pop`), so that under little load the others are the ones
//! that close.

use std::collections::VecDeque;

use super::{Engine, Timer};
use crate::Tick;

/// Since when each unused connection of a pool is so, the longest first.
#[derive(Clone, Debug)]
pub(super) struct Unused {
    since: VecDeque<Tick>,
    /// Somebody will look then.
    looks: Tick,
}

impl Default for Unused {
    fn default() -> Self {
        Self {
            since: VecDeque::new(),
            looks: Tick::NEVER,
        }
    }
}

impl Unused {
    pub(super) fn taken(&mut self) {
        self.since.pop_back();
    }

    pub(super) fn clear(&mut self) {
        self.since.clear();
    }
}

impl Engine<'_> {
    /// So many connections of a pool are unused from now on.
    #[inline]
    pub(super) fn rest(&mut self, pool: u32, count: u64) {
        let now = self.now;
        if let Some(unused) = &mut self.pools[pool].unused {
            unused.since.extend((0..count).map(|_| now));
            self.plan_unused(pool);
        }
    }

    /// Whoever used them is gone.
    pub(super) fn all_rest(&mut self, pool: u32) {
        let at = &mut self.pools[pool];
        let used = at.open.saturating_sub(at.idle);
        at.idle = at.open;
        self.rest(pool, used);
    }

    /// Plans the next look: when the one that has been unused for longest has been so for long enough.
    fn plan_unused(&mut self, pool: u32) {
        let Some((idle, least)) = self.kept(pool) else { return };
        let at = &mut self.pools[pool];
        let (open, Some(unused)) = (at.open, &mut at.unused) else {
            return;
        };
        let due = unused.since.front().map(|since| since.plus(idle));
        if let Some(due) = due.filter(|due| *due < unused.looks && least < open) {
            unused.looks = due;
            self.timers.plan(due, Timer::Unused { pool });
        }
    }

    /// Closes what has been unused for long enough.
    pub(super) fn close_unused(&mut self, pool: u32) {
        let now = self.now;
        let Some((idle, least)) = self.kept(pool) else { return };
        let at = &mut self.pools[pool];
        let (mut left, Some(unused)) = (at.open, &mut at.unused) else {
            return;
        };
        unused.looks = Tick::NEVER;
        while least < left && unused.since.front().is_some_and(|since| since.plus(idle) <= now) {
            unused.since.pop_front();
            left -= 1;
        }
        let closed = at.open - left;
        at.idle = at.idle.saturating_sub(closed);
        self.close(pool, closed);
        self.plan_unused(pool);
    }

    /// How long a pool keeps what nobody uses, and how many it keeps for good.
    fn kept(&self, pool: u32) -> Option<(crate::Span, u64)> {
        let at = &self.pools[pool];
        let service = self.instances[at.instance].service;
        let used = self.settings(service).uses.get(at.used as usize)?;
        used.idle.map(|idle| (idle, used.min_idle))
    }
}
