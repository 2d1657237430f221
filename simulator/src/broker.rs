//! A queue of messages: who waits, who is worked on, and what becomes of what nobody confirms.
//!
//! A broker delivers at least once. A message that was delivered is hidden; confirmed it is gone, and if nobody does in time it
//! waits again, ahead of those that were never delivered. After so many deliveries it is given up.

use std::collections::VecDeque;

use loadline_compiler::facts::queues::queue_default;
use loadline_compiler::model::{Consumes, Store};

use crate::{Span, Tick};

/// How a queue treats its messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How long a message is hidden after a delivery; `None`: until its consumer confirms it or is gone.
    pub visibility: Option<Span>,
    /// Deliveries until a message is given up; `None`: never.
    pub attempts_max: Option<u64>,
    /// Most messages that may wait; `None`: without end.
    pub depth_max: Option<u64>,
    /// What happens to a message for which there is no room.
    pub full: Full,
}

/// What happens to a message for which there is no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// Who publishes it is refused (RabbitMQ: `overflow: reject-publish`).
    Refuse,
    /// The oldest one that waits makes room for it. RabbitMQ's default (`drop-head`); Redis' `XADD MAXLEN`.
    DropOldest,
}

impl Settings {
    /// As the spec has it. Without `visibility` it is what the engine does by itself: 30 s for SQS; others have no such time, or
    /// their clients extend it. When `max_depth` is reached, who publishes is refused, as the spec's rule about it says.
    #[must_use]
    pub fn of(queue: &Store, consumer: Option<&Consumes>) -> Self {
        let written = consumer.and_then(|consumer| consumer.visibility.as_ref());
        let written = written.map(|visibility| visibility.value);
        let visibility = written.or_else(|| queue_default(queue.engine_name()).visibility);
        Self {
            visibility: visibility.map(Span::from),
            attempts_max: consumer
                .and_then(|consumer| consumer.max_attempts.as_ref())
                .map(|attempts| attempts.value),
            depth_max: queue.max_depth.as_ref().map(|depth| depth.value),
            full: Full::Refuse,
        }
    }
}

/// What becomes of a message that is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Published {
    /// It waits.
    Accepted,
    /// There was no room.
    Refused,
    /// It waits, and this one, which was the oldest, is gone.
    InPlaceOf(u64),
}

/// A message in the hands of a consumer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// What was published.
    pub message: u64,
    /// How often it was delivered, this time included.
    pub attempt: u64,
    slot: usize,
    /// Which delivery of the queue this is: what a late confirmation is told by.
    number: u64,
}

/// What becomes of a message that was delivered and not confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Returned {
    /// It waits to be delivered again.
    Again(u64),
    /// It was delivered often enough: it goes to the dead letter queue, or is gone.
    GivenUp(u64),
}

/// How many messages became what. Accepted ones are confirmed, given up, dropped, waiting or in hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Counts {
    /// Published and taken.
    pub accepted: u64,
    /// Published when there was no room.
    pub refused: u64,
    /// Deliveries, of the same message more than once.
    pub delivered: u64,
    /// Confirmed in time.
    pub confirmed: u64,
    /// Confirmed too late, when the message was someone else's: work that was done in vain, or twice.
    pub too_late: u64,
    /// Delivered too often.
    pub given_up: u64,
    /// Made room for others.
    pub dropped: u64,
}

/// A queue and its messages.
#[derive(Clone, Debug)]
pub struct Broker {
    settings: Settings,
    /// The numbers of the deliveries in hand, 0 where there is none: a slot is used again when its message is gone.
    slots: Vec<u64>,
    free: Vec<usize>,
    /// Never delivered.
    fresh: VecDeque<Waiting>,
    /// Delivered before, and ahead of the others.
    again: VecDeque<Waiting>,
    /// Deliveries in order of when their time is over, which is the order in which they were made.
    hidden: VecDeque<(Tick, Delivery)>,
    counts: Counts,
}

#[derive(Clone, Copy, Debug)]
struct Waiting {
    message: u64,
    attempts: u64,
}

impl Broker {
    /// An empty queue.
    #[must_use]
    pub const fn new(settings: Settings) -> Self {
        Self {
            settings,
            slots: Vec::new(),
            free: Vec::new(),
            fresh: VecDeque::new(),
            again: VecDeque::new(),
            hidden: VecDeque::new(),
            counts: Counts {
                accepted: 0,
                refused: 0,
                delivered: 0,
                confirmed: 0,
                too_late: 0,
                given_up: 0,
                dropped: 0,
            },
        }
    }

