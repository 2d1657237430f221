//! Between queues and workers: what is published waits, workers take it, and what came of it is told.

use super::attempt::{Attempt, NOWHERE, Origin, Stage};
use super::steps::UNKNOWN;
use super::table::{Slab, Table, Ticket};
use super::{Engine, Kind};
use crate::Tick;
use crate::broker::{self, Counts, Delivery, Published, Returned};
use crate::outcome::Cause;
use crate::system::System;

/// A queue, and who takes from it.
#[derive(Clone, Debug)]
pub(super) struct Broker {
    /// What is published is when that was.
    queue: broker::Broker,
    /// Messages that are worked on.
    held: Slab<Delivery>,
    /// The service that works on them.
    worker: Option<u32>,
    /// Its processes that take messages.
    consumers: Vec<u32>,
    /// The consumer after this one is next.
    last: usize,
    /// Somebody will look then for messages whose time is over.
    looks: Tick,
    pub(super) redelivered: u64,
    pub(super) deepest: (u64, Tick),
}

impl Broker {
    pub(super) fn all(system: &System) -> Table<Self> {
        let queues = system.queues.iter().map(|queue| Self {
            queue: broker::Broker::new(queue.settings),
            held: Slab::default(),
            worker: None,
            consumers: Vec::new(),
            last: 0,
            looks: Tick::NEVER,
            redelivered: 0,
            deepest: (0, Tick::START),
        });
        queues.collect()
    }

    /// Messages that wait.
    pub(super) fn depth(&self) -> u64 {
        self.queue.waiting()
    }

    /// Messages in it, those being worked on included.
    pub(super) fn left(&self) -> u64 {
        self.queue.waiting() + self.queue.in_hand()
    }

    pub(super) const fn counts(&self) -> Counts {
        self.queue.counts()
    }

    /// Those that take messages, beginning with whose turn it is, and their places.
    fn in_turn(&self) -> impl Iterator<Item = (usize, u32)> {
        let count = self.consumers.len();
        let places = (1..=count).map(move |step| (self.last + step) % count.max(1));
        places.filter_map(|place| self.consumers.get(place).map(|process| (place, *process)))
    }
}

impl Engine<'_> {
    /// A message is put on a queue.
    pub(super) fn publish(&mut self, queue: u32) {
        let now = self.now;
        let broker = &mut self.brokers[queue];
        if broker.queue.publish(now.micros()) == Published::Refused {
            self.queue_full(queue);
            return;
        }
        if broker.deepest.0 < broker.queue.waiting() {
            broker.deepest = (broker.queue.waiting(), now);
        }
        self.hand_out(queue);
    }

    /// Messages that have been hidden for long enough are delivered again.
    pub(super) fn deliver(&mut self, queue: u32) {
        self.brokers[queue].looks = Tick::NEVER;
        while let Some(returned) = self.brokers[queue].queue.expire(self.now) {
            self.returned(queue, returned, Cause::Timeout);
        }
        self.hand_out(queue);
        self.look_for_hidden(queue);
    }

    fn look_for_hidden(&mut self, queue: u32) {
        let broker = &mut self.brokers[queue];
        let Some(at) = broker.queue.expires().filter(|at| *at < broker.looks) else {
            return;
        };
        broker.looks = at;
        self.agenda.plan(at, Kind::Redelivery, queue, 0);
    }

    /// A message was not worked on: it waits again, or is given up.
    fn returned(&mut self, queue: u32, returned: Returned, cause: Cause) {
        let Returned::GivenUp(published) = returned else {
            return;
        };
        if let Some(worker) = self.brokers[queue].worker {
            self.message_done(worker, Tick::at(published), Err(cause));
        }
        if let Some(letters) = self.system.queue(queue).dead_letter {
            self.publish(super::finish::number(letters));
        }
    }

    /// Messages go to who has room for them.
    fn hand_out(&mut self, queue: u32) {
        while self.brokers[queue].queue.waiting() != 0 {
            let (broker, processes) = (&mut self.brokers[queue], &mut self.processes);
            let mut free = |process: u32| processes[process].hands(queue).is_some_and(|hands| hands.is_free());
            let Some((place, process)) = broker.in_turn().find(|(_, process)| free(*process)) else {
                return;
            };
            broker.last = place;
            let hands = processes[process].hands(queue);
            if let Some(delivery) = hands.and_then(|hands| hands.take(&mut broker.queue, self.now)) {
                self.take_message(queue, delivery, process);
            }
        }
    }

    fn take_message(&mut self, queue: u32, delivery: Delivery, process: u32) {
        let now = self.now;
        let is_first = delivery.attempt == 1;
        let broker = &mut self.brokers[queue];
        broker.redelivered += u64::from(!is_first);
        let held = broker.held.add(delivery);
        self.look_for_hidden(queue);
        let instance = self.processes[process].instance;
        let service = self.instances[instance].service;
        self.message_taken(service, is_first);
        let attempt = self.attempts.add(Attempt {
            origin: Origin::Message(queue, held),
            user: super::who::Who::NOBODY,
            edge: NOWHERE,
            guard: NOWHERE,
            instance,
            process,
            stage: Stage::Lost,
            step: 0,
            left: UNKNOWN,
            tries: 0,
            child_tries: 0,
            child: Ticket::NONE,
            began: Tick::at(delivery.message),
            sent: now,
            since: now,
            deadline: Tick::NEVER,
            admitted: false,
            doomed: None,
        });
        self.accept_at(attempt, instance, process);
    }

    /// Work on a message ends.
    pub(super) fn message_ended(
        &mut self,
        (queue, held): (u32, Ticket),
        (instance, process): (u32, u32),
        (began, sent): (Tick, Tick),
        outcome: Result<(), Cause>,
    ) {
        let service = self.instances[instance].service;
        if let Some(hands) = self.processes[process].hands(queue) {
            hands.done();
        }
        if self.plan.warm_up <= sent {
            self.services[service].attempts.end(outcome);
        }
        let broker = &mut self.brokers[queue];
        let Some(delivery) = broker.held.take(held) else {
            return;
        };
        match outcome {
            // Worked on for too long, it was delivered to someone else meanwhile, or given up.
            Ok(()) => {
                if broker.queue.confirm(delivery) {
                    self.message_done(service, began, Ok(()));
                }
            }
            Err(cause) => {
                self.message_failed(service, cause);
                let broker = &mut self.brokers[queue];
                if let Some(returned) = broker.queue.give_back(delivery) {
                    self.returned(queue, returned, cause);
                }
            }
        }
        self.hand_out(queue);
    }

    /// A worker is ready: its processes take messages.
    pub(super) fn take_messages(&mut self, instance: u32) {
        let service = self.instances[instance].service;
        for (queue, concurrency) in &self.settings(service).consumes {
            let queue = super::finish::number(*queue);
            self.brokers[queue].worker = Some(service);
            for process in self.instances[instance].all_processes() {
                // One that was only not ready for a while has its hands full as before.
                if !self.brokers[queue].consumers.contains(&process) {
                    self.processes[process].takes(queue, u64::from(*concurrency));
                    self.brokers[queue].consumers.push(process);
                }
            }
            if self.rollouts.begun() {
                self.hand_out(queue);
            }
        }
    }

    /// A worker takes no further messages.
    pub(super) fn stop_taking_messages(&mut self, instance: u32) {
        let at = &self.instances[instance];
        let (service, processes) = (at.service, at.all_processes());
        for (queue, _) in &self.settings(service).consumes {
            self.brokers[super::finish::number(*queue)]
                .consumers
                .retain(|process| !processes.contains(process));
        }
    }
}
