//! What the daemon does by itself: it starts a process again that has ended, until it gives up.

use super::Pm2Settings;
use super::reload::Reload;
use crate::orchestrator::{Act, CANDIDATE, Fleet, Member, State, later, sooner};
use crate::{Span, Tick};

/// The longest delay that `exp_backoff_restart_delay` comes to. Source: lib/God.js `handleExit`.
const BACKOFF_MAX: Span = Span::from_micros(15_000_000);

/// A process that ran for longer begins with the first delay again. Source: constants.js `EXP_BACKOFF_RESET_TIMER`.
const BACKOFF_RESET: Span = Span::from_micros(30_000_000);

/// The daemon's table of processes, by slot.
#[derive(Clone, Debug, Default)]
pub(super) struct Daemon {
    workers: Vec<Worker>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Worker {
    /// Which process this is about: another begins with nothing against it.
    id: Option<u32>,
    /// The end that was seen last.
    ended: Option<Tick>,
    unstable: u64,
    /// `prev_restart_delay`.
    backoff: Option<Span>,
    /// `errored`, or stopped by an end that is one for good.
    over: bool,
}

impl Daemon {
    pub(super) fn look(
        &mut self,
        settings: &Pm2Settings,
        revision: u32,
        reload: Option<&Reload>,
        fleet: &Fleet<'_>,
        acts: &mut Vec<Act>,
    ) -> Option<Tick> {
        let count = u32::try_from(fleet.replicas).unwrap_or(CANDIDATE);
        while self.workers.len() < usize::try_from(count).unwrap_or(0) {
            self.workers.push(Worker::default());
        }
        let mut next = None;
        for (slot, worker) in (0..count).zip(&mut self.workers) {
            let is_here = |member: &&Member| member.slot == slot && !reload.is_some_and(|reload| reload.holds(member));
            match fleet.members.iter().rfind(is_here) {
                None if !reload.is_some_and(|reload| reload.is_replacing(slot)) => {
                    acts.push(Act::Start { revision, slot });
                }
                None => {}
                Some(member) => next = sooner(next, worker.look(settings, revision, member, fleet.now, acts)),
            }
        }
        let surplus = |member: &&Member| count <= member.slot && member.slot != CANDIDATE;
        for member in fleet.members.iter().filter(surplus) {
            if member.state != State::Terminating {
                acts.push(Act::Stop { id: member.id });
            }
        }
        next
    }
}

impl Worker {
    fn look(
        &mut self,
        settings: &Pm2Settings,
        revision: u32,
        member: &Member,
        now: Tick,
        acts: &mut Vec<Act>,
    ) -> Option<Tick> {
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
            self.over = !settings.restart.again(ended) || self.is_too_often(settings, member);
            self.delay(settings, member);
            if self.over {
                acts.push(Act::GaveUp { id: member.id });
            }
        }
        if self.over {
            return None;
        }
        let due = later(member.since, self.backoff.unwrap_or(settings.delay));
        if now < due {
            return Some(due);
        }
        acts.push(Act::Restart {
            id: member.id,
            revision,
        });
        None
    }

    /// Only an end soon after the start counts, and only soon after the release: what begins to fail later is started
    /// again for ever.
    fn is_too_often(&mut self, settings: &Pm2Settings, member: &Member) -> bool {
        let counted = settings.min_uptime.micros().saturating_mul(settings.max_restarts);
        let young = member.since.since(member.created).micros() < counted;
        if young && member.since.since(member.started) < settings.min_uptime {
            self.unstable += 1;
        }
        settings.max_restarts <= self.unstable
    }

    /// Half as long again each time, in whole milliseconds.
    fn delay(&mut self, settings: &Pm2Settings, member: &Member) {
        let long = BACKOFF_RESET < member.since.since(member.started);
        self.backoff = settings.backoff.map(|first| match self.backoff.filter(|_| !long) {
            None => first,
            Some(last) => Span::from_micros(last.micros() * 3 / 2 / 1_000 * 1_000).min(BACKOFF_MAX),
        });
    }
}
