//! Where the spec says what decides, for whoever tells what happened. Nothing is computed with it.

use crate::outcome::Place;

/// Places of settings, by the things that they are of, in the order of the [`System`](super::System). What is not written has none.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// Of services and workers.
    pub services: Vec<ServicePlaces>,
    /// Of databases, caches and externals.
    pub stores: Vec<StorePlaces>,
    /// Of queues: how many messages may wait.
    pub queues: Vec<Option<Place>>,
    /// Of ways of requests.
    pub edges: Vec<EdgePlaces>,
}

/// Settings of a service or worker.
#[derive(Clone, Debug, Default)]
pub struct ServicePlaces {
    /// How many instances there are.
    pub scale: Option<Place>,
    /// Its memory limit.
    pub memory: Option<Place>,
    /// What holds the other two probes back.
    pub startup: Option<Place>,
    /// What restarts it.
    pub live: Option<Place>,
    /// What takes it out of the endpoints.
    pub ready: Option<Place>,
    /// How many may be missing when somebody asks for them to go.
    pub budget: Option<Place>,
    /// How long what it works on may take when it stops.
    pub drain: Option<Place>,
    /// When it is killed.
    pub grace: Option<Place>,
    /// Where its sessions are.
    pub sessions: Option<Place>,
    /// How it is replaced.
    pub rollout: Option<Place>,
    /// When a rollout is stuck.
    pub deadline: Option<Place>,
    /// What takes a rollout back.
    pub abort: Option<Place>,
    /// How many requests may wait.
    pub queue_limit: Option<Place>,
    /// That what has expired is dropped.
    pub drop_expired: Option<Place>,
    /// Its connections, in the order of its uses.
    pub uses: Vec<UsePlaces>,
    /// Its revisions: what fails on its own in each.
    pub errors: Vec<Option<Place>>,
}

impl ServicePlaces {
    /// A further revision: what fails in it on its own, where that is not what failed before.
    pub fn revision(&mut self, errors: Option<Place>) {
        let spec = self.errors.first().copied().flatten();
        self.errors.push(errors.or(spec));
    }
}

/// Settings of a pool.
#[derive(Clone, Copy, Debug, Default)]
pub struct UsePlaces {
    /// The `uses` itself.
    pub declared: Option<Place>,
    /// How many connections it has.
    pub pool: Option<Place>,
    /// How long a request waits for one.
    pub acquire_timeout: Option<Place>,
    /// When an instance that stops gives them back.
    pub release: Option<Place>,
}

/// Settings of a datastore or external.
#[derive(Clone, Copy, Debug, Default)]
pub struct StorePlaces {
    /// How many connections it accepts.
    pub limit: Option<Place>,
    /// What its owner grants.
    pub quota: Option<Place>,
}

/// Settings of a call, a route, or of clients.
#[derive(Clone, Copy, Debug, Default)]
pub struct EdgePlaces {
    /// How long an attempt may take.
    pub timeout: Option<Place>,
    /// When calling is given up for a while.
    pub breaker: Option<Place>,
    /// How many retries there may be.
    pub retry_budget: Option<Place>,
    /// How long the called one keeps idle connections.
    pub kept: Option<Place>,
}
