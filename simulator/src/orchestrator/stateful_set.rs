//! A StatefulSet: pods with names of their own, replaced one after the other from the last to the first.
//!
//! A successor is created when its predecessor is gone, and nothing goes on before it is ready. One that never is blocks for
//! ever, also the way back: somebody has to delete it. Source: kubernetes/kubernetes, pkg/controller/statefulset
//! `updateStatefulSet` with `OrderedReady` and `RollingUpdate`, which are the defaults, stated anew.

use super::{Act, Fleet, Member, State};
use crate::rollout::MinReadyLaw;
use crate::{Span, Tick};

/// A StatefulSet as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatefulSetSettings {
    /// `minReadySeconds`.
    pub min_ready: Span,
}

/// The controller of a StatefulSet.
#[derive(Clone, Debug)]
pub struct StatefulSet {
    settings: StatefulSetSettings,
    /// `status.currentRevision`: what all ran when a rollout ended last.
    current: u32,
    previous: Option<u32>,
    /// `status.updateRevision`: what the spec says.
    asked: u32,
    returns: bool,
    refused: Option<u32>,
}

impl StatefulSet {
    /// A StatefulSet that runs a revision, or is to.
    #[must_use]
    pub const fn new(settings: StatefulSetSettings, revision: u32) -> Self {
        Self {
            settings,
            current: revision,
            previous: None,
            asked: revision,
            returns: false,
            refused: None,
        }
    }

    /// As it was written.
    #[must_use]
    pub const fn settings(&self) -> &StatefulSetSettings {
        &self.settings
    }

    pub(super) fn begin(&mut self, revision: u32) {
        self.returns = revision != self.asked && revision == self.current;
        self.asked = revision;
    }

    pub(super) fn rollback(&mut self) {
        let serves = self.asked == self.current;
        match self.previous.filter(|_| serves) {
            Some(previous) => self.begin(previous),
            None if serves => self.refused = Some(self.asked),
            None => self.begin(self.current),
        }
    }

    pub(super) const fn asked(&self) -> u32 {
        self.asked
    }

    pub(super) const fn rests(&self) -> bool {
        self.asked == self.current && !self.returns
    }

    pub(super) fn look(&mut self, fleet: &Fleet<'_>, acts: &mut Vec<Act>) -> Option<Tick> {
        if let Some(revision) = self.refused.take() {
            acts.push(Act::Refused { revision });
        }
        let count = u32::try_from(fleet.replicas).unwrap_or(u32::MAX);
        // In the order of their names, each only when all before it are ready.
        for slot in 0..count {
            match pod(fleet, slot) {
                None => {
                    let revision = self.revision(fleet, slot, count);
                    acts.push(Act::Start { revision, slot });
                    return Some(fleet.now);
                }
                Some(pod) => match self.available(pod) {
                    Some(at) if at <= fleet.now => {}
                    waits => return waits,
                },
            }
        }
        // Too many: the last first, each when the one after it is gone.
        if let Some(last) = fleet
            .members
            .iter()
            .max_by_key(|member| member.slot)
            .filter(|last| count <= last.slot)
        {
            return stop(last, fleet.now, acts);
        }
        let old = |slot: &u32| pod(fleet, *slot).is_some_and(|pod| pod.revision != self.asked);
        if let Some(pod) = (0..count).rev().find(old).and_then(|slot| pod(fleet, slot)) {
            return stop(pod, fleet.now, acts);
        }
        if self.asked != self.current {
            self.previous = Some(std::mem::replace(&mut self.current, self.asked));
            acts.push(Act::Promoted { revision: self.asked });
        } else if std::mem::take(&mut self.returns) {
            acts.push(Act::Restored { revision: self.asked });
        }
        None
    }

    /// What a pod is created with: the first ones keep what they had, as long as a rollout has not come to them.
    fn revision(&self, fleet: &Fleet<'_>, slot: u32, count: u32) -> u32 {
        let is_current = |member: &&Member| {
            member.revision == self.current && member.slot < count && member.state != State::Terminating
        };
        let left = fleet.members.iter().filter(is_current).count();
        let keeps = usize::try_from(slot).is_ok_and(|slot| slot < left);
        if keeps { self.current } else { self.asked }
    }

