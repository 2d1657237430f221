//! A canary as it is written.

use loadline_compiler::quantity::Share;

use crate::Span;
use crate::orchestrator::analysis::{Condition, Pace};
use crate::orchestrator::smoke::Smoke;

/// How long the new set stays up after an abort. Source: defaults.go, `abortScaleDownDelaySeconds`.
pub(in crate::orchestrator) const ABORTED_STAYS: Span = Span::from_micros(30_000_000);

/// A canary as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CanarySettings {
    /// Whether a gateway splits the traffic.
    pub routed: bool,
    /// `maxSurge`, without a router.
    pub surge: Share,
    /// `maxUnavailable`, without a router.
    pub unavailable: Share,
    /// `minReadySeconds`.
    pub min_ready: Span,
    /// `progressDeadlineSeconds`.
    pub deadline: Span,
    /// The steps. That all follows at the end is not one of them.
    pub steps: Vec<CanaryStep>,
    /// What takes it back.
    pub aborts: Vec<Condition>,
    /// How often that is looked at.
    pub pace: Pace,
    /// `scaleDownDelaySeconds`: how long the old set stays after the traffic has left it, with a router.
    pub hold: Span,
}

/// A step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CanaryStep {
    /// `setCanaryScale: { weight: 100 }`: all pods of the new revision, without traffic.
    Whole,
    /// An analysis that must pass: the smoke check.
    Smoke(Smoke),
    /// `setWeight`, in percent.
    Weight(u64),
    /// `pause` for so long.
    Pause(Span),
}
