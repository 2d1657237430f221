//! Clients from outside: they come whether or not they are served.

use super::attempt::{Attempt, NOWHERE, Origin, Stage};
use super::finish::number;
use super::table::Ticket;
use super::who::Who;
use super::{Engine, Group, Kind, Luck, Plan};
use crate::Stream;
use crate::Tick;
use crate::chance::Arrivals;
use crate::system::Callee;

/// All sources of requests.
#[derive(Clone, Debug)]
pub(super) struct Clients {
    sources: Vec<Source>,
    /// The next arrival, and its source.
    next: (Tick, usize),
    /// One stream of thoughts for each group.
    thoughts: Vec<Stream>,
}

#[derive(Clone, Debug)]
struct Source {
    edge: u32,
    arrivals: Arrivals,
    at: Tick,
    /// The one after it, which is known before anybody asks: nobody waits for the arithmetic.
    then: Tick,
}

impl Clients {
    pub(super) fn new(plan: &Plan, luck: Luck) -> Self {
        let sources = plan.traffic.iter().map(|(edge, rates)| {
            let edge = u32::try_from(*edge).unwrap_or(u32::MAX);
            let mut arrivals = Arrivals::new(rates.clone(), luck.of(edge, "arrivals"));
            let mut next = || arrivals.next().unwrap_or(Tick::NEVER);
            let (at, then) = (next(), next());
            Source {
                edge,
                arrivals,
                at,
                then,
            }
        });
        let mut clients = Self {
            sources: sources.collect(),
            next: (Tick::NEVER, 0),
            thoughts: (0_u32..)
                .zip(&plan.groups)
                .map(|(group, _)| luck.of(group, "thoughts"))
                .collect(),
        };
        clients.look();
        clients
    }

    #[inline]
    pub(super) const fn next_at(&self) -> Tick {
        self.next.0
    }

    /// The edge by which the next one comes.
    #[inline]
    fn take(&mut self) -> Option<u32> {
        let source = self.sources.get_mut(self.next.1)?;
        source.at = source.then;
        source.then = source.arrivals.next().unwrap_or(Tick::NEVER);
        let edge = source.edge;
        self.look();
        Some(edge)
    }

    #[inline]
    fn look(&mut self) {
        let next = self.sources.iter().enumerate().min_by_key(|(_, source)| source.at);
        self.next = next.map_or((Tick::NEVER, 0), |(place, source)| (source.at, place));
    }
}

impl Engine<'_> {
    #[inline]
    pub(super) fn client_arrives(&mut self) {
        let Some(edge) = self.clients.take() else { return };
        if let Callee::Queue(queue) = self.system.edge(edge).callee {
            self.publish(number(queue));
            return;
        }
        self.asked(edge);
        let who = self.next_user(edge);
        let passed = self.come_in(edge, who);
        self.send(edge, Origin::Client(who, passed), self.now, 0, Tick::NEVER);
    }

    /// Clients that wait for answers begin to ask. They are numbered over all groups.
    pub(super) fn groups_begin(&mut self) {
        let groups = self.plan.groups.iter();
        let begins = groups.flat_map(|group| (0..group.clients).map(|_| group.from));
        for (client, from) in (0_u32..).zip(begins) {
            self.agenda.plan(from, Kind::Asks, client, 0);
        }
    }

    /// A client that waits for answers asks.
    pub(super) fn asks(&mut self, client: u32) {
        let Some((_, group)) = self.group_of(client).filter(|(_, group)| self.now < group.until) else {
            return;
        };
        let edge = number(group.edge);
        let who = Who::client(client);
        self.asked(edge);
        let passed = self.come_in(edge, who);
        self.send(edge, Origin::Client(who, passed), self.now, 0, Tick::NEVER);
    }

    /// A client has its answer, and thinks before it asks again, if it is one that does.
    pub(super) fn client_thinks(&mut self, who: Who) {
        let Some(client) = who.as_client() else { return };
        let Some((place, group)) = self.group_of(client) else {
            return;
        };
        let Some(stream) = self.clients.thoughts.get_mut(place) else {
            return;
        };
        let thinks = group.think.draw(stream);
        self.agenda.plan(self.now.plus(thinks), Kind::Asks, client, 0);
    }

    /// A client waits, and asks the same once more.
    pub(super) fn client_tries_again(&mut self, origin: Origin, (edge, began): (u32, Tick), tries: u32) {
        let backoff = self.system.edge(edge).backoff;
        let wait = backoff.wait(tries, &mut self.edges[edge].repeats);
        if wait == crate::Span::ZERO {
            self.send(edge, origin, began, tries + 1, Tick::NEVER);
            return;
        }
        let ticket = self.attempts.add(Attempt {
            origin,
            user: Who::NOBODY,
            edge,
            guard: NOWHERE,
            instance: NOWHERE,
            process: NOWHERE,
            stage: Stage::BacksOff,
            step: 0,
            left: 0,
            tries: tries + 1,
            child_tries: 0,
            child: Ticket::NONE,
            began,
            sent: self.now,
            since: self.now,
            deadline: Tick::NEVER,
            admitted: false,
            doomed: None,
        });
        self.agenda
            .plan(self.now.plus(wait), Kind::Retry, ticket.place, ticket.tenant);
    }
}

impl<'s> Engine<'s> {
    /// The group of a client that waits for answers, and its place.
    fn group_of(&self, client: u32) -> Option<(usize, &'s Group)> {
        let mut before = 0;
        let groups = self.plan.groups.iter().enumerate();
        groups.into_iter().find(|(_, group)| {
            before += group.clients;
            u64::from(client) < before
        })
    }
}
