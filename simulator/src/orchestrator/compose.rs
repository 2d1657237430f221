//! `docker compose up`: all containers of a service are stopped, and when they are gone, their successors start.
//!
//! Nobody waits for those to be well, and nothing is taken back. Sources: docker/compose, pkg/compose/convergence.go
//! `ensureService` (containers of a service side by side) and `recreateContainer` (stop, then start); moby/moby,
//! restartmanager.go `ShouldRestart`.

use super::{Act, Fleet, Member, RestartPolicy, State, later, sooner};
use crate::{Span, Tick};

/// Wait before the first restart. Each wait is twice the one before.
const FIRST_WAIT: Span = Span::from_micros(100_000);

/// The longest wait.
const LONGEST_WAIT: Span = Span::from_micros(60_000_000);

/// A container that ran for so long begins with the first wait again.
const RAN: Span = Span::from_micros(10_000_000);

/// A service of compose as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ComposeSettings {
    /// `restart`.
    pub restart: RestartPolicy,
    /// `on-failure:N`: no more than so many restarts of a container.
    pub most: Option<u64>,
}

/// The containers of one service.
#[derive(Clone, Debug)]
pub struct Compose {
    settings: ComposeSettings,
    asked: u32,
    previous: Option<u32>,
    /// A rollout is under way.
    rolls: bool,
    refused: Option<u32>,
    containers: Vec<Container>,
}

/// What the daemon remembers of a container, by slot.
#[derive(Clone, Copy, Debug, Default)]
struct Container {
    id: Option<u32>,
    ended: Option<Tick>,
    wait: Option<Span>,
    restarts: u64,
    over: bool,
}

impl Compose {
    /// A service that runs a revision, or is to.
    #[must_use]
    pub const fn new(settings: ComposeSettings, revision: u32) -> Self {
        Self {
            settings,
            asked: revision,
            previous: None,
            rolls: false,
            refused: None,
            containers: Vec::new(),
        }
    }

    /// As it was written.
    #[must_use]
    pub const fn settings(&self) -> &ComposeSettings {
        &self.settings
    }

    pub(super) fn begin(&mut self, revision: u32) {
        if revision != self.asked {
            self.previous = Some(std::mem::replace(&mut self.asked, revision));
            self.rolls = true;
        }
    }

    pub(super) fn rollback(&mut self) {
        match self.previous {
            Some(previous) => self.begin(previous),
            None => self.refused = Some(self.asked),
        }
    }

    pub(super) const fn asked(&self) -> u32 {
        self.asked
    }

    pub(super) const fn rests(&self) -> bool {
        !self.rolls
    }

    pub(super) fn look(&mut self, fleet: &Fleet<'_>, acts: &mut Vec<Act>) -> Option<Tick> {
        if let Some(revision) = self.refused.take() {
            acts.push(Act::Refused { revision });
        }
        let count = u32::try_from(fleet.replicas).unwrap_or(u32::MAX);
        while self.containers.len() < usize::try_from(count).unwrap_or(0) {
            self.containers.push(Container::default());
        }
        let (asked, first) = (self.asked, acts.len());
        let goes = |member: &&Member| member.revision != asked || count <= member.slot;
        for member in fleet.members.iter().filter(goes) {
            if member.state != State::Terminating {
                acts.push(Act::Stop { id: member.id });
            }
        }
        // What is created is started when everything that had to go has gone.
        if fleet.members.iter().any(|member| member.revision != asked) {
            return (first < acts.len()).then_some(fleet.now);
        }
        let mut next = None;
        for (slot, container) in (0..count).zip(&mut self.containers) {
            match fleet.members.iter().find(|member| member.slot == slot) {
                None => acts.push(Act::Start { revision: asked, slot }),
                Some(member) => next = sooner(next, container.look(&self.settings, member, fleet.now, acts)),
            }
        }
        if std::mem::take(&mut self.rolls) {
            acts.push(Act::Promoted { revision: asked });
        }
        next
    }
}

