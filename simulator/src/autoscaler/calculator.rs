//! How many replicas one metric asks for.
//!
//! Source: replica_calculator.go `GetResourceReplicas`, `calcPlainMetricReplicas`, `GetExternalPerPodMetricReplicas`,
//! `groupPods`; metrics/utilization.go. The tolerance is that of 1.33 and later, both ends included.

use super::Inputs;
use crate::{Span, Tick};

/// `--horizontal-pod-autoscaler-tolerance` 0.1, as a fraction: no change within it.
const TOLERANCE: (u128, u128) = (1, 10);

/// `--horizontal-pod-autoscaler-cpu-initialization-period`.
const CPU_INITIALIZATION: Span = Span::from_micros(300_000_000);

/// `--horizontal-pod-autoscaler-initial-readiness-delay`.
const INITIAL_READINESS: Span = Span::from_micros(30_000_000);

/// Over how long a sample of processor time is taken: `--metric-resolution=15s` of metrics-server as it is installed.
const WINDOW: Span = Span::from_micros(15_000_000);

/// A metric and what it is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Processor time relative to the request.
    Cpu {
        /// The request of a pod, in thousandths of a core; without one the metric fails.
        request: Option<u64>,
        /// `averageUtilization`, in percent.
        percent: u64,
    },
    /// Memory relative to the request.
    Memory {
        /// The request of a pod, in bytes; without one the metric fails.
        request: Option<u64>,
        /// `averageUtilization`, in percent.
        percent: u64,
    },
    /// Requests of a pod: `averageValue`.
    Rate {
        /// In thousandths a second.
        millis: u64,
    },
    /// Messages that wait, for each pod: an external metric with an `averageValue`.
    Queue {
        /// Its place in [`Inputs::queues`].
        queue: usize,
        /// How many.
        each: u64,
    },
}

/// A pod, and the last that was measured of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pod {
    /// Its containers do not run yet.
    pub pending: bool,
    /// It was deleted, or has failed: it is left out.
    pub terminating: bool,
    /// Its condition Ready.
    pub ready: bool,
    /// When that changed last; for one that was never ready, when it started.
    pub changed: Tick,
    /// `status.startTime`.
    pub started: Tick,
    /// When it was measured.
    pub sampled: Tick,
    /// Thousandths of a core; `None` without a sample.
    pub cpu: Option<u64>,
    /// Bytes; `None` without a sample.
    pub memory: Option<u64>,
    /// Thousandths of a request a second; `None` without a sample.
    pub rate: Option<u64>,
}

impl Target {
    /// What it asks for; `None` when it cannot be had.
    pub(super) fn propose(&self, inputs: &Inputs<'_>) -> Option<u64> {
        let current = inputs.replicas;
        match *self {
            Self::Cpu { request, percent } => {
                let used = Use {
                    request: request?,
                    goal: percent,
                };
                used.replicas(&group(inputs, true, |pod| pod.cpu), current)
            }
            Self::Memory { request, percent } => {
                let used = Use {
                    request: request?,
                    goal: percent,
                };
                used.replicas(&group(inputs, false, |pod| pod.memory), current)
            }
            Self::Rate { millis } => {
                let used = Use {
                    request: 0,
                    goal: millis,
                };
                used.replicas(&group(inputs, false, |pod| pod.rate), current)
            }
            Self::Queue { queue, each } => {
                let waiting = inputs.queues.get(queue).copied().flatten()?;
                Some(by_queue(waiting, each, inputs.status))
            }
        }
    }
}

/// So many for each: how many there must be. What there is counts with surge here, and is also what stays.
fn by_queue(waiting: u64, each: u64, status: u64) -> u64 {
    let share = Fraction {
        above: u128::from(waiting),
        below: u128::from(each) * u128::from(status),
    };
    if status != 0 && share.is_near_one() {
        status
    } else {
        waiting.div_ceil(each.max(1))
    }
}

