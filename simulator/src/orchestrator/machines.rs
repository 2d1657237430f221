//! The machines of a host: each has a supervisor, a script and a way back of its own.
//!
//! Nothing that is emitted runs the scripts, so somebody does: one machine after the other, and no further one when one has failed.
//! What was released before that stays, and is taken back by `rollback`, the last machine first.

use super::{Act, CANDIDATE, Fleet, Measured, Member, Orchestrator, sooner};
use crate::Tick;

/// More machines are controlled as if they were so many.
const MACHINES_MAX: u32 = 10_000;

/// Whether this is the slot of a process that is tried beside the service, on any machine.
#[must_use]
pub const fn is_candidate(slot: u32) -> bool {
    CANDIDATE - MACHINES_MAX < slot
}

/// The controllers of one workload on all machines of a host.
#[derive(Clone, Debug)]
pub struct Machines {
    all: Vec<Orchestrator>,
    course: Course,
    /// Machines, from the first on, that the last release reached.
    released: usize,
    /// Whose question is open.
    asking: Option<usize>,
    members: Vec<Member>,
    acts: Vec<Act>,
}

#[derive(Clone, Copy, Debug)]
enum Course {
    /// No script runs.
    Rest,
    /// It runs on this machine, and then on those after it.
    Out {
        revision: u32,
        machine: usize,
        is_recalled: bool,
    },
    /// It has failed there, and takes back what it did. Then those before are taken back, if somebody wants that.
    Ending { machine: usize, is_recalled: bool },
    /// It goes back on this machine, and then on those before it.
    Back { machine: usize },
}

impl Orchestrator {
    /// The same on so many machines.
    #[must_use]
    pub fn on_machines(self, count: u64) -> Self {
        let count = usize::try_from(count.min(u64::from(MACHINES_MAX))).unwrap_or(1);
        if count <= 1 {
            return self;
        }
        Self::Machines(Box::new(Machines {
            all: vec![self; count],
            course: Course::Rest,
            released: count,
            asking: None,
            members: Vec::new(),
            acts: Vec::new(),
        }))
    }
}

impl Machines {
    pub(super) fn begin(&mut self, revision: u32) {
        let machine = self.machine().unwrap_or(0);
        if matches!(self.course, Course::Rest) {
            self.course = Course::Out {
                revision,
                machine,
                is_recalled: false,
            };
        }
        // While one is under way, that one refuses.
        if let Some(one) = self.all.get_mut(machine) {
            one.begin(revision);
        }
    }

    pub(super) fn rollback(&mut self) {
        match &mut self.course {
            Course::Rest => self.go_back(self.released.saturating_sub(1)),
            Course::Out {
                machine, is_recalled, ..
            } => {
                *is_recalled = true;
                if let Some(one) = self.all.get_mut(*machine) {
                    one.rollback();
                }
            }
            Course::Ending { is_recalled, .. } => *is_recalled = true,
            Course::Back { .. } => {}
        }
    }

    fn go_back(&mut self, machine: usize) {
        self.course = Course::Back { machine };
        if let Some(one) = self.all.get_mut(machine) {
            one.rollback();
        }
    }

    /// Where a script runs.
    const fn machine(&self) -> Option<usize> {
        match self.course {
            Course::Rest => None,
            Course::Out { machine, .. } | Course::Ending { machine, .. } | Course::Back { machine } => Some(machine),
        }
    }

    pub(super) fn asked(&self) -> u32 {
        match self.course {
            Course::Out { revision, .. } => revision,
            _ => self.all.first().map_or(0, Orchestrator::asked),
        }
    }

    pub(super) fn rests(&self) -> bool {
        matches!(self.course, Course::Rest) && self.all.iter().all(Orchestrator::rests)
    }

    pub(super) fn look(&mut self, fleet: &Fleet<'_>, measured: &Measured, acts: &mut Vec<Act>) -> Option<Tick> {
        let (mut next, mut ended) = (None, None);
        let asked_by = self.asking.filter(|_| measured.answer.is_some());
        if asked_by.is_some() {
            self.asking = None;
        }
        let Self {
            all,
            members,
            acts: wanted,
            asking,
            ..
        } = self;
        let count = u32::try_from(all.len()).unwrap_or(MACHINES_MAX);
        for (place, one) in (0_u32..).zip(all) {
            let number = place as usize;
            members.clear();
            members.extend(fleet.members.iter().filter_map(|member| on(member, place, count)));
            let share =
                fleet.replicas / u64::from(count) + u64::from(u64::from(place) < fleet.replicas % u64::from(count));
            let own = Fleet {
                now: fleet.now,
                replicas: share,
                members,
            };
            let measured = Measured {
                answer: measured.answer.filter(|_| asked_by == Some(number)),
                ..*measured
            };
            next = sooner(next, one.look(&own, &measured, wanted));
            for act in wanted.drain(..) {
                match act {
                    Act::Start { revision, slot } => acts.push(Act::Start {
                        revision,
                        slot: of_host(slot, place, count),
                    }),
                    Act::Promoted { revision } => ended = Some(Ok(revision)),
                    Act::Aborted { .. } => {
                        ended = Some(Err(()));
                        acts.push(act);
                    }
                    Act::Ask(_) => {
                        *asking = Some(number);
                        acts.push(act);
                    }
                    _ => acts.push(act),
                }
            }
        }
        let before = self.machine();
        self.go_on(ended, acts);
        // Where it goes on, the next script is looked at now.
        if self.machine() == before {
            next
        } else {
            Some(fleet.now)
        }
    }

