//! How requests are spread over the servers that may get them.

use crate::Seed;

/// How requests are spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Balance {
    /// In turn, by weight, as evenly in time as weights allow.
    RoundRobin,
    /// To whom works on the fewest, by weight; in turn where that is the same.
    LeastConnections,
    /// A client to the same server, as long as that can be used. nginx finds it on a ring of hashes (`hash … consistent`); here it is
    /// the one with the highest hash of client and server, which has the property that matters: when a server comes or goes,
    /// only its own clients move. Weights are not looked at.
    Sticky,
}

/// What is known of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Peer {
    weight: i64,
    /// What is left of the weight after failures; recovers by one each time it could be picked.
    effective: i64,
    current: i64,
    pub(super) fails: u64,
    /// When it last failed, and when it was last looked at after that, in whole seconds.
    pub(super) accessed: u64,
    pub(super) checked: u64,
    /// Requests it is working on.
    pub(super) requests: u64,
}

impl Peer {
    pub(super) fn new(weight: u32) -> Self {
        let weight = i64::from(weight.max(1));
        Self {
            weight,
            effective: weight,
            current: 0,
            fails: 0,
            accessed: 0,
            checked: 0,
            requests: 0,
        }
    }

    pub(super) fn fail(&mut self, now: u64, max_fails: u64) {
        self.fails += 1;
        (self.accessed, self.checked) = (now, now);
        if let Some(part) = i64::try_from(max_fails)
            .ok()
            .and_then(|fails| self.weight.checked_div(fails))
        {
            self.effective = (self.effective - part).max(0);
        }
    }

    /// Its turn comes nearer. What all turns together are worth is taken from who gets the request: the smooth weighted round
    /// robin of nginx.
    fn step(&mut self) -> i64 {
        let effective = self.effective;
        self.current += effective;
        self.effective = (effective + 1).min(self.weight);
        effective
    }

    /// Compares requests ÷ weight.
    fn load_against(&self, other: &Self) -> std::cmp::Ordering {
        let cross = |one: &Self, other: &Self| u128::from(one.requests) * u128::from(other.weight.unsigned_abs());
        cross(self, other).cmp(&cross(other, self))
    }
}

/// The one to get a request, of those that may; `None` if none may.
pub(super) fn choose(
    balance: Balance,
    peers: &mut [Peer],
    client: u64,
    is_usable: impl Fn(usize, &Peer) -> bool,
) -> Option<usize> {
    match balance {
        Balance::RoundRobin => in_turn(peers, is_usable),
        Balance::LeastConnections => {
            let usable = peers.iter().enumerate().filter(|(place, peer)| is_usable(*place, peer));
            let least = *usable
                .map(|(_, peer)| peer)
                .min_by(|one, other| one.load_against(other))?;
            in_turn(peers, |place, peer| {
                is_usable(place, peer) && peer.load_against(&least).is_eq()
            })
        }
        Balance::Sticky => {
            let usable = peers.iter().enumerate().filter(|(place, peer)| is_usable(*place, peer));
            usable.map(|(place, _)| place).max_by_key(|place| score(client, *place))
        }
    }
}

fn in_turn(peers: &mut [Peer], is_usable: impl Fn(usize, &Peer) -> bool) -> Option<usize> {
    let mut total = 0;
    let mut best: Option<(usize, i64)> = None;
    for (place, peer) in peers.iter_mut().enumerate() {
        if !is_usable(place, peer) {
            continue;
        }
        total += peer.step();
        if best.is_none_or(|(_, most)| most < peer.current) {
            best = Some((place, peer.current));
        }
    }
    let (place, _) = best?;
    peers.get_mut(place)?.current -= total;
    Some(place)
}

fn score(client: u64, place: usize) -> u64 {
    let place = u64::try_from(place).unwrap_or(u64::MAX);
    Seed(client).stream(0, place, "").draw()
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

    fn peers(weights: &[u32]) -> Vec<Peer> {
        weights.iter().map(|weight| Peer::new(*weight)).collect()
    }

    fn order(balance: Balance, peers: &mut [Peer], count: usize) -> Vec<usize> {
        (0..count)
            .map(|client| choose(balance, peers, u64::try_from(client).unwrap(), |_, _| true).unwrap())
            .collect()
    }

    #[test]
    fn turns_are_spread_by_weight() {
        // The example of nginx's own commit: weights 5, 1, 1 give a a b a c a a.
        let mut peers = peers(&[5, 1, 1]);
        assert_eq!(order(Balance::RoundRobin, &mut peers, 7), [0, 0, 1, 0, 2, 0, 0]);
        assert_eq!(order(Balance::RoundRobin, &mut peers, 7), [0, 0, 1, 0, 2, 0, 0]);
    }

    #[test]
    fn who_failed_gets_less_for_a_while() {
        let mut peers = peers(&[2, 2]);
        (0..2).for_each(|_| peers[0].fail(1, 2));
        assert_eq!(order(Balance::RoundRobin, &mut peers, 8), [1, 1, 0, 1, 0, 1, 0, 1]);
    }

    #[test]
    fn the_least_loaded_is_taken_and_then_in_turn() {
        let mut peers = peers(&[1, 2, 1]);
        peers[0].requests = 1;
        peers[1].requests = 1;
        peers[2].requests = 1;
        // One of weight two is half as loaded.
        assert_eq!(order(Balance::LeastConnections, &mut peers, 1), [1]);
        peers[1].requests = 2;
        let mut turns = order(Balance::LeastConnections, &mut peers, 4);
        turns.sort_unstable();
        assert_eq!(turns, [0, 1, 1, 2]);
    }

    #[test]
    fn nobody_who_may_is_nobody() {
        for balance in [Balance::RoundRobin, Balance::LeastConnections, Balance::Sticky] {
            assert_eq!(choose(balance, &mut peers(&[1, 1]), 0, |_, _| false), None);
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
        /// Over as many requests as all weights together, each gets exactly its weight.
        #[test]
        fn round_robin_is_exact(weights in prop::collection::vec(1_u32..6, 1..6)) {
            let mut peers = peers(&weights);
            let total = weights.iter().sum::<u32>();
            for _ in 0..3 {
                let turns = order(Balance::RoundRobin, &mut peers, usize::try_from(total).unwrap());
                for (place, weight) in weights.iter().enumerate() {
                    let got = turns.iter().filter(|turn| **turn == place).count();
                    prop_assert_eq!(u32::try_from(got).unwrap(), *weight);
                }
            }
        }

        /// A client stays where it is unless its own server goes, and the servers that go are avoided.
        #[test]
        fn only_clients_of_what_is_gone_move(count in 2_usize..20, gone in 0_usize..20, client: u64) {
            let mut peers = peers(&vec![1; count]);
            let gone = gone % count;
            let before = choose(Balance::Sticky, &mut peers, client, |_, _| true);
            let after = choose(Balance::Sticky, &mut peers, client, |place, _| place != gone);
            prop_assert_ne!(after, Some(gone));
            prop_assert!(before == Some(gone) || before == after);
        }
    }

    #[test]
    fn clients_are_spread_evenly() {
        let mut peers = peers(&[1; 4]);
        let turns = order(Balance::Sticky, &mut peers, 40_000);
        for place in 0..4 {
            let got = turns.iter().filter(|turn| **turn == place).count();
            assert!((9_600..10_400).contains(&got), "{got}");
        }
    }
}
