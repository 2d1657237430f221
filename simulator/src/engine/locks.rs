//! The locks of a store that changes of its schema take, and who waits for them: in the order in which they came.
//!
//! Transactions of requests never keep each other waiting here, so they are only looked at while a change wants a lock or has
//! one. A request takes all its locks at once, a change statement by statement. Who holds locks that keep others waiting is put
//! before those when it wants a further one, as in PostgreSQL (`src/backend/storage/lmgr/proc.c`, `ProcSleep`).

use std::collections::VecDeque;

use loadline_compiler::facts::postgres_locks::Lock;

use super::table::Ticket;
use crate::system::{Claim, Touches};

/// What somebody wants: a use its tables, a statement its locks.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reach<'s> {
    /// To write any table.
    Any,
    /// These.
    Tables(&'s [Claim]),
}

impl<'s> From<&'s Touches> for Reach<'s> {
    fn from(touches: &'s Touches) -> Self {
        match touches {
            Touches::Any => Self::Any,
            Touches::Tables(claims) => Self::Tables(claims),
        }
    }
}

impl Reach<'_> {
    /// Whether the later one of the two waits.
    pub(super) fn conflicts_with(self, other: Self) -> bool {
        match (self, other) {
            // Both are requests.
            (Self::Any, Self::Any) => false,
            (Self::Any, Self::Tables(claims)) | (Self::Tables(claims), Self::Any) => {
                claims.iter().any(|claim| Lock::RowExclusive.conflicts_with(claim.lock))
            }
            (Self::Tables(own), Self::Tables(others)) => own.iter().any(|claim| {
                let same = others.iter().filter(|other| other.table == claim.table);
                same.into_iter().any(|other| claim.lock.conflicts_with(other.lock))
            }),
        }
    }
}

/// Somebody who gets what it waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Granted {
    /// A change that is under way.
    Runner(u32),
    /// A request, and the change that it waited behind.
    Request(Ticket, u32),
}

/// The locks of a store.
#[derive(Clone, Debug, Default)]
pub(super) struct Locks<'s> {
    held: Vec<(u32, &'s [Claim])>,
    runners: Vec<Wanting<'s>>,
    requests: VecDeque<Waiting<'s>>,
    came: u64,
}

/// A change that waits.
#[derive(Clone, Debug)]
struct Wanting<'s> {
    runner: u32,
    number: u64,
    claims: &'s [Claim],
    /// Requests whose transactions are in the way.
    blockers: Vec<Ticket>,
}

#[derive(Clone, Debug)]
struct Waiting<'s> {
    number: u64,
    ticket: Ticket,
    reach: Reach<'s>,
    behind: u32,
}

impl<'s> Locks<'s> {
    /// Whether nobody has or wants any.
    pub(super) fn rest(&self) -> bool {
        self.held.is_empty() && self.runners.is_empty()
    }

    /// The change behind which a request with this reach would wait.
    pub(super) fn in_the_way(&self, reach: Reach<'_>) -> Option<u32> {
        self.behind(reach, u64::MAX)
    }

    fn behind(&self, reach: Reach<'_>, number: u64) -> Option<u32> {
        let held = self
            .held
            .iter()
            .find(|(_, held)| reach.conflicts_with(Reach::Tables(held)));
        let ahead = self
            .runners
            .iter()
            .find(|wanting| wanting.number < number && reach.conflicts_with(Reach::Tables(wanting.claims)));
        held.map(|(runner, _)| *runner)
            .or_else(|| ahead.map(|wanting| wanting.runner))
    }

    /// A request waits behind a change.
    pub(super) fn wait(&mut self, ticket: Ticket, reach: Reach<'s>, behind: u32) {
        self.came += 1;
        self.requests.push_back(Waiting {
            number: self.came * 2,
            ticket,
            reach,
            behind,
        });
    }

    /// A change wants locks, which these requests have; it waits until it is [granted](Self::grant) them.
    pub(super) fn want(&mut self, runner: u32, claims: &'s [Claim], blockers: Vec<Ticket>) {
        self.came += 1;
        let mut number = self.came * 2;
        // Those who wait for what it has already would wait for ever, if it waited for them.
        let own: Vec<&[Claim]> = self.held_by(runner).collect();
        for waiting in &self.requests {
            if own.iter().any(|held| waiting.reach.conflicts_with(Reach::Tables(held))) {
                number = number.min(waiting.number - 1);
                break;
            }
        }
        let place = self.runners.partition_point(|wanting| wanting.number < number);
        let wanting = Wanting {
            runner,
            number,
            claims,
            blockers,
        };
        self.runners.insert(place, wanting);
    }

