//! A process with one event loop hears of everything in turn: of new requests, and of what those that it has have waited for.
//!
//! Each answer of a store or of a service, and each end of a wait, is an event of the loop, behind all that came before it. A process
//! that is busy delays its requests as often as they wait for something. Sources: libuv, *Design overview*, "The I/O loop"
//! (callbacks of descriptors run one after the other, on one thread); `tests/live/predicted/event_loop.rs` holds it against Node.

use super::Engine;
use super::attempt::Stage;
use super::table::Ticket;
use crate::system::Discipline;

impl Engine<'_> {
    /// What a request waited for is there.
    #[inline]
    pub(super) fn go_on(&mut self, ticket: Ticket) {
        if !self.waits_for_turn(ticket, Stage::Resumes) {
            self.advance(ticket);
        }
    }

    /// Whether the process of a request hears of it later, since it has something else to do.
    #[inline]
    pub(super) fn waits_for_turn(&mut self, ticket: Ticket, stage: Stage) -> bool {
        let Some(attempt) = self.attempts.get_mut(ticket) else {
            return false;
        };
        let process = attempt.process;
        let service = self.instances[attempt.instance].service;
        let settings = self.system.service(service);
        let is_stalled = self.services[service].stalled != 0;
        let at = &mut self.processes[process];
        if !settings.event_loop || at.busy == 0 && !is_stalled {
            return false;
        }
        attempt.stage = stage;
        // Where new requests are not taken in the order in which they came, they have a line of their own.
        if settings.concurrency.is_some() || settings.discipline == Discipline::Lifo {
            at.ready.push(ticket);
        } else {
            at.waiting.push_back(ticket);
        }
        true
    }

    /// Its process has heard of it. That takes no time, and nothing else has its turn meanwhile.
    pub(super) fn resume_in_turn(&mut self, ticket: Ticket, process: u32) {
        self.processes[process].busy += 1;
        let is_connected = self.attempts.get(ticket).map(|attempt| attempt.stage) == Some(Stage::ResumesConnected);
        if is_connected {
            self.release(ticket);
        }
        self.advance(ticket);
        let at = &mut self.processes[process];
        at.busy = at.busy.saturating_sub(1);
    }
}
