//! `behavior`: how fast it goes up and down.

use crate::Span;

const SECOND: u64 = 1_000_000;

/// The period of the default policies. Source: autoscaling/v2 defaults.go; the documentation of the type says 60 s.
const PERIOD: Span = Span::from_micros(15 * SECOND);

/// Both directions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Behavior {
    /// `scaleUp`.
    pub up: Rules,
    /// `scaleDown`.
    pub down: Rules,
}

/// One direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// `stabilizationWindowSeconds`: the most cautious recommendation of so long counts.
    pub window: Span,
    /// `selectPolicy`.
    pub select: Select,
    /// `policies`.
    pub policies: Vec<Policy>,
}

/// Which of several policies counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Select {
    /// The one that allows the largest change.
    Max,
    /// The one that allows the smallest.
    Min,
    /// No change in this direction.
    Disabled,
}

/// So much in each period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// How much.
    pub change: Change,
    /// `periodSeconds`.
    pub period: Span,
}

/// A number of pods, or a part of those that there were when the period began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// So many.
    Pods(u64),
    /// So many percent.
    Percent(u64),
}

impl Rules {
    /// Up, where nothing is said: four pods or as many as there are, whichever is more, every 15 s, and at once.
    #[must_use]
    pub fn up() -> Self {
        let policy = |change| Policy { change, period: PERIOD };
        Self {
            window: Span::ZERO,
            select: Select::Max,
            policies: vec![policy(Change::Pods(4)), policy(Change::Percent(100))],
        }
    }

    /// Down, where nothing is said: all of them, but only what five minutes of recommendations agree on
    /// (`--horizontal-pod-autoscaler-downscale-stabilization`).
    #[must_use]
    pub fn down() -> Self {
        Self {
            window: Span::from_micros(300 * SECOND),
            select: Select::Max,
            policies: vec![Policy {
                change: Change::Percent(100),
                period: PERIOD,
            }],
        }
    }

    /// How long a change is remembered.
    pub(super) fn longest(&self) -> Span {
        let periods = self.policies.iter().map(|policy| policy.period);
        periods.max().unwrap_or(Span::ZERO)
    }
}
