//! PM2: a daemon that starts processes again, its reload, and the script that judges what the reload does not.
//!
//! Sources: PM2 7.0.4, lib/God/Reload.js, lib/God.js `handleExit`, lib/Worker.js, constants.js; the script is
//! `replace` of the emitted `release.sh`. Its second reload, which takes removed variables out, is not simulated, nor
//! is its watch on memory.

mod daemon;
mod reload;

use super::release::{Release, Step};
use super::verify::{Progress, Verifying};
use super::{Act, Asked, CANDIDATE, Fleet, Measured, Member, RestartPolicy, Script, State, sooner};
use crate::{Span, Tick};
use daemon::Daemon;
use reload::Reload;

/// The settings of an app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pm2Settings {
    /// `exec_mode: "cluster"`: a new process can listen beside the old one. In fork mode a reload is a stop and a
    /// start.
    pub cluster: bool,
    /// `wait_ready`: the new one says that it is ready; otherwise it only has to listen.
    pub waits_for_ready: bool,
    /// `listen_timeout`: after it the old one is ended, whatever the new one does.
    pub listen_timeout: Span,
    /// `autorestart`, and with `stop_exit_codes: [0]` only what failed.
    pub restart: RestartPolicy,
    /// `restart_delay`.
    pub delay: Span,
    /// `exp_backoff_restart_delay`, instead of `delay`.
    pub backoff: Option<Span>,
    /// `min_uptime`: one that ends earlier is unstable.
    pub min_uptime: Span,
    /// `max_restarts`: so many unstable ones, and PM2 gives up.
    pub max_restarts: u64,
    /// The script that releases; without one somebody types `pm2 reload`.
    pub script: Option<Script>,
}

/// The processes of one app of one daemon.
#[derive(Clone, Debug)]
pub struct Pm2 {
    settings: Pm2Settings,
    release: Release,
    replacement: Option<Replacement>,
    daemon: Daemon,
}

/// `replace` of the script: the reload, then the judgement.
#[derive(Clone, Copy, Debug)]
enum Replacement {
    Reloading {
        reload: Reload,
        began: Tick,
    },
    /// All processes are those that ran at `seen`.
    Judged {
        verifying: Verifying,
        seen: Tick,
    },
}

impl Pm2 {
    /// An app that runs a revision, or is to.
    #[must_use]
    pub fn new(settings: Pm2Settings, revision: u32) -> Self {
        Self {
            settings,
            release: Release::new(settings.script, revision),
            replacement: None,
            daemon: Daemon::default(),
        }
    }

    /// As it was written.
    #[must_use]
    pub const fn settings(&self) -> &Pm2Settings {
        &self.settings
    }

    pub(super) fn begin(&mut self, revision: u32) {
        self.release.begin(revision);
    }

    pub(super) fn rollback(&mut self) {
        self.release.rollback();
    }

    pub(super) const fn asked(&self) -> u32 {
        self.release.asked()
    }

    pub(super) const fn rests(&self) -> bool {
        self.release.rests()
    }

    pub(super) fn look(&mut self, fleet: &Fleet<'_>, measured: &Measured, acts: &mut Vec<Act>) -> Option<Tick> {
        let settings = self.settings;
        let replacement = &mut self.replacement;
        let released = self.release.look(fleet, measured, acts, |revision, step, acts| {
            let progress = replace(replacement, &settings, revision, step, fleet, measured, acts);
            if !matches!(progress, Progress::Wait(_)) {
                *replacement = None;
            }
            progress
        });
        let reload = match &self.replacement {
            Some(Replacement::Reloading { reload, .. }) => Some(reload),
            _ => None,
        };
        let current = self.release.current();
        sooner(released, self.daemon.look(&settings, current, reload, fleet, acts))
    }
}

fn replace(
    replacement: &mut Option<Replacement>,
    settings: &Pm2Settings,
    revision: u32,
    step: Step,
    fleet: &Fleet<'_>,
    measured: &Measured,
    acts: &mut Vec<Act>,
) -> Progress {
    let now = fleet.now;
    let start = || Replacement::Reloading {
        reload: Reload::new(fleet.replicas),
        began: now,
    };
    match replacement.get_or_insert_with(start) {
        Replacement::Reloading { reload, began } => {
            if step == Step::Interrupt {
                reload.interrupt();
            }
            let progress = reload.look(settings, revision, fleet, acts);
            let Some(script) = settings.script.filter(|_| progress == Progress::Done) else {
                return progress;
            };
            let began = *began;
            if !all_run(fleet, |member| began <= member.started) {
                return Progress::Failed;
            }
            let verifying = Verifying::new(&script.verify, Asked::Revision(revision), now);
            *replacement = Some(Replacement::Judged { verifying, seen: now });
            Progress::Wait(Some(now))
        }
        Replacement::Judged { .. } if step == Step::Interrupt => Progress::Failed,
        Replacement::Judged { verifying, seen } => {
            let same = all_run(fleet, |member| member.started <= *seen);
            match settings.script {
                Some(script) => verifying.look(&script.verify, now, same, measured.answer, acts),
                None => Progress::Done,
            }
        }
    }
}

