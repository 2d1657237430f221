//! What a request does behind its own computing and waiting: it uses stores, calls, and sends messages, in this order.

use super::Engine;
use super::attempt::{NOWHERE, Origin, Stage};
use super::table::Ticket;
use crate::chance::chance;
use crate::outcome::Cause;
use crate::{Stream, Tick};
use loadline_compiler::quantity::Ratio;

/// It is not known yet how often a step is done.
pub(super) const UNKNOWN: u32 = u32::MAX;

/// Millionths of one.
const ONE: u64 = 1_000_000;

/// A step of a request.
#[derive(Clone, Copy, Debug)]
enum Step {
    Use(u32),
    Call(u32),
    Publish(u32),
}

impl Engine<'_> {
    /// Goes on with a request until it has to wait for something, or has its answer.
    pub(super) fn advance(&mut self, ticket: Ticket) {
        loop {
            let Some(attempt) = self.attempts.get(ticket) else {
                return;
            };
            let (instance, step, left) = (attempt.instance, attempt.step, attempt.left);
            let service = self.instances[instance].service;
            let Some((step, often)) = self.step(service, step) else {
                self.answer(ticket, service, instance);
                return;
            };
            let left = if left == UNKNOWN {
                self.draw_count(service, step, often)
            } else {
                left
            };
            let Some(attempt) = self.attempts.get_mut(ticket) else {
                return;
            };
            if left == 0 {
                attempt.step += 1;
                attempt.left = UNKNOWN;
                continue;
            }
            attempt.left = left - 1;
            match step {
                Step::Use(place) => {
                    self.acquire(ticket, service, place);
                    return;
                }
                Step::Call(edge) => {
                    if self.call(ticket, edge) {
                        return;
                    }
                }
                Step::Publish(queue) => self.publish(queue),
            }
        }
    }

    /// The steps of a service by their places, and how often each is done, in millionths.
    #[inline]
    fn step(&self, service: u32, place: u32) -> Option<(Step, u64)> {
        let settings = self.settings(service);
        let mut place = place as usize;
        if let Some(used) = settings.uses.get(place) {
            return Some((Step::Use(number(place)), used.per_request));
        }
        place -= settings.uses.len();
        if let Some(edge) = settings.calls.get(place) {
            let edge = number(*edge);
            return Some((Step::Call(edge), self.system.edge(edge).per_request));
        }
        place -= settings.calls.len();
        let publish = settings.publishes.get(place)?;
        Some((Step::Publish(number(publish.queue)), publish.per_request))
    }

    /// How often a step is done in one request: what is left over of whole times is a chance.
    fn draw_count(&mut self, service: u32, step: Step, often: u64) -> u32 {
        let stream = match step {
            Step::Call(edge) => &mut self.edges[edge].counts,
            Step::Use(_) | Step::Publish(_) => &mut self.services[service].luck.counts,
        };
        count(often, stream)
    }

    /// Calls. Whether the answer is waited for.
    fn call(&mut self, ticket: Ticket, edge: u32) -> bool {
        self.asked(edge);
        let way = self.system.edge(edge);
        if !way.waited_for {
            let guard = self.guard_of(edge, ticket);
            self.send_by((edge, guard), Origin::Nobody, self.now, 0, Tick::NEVER);
            return false;
        }
        if let Some(attempt) = self.attempts.get_mut(ticket) {
            attempt.since = self.now;
            attempt.child_tries = 0;
        }
        self.call_along(ticket, edge);
        true
    }

    fn call_along(&mut self, ticket: Ticket, edge: u32) {
        let Some(attempt) = self.attempts.get_mut(ticket) else {
            return;
        };
        attempt.stage = Stage::Calls;
        let (began, tries) = (attempt.since, attempt.child_tries);
        let passed = self.system.edge(edge).passes_deadline;
        let deadline = if passed { attempt.deadline } else { Tick::NEVER };
        let child = self.send(edge, Origin::Call(ticket), began, tries, deadline);
        if let Some(attempt) = self.attempts.get_mut(ticket) {
            attempt.child = child;
        }
    }

    /// It is time for a further attempt at a call.
    pub(super) fn call_again(&mut self, ticket: Ticket) {
        let Some(attempt) = self
            .attempts
            .get(ticket)
            .filter(|attempt| attempt.stage == Stage::BacksOff)
        else {
            return;
        };
        if attempt.instance == NOWHERE {
            let (edge, origin, began, tries) = (attempt.edge, attempt.origin, attempt.began, attempt.tries);
            self.attempts.take(ticket);
            self.send(edge, origin, began, tries, Tick::NEVER);
            return;
        }
        let service = self.instances[attempt.instance].service;
        if let Some((Step::Call(edge), _)) = self.step(service, attempt.step) {
            self.call_along(ticket, edge);
        }
    }

    /// The call along which an attempt waits.
    pub(super) fn called(&self, instance: u32, step: u32) -> Option<u32> {
        match self.step(self.instances[instance].service, step) {
            Some((Step::Call(edge), _)) => Some(edge),
            _ => None,
        }
    }

    #[inline]
    fn answer(&mut self, ticket: Ticket, service: u32, instance: u32) {
        let revision = self.instances[instance].revision;
        let errors = super::serve::behaviour(self.system, service, revision).map_or(0, |behaviour| behaviour.errors);
        let state = &mut self.services[service];
        let broken = state.broken.contains(&revision);
        let parts = if broken {
            ONE
        } else {
            u64::from(errors.max(state.failing))
        };
        let fails = parts != 0 && chance(Ratio::millionths(parts), &mut state.luck.errors);
        self.end(ticket, if fails { Err(Cause::Error) } else { Ok(()) });
    }
}

/// So many times, in millionths: whole times, and once more by chance.
pub(super) fn count(often: u64, stream: &mut Stream) -> u32 {
    let whole = often / ONE;
    let more = !often.is_multiple_of(ONE) && chance(Ratio::millionths(often % ONE), stream);
    u32::try_from(whole + u64::from(more)).unwrap_or(UNKNOWN - 1)
}

fn number(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Seed;

    #[test]
    fn what_is_left_over_of_whole_times_is_a_chance() {
        let mut stream = Seed(1).stream(0, 0, "counts");
        let drawn: Vec<u32> = (0..10_000).map(|_| count(2_250_000, &mut stream)).collect();
        assert!(drawn.iter().all(|drawn| matches!(drawn, 2 | 3)));
        let more = drawn.iter().filter(|drawn| **drawn == 3).count();
        // 2,500; the standard deviation is 43.
        assert!((2_330..2_670).contains(&more), "{more}");
        assert_eq!(count(3_000_000, &mut stream), 3);
    }
}
