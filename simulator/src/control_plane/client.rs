//! The calls of one controller, as its client lets them through.

use super::{ControlPlane, Event, Settings, later};
use crate::bucket::Bucket;
use crate::{Span, Tick};

const SECOND: u64 = 1_000_000;

/// Events about one object: so many, and one more in five minutes. Source: client-go, tools/record/events_cache.go,
/// `defaultSpamBurst`, `defaultSpamQPS`.
const EVENTS_BURST: u64 = 25;
const EVENTS_EVERY: u64 = 300 * SECOND;

/// Which controller of the kube-controller-manager: each has a client of its own.
#[derive(Clone, Copy, Debug)]
pub(super) enum Controller {
    /// Writes ReplicaSets.
    Deployments,
    /// Creates and deletes pods of ReplicaSets.
    ReplicaSets,
    /// Creates and deletes those of StatefulSets.
    StatefulSets,
}

/// One client: its calls, and its events, which are sent one after the other beside them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Client {
    bucket: Bucket,
    lag: Span,
    sending: bool,
    waiting: u64,
}

impl Client {
    pub(super) const fn new(settings: &Settings) -> Self {
        Self {
            bucket: Bucket::new(settings.qps, SECOND, settings.burst),
            lag: settings.lag,
            sending: false,
            waiting: 0,
        }
    }

    /// Calls as soon as it may; when that is done and seen.
    pub(super) fn call(&mut self, now: Tick) -> Tick {
        later(self.bucket.take(now), self.lag)
    }
}

/// How many events about one object are still let through.
pub(super) const fn events_about() -> Bucket {
    Bucket::new(1, EVENTS_EVERY, EVENTS_BURST)
}

impl ControlPlane {
    /// An event is recorded; it costs a call when its turn comes.
    pub(super) fn record(&mut self, now: Tick, by: Controller) {
        let client = self.client(by);
        if client.sending {
            client.waiting += 1;
            return;
        }
        client.sending = true;
        let at = client.call(now);
        self.at(at, Event::Told { by });
    }

    pub(super) fn told(&mut self, now: Tick, by: Controller) {
        let client = self.client(by);
        client.sending = false;
        if client.waiting != 0 {
            client.waiting -= 1;
            self.record(now, by);
        }
    }

    pub(super) const fn client(&mut self, of: Controller) -> &mut Client {
        match of {
            Controller::Deployments => &mut self.deployments.client,
            Controller::ReplicaSets => &mut self.replica_sets.client,
            Controller::StatefulSets => &mut self.stateful_sets.client,
        }
    }
}