impl Container {
    fn look(&mut self, settings: &ComposeSettings, member: &Member, now: Tick, acts: &mut Vec<Act>) -> Option<Tick> {
        if self.id != Some(member.id) {
            *self = Self {
                id: Some(member.id),
                ..Self::default()
            };
        }
        let State::BackOff { ended } = member.state else {
            return None;
        };
        if self.ended != Some(member.since) {
            self.ended = Some(member.since);
            let short = member.since.since(member.started) < RAN;
            self.wait = Some(match self.wait.filter(|_| short) {
                None => FIRST_WAIT,
                Some(wait) => Span::from_micros(wait.micros().saturating_mul(2)).min(LONGEST_WAIT),
            });
            let many = settings.most.is_some_and(|most| most <= self.restarts);
            self.over = !settings.restart.again(ended) || many;
            self.restarts += 1;
            if self.over {
                acts.push(Act::GaveUp { id: member.id });
            }
        }
        if self.over {
            return None;
        }
        let due = later(member.since, self.wait.unwrap_or(FIRST_WAIT));
        if now < due {
            return Some(due);
        }
        acts.push(Act::Restart {
            id: member.id,
            revision: member.revision,
        });
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::orchestrator::Orchestrator;
    use crate::orchestrator::world::{CRASHES, Event, GOOD, Life, SICK, World, at, told};

    const ALWAYS: ComposeSettings = ComposeSettings {
        restart: RestartPolicy::Always,
        most: None,
    };

    fn world(settings: ComposeSettings, second: Life) -> World {
        World::new(Orchestrator::from(Compose::new(settings, 1)), 2).with(2, second)
    }

    #[test]
    fn all_stop_and_then_all_start() {
        let events = [(10, Event::Begin(2)), (40, Event::Rollback)];
        insta::assert_snapshot!(told("2 containers, v2 is good", &world(ALWAYS, GOOD).run(&events, 100)));
    }

    #[test]
    fn nobody_waits_for_what_is_never_ready() {
        let mut world = world(ALWAYS, SICK);
        world.run(&[(10, Event::Begin(2))], 1000);
        assert_eq!(world.told, [(at(13), Act::Promoted { revision: 2 })]);
        assert_eq!((world.most, world.fewest_ready), (2, 0));
    }

    #[test]
    fn a_further_revision_in_the_middle_takes_its_place() {
        let mut world = world(ALWAYS, GOOD);
        world.run(&[(10, Event::Begin(2)), (11, Event::Begin(3))], 100);
        assert_eq!(world.told, [(at(13), Act::Promoted { revision: 3 })]);
        assert!(world.members.iter().all(|member| member.revision == 3));
    }

    /// When a container that ends half a second after each start began again, in tenths of a second.
    fn starts(settings: ComposeSettings, until: u64) -> Vec<u64> {
        let mut world = World::new(Orchestrator::from(Compose::new(settings, 1)), 1).with(1, CRASHES);
        world.members.clear();
        let mut starts = Vec::new();
        for second in 0..until {
            world.run(&[], second);
            starts.push(world.members[0].started.micros() / 100_000);
        }
        starts.dedup();
        starts
    }

    #[test]
    fn waits_double_up_to_a_minute() {
        let longest = starts(ALWAYS, 400).windows(2).map(|pair| pair[1] - pair[0]).max();
        assert_eq!(longest, Some(605));
        // 0.5 s each, with 0.1, 0.2, 0.4, 0.8, 1.6 s between them.
        assert!(starts(ALWAYS, 10).contains(&56));
    }

    #[test]
    fn so_many_restarts_and_no_more() {
        let settings = ComposeSettings {
            restart: RestartPolicy::OnFailure,
            most: Some(3),
        };
        let mut world = World::new(Orchestrator::from(Compose::new(settings, 1)), 1).with(1, CRASHES);
        world.members.clear();
        world.run(&[], 100);
        // Four starts, and 0.1, 0.2 and 0.4 s between them.
        assert_eq!(world.told, [(Tick::at(2_700_000), Act::GaveUp { id: 1 })]);
    }
}
