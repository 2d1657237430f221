//! The sets of pods that a Rollout scales, one a revision. Argo Rollouts makes ReplicaSets, so these are theirs.

use std::cmp::Reverse;

use super::{Act, Fleet, Member, State};
use crate::rollout::{MinReadyLaw, Victim};
use crate::{Span, Tick};

/// The pods of a workload by revision. Pods that terminate are in no set.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sets<'f> {
    fleet: &'f Fleet<'f>,
    min_ready: Span,
}

impl<'f> Sets<'f> {
    pub(crate) const fn new(fleet: &'f Fleet<'f>, min_ready: Span) -> Self {
        Self { fleet, min_ready }
    }

    pub(crate) const fn now(&self) -> Tick {
        self.fleet.now
    }

    /// R.
    pub(crate) const fn replicas(&self) -> u64 {
        self.fleet.replicas
    }

    /// How many pods a revision has: with the contract of [`Act`]s, what it was asked for.
    pub(crate) fn spec(&self, revision: u32) -> u64 {
        count(self.of(revision))
    }

    /// Those that have been ready for long enough.
    pub(crate) fn available(&self, revision: u32) -> u64 {
        count(self.of(revision).filter(|member| self.is_available(member)))
    }

    /// The same, of all revisions.
    pub(crate) fn all_available(&self) -> u64 {
        count(self.fleet.members.iter().filter(|member| self.is_available(member)))
    }

    /// Whether a revision has as many as it is to have, all available.
    pub(crate) fn is_saturated(&self, revision: u32, wanted: u64) -> bool {
        self.spec(revision) == wanted && self.available(revision) == wanted
    }

    /// When the next pod counts as available.
    pub(crate) fn next_available(&self) -> Option<Tick> {
        let waiting = self.fleet.members.iter().filter(|member| member.state == State::Ready);
        let due = waiting.map(|member| self.available_at(member));
        due.filter(|due| self.now() < *due).min()
    }

    /// The newest revision below one (or of all) that has pods and is neither of two.
    pub(crate) fn other(&self, below: Option<u32>, new: u32, stable: u32) -> Option<u32> {
        let all = self.fleet.members.iter().filter(|member| is_counted(member));
        let revisions = all.map(|member| member.revision);
        let others = revisions.filter(|revision| *revision != new && *revision != stable);
        others.filter(|other| below.is_none_or(|below| *other < below)).max()
    }

    /// Makes a set so large. Whether anything had to be done.
    pub(crate) fn scale(&self, revision: u32, wanted: u64, acts: &mut Vec<Act>) -> bool {
        let spec = self.spec(revision);
        for _ in spec..wanted {
            acts.push(Act::Start { revision, slot: 0 });
        }
        let first = acts.len();
        for _ in wanted..spec {
            let chosen = |id: u32| acts.iter().skip(first).any(|act| *act == Act::Stop { id });
            let left = self.of(revision).filter(|member| !chosen(member.id));
            if let Some(member) = left.min_by_key(|member| victim(member)) {
                acts.push(Act::Stop { id: member.id });
            }
        }
        spec != wanted
    }

    fn of(&self, revision: u32) -> impl Iterator<Item = &'f Member> {
        let all = self.fleet.members.iter();
        all.filter(move |member| member.revision == revision && is_counted(member))
    }

    fn is_available(&self, member: &Member) -> bool {
        member.state == State::Ready && self.available_at(member) <= self.now()
    }

    const fn available_at(&self, member: &Member) -> Tick {
        MinReadyLaw::available(member.since, self.min_ready, Span::ZERO)
    }
}

fn is_counted(member: &Member) -> bool {
    member.state != State::Terminating
}

fn count<T>(items: impl Iterator<Item = T>) -> u64 {
    u64::try_from(items.count()).unwrap_or(u64::MAX)
}

fn victim(member: &Member) -> Victim {
    Victim {
        running: member.state != State::Starting,
        ready: member.state == State::Ready,
        ready_since: Reverse(member.since.micros()),
        created: Reverse(member.created.micros()),
    }
}

/// When sets are to go that got no traffic any more: the annotation `scale-down-deadline`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Deadlines(Vec<(u32, Tick)>);

impl Deadlines {
    pub(crate) fn of(&self, revision: u32) -> Option<Tick> {
        self.0.iter().find(|entry| entry.0 == revision).map(|entry| entry.1)
    }

    pub(crate) fn set(&mut self, revision: u32, at: Tick) {
        self.clear(revision);
        self.0.push((revision, at));
    }

    pub(crate) fn clear(&mut self, revision: u32) {
        self.0.retain(|entry| entry.0 != revision);
    }

    /// The next that is over.
    pub(crate) fn next(&self, now: Tick) -> Option<Tick> {
        self.0.iter().map(|entry| entry.1).filter(|at| now < *at).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(id: u32, state: State, since: u64) -> Member {
        Member {
            id,
            revision: 1,
            slot: 0,
            state,
            created: Tick::at(u64::from(id)),
            started: Tick::START,
            since: Tick::at(since),
        }
    }

    #[test]
    fn what_is_not_ready_goes_first_and_then_what_is_ready_since_recently() {
        let members = [
            member(1, State::Ready, 5),
            member(2, State::Ready, 9),
            member(3, State::Listening, 9),
            member(4, State::Starting, 0),
            member(5, State::Terminating, 0),
        ];
        let fleet = Fleet {
            now: Tick::at(10),
            replicas: 4,
            members: &members,
        };
        let sets = Sets::new(&fleet, Span::ZERO);
        let mut acts = Vec::new();
        assert!(sets.scale(1, 0, &mut acts));
        let stopped = [4, 3, 2, 1].map(|id| Act::Stop { id });
        assert_eq!(acts, stopped);
        assert!(!sets.scale(1, 4, &mut Vec::new()));
    }

    #[test]
    fn available_is_ready_for_long_enough() {
        let members = [member(1, State::Ready, 1_000_000), member(2, State::Ready, 4_000_000)];
        let fleet = Fleet {
            now: Tick::at(6_000_000),
            replicas: 2,
            members: &members,
        };
        let sets = Sets::new(&fleet, Span::from_micros(5_000_000));
        assert_eq!((sets.available(1), sets.spec(1)), (1, 2));
        assert_eq!(sets.next_available(), Some(Tick::at(9_000_000)));
    }
}
