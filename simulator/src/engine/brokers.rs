//! Queues: messages wait, workers take them, and what was not worked on in time is delivered again.

use std::collections::VecDeque;

use super::attempt::{Attempt, NOWHERE, Origin, Stage};
use super::steps::UNKNOWN;
use super::table::{Slab, Table, Ticket};
use super::{Engine, Kind};
use crate::Tick;
use crate::outcome::Cause;
use crate::system::System;

/// A queue.
#[derive(Clone, Debug, Default)]
pub(super) struct Broker {
    messages: Slab<Message>,
    /// Those that wait, in their order.
    waiting: VecDeque<Ticket>,
    /// Those that are hidden, by when they are delivered again. All are hidden for the same time.
    hidden: VecDeque<(Tick, Ticket)>,
    /// Processes that take messages, one place for each.
    consumers: Vec<u32>,
    /// The consumer after this one is next.
    last: usize,
    pub(super) published: u64,
    pub(super) consumed: u64,
    pub(super) redelivered: u64,
    pub(super) dead: u64,
    pub(super) lost: u64,
    pub(super) deepest: (u64, Tick),
}

/// A message.
#[derive(Clone, Copy, Debug)]
struct Message {
    since: Tick,
    deliveries: u64,
    /// While it is worked on: until when it is hidden.
    hidden: Option<Tick>,
}

impl Broker {
    pub(super) fn all(system: &System) -> Table<Self> {
        system.queues.iter().map(|_| Self::default()).collect()
    }

    /// Messages that wait.
    pub(super) fn depth(&self) -> u64 {
        self.waiting.len() as u64
    }

    /// Messages in it, those being worked on included.
    pub(super) fn left(&self) -> u64 {
        self.messages.iter().count() as u64
    }

    /// The next consumer that has room.
    fn consumer(&mut self, free: impl Fn(u32) -> bool) -> Option<u32> {
        let count = self.consumers.len();
        let places = (1..=count).map(|step| (self.last + step) % count.max(1));
        let place = places
            .into_iter()
            .find(|place| self.consumers.get(*place).is_some_and(|process| free(*process)))?;
        self.last = place;
        self.consumers.get(place).copied()
    }
}