    /// A script has ended well, or goes back; or went back.
    fn go_on(&mut self, ended: Option<Result<u32, ()>>, acts: &mut Vec<Act>) {
        match (self.course, ended) {
            (
                Course::Out {
                    revision,
                    machine,
                    is_recalled,
                },
                Some(Ok(_)),
            ) => {
                let next = machine + 1;
                if is_recalled {
                    self.go_back(machine);
                } else if let Some(one) = self.all.get_mut(next) {
                    one.begin(revision);
                    self.course = Course::Out {
                        revision,
                        machine: next,
                        is_recalled,
                    };
                } else {
                    self.released = next;
                    self.course = Course::Rest;
                    acts.push(Act::Promoted { revision });
                }
            }
            (
                Course::Out {
                    machine, is_recalled, ..
                },
                Some(Err(())),
            ) => {
                self.course = Course::Ending { machine, is_recalled };
            }
            (Course::Back { machine: 0 }, Some(Ok(revision))) => {
                self.course = Course::Rest;
                acts.push(Act::Promoted { revision });
            }
            (Course::Back { machine }, Some(Ok(_))) => self.go_back(machine - 1),
            (Course::Back { machine }, Some(Err(()))) => {
                self.course = Course::Ending {
                    machine,
                    is_recalled: false,
                };
            }
            // There is nothing that it could go back to: it has refused.
            (Course::Back { machine }, None) if self.rests_on(machine) => self.course = Course::Rest,
            _ => {}
        }
        if let Course::Ending { machine, is_recalled } = self.course
            && self.rests_on(machine)
        {
            // What reached none is as if it had not been.
            self.released = if machine == 0 { self.all.len() } else { machine };
            match machine.checked_sub(1).filter(|_| is_recalled) {
                Some(last) => self.go_back(last),
                None => self.course = Course::Rest,
            }
        }
    }

    fn rests_on(&self, machine: usize) -> bool {
        self.all.get(machine).is_none_or(Orchestrator::rests)
    }
}

/// Machines take turns with the numbers of a host's instances: a machine's own numbers stay when their count changes.
fn of_host(slot: u32, place: u32, count: u32) -> u32 {
    if slot == CANDIDATE {
        return CANDIDATE - place;
    }
    slot.saturating_mul(count).saturating_add(place)
}

/// An instance as its machine numbers it; nothing for those of others.
fn on(member: &Member, place: u32, count: u32) -> Option<Member> {
    let (own, slot) = if is_candidate(member.slot) {
        (CANDIDATE - member.slot, CANDIDATE)
    } else {
        (member.slot % count.max(1), member.slot / count.max(1))
    };
    (own == place).then_some(Member { slot, ..*member })
}

#[cfg(test)]
mod tests {
    use crate::orchestrator::world::{Event, GOOD, SICK, World, seconds, told};
    use crate::orchestrator::{Act, Orchestrator, RestartPolicy, Script, Systemd, SystemdSettings, Verify, Why};

    const SETTINGS: SystemdSettings = SystemdSettings {
        restart: RestartPolicy::Always,
        delay: seconds(5),
        limit: None,
        script: Script {
            candidate: true,
            verify: Verify {
                asks: true,
                boot: seconds(30),
                after: seconds(3),
                every: seconds(2),
                tries: 3,
                answer: seconds(5),
            },
        },
    };

    /// Two machines with two units each.
    fn world() -> World {
        let orchestrator = Orchestrator::from(Systemd::new(SETTINGS, 1)).on_machines(2);
        World::new(orchestrator, 4)
    }

    fn run(input: &str, mut world: World, events: &[(u64, Event)]) -> String {
        let input = format!("2 machines, 2 units each; a candidate first\n{input}");
        told(&input, &world.run(events, 600))
    }

    #[test]
    fn one_machine_is_released_after_the_other() {
        insta::assert_snapshot!(run("v2 is good", world(), &[(10, Event::Begin(2))]));
    }

    #[test]
    fn what_fails_on_the_first_machine_does_not_reach_the_second() {
        let world = world().with(2, SICK);
        insta::assert_snapshot!(run("v2 is never ready", world, &[(10, Event::Begin(2))]));
    }

    /// The machine that has it keeps it, until somebody takes it back there, too.
    #[test]
    fn what_fails_on_the_second_machine_stays_on_the_first_until_it_is_taken_back() {
        let mut world = world();
        // A unit of the second machine dies while it is judged.
        world.run(&[(10, Event::Begin(2)), (75, Event::Kill(1))], 150);
        let aborted = Act::Aborted {
            revision: 2,
            why: Why::Verify,
        };
        assert_eq!(world.told.first().map(|told| told.1), Some(aborted));
        let revisions = |world: &World| {
            let mut all: Vec<(u32, u32)> = world
                .members
                .iter()
                .map(|member| (member.slot, member.revision))
                .collect();
            all.sort_unstable();
            all
        };
        assert_eq!(revisions(&world), [(0, 2), (1, 1), (2, 2), (3, 1)]);
        world.run(&[(160, Event::Rollback)], 600);
        assert_eq!(revisions(&world), [(0, 1), (1, 1), (2, 1), (3, 1)]);
        assert!(world.orchestrator.rests());
    }

    #[test]
    fn a_rollback_in_the_middle_takes_all_machines_back() {
        let events = [(10, Event::Begin(2)), (60, Event::Rollback)];
        insta::assert_snapshot!(run(
            "v2 is good, and somebody interrupts",
            world().with(2, GOOD),
            &events
        ));
    }

    #[test]
    fn a_second_release_is_refused_on_whatever_machine_the_first_is() {
        let mut world = world();
        world.run(&[(10, Event::Begin(2)), (60, Event::Begin(3))], 600);
        assert_eq!(
            world.told.first().map(|told| told.1),
            Some(Act::Refused { revision: 3 })
        );
        assert!(world.members.iter().all(|member| member.revision == 2));
    }
}
