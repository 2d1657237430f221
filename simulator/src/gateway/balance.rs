//! How requests are spread over the servers that may get them.

use crate::Seed;

/// How requests are spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Balance {
    /// In turn.
    RoundRobin,
    /// To whom works on the fewest; in turn where that is the same.
    LeastConnections,
    /// A client to the same server, as long as that can be used. nginx finds it on a ring of hashes (`hash … consistent`); here it is
    /// the one with the highest hash of client and server, which has the property that matters: when a server comes or goes,
    /// only its own clients move.
    Sticky,
}

/// What is known of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) struct Peer {
    current: i64,
    pub(super) fails: u64,
    /// When it last failed, and when it was last looked at after that, in whole seconds.
    pub(super) accessed: u64,
    pub(super) checked: u64,
    /// Requests it is working on.
    pub(super) requests: u64,
}

impl Peer {
    pub(super) const fn fail(&mut self, now: u64) {
        self.fails += 1;
        (self.accessed, self.checked) = (now, now);
    }
}

/// The one to get a request, of those that may; `None` if none may.
pub(super) fn choose(
    balance: Balance,
    peers: &mut [Peer],
    client: u64,
    is_usable: impl Fn(usize, &Peer) -> bool,
) -> Option<usize> {
    let usable = peers.iter().enumerate().filter(|(place, peer)| is_usable(*place, peer));
    match balance {
        Balance::RoundRobin => in_turn(peers, is_usable),
        Balance::LeastConnections => {
            let least = usable.map(|(_, peer)| peer.requests).min()?;
            in_turn(peers, |place, peer| is_usable(place, peer) && peer.requests == least)
        }
        Balance::Sticky => usable
            .map(|(place, _)| place)
            .max_by_key(|place| score(client, number(*place))),
    }
}

/// The smooth round robin of nginx, where all weigh the same: the turn of each comes nearer, and what all turns together are worth
/// is taken from who gets the request. A failure takes nothing from its weight: that is 1 ÷ `max_fails`, in whole numbers.
fn in_turn(peers: &mut [Peer], is_usable: impl Fn(usize, &Peer) -> bool) -> Option<usize> {
    let mut total = 0;
    let mut best: Option<(usize, i64)> = None;
    for (place, peer) in peers.iter_mut().enumerate() {
        if !is_usable(place, peer) {
            continue;
        }
        total += 1;
        peer.current += 1;
        if best.is_none_or(|(_, most)| most < peer.current) {
            best = Some((place, peer.current));
        }
    }
    let (place, _) = best?;
    peers.get_mut(place)?.current -= total;
    Some(place)
}

/// How much a client belongs to a server: it goes to the one to which it belongs most.
pub(crate) fn score(client: u64, server: u32) -> u64 {
    Seed(client).stream(0, u64::from(server), "").draw()
}

/// The servers that a request was sent to and that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) struct Tried {
    /// Places from 1 up; 0 is none.
    places: [u32; 16],
}

impl Tried {
    pub(super) fn has(&self, place: usize) -> bool {
        // With all places taken, everything counts as tried: sixteen servers in a row failed, and that is enough.
        !self.places.contains(&0) || self.places.contains(&number(place))
    }

    pub(super) fn add(&mut self, place: usize) {
        if let Some(free) = self.places.iter_mut().find(|free| **free == 0) {
            *free = number(place);
        }
    }
}

fn number(place: usize) -> u32 {
    u32::try_from(place).map_or(u32::MAX, |place| place.saturating_add(1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn peers(count: usize) -> Vec<Peer> {
        vec![Peer::default(); count]
    }

    fn order(balance: Balance, peers: &mut [Peer], count: usize) -> Vec<usize> {
        (0..count)
            .map(|client| choose(balance, peers, u64::try_from(client).unwrap(), |_, _| true).unwrap())
            .collect()
    }

    #[test]
    fn turns_are_in_order() {
        assert_eq!(order(Balance::RoundRobin, &mut peers(3), 7), [0, 1, 2, 0, 1, 2, 0]);
    }

    #[test]
    fn the_least_loaded_is_taken_and_then_in_turn() {
        let mut peers = peers(3);
        peers[0].requests = 1;
        peers[1].requests = 2;
        peers[2].requests = 1;
        assert_eq!(order(Balance::LeastConnections, &mut peers, 4), [0, 2, 0, 2]);
    }

    #[test]
    fn nobody_who_may_is_nobody() {
        for balance in [Balance::RoundRobin, Balance::LeastConnections, Balance::Sticky] {
            assert_eq!(choose(balance, &mut peers(2), 0, |_, _| false), None);
            assert_eq!(choose(balance, &mut [], 0, |_, _| true), None);
        }
    }

    #[test]
    fn after_sixteen_all_count_as_tried() {
        let mut tried = Tried::default();
        (0..15).for_each(|place| tried.add(place));
        assert!(tried.has(14) && !tried.has(15));
        tried.add(15);
        assert!(tried.has(99));
    }

    proptest! {
        /// A client stays where it is unless its own server goes, and the servers that go are avoided.
        #[test]
        fn only_clients_of_what_is_gone_move(count in 2_usize..20, gone in 0_usize..20, client: u64) {
            let mut peers = peers(count);
            let gone = gone % count;
            let before = choose(Balance::Sticky, &mut peers, client, |_, _| true);
            let after = choose(Balance::Sticky, &mut peers, client, |place, _| place != gone);
            prop_assert_ne!(after, Some(gone));
            prop_assert!(before == Some(gone) || before == after);
        }
    }

    #[test]
    fn clients_are_spread_evenly() {
        let mut peers = peers(4);
        let turns = order(Balance::Sticky, &mut peers, 40_000);
        for place in 0..4 {
            let got = turns.iter().filter(|turn| **turn == place).count();
            assert!((9_600..10_400).contains(&got), "{got}");
        }
    }
}