impl Engine<'_> {
    /// A message is put on a queue.
    pub(super) fn publish(&mut self, queue: u32) {
        let now = self.now;
        let limit = self.system.queue(queue).max_depth;
        let broker = &mut self.brokers[queue];
        broker.published += 1;
        if limit.is_some_and(|limit| limit <= broker.waiting.len() as u64) {
            broker.lost += 1;
            self.queue_full(queue);
            return;
        }
        let message = broker.messages.add(Message {
            since: now,
            deliveries: 0,
            hidden: None,
        });
        broker.waiting.push_back(message);
        if broker.deepest.0 < broker.waiting.len() as u64 {
            broker.deepest = (broker.waiting.len() as u64, now);
        }
        self.hand_out(queue);
    }

    /// Messages that have been hidden for long enough are delivered again.
    pub(super) fn deliver(&mut self, queue: u32) {
        while let Some((at, ticket)) = self.brokers[queue].hidden.front().copied() {
            let hidden = self.brokers[queue]
                .messages
                .get(ticket)
                .is_some_and(|message| message.hidden == Some(at));
            if hidden && self.now < at {
                self.agenda.plan(at, Kind::Redelivery, queue, 0);
                break;
            }
            self.brokers[queue].hidden.pop_front();
            if hidden {
                self.again(queue, ticket);
            }
        }
        self.hand_out(queue);
    }

    /// A message was not worked on: it waits again, or is given up.
    fn again(&mut self, queue: u32, ticket: Ticket) {
        let settings = self.system.queue(queue);
        let broker = &mut self.brokers[queue];
        let Some(message) = broker.messages.get_mut(ticket) else {
            return;
        };
        message.hidden = None;
        if settings.max_attempts.is_some_and(|most| most <= message.deliveries) {
            broker.messages.take(ticket);
            broker.dead += 1;
            if let Some(letters) = settings.dead_letter {
                self.publish(super::finish::number(letters));
            }
            return;
        }
        broker.waiting.push_back(ticket);
    }

    /// Messages go to who has room for them.
    fn hand_out(&mut self, queue: u32) {
        while !self.brokers[queue].waiting.is_empty() {
            let processes = &self.processes;
            let Some(process) = self.brokers[queue].consumer(|process| processes[process].free != 0) else {
                return;
            };
            let Some(message) = self.brokers[queue].waiting.pop_front() else {
                return;
            };
            self.take_message(queue, message, process);
        }
    }

    fn take_message(&mut self, queue: u32, ticket: Ticket, process: u32) {
        let now = self.now;
        let visibility = self.system.queue(queue).visibility;
        let broker = &mut self.brokers[queue];
        let Some(message) = broker.messages.get_mut(ticket) else {
            return;
        };
        message.deliveries += 1;
        let hidden = visibility.map_or(Tick::NEVER, |visibility| now.plus(visibility));
        message.hidden = Some(hidden);
        let (began, deliveries) = (message.since, message.deliveries);
        if 1 < deliveries {
            broker.redelivered += 1;
        }
        if visibility.is_some() {
            broker.hidden.push_back((hidden, ticket));
            if broker.hidden.len() == 1 {
                self.agenda.plan(hidden, Kind::Redelivery, queue, 0);
            }
        }
        self.processes[process].free -= 1;
        let instance = self.processes[process].instance;
        let service = self.instances[instance].service;
        if self.plan.warm_up <= now {
            let state = &mut self.services[service];
            state.attempts.arrived += 1;
            state.requests.arrived += u64::from(deliveries == 1);
        }
        let attempt = self.attempts.add(Attempt {
            origin: Origin::Message(queue, ticket),
            edge: NOWHERE,
            instance,
            process,
            stage: Stage::Lost,
            step: 0,
            left: UNKNOWN,
            tries: 0,
            child_tries: 0,
            child: Ticket::NONE,
            began,
            sent: now,
            since: now,
            deadline: Tick::NEVER,
            admitted: false,
            doomed: None,
        });
        self.accept_at(attempt, instance, process);
    }

    /// Work on a message ends.
    pub(super) fn message_ended(&mut self, (queue, ticket): (u32, Ticket), at: &Attempt, outcome: Result<(), Cause>) {
        let service = self.instances[at.instance].service;
        self.processes[at.process].free += 1;
        let counts = self.plan.warm_up <= at.sent;
        if counts {
            self.services[service].attempts.end(outcome);
        }
        let broker = &mut self.brokers[queue];
        let hidden = broker
            .messages
            .get(ticket)
            .is_some_and(|message| message.hidden.is_some());
        match outcome {
            Ok(()) if hidden => {
                broker.messages.take(ticket);
                broker.consumed += 1;
                self.message_done(service, at.began, Ok(()));
            }
            // Worked on for too long: it was delivered to someone else meanwhile, or given up.
            Ok(()) => {}
            Err(cause) => {
                let last = self.system.queue(queue).max_attempts;
                let given_up = broker
                    .messages
                    .get(ticket)
                    .is_some_and(|message| last.is_some_and(|last| last <= message.deliveries));
                if hidden && given_up {
                    self.message_done(service, at.began, Err(cause));
                }
                if hidden {
                    self.again(queue, ticket);
                }
            }
        }
        self.hand_out(queue);
    }

    /// A worker is ready: its processes take messages.
    pub(super) fn take_messages(&mut self, instance: u32) {
        let at = &self.instances[instance];
        let Some((queue, concurrency)) = self.settings(at.service).consumes else {
            return;
        };
        let queue = super::finish::number(queue);
        for process in self.instances[instance].all_processes() {
            self.processes[process].free = concurrency;
            if !self.brokers[queue].consumers.contains(&process) {
                self.brokers[queue].consumers.push(process);
            }
        }
        if self.rollouts.begun() {
            self.hand_out(queue);
        }
    }

    /// A worker takes no further messages.
    pub(super) fn stop_taking_messages(&mut self, instance: u32) {
        let at = &self.instances[instance];
        let Some((queue, _)) = self.settings(at.service).consumes else {
            return;
        };
        let queue = super::finish::number(queue);
        let processes = at.all_processes();
        self.brokers[queue]
            .consumers
            .retain(|process| !processes.contains(process));
    }
}
