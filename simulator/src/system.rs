//! What is simulated: a system as numbers and places in lists, without names to look up or text to read.
//!
//! [`System::of`] makes it from a model. Whoever calls things by name uses its [`Names`].

mod changes;
mod edges;
mod groups;
mod places;
mod refusal;
mod workloads;

pub use changes::{Change, Claim, Script, Statement, Step, Touches, Transaction, Waits, Work};
pub use edges::{Callee, Edge, Publish, Use};
pub use groups::Group;
pub use places::{EdgePlaces, Places, ServicePlaces, StorePlaces, UsePlaces};
pub use refusal::Refusal;
pub use workloads::{Behaviour, Discipline, Lifecycle, Probe, Probes, Roll, Scaling, Service, SessionPlace, Sessions};

use crate::broker;
use crate::chance::Law;
use crate::control_plane::Settings;
use crate::outcome::{Names, Place};
use crate::{Span, Tick};

/// Everything that can act or be acted on.
#[derive(Clone, Debug)]
pub struct System {
    /// Services and workers.
    pub services: Vec<Service>,
    /// Databases, caches and externals.
    pub stores: Vec<Store>,
    /// Queues.
    pub queues: Vec<Queue>,
    /// Every way in which requests go from one to another: entries of clients first, then calls.
    pub edges: Vec<Edge>,
    /// Nodes of clusters.
    pub groups: Vec<Group>,
    /// Changes of schemas that are migrated.
    pub changes: Vec<Change>,
    /// What the tables are called that they lock.
    pub tables: Vec<String>,
    /// How the control plane of the cluster behaves.
    pub control_plane: Settings,
    /// From ready to known as an endpoint.
    pub endpoint_add: Span,
    /// From told to stop to no longer known as one.
    pub endpoint_remove: Span,
    /// What everything is called.
    pub names: Names,
    /// Where the spec says what decides.
    pub places: Places,
}

/// A database, cache or external.
#[derive(Clone, Debug)]
pub struct Store {
    /// Where it is declared.
    pub place: Place,
    /// Connections that the workloads can have together.
    pub limit: Option<u64>,
    /// Work that it does at once, before other work waits.
    pub capacity: Option<u64>,
    /// How long it works on one request; [`Law::Zero`] if that is not said.
    pub service: Law,
    /// There and back again.
    pub latency: Law,
    /// How long it is away if nothing else is said.
    pub failover: Option<Span>,
    /// Requests in an hour that its owner grants, in millionths.
    pub quota: Option<u64>,
}

/// A queue.
#[derive(Clone, Debug)]
pub struct Queue {
    /// Where it is declared.
    pub place: Place,
    /// How it treats its messages.
    pub settings: broker::Settings,
    /// Where messages go that were given up.
    pub dead_letter: Option<usize>,
}

/// When something that lasts is over; the end of time if it is not said.
#[must_use]
pub fn until(at: Tick, length: Option<Span>) -> Tick {
    length.and_then(|length| at.after(length)).unwrap_or(Tick::NEVER)
}

/// A place that the system itself handed out has something in it.
#[expect(
    clippy::indexing_slicing,
    reason = "places are those of this very system: a wrong one is a bug"
)]
impl System {
    #[inline]
    pub(crate) fn service(&self, place: u32) -> &Service {
        &self.services[place as usize]
    }

    #[inline]
    pub(crate) fn store(&self, place: u32) -> &Store {
        &self.stores[place as usize]
    }

    #[inline]
    pub(crate) fn queue(&self, place: u32) -> &Queue {
        &self.queues[place as usize]
    }

    #[inline]
    pub(crate) fn edge(&self, place: u32) -> &Edge {
        &self.edges[place as usize]
    }
}