/// Pods by what is known of them.
#[derive(Clone, Copy, Debug, Default)]
struct Groups {
    /// Measured and counted, and what they use together.
    counted: u64,
    sum: u128,
    /// Not measured.
    missing: u64,
    /// Pending; for processor time also those that are not ready yet.
    unready: u64,
}

fn group(inputs: &Inputs<'_>, cpu: bool, sample: impl Fn(&Pod) -> Option<u64>) -> Groups {
    let mut groups = Groups::default();
    for pod in inputs.pods.iter().filter(|pod| !pod.terminating) {
        match sample(pod) {
            _ if pod.pending => groups.unready += 1,
            None => groups.missing += 1,
            Some(_) if cpu && pod.is_unready(inputs.now) => groups.unready += 1,
            Some(value) => {
                groups.counted += 1;
                groups.sum += u128::from(value);
            }
        }
    }
    groups
}

impl Pod {
    /// Whether its processor time says nothing: it boots, or was measured while it did.
    fn is_unready(&self, now: Tick) -> bool {
        if now.since(self.started) < CPU_INITIALIZATION {
            return !self.ready || self.sampled.since(self.changed) < WINDOW;
        }
        // One that has never been ready; one that was, and is not any more, counts.
        !self.ready && self.changed.since(self.started) < INITIAL_READINESS
    }
}

/// What is used against what is to be used.
struct Use {
    /// Of a pod; nothing where the goal is an amount.
    request: u64,
    /// Percent of the request, or an amount.
    goal: u64,
}

impl Use {
    fn replicas(&self, groups: &Groups, current: u64) -> Option<u64> {
        let ratio = self.ratio(groups.sum, groups.counted)?;
        let waits = groups.unready != 0 && ratio.is_more();
        if !waits && groups.missing == 0 {
            let near = ratio.is_near_one();
            return Some(if near { current } else { ratio.ceil_of(groups.counted) });
        }
        // Cautious: what is not known uses much when it might shrink, and nothing when it might grow.
        let (mut sum, mut counted) = (groups.sum, groups.counted);
        if ratio.is_less() || ratio.is_more() {
            counted += groups.missing;
        }
        if ratio.is_less() {
            sum += u128::from(self.when_missing()) * u128::from(groups.missing);
        }
        if waits {
            counted += groups.unready;
        }
        let careful = self.ratio(sum, counted)?;
        let flipped = (ratio.is_less() && careful.is_more()) || (ratio.is_more() && careful.is_less());
        if careful.is_near_one() || flipped {
            return Some(current);
        }
        let replicas = careful.ceil_of(counted);
        let against = (careful.is_less() && current < replicas) || (careful.is_more() && replicas < current);
        Some(if against { current } else { replicas })
    }

    /// Relative to the request in whole percent, rounded down, as the controller has it; amounts on the average, too.
    fn ratio(&self, sum: u128, counted: u64) -> Option<Fraction> {
        let whole = if self.request == 0 {
            sum.checked_div(u128::from(counted))?
        } else {
            (sum * 100).checked_div(u128::from(self.request) * u128::from(counted))?
        };
        (self.goal != 0).then_some(Fraction {
            above: whole,
            below: u128::from(self.goal),
        })
    }

    /// What a pod without a sample is taken to use when the others use less than they are to.
    fn when_missing(&self) -> u64 {
        if self.request == 0 {
            self.goal
        } else {
            self.request.saturating_mul(self.goal.max(100)) / 100
        }
    }
}

/// A ratio that is not rounded.
#[derive(Clone, Copy, Debug)]
struct Fraction {
    above: u128,
    below: u128,
}

impl Fraction {
    const fn is_more(self) -> bool {
        self.below < self.above
    }

    const fn is_less(self) -> bool {
        self.above < self.below
    }

    const fn is_near_one(self) -> bool {
        self.above.abs_diff(self.below) * TOLERANCE.1 <= self.below * TOLERANCE.0
    }

    fn ceil_of(self, count: u64) -> u64 {
        let product = self.above * u128::from(count);
        u64::try_from(product.div_ceil(self.below.max(1))).unwrap_or(u64::MAX)
    }
}
