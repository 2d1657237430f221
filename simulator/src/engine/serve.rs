//! A process at work: so many requests compute at once, the others wait for their turn.

use std::collections::VecDeque;

use super::attempt::{Origin, Stage};
use super::line::Line;
use super::table::Ticket;
use super::who::Who;
use super::{Engine, Kind};
use crate::Span;
use crate::broker::Hands;
use crate::outcome::Cause;
use crate::system::Discipline;

/// A process.
#[derive(Clone, Debug, Default)]
pub(super) struct Process {
    pub(super) busy: u32,
    /// Those that wait for a place, or for the processor where there are as many places as anybody wants.
    pub(super) waiting: VecDeque<Ticket>,
    /// Those that have a place, where those are limited.
    admitted: u32,
    /// Those of them that wait for the processor.
    pub(super) ready: Line,
    /// Of each queue that it works on: messages in work, and how many it can take besides.
    hands: Vec<(u32, Hands)>,
    pub(super) instance: u32,
}

impl Process {
    pub(super) fn of(instance: u32) -> Self {
        Self {
            instance,
            ..Self::default()
        }
    }

    /// What it can take of a queue.
    pub(super) fn hands(&mut self, queue: u32) -> Option<&mut Hands> {
        let of = self.hands.iter_mut().find(|(of, _)| *of == queue);
        of.map(|(_, hands)| hands)
    }

    /// It begins to take messages of a queue, so many at a time.
    pub(super) fn takes(&mut self, queue: u32, concurrency: u64) {
        self.hands.retain(|(of, _)| *of != queue);
        self.hands.push((queue, Hands::new(concurrency)));
    }

    /// Whether nobody waits for it.
    #[inline]
    fn is_idle(&self) -> bool {
        self.waiting.is_empty() && self.ready.is_empty()
    }

    /// A request waits no longer.
    pub(super) fn forget(&mut self, ticket: Ticket) {
        self.waiting.retain(|waiting| *waiting != ticket);
        self.ready.leave(ticket);
    }

    /// Everything that it did is lost.
    pub(super) fn lose(&mut self) {
        self.busy = 0;
        self.admitted = 0;
        self.waiting.clear();
        self.ready.clear();
    }
}

/// A whole in parts per million.
pub(super) const WHOLE: u64 = 1_000_000;