    fn held_by(&self, runner: u32) -> impl Iterator<Item = &'s [Claim]> {
        self.held
            .iter()
            .filter(move |(holder, _)| *holder == runner)
            .map(|(_, claims)| *claims)
    }

    /// Gives whoever can have it what it waits for, in the order in which they came.
    pub(super) fn grant(&mut self) -> Vec<Granted> {
        let mut granted = Vec::new();
        while let Some(place) = (0..self.runners.len()).find(|place| self.may_have(*place)) {
            let wanting = self.runners.remove(place);
            self.held.push((wanting.runner, wanting.claims));
            granted.push(Granted::Runner(wanting.runner));
        }
        self.grant_requests(&mut granted);
        granted
    }

    fn may_have(&self, place: usize) -> bool {
        let Some(wanting) = self.runners.get(place) else {
            return false;
        };
        let reach = Reach::Tables(wanting.claims);
        let conflicts = |other: &[Claim]| reach.conflicts_with(Reach::Tables(other));
        let mut held = self.held.iter().filter(|(holder, _)| *holder != wanting.runner);
        let mut ahead = self.runners.iter().take(place);
        let mut requests = self
            .requests
            .iter()
            .take_while(|waiting| waiting.number < wanting.number);
        wanting.blockers.is_empty()
            && !held.any(|(_, held)| conflicts(held))
            && !ahead.any(|other| conflicts(other.claims))
            && !requests.any(|waiting| reach.conflicts_with(waiting.reach))
    }

    fn grant_requests(&mut self, granted: &mut Vec<Granted>) {
        let mut requests = std::mem::take(&mut self.requests);
        requests.retain(|waiting| {
            if self.behind(waiting.reach, waiting.number).is_some() {
                return true;
            }
            granted.push(Granted::Request(waiting.ticket, waiting.behind));
            // Whoever came after it waits for it now.
            for wanting in &mut self.runners {
                let later = waiting.number < wanting.number;
                if later && waiting.reach.conflicts_with(Reach::Tables(wanting.claims)) {
                    wanting.blockers.push(waiting.ticket);
                }
            }
            false
        });
        self.requests = requests;
    }

    /// The transaction of a request is over; whether a change waited for that.
    pub(super) fn ended(&mut self, ticket: Ticket) -> bool {
        let mut some = false;
        for wanting in &mut self.runners {
            some |= take(&mut wanting.blockers, ticket);
        }
        some
    }

    /// A request no longer waits: behind whom it did.
    pub(super) fn leave(&mut self, ticket: Ticket) -> Option<u32> {
        let place = self.requests.iter().position(|waiting| waiting.ticket == ticket)?;
        self.requests.remove(place).map(|waiting| waiting.behind)
    }

    /// A change gives up what it has and what it waits for.
    pub(super) fn release(&mut self, runner: u32) {
        self.held.retain(|(holder, _)| *holder != runner);
        self.runners.retain(|wanting| wanting.runner != runner);
    }

    /// Requests whose transactions a change waits for.
    pub(super) fn blockers(&self, runner: u32) -> usize {
        let wanting = self.runners.iter().find(|wanting| wanting.runner == runner);
        wanting.map_or(0, |wanting| wanting.blockers.len())
    }

    /// The store is gone, and nobody has or wants anything; which requests waited, and behind whom.
    pub(super) fn clear(&mut self) -> Vec<(Ticket, u32)> {
        self.held.clear();
        self.runners.clear();
        let waited = self.requests.drain(..);
        waited.map(|waiting| (waiting.ticket, waiting.behind)).collect()
    }
}

/// Takes a ticket out of a list, if it is there.
pub(super) fn take(all: &mut Vec<Ticket>, ticket: Ticket) -> bool {
    let place = all.iter().position(|other| *other == ticket);
    if let Some(place) = place {
        all.swap_remove(place);
    }
    place.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: &[Claim] = &[Claim {
        table: 0,
        lock: Lock::AccessExclusive,
    }];
    const WRITES: &[Claim] = &[Claim {
        table: 0,
        lock: Lock::RowExclusive,
    }];
    const KEEPS_WRITERS_OUT: &[Claim] = &[Claim {
        table: 0,
        lock: Lock::ShareRowExclusive,
    }];

    fn ticket(place: u32) -> Ticket {
        Ticket { place, tenant: 0 }
    }

    #[test]
    fn a_request_between_two_changes_comes_between_them() {
        let mut locks = Locks::default();
        locks.want(1, ALL, Vec::new());
        assert_eq!(locks.grant(), [Granted::Runner(1)]);
        let request = Reach::Tables(WRITES);
        assert_eq!(locks.in_the_way(request), Some(1));
        locks.wait(ticket(7), request, 1);
        locks.want(2, ALL, Vec::new());
        assert_eq!(locks.grant(), []);
        locks.release(1);
        assert_eq!(locks.grant(), [Granted::Request(ticket(7), 1)]);
        // Its transaction is under way now, and in the way of the second.
        assert_eq!(locks.grant(), []);
        assert!(locks.ended(ticket(7)));
        assert_eq!(locks.grant(), [Granted::Runner(2)]);
    }

    #[test]
    fn who_has_a_lock_is_not_put_behind_those_who_wait_for_it() {
        let mut locks = Locks::default();
        locks.want(1, KEEPS_WRITERS_OUT, Vec::new());
        locks.grant();
        locks.wait(ticket(7), Reach::Any, 1);
        locks.want(1, ALL, Vec::new());
        assert_eq!(locks.grant(), [Granted::Runner(1)]);
        // Whoever waits may leave, and is not waited for any more.
        assert_eq!(locks.leave(ticket(7)), Some(1));
        locks.release(1);
        assert_eq!(locks.grant(), []);
        assert!(locks.rest());
    }
}
