//! Clients from outside: they come whether or not they are served.

use super::attempt::Origin;
use super::finish::number;
use super::{Engine, Luck, Plan};
use crate::Tick;
use crate::chance::Arrivals;
use crate::system::Callee;

/// All sources of requests.
#[derive(Clone, Debug)]
pub(super) struct Clients {
    sources: Vec<Source>,
    /// The next arrival, and its source.
    next: (Tick, usize),
}

#[derive(Clone, Debug)]
struct Source {
    edge: u32,
    arrivals: Arrivals,
    at: Tick,
}

impl Clients {
    pub(super) fn new(plan: &Plan, luck: Luck) -> Self {
        let sources = plan.traffic.iter().map(|(edge, rates)| {
            let edge = u32::try_from(*edge).unwrap_or(u32::MAX);
            let mut arrivals = Arrivals::new(rates.clone(), luck.of(edge, "arrivals"));
            let at = arrivals.next().unwrap_or(Tick::NEVER);
            Source { edge, arrivals, at }
        });
        let mut clients = Self {
            sources: sources.collect(),
            next: (Tick::NEVER, 0),
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
        source.at = source.arrivals.next().unwrap_or(Tick::NEVER);
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
        self.send(edge, Origin::Client, self.now, 0, Tick::NEVER);
    }
}