impl Engine<'_> {
    /// A request has reached an instance.
    #[inline]
    pub(super) fn accept(&mut self, ticket: Ticket, instance: u32) {
        let process = self.instances[instance].next_process();
        self.accept_at(ticket, instance, process);
    }

    /// Work has reached one process of an instance.
    #[inline]
    pub(super) fn accept_at(&mut self, ticket: Ticket, instance: u32, process: u32) {
        let at = &mut self.instances[instance];
        at.in_flight += 1;
        at.accepted += 1;
        let service = at.service;
        let settings = self.settings(service);
        let (servers, limit) = (settings.servers, settings.queue_limit);
        let stalled = self.services[service].stalled != 0;
        let at = &mut self.processes[process];
        let computes = settings.concurrency.is_none() && at.busy < servers && !stalled;
        let Some(attempt) = self.attempts.get_mut(ticket) else {
            return;
        };
        attempt.instance = instance;
        attempt.process = process;
        attempt.stage = if computes { Stage::Computes } else { Stage::Queued };
        let is_probe = matches!(attempt.origin, Origin::Probe(_));
        let has_place = settings
            .concurrency
            .is_some_and(|places| is_probe || at.admitted < places);
        if computes {
            self.begin_work(ticket, (instance, process), is_probe);
        } else if has_place && !stalled {
            self.admit(ticket, process, servers);
        } else if !is_probe && limit.is_some_and(|limit| limit <= at.waiting.len() as u64) {
            self.fail_soon(ticket, Cause::Shed);
        } else {
            at.waiting.push_back(ticket);
        }
    }

    /// A request gets a place; it computes as soon as the processor is free.
    fn admit(&mut self, ticket: Ticket, process: u32, servers: u32) {
        if let Some(attempt) = self.attempts.get_mut(ticket) {
            attempt.admitted = true;
        }
        let at = &mut self.processes[process];
        at.admitted += 1;
        if at.busy < servers {
            self.compute(ticket, process);
        } else {
            at.ready.push(ticket);
        }
    }

    /// A request that had a place is over: the next gets it.
    #[inline]
    pub(super) fn readmit(&mut self, instance: u32, process: u32) {
        let at = &mut self.processes[process];
        at.admitted = at.admitted.saturating_sub(1);
        let servers = self.settings(self.instances[instance].service).servers;
        if let Some(next) = self.next_of(process) {
            self.admit(next, process, servers);
        }
    }

    fn compute(&mut self, ticket: Ticket, process: u32) {
        let Some(attempt) = self.attempts.get_mut(ticket) else {
            return;
        };
        attempt.stage = Stage::Computes;
        let (instance, is_probe) = (attempt.instance, matches!(attempt.origin, Origin::Probe(_)));
        self.begin_work(ticket, (instance, process), is_probe);
    }

    /// The processor works on a request.
    #[inline]
    fn begin_work(&mut self, ticket: Ticket, (instance, process): (u32, u32), is_probe: bool) {
        // A probe costs nothing but its turn.
        let time = if is_probe { Span::ZERO } else { self.cpu(instance) };
        self.processes[process].busy += 1;
        self.instances[instance].computed += time.micros();
        self.agenda
            .plan(self.now.plus(time), Kind::CpuDone, ticket.place, ticket.tenant);
    }

    /// Processor time of a request, on this instance, now.
    fn cpu(&mut self, instance: u32) -> Span {
        let at = &self.instances[instance];
        let (service, revision, since) = (at.service, at.revision, at.booted);
        let system = self.system;
        let state = &mut self.services[service];
        let Some(behaviour) = behaviour(system, service, revision) else {
            return Span::ZERO;
        };
        let time = behaviour.cpu.draw(&mut state.luck.cpu);
        let time = behaviour.warmup.stretched(time, self.now.since(since));
        longer(time, state.slower)
    }

    pub(super) fn cpu_done(&mut self, ticket: Ticket) {
        let Some(attempt) = self.attempts.get(ticket) else {
            return;
        };
        let (stage, process, instance) = (attempt.stage, attempt.process, attempt.instance);
        let is_of_somebody = attempt.user != Who::NOBODY;
        let is_probe = matches!(attempt.origin, Origin::Probe(_));
        let at = &mut self.processes[process];
        at.busy -= 1;
        if !at.is_idle() {
            self.next_turn(process);
        }
        if stage == Stage::Abandoned {
            self.leave(ticket);
            return;
        }
        if is_probe {
            self.probe_answered(ticket);
            return;
        }
        if is_of_somebody && !self.knows_session(ticket) {
            self.end(ticket, Err(Cause::SessionLost));
            return;
        }
        let wait = self.wait(instance);
        if wait == Span::ZERO {
            self.advance(ticket);
            return;
        }
        if let Some(attempt) = self.attempts.get_mut(ticket) {
            attempt.stage = Stage::Waits;
        }
        self.agenda
            .plan(self.now.plus(wait), Kind::WaitDone, ticket.place, ticket.tenant);
    }

    fn wait(&mut self, instance: u32) -> Span {
        let at = &self.instances[instance];
        let (service, revision) = (at.service, at.revision);
        let state = &mut self.services[service];
        let wait = behaviour(self.system, service, revision).map(|behaviour| &behaviour.wait);
        let time = wait.map_or(Span::ZERO, |wait| wait.draw(&mut state.luck.wait));
        longer(time, state.slower)
    }

    /// The processor takes the next of those that wait for it.
    #[inline]
    fn next_turn(&mut self, process: u32) {
        let servers = self
            .settings(self.instances[self.processes[process].instance].service)
            .servers;
        while self.processes[process].busy < servers {
            let Some(next) = self.next_ready(process) else { return };
            self.take_up(next, process);
        }
    }

    fn next_ready(&mut self, process: u32) -> Option<Ticket> {
        while let Some(next) = self.processes[process].ready.pop() {
            if self.attempts.get(next).is_some() {
                return Some(next);
            }
        }
        let service = self.instances[self.processes[process].instance].service;
        let is_limited = self.settings(service).concurrency.is_some();
        if is_limited { None } else { self.next_of(process) }
    }

    /// It is the turn of a request.
    fn take_up(&mut self, ticket: Ticket, process: u32) {
        if self.attempts.get(ticket).is_some_and(|attempt| attempt.resumes()) {
            self.resume_in_turn(ticket, process);
        } else {
            self.compute(ticket, process);
        }
    }

    /// The next of those that wait in front of a process.
    fn next_of(&mut self, process: u32) -> Option<Ticket> {
        let service = self.instances[self.processes[process].instance].service;
        if self.services[service].stalled != 0 {
            return None;
        }
        let settings = self.settings(service);
        loop {
            let at = &mut self.processes[process];
            let next = match settings.discipline {
                Discipline::Fifo => at.waiting.pop_front(),
                Discipline::Lifo => at.waiting.pop_back(),
            }?;
            let Some(attempt) = self.attempts.get(next) else {
                continue;
            };
            if settings.drop_expired && attempt.deadline <= self.now && !attempt.resumes() {
                self.fail_soon(next, Cause::DeadlinePassed);
                continue;
            }
            return Some(next);
        }
    }
}

impl<'s> Engine<'s> {
    /// A service that was stalled takes up what has come meanwhile.
    pub(super) fn resume(&mut self, service: u32) {
        self.hear_signals(service);
        let servers = self.settings(service).servers;
        for process in 0..self.processes.len() {
            if self.instances[self.processes[process].instance].service != service {
                continue;
            }
            let places = self.settings(service).concurrency;
            loop {
                let at = &self.processes[process];
                let free = places.map_or(at.busy < servers, |places| at.admitted < places);
                let Some(next) = free.then(|| self.next_of(process)).flatten() else {
                    break;
                };
                match places {
                    Some(_) => self.admit(next, process, servers),
                    None => self.take_up(next, process),
                }
            }
            self.next_turn(process);
        }
    }

    /// What the system says of a service.
    #[inline]
    pub(super) fn settings(&self, service: u32) -> &'s crate::system::Service {
        self.system.service(service)
    }
}

/// What a revision of a service costs.
pub(super) fn behaviour(
    system: &crate::system::System,
    service: u32,
    revision: u32,
) -> Option<&crate::system::Behaviour> {
    system.service(service).revisions.get(revision as usize)
}

/// So many parts per million longer.
pub(super) fn longer(time: Span, parts: u64) -> Span {
    if parts == 0 {
        return time;
    }
    let exact = u128::from(time.micros()) * u128::from(WHOLE + parts) / u128::from(WHOLE);
    Span::from_micros(u64::try_from(exact).unwrap_or(u64::MAX))
}
