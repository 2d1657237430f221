//! Requests of clients through nginx: to which server, and to which one next.

use super::Engine;
use super::attempt::Origin;
use super::table::Ticket;
use super::who::Who;
use crate::chance::chance;
use crate::gateway::Failure;
use crate::orchestrator::is_candidate;
use crate::outcome::Cause;
use crate::system::Callee;
use loadline_compiler::quantity::Ratio;

impl Engine<'_> {
    /// A request of a client comes in. Something is remembered of it only where an nginx passes it on.
    #[inline]
    pub(super) fn come_in(&mut self, edge: u32, who: Who) -> Ticket {
        let state = &mut self.edges[edge];
        let Some(nginx) = &state.nginx else {
            return Ticket::NONE;
        };
        let reads = self.system.edge(edge).reads;
        let is_read = reads.is_some_and(|reads| chance(Ratio::millionths(reads), &mut state.methods));
        let address = if nginx.is_sticky() { self.addresses.of(who) } else { 0 };
        let request = nginx.request(self.now, address, is_read);
        self.passed.add(request)
    }

    /// The instance that gets an attempt.
    #[inline]
    pub(super) fn receiver(&mut self, edge: u32, origin: Origin, who: Who) -> Result<u32, Cause> {
        let Origin::Client(_, passed) = origin else {
            return self.choose(edge, who);
        };
        let Some(request) = self.passed.get_mut(passed) else {
            return self.choose(edge, who);
        };
        let Some(nginx) = &mut self.edges[edge].nginx else {
            return Err(Cause::NoEndpoint);
        };
        let server = nginx.pick(self.now, request).ok_or(Cause::NoEndpoint)?;
        let is_single = nginx.is_single();
        let kept = if is_single { self.kept_last(edge) } else { None };
        if let Some(instance) = kept {
            return Ok(instance);
        }
        self.listens_at(edge, server, is_single).ok_or(Cause::Refused)
    }

    /// The instance that listens where a server is said to be. nginx itself does not know which are ready; behind the only server
    /// there may be several processes, which share a port and take new connections in turn (Node's `cluster`: `SCHED_RR`).
    fn listens_at(&mut self, edge: u32, server: usize, is_single: bool) -> Option<u32> {
        let Callee::Service(service) = self.system.edge(edge).callee else {
            return None;
        };
        let state = &self.services[super::finish::number(service)];
        if state.away != 0 {
            return None;
        }
        let is_there = |instance: &u32| {
            let at = &self.instances[*instance];
            let is_it = is_single && !is_candidate(at.slot) || !is_single && at.slot as usize == server;
            is_it && at.accepts()
        };
        let there = || state.instances.iter().copied().filter(is_there);
        let last = &mut self.edges[edge].last;
        *last = there().find(|instance| *last < *instance).or_else(|| there().next())?;
        Some(*last)
    }

    /// A try of a request that nginx passes on is over; whether it is sent to another server.
    pub(super) fn goes_on(&mut self, edge: u32, passed: Ticket, outcome: Result<(), Cause>) -> bool {
        let (Some(request), Some(nginx)) = (self.passed.get_mut(passed), &mut self.edges[edge].nginx) else {
            return false;
        };
        let goes_on = match outcome.map_err(failure) {
            // No server was left to be tried.
            _ if outcome == Err(Cause::NoEndpoint) => false,
            Err(Some(failure)) => nginx.failed(self.now, request, failure),
            Ok(()) | Err(None) => {
                nginx.answered(request);
                false
            }
        };
        if !goes_on {
            self.passed.take(passed);
        }
        goes_on
    }
}

/// What nginx takes for a failure (`error timeout`): an answer that says so is none.
const fn failure(cause: Cause) -> Option<Failure> {
    match cause {
        Cause::Refused => Some(Failure::Refused),
        Cause::Killed => Some(Failure::Reset),
        Cause::StaleReset => Some(Failure::Stale),
        Cause::Timeout | Cause::Unreachable => Some(Failure::Timeout),
        _ => None,
    }
}