/// Whether as many processes run as there are to be, all of them as said.
fn all_run(fleet: &Fleet<'_>, said: impl Fn(&Member) -> bool) -> bool {
    let runs = |member: &&Member| runs(member) && member.slot != CANDIDATE;
    let running = fleet.members.iter().filter(runs).filter(|member| said(member));
    u64::try_from(running.count()).is_ok_and(|count| count == fleet.replicas)
}

const fn runs(member: &Member) -> bool {
    !matches!(member.state, State::BackOff { .. } | State::Terminating)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::orchestrator::world::{BAD, CRASHES, DEAF, Event, GOOD, Life, SICK, World, seconds, told};
    use crate::orchestrator::{Orchestrator, Verify, Why};

    const OWN: Pm2Settings = Pm2Settings {
        cluster: true,
        waits_for_ready: false,
        listen_timeout: seconds(8),
        restart: RestartPolicy::Always,
        delay: Span::ZERO,
        backoff: None,
        min_uptime: seconds(1),
        max_restarts: 16,
        script: None,
    };

    const RELEASED: Pm2Settings = Pm2Settings {
        waits_for_ready: true,
        delay: seconds(5),
        max_restarts: u32::MAX as u64,
        script: Some(Script {
            candidate: true,
            verify: Verify {
                asks: true,
                boot: seconds(30),
                after: seconds(3),
                every: seconds(2),
                tries: 3,
                answer: seconds(5),
            },
        }),
        ..OWN
    };

    const WITHOUT_CANDIDATE: Pm2Settings = Pm2Settings {
        script: match RELEASED.script {
            Some(script) => Some(Script {
                candidate: false,
                ..script
            }),
            None => None,
        },
        ..RELEASED
    };

    fn world(settings: Pm2Settings, processes: u32, second: Life) -> World {
        World::new(Orchestrator::from(Pm2::new(settings, 1)), processes).with(2, second)
    }

    fn run(input: &str, settings: Pm2Settings, second: Life, events: &[(u64, Event)]) -> String {
        let about = "4 processes; 3 s to stop, 4 s to listen, 5 s to ready, listen_timeout 8 s";
        told(
            &format!("{about}\n{input}"),
            &world(settings, 4, second).run(events, 300),
        )
    }

    const BEGIN: [(u64, Event); 1] = [(10, Event::Begin(2))];

    #[test]
    fn two_at_a_time_each_started_before_its_predecessor_ends() {
        insta::assert_snapshot!(run("pm2 reload; v2 is good", OWN, GOOD, &BEGIN));
    }

    #[test]
    fn what_never_listens_replaces_all_that_served_and_succeeds() {
        insta::assert_snapshot!(run("pm2 reload; v2 never listens", OWN, DEAF, &BEGIN));
    }

    #[test]
    fn what_crashes_replaces_all_that_served() {
        let mut world = world(OWN, 4, CRASHES);
        world.run(&BEGIN, 300);
        assert!(world.told.iter().any(|told| told.1 == Act::Promoted { revision: 2 }));
        assert_eq!(world.fewest_ready, 0);
        assert!(world.most <= 6);
    }

    #[test]
    fn one_at_a_time_for_up_to_two() {
        for (processes, most) in [(1, 2), (2, 3), (3, 5), (4, 6), (5, 7)] {
            let mut world = world(OWN, processes, GOOD);
            world.run(&BEGIN, 300);
            assert_eq!(world.most, most);
            // Each wave boots for 4 s and drains for 3 s.
            let waves = processes.div_ceil(if processes <= 2 { 1 } else { 2 });
            assert_eq!(world.told[0].0.micros() / 1_000_000, u64::from(10 + waves * 7));
        }
    }

    #[test]
    fn listening_is_an_event_of_the_process_that_was_started() {
        // It is killed before it listens; the one in its place listens at 16 s, which nobody hears.
        let mut world = world(OWN, 1, GOOD);
        world.run(&[(10, Event::Begin(2)), (12, Event::Kill(0))], 100);
        let timeout_and_drain = 10 + 8 + 3;
        let promoted = Act::Promoted { revision: 2 };
        assert_eq!(
            world.told,
            [(crate::orchestrator::world::at(timeout_and_drain), promoted)]
        );
    }

    #[test]
    fn in_fork_mode_a_reload_is_a_stop_and_a_start() {
        let settings = Pm2Settings { cluster: false, ..OWN };
        insta::assert_snapshot!(run("pm2 reload in fork mode; v2 is good", settings, GOOD, &BEGIN));
    }

    #[test]
    fn the_script_tries_one_reloads_and_judges() {
        insta::assert_snapshot!(run("release.sh; v2 is good", RELEASED, GOOD, &BEGIN));
    }

    #[test]
    fn a_candidate_that_is_never_ready_costs_nothing() {
        insta::assert_snapshot!(run("release.sh; v2 listens and is never ready", RELEASED, SICK, &BEGIN));
    }

    #[test]
    fn without_a_candidate_everything_is_replaced_before_anybody_asks() {
        insta::assert_snapshot!(run(
            "release.sh without a candidate; v2 is never ready",
            WITHOUT_CANDIDATE,
            SICK,
            &BEGIN
        ));
    }

    #[test]
    fn what_answers_and_fails_is_released_since_nobody_measures() {
        let mut world = world(RELEASED, 4, BAD);
        world.run(&BEGIN, 300);
        assert_eq!(
            world.told.last().map(|told| told.1),
            Some(Act::Promoted { revision: 2 })
        );
    }

    #[test]
    fn rollback_in_the_middle_reloads_what_was_there() {
        let events = [(10, Event::Begin(2)), (16, Event::Rollback)];
        insta::assert_snapshot!(run(
            "release.sh without a candidate, interrupted",
            WITHOUT_CANDIDATE,
            GOOD,
            &events
        ));
    }

    #[test]
    fn a_further_release_in_the_middle_is_refused() {
        for settings in [OWN, RELEASED] {
            let mut world = world(settings, 4, GOOD);
            world.run(&[(10, Event::Begin(2)), (12, Event::Begin(3))], 300);
            assert_eq!(world.told[0].1, Act::Refused { revision: 3 });
            assert!(world.members.iter().all(|member| member.revision == 2));
        }
    }

    #[test]
    fn the_way_back_can_fail_too() {
        let mut world = world(WITHOUT_CANDIDATE, 4, SICK).with(1, SICK);
        world.run(&BEGIN, 300);
        let why: Vec<Act> = world.told.iter().map(|told| told.1).collect();
        let aborted = |revision, why| Act::Aborted { revision, why };
        assert_eq!(why, [aborted(2, Why::Verify), aborted(1, Why::WayBack)]);
        assert!(world.orchestrator.rests());
    }

    /// One process that runs so long each time: when PM2 gave up on it.
    fn gives_up(settings: Pm2Settings, runs: u64) -> Option<u64> {
        let life = Life {
            crash: Some(Span::from_micros(runs * 1_000)),
            ..GOOD
        };
        let mut world = world(settings, 1, GOOD).with(1, life);
        world.members.clear();
        world.run(&[], 3600);
        world.told.first().map(|told| told.0.micros() / 1_000)
    }

    #[test]
    fn sixteen_unstable_ends_are_errored() {
        assert_eq!(gives_up(OWN, 500), Some(8_000));
    }

    #[test]
    fn what_lives_longer_than_min_uptime_is_restarted_for_ever() {
        assert_eq!(gives_up(OWN, 1_001), None);
    }

    #[test]
    fn with_a_delay_errored_is_never_reached() {
        // Sixteen ends take longer than the 16 s in which they count.
        assert_eq!(
            gives_up(
                Pm2Settings {
                    delay: seconds(1),
                    ..OWN
                },
                500
            ),
            None
        );
        let backoff = Some(Span::from_micros(100_000));
        assert_eq!(gives_up(Pm2Settings { backoff, ..OWN }, 500), None);
    }

    #[test]
    fn never_restarted_is_given_up_at_the_first_end() {
        let settings = Pm2Settings {
            restart: RestartPolicy::Never,
            ..OWN
        };
        assert_eq!(gives_up(settings, 60_000), Some(60_000));
    }

    #[test]
    fn exponential_delays_grow_by_half_up_to_15_s() {
        let settings = Pm2Settings {
            backoff: Some(Span::from_micros(100_000)),
            ..OWN
        };
        let life = Life {
            crash: Some(Span::from_micros(1)),
            ..GOOD
        };
        let mut world = world(settings, 1, GOOD).with(1, life);
        let mut delays = Vec::new();
        let mut last = None;
        for second in 1..200 {
            world.run(&[], second);
            let since = world.members[0].since;
            let State::BackOff { .. } = world.members[0].state else {
                continue;
            };
            if last != Some(since) {
                last = Some(since);
                delays.push(since);
            }
        }
        let longest = delays.windows(2).map(|pair| pair[1].since(pair[0])).max();
        assert_eq!(longest, Some(Span::from_micros(15_000_001)));
    }
}
