//! Who asks: users, of whom open traffic comes, and clients that wait for answers.

use super::{Engine, Luck, Plan};
use crate::chance::index;
use crate::{Seed, Tick};

/// Who a request is of, in one number. Users are the same ones by whatever way they come; behind one address there is one of them:
/// many behind one address (NAT) are not told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Who(u32);

impl Who {
    /// Nobody in particular: it makes no difference who.
    pub(super) const NOBODY: Self = Self(u32::MAX);

    /// Clients that wait for answers have the upper half of the numbers.
    const CLIENTS: u32 = 1 << 31;

    const fn user(number: u32) -> Self {
        Self(number & !Self::CLIENTS)
    }

    pub(super) const fn client(number: u32) -> Self {
        Self(number | Self::CLIENTS)
    }

    /// The number of a client that waits for answers, over all groups.
    pub(super) const fn as_client(self) -> Option<u32> {
        if self.0 < Self::CLIENTS || self.0 == u32::MAX {
            return None;
        }
        Some(self.0 & !Self::CLIENTS)
    }
}

/// Something that is remembered of each of those who ask.
#[derive(Clone, Debug, Default)]
pub(super) struct Each<T> {
    users: Vec<T>,
    clients: Vec<T>,
}

impl<T: Copy + Default> Each<T> {
    /// What is remembered of somebody from now on; what was before.
    pub(super) fn replace(&mut self, who: Who, with: T) -> T {
        let (list, number) = match who.as_client() {
            Some(client) => (&mut self.clients, client),
            None => (&mut self.users, who.0),
        };
        let place = number as usize;
        if list.len() <= place {
            list.resize(place + 1, T::default());
        }
        list.get_mut(place)
            .map_or_else(T::default, |known| std::mem::replace(known, with))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.users.iter().chain(&self.clients)
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.users.iter_mut().chain(&mut self.clients)
    }
}

/// Where addresses and cookies come from: one number for each who asks, others in each run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Addresses(u64);

impl Addresses {
    pub(super) fn new(luck: Luck) -> Self {
        Self(luck.of(0, "addresses").draw())
    }

    /// What a proxy knows somebody by.
    pub(super) fn of(self, who: Who) -> u64 {
        Seed(self.0).stream(0, u64::from(who.0), "").draw()
    }
}

impl Engine<'_> {
    /// The user whom the next request along an edge is of, where that makes a difference.
    #[inline]
    pub(super) fn next_user(&mut self, edge: u32) -> Who {
        if !self.system.edge(edge).knows_users {
            return Who::NOBODY;
        }
        let count = users_at(self.plan, edge, self.now);
        let user = index(count, &mut self.edges[edge].users);
        Who::user(super::finish::number(user))
    }
}

/// How many users there are by an edge; one if nobody says.
fn users_at(plan: &Plan, edge: u32, now: Tick) -> usize {
    let of = plan.users.iter().rev();
    let count = of
        .filter(|users| users.edge == edge as usize && users.from <= now)
        .map(|users| users.count);
    usize::try_from(count.take(1).sum::<u64>().max(1)).unwrap_or(usize::MAX)
}
