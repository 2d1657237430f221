//! A number of instances, absolute or relative.

use std::fmt;

use super::{Mistake, Ratio, count, split};

/// `1` or `25%` of the replicas: surge, unavailable, disruption budgets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Share {
    /// So many.
    Count(u64),
    /// That part of all.
    Ratio(Ratio),
}

impl Share {
    /// Resolved against `replicas`, rounded up (surge).
    #[must_use]
    pub const fn ceil_of(self, replicas: u64) -> u64 {
        match self {
            Self::Count(count) => count,
            Self::Ratio(ratio) => ratio.ceil_of(replicas),
        }
    }

    /// Resolved against `replicas`, rounded down and at most all of them (unavailable).
    #[must_use]
    pub const fn floor_of(self, replicas: u64) -> u64 {
        let resolved = match self {
            Self::Count(count) => count,
            Self::Ratio(ratio) => ratio.floor_of(replicas),
        };
        if resolved < replicas { resolved } else { replicas }
    }

    /// Whether it is written as nothing: `0` or `0%`.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        match self {
            Self::Count(count) => count == 0,
            Self::Ratio(ratio) => ratio.in_millionths() == 0,
        }
    }

    /// Reads `1` or `25%`.
    ///
    /// # Errors
    /// With any other unit.
    pub fn read(text: &str) -> Result<Self, Mistake> {
        match split(text) {
            (_, "%") => Ratio::read(text).map(Self::Ratio),
            (_, "") => count::read(text).map(Self::Count),
            (number, _) => Err(
                Mistake::new(format!("expected a number or a percentage, found `{text}`"))
                    .or(number)
                    .or(format!("{number}%")),
            ),
        }
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => write!(f, "{count}"),
            Self::Ratio(ratio) => write!(f, "{ratio}"),
        }
    }
}
