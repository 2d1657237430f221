//! Simulated time: integer microseconds, so that equal inputs give equal times on every machine.

use loadline_compiler::quantity::Duration;
use serde::{Deserialize, Serialize};

/// A moment of a run, in microseconds since its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tick(u64);

/// A length of simulated time, in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Span(u64);

impl Tick {
    /// The start of the run.
    pub const START: Self = Self(0);

    /// The end of time, which does not come.
    pub const NEVER: Self = Self(u64::MAX);

    /// So many microseconds after the start.
    #[must_use]
    pub const fn at(micros: u64) -> Self {
        Self(micros)
    }

    /// Microseconds since the start.
    #[must_use]
    pub const fn micros(self) -> u64 {
        self.0
    }

    /// Later by `span`; `None` beyond the end of time (some 580,000 years).
    #[must_use]
    pub const fn after(self, span: Span) -> Option<Self> {
        match self.0.checked_add(span.0) {
            Some(micros) => Some(Self(micros)),
            None => None,
        }
    }

    /// Later by `span`; [`Tick::NEVER`] beyond the end of time.
    #[must_use]
    pub const fn plus(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }

    /// The time since `earlier`; nothing if that is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl Span {
    /// No time.
    pub const ZERO: Self = Self(0);

    /// From microseconds.
    #[must_use]
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// Microseconds.
    #[must_use]
    pub const fn micros(self) -> u64 {
        self.0
    }
}

impl From<Duration> for Span {
    fn from(duration: Duration) -> Self {
        Self(duration.in_micros())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_adds_up_and_has_an_end() {
        let later = Tick::START.after(Span::from(Duration::seconds(2))).unwrap();
        assert_eq!(later.micros(), 2_000_000);
        assert_eq!(later.since(Tick::START), Span::from_micros(2_000_000));
        assert_eq!(Tick::START.since(later), Span::ZERO);
        assert_eq!(later.after(Span::from_micros(u64::MAX)), None);
    }
}