    /// Since when, or from when on, it counts as available; `None` while it is not ready.
    fn available(&self, pod: &Member) -> Option<Tick> {
        let ready = pod.state == State::Ready;
        ready.then(|| MinReadyLaw::available(pod.since, self.settings.min_ready, Span::ZERO))
    }
}

fn pod<'f>(fleet: &Fleet<'f>, slot: u32) -> Option<&'f Member> {
    fleet.members.iter().find(|member| member.slot == slot)
}

fn stop(pod: &Member, now: Tick, acts: &mut Vec<Act>) -> Option<Tick> {
    if pod.state == State::Terminating {
        return None;
    }
    acts.push(Act::Stop { id: pod.id });
    Some(now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::orchestrator::Orchestrator;
    use crate::orchestrator::world::{Event, GOOD, Life, SICK, World, at, seconds, told};

    fn world(second: Life) -> World {
        let settings = StatefulSetSettings { min_ready: Span::ZERO };
        World::new(Orchestrator::from(StatefulSet::new(settings, 1)), 3).with(2, second)
    }

    const BEGIN: [(u64, Event); 1] = [(10, Event::Begin(2))];

    #[test]
    fn from_the_last_to_the_first_each_when_its_predecessor_is_gone() {
        let timeline = world(GOOD).run(&BEGIN, 300);
        insta::assert_snapshot!(told("3 pods, v2 is good", &timeline));
    }

    #[test]
    fn a_broken_update_blocks_for_ever_also_on_the_way_back() {
        let mut world = world(SICK);
        world.run(&[(10, Event::Begin(2)), (100, Event::Rollback)], 1000);
        assert_eq!(world.told, []);
        assert!(!world.orchestrator.rests());
        let broken: Vec<u32> = world
            .members
            .iter()
            .filter(|member| member.revision == 2)
            .map(|member| member.slot)
            .collect();
        assert_eq!((broken, world.fewest_ready), (vec![2], 2));
    }

    #[test]
    fn rollback_in_the_middle_of_a_good_one_goes_back_from_the_last() {
        let mut world = world(GOOD);
        world.run(&[(10, Event::Begin(2)), (22, Event::Rollback)], 300);
        assert_eq!(world.told.last().unwrap().1, Act::Restored { revision: 1 });
        assert!(world.members.iter().all(|member| member.revision == 1));
        assert_eq!((world.most, world.fewest_ready), (3, 2));
    }

    #[test]
    fn it_grows_in_order_and_shrinks_from_the_last() {
        let mut world = world(GOOD);
        world.run(&[(10, Event::Replicas(5))], 19);
        // The fifth waits until the fourth is ready, at 15 s.
        let starts: Vec<Tick> = world.members.iter().skip(3).map(|member| member.created).collect();
        assert_eq!(starts, [at(10), at(15)]);
        world.run(&[(30, Event::Replicas(3))], 34);
        let slots: Vec<u32> = world.members.iter().map(|member| member.slot).collect();
        assert_eq!(slots, [0, 1, 2, 3], "the fourth stops when the fifth is gone");
        world.run(&[], 60);
        assert_eq!(world.members.len(), 3);
    }

    #[test]
    fn what_is_lost_before_a_rollout_came_to_it_keeps_its_revision() {
        let mut world = world(GOOD);
        world.run(&BEGIN, 11);
        world.members.retain(|member| member.slot != 0);
        world.run(&[], 12);
        let revision = |slot| {
            world
                .members
                .iter()
                .find(|member| member.slot == slot)
                .unwrap()
                .revision
        };
        assert_eq!((revision(0), revision(2)), (1, 1));
        world.run(&[], 200);
        assert!(world.members.iter().all(|member| member.revision == 2));
    }

    #[test]
    fn available_is_ready_for_long_enough() {
        let settings = StatefulSetSettings { min_ready: seconds(10) };
        let mut world = World::new(Orchestrator::from(StatefulSet::new(settings, 1)), 3);
        world.run(&BEGIN, 300);
        // Stop, boot, and be ready for ten seconds, three times.
        assert_eq!(world.told, [(at(10 + 3 * 18), Act::Promoted { revision: 2 })]);
    }
}