    /// Somebody publishes. Room is what waits, not what is worked on; what comes back is let in beyond it.
    pub fn publish(&mut self, message: u64) -> Published {
        let is_full = self.settings.depth_max.is_some_and(|most| most <= self.waiting());
        let oldest = match (is_full, self.settings.full) {
            (false, _) => None,
            (true, Full::Refuse) => {
                self.counts.refused += 1;
                return Published::Refused;
            }
            (true, Full::DropOldest) => self.again.pop_front().or_else(|| self.fresh.pop_front()),
        };
        if is_full && oldest.is_none() {
            // Room for none at all.
            self.counts.refused += 1;
            return Published::Refused;
        }
        self.counts.accepted += 1;
        self.fresh.push_back(Waiting { message, attempts: 0 });
        match oldest {
            Some(oldest) => {
                self.counts.dropped += 1;
                Published::InPlaceOf(oldest.message)
            }
            None => Published::Accepted,
        }
    }

    /// A consumer that has a hand free takes the next message; `None` when none waits. First [`expire`](Self::expire).
    pub fn deliver(&mut self, now: Tick) -> Option<Delivery> {
        let next = self.again.pop_front().or_else(|| self.fresh.pop_front())?;
        self.counts.delivered += 1;
        let number = self.counts.delivered;
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(0);
            self.slots.len() - 1
        });
        if let Some(place) = self.slots.get_mut(slot) {
            *place = number;
        }
        let delivery = Delivery {
            message: next.message,
            attempt: next.attempts + 1,
            slot,
            number,
        };
        if let Some(visibility) = self.settings.visibility {
            let until = now.after(visibility).unwrap_or(Tick::at(u64::MAX));
            self.hidden.push_back((until, delivery));
        }
        Some(delivery)
    }

    /// A consumer confirms; whether it was in time.
    pub fn confirm(&mut self, delivery: Delivery) -> bool {
        let is_in_time = self.let_go(delivery);
        if is_in_time {
            self.counts.confirmed += 1;
        } else {
            self.counts.too_late += 1;
        }
        is_in_time
    }

    /// A consumer gives a message back, or is gone with its connection; `None` when it was no longer its own.
    pub fn give_back(&mut self, delivery: Delivery) -> Option<Returned> {
        self.let_go(delivery).then(|| self.come_back(delivery))
    }

    /// The next message whose time is over, if there is one: to be called until there is none.
    pub fn expire(&mut self, now: Tick) -> Option<Returned> {
        while let Some((until, delivery)) = self.hidden.front().copied() {
            if now < until {
                return None;
            }
            self.hidden.pop_front();
            if self.let_go(delivery) {
                return Some(self.come_back(delivery));
            }
        }
        None
    }

    /// When the time of a message is over next, if any is in hand: to look then.
    pub fn expires(&mut self) -> Option<Tick> {
        while let Some((until, delivery)) = self.hidden.front().copied() {
            if self.is_in_hand(delivery) {
                return Some(until);
            }
            self.hidden.pop_front();
        }
        None
    }

    /// Messages that wait.
    #[must_use]
    pub fn waiting(&self) -> u64 {
        u64::try_from(self.fresh.len() + self.again.len()).unwrap_or(u64::MAX)
    }

    /// Messages that are worked on.
    #[must_use]
    pub fn in_hand(&self) -> u64 {
        u64::try_from(self.slots.len() - self.free.len()).unwrap_or(u64::MAX)
    }

    /// How many became what.
    #[must_use]
    pub const fn counts(&self) -> Counts {
        self.counts
    }

    fn is_in_hand(&self, delivery: Delivery) -> bool {
        self.slots.get(delivery.slot) == Some(&delivery.number)
    }

    fn let_go(&mut self, delivery: Delivery) -> bool {
        let slot = self.slots.get_mut(delivery.slot);
        let Some(slot) = slot.filter(|slot| **slot == delivery.number) else {
            return false;
        };
        *slot = 0;
        self.free.push(delivery.slot);
        true
    }

    fn come_back(&mut self, delivery: Delivery) -> Returned {
        let message = delivery.message;
        if self.settings.attempts_max.is_some_and(|most| most <= delivery.attempt) {
            self.counts.given_up += 1;
            return Returned::GivenUp(message);
        }
        self.again.push_back(Waiting {
            message,
            attempts: delivery.attempt,
        });
        Returned::Again(message)
    }
}

/// What one process works on at a time: `consumes QUEUE { concurrency N }`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Hands {
    most: u64,
    busy: u64,
}

impl Hands {
    /// So many messages at a time.
    #[must_use]
    pub const fn new(concurrency: u64) -> Self {
        Self {
            most: concurrency,
            busy: 0,
        }
    }

    /// Takes a message if a hand is free and one waits.
    pub fn take(&mut self, broker: &mut Broker, now: Tick) -> Option<Delivery> {
        if !self.is_free() {
            return None;
        }
        let delivery = broker.deliver(now)?;
        self.busy += 1;
        Some(delivery)
    }

    /// Whether it can take another one.
    #[must_use]
    pub const fn is_free(&self) -> bool {
        self.busy < self.most
    }

    /// The work on a message has ended, in time or not: a late one keeps a hand busy, too.
    pub const fn done(&mut self) {
        self.busy = self.busy.saturating_sub(1);
    }

    /// Messages it works on.
    #[must_use]
    pub const fn busy(&self) -> u64 {
        self.busy
    }
}

#[cfg(test)]
mod tests;
