//! What luck may bring: the laws that lengths of time follow, and how they are drawn.
//!
//! A draw is the inverse of a law's distribution function at one number of a stream. Each law therefore takes exactly one
//! number, whatever it is: exchanging a law or a mean shifts no other draw, and two variants of a system are long and short
//! at the same requests (common random numbers).
#![expect(
    clippy::float_arithmetic,
    reason = "laws of probability are real functions; add, multiply, divide and square root are exact in IEEE 754, the rest is libm's"
)]

mod ahead;
mod arrivals;
mod gap;
mod lognormal;
mod normal;
mod rates;
mod uniform;

use std::sync::Arc;

use loadline_compiler::quantity::Ratio;

use crate::Span;

pub(crate) use ahead::Ahead;
pub use ahead::Numbers;
pub use arrivals::Arrivals;
pub use lognormal::{Lognormal, NoSuchLognormal};
pub use rates::Rates;
pub(crate) use rates::scaled;
pub use uniform::{chance, index, uniform};

/// The law that a length of time follows. A draw is rounded to the nearest microsecond.
#[derive(Clone, Debug, PartialEq)]
pub enum Law {
    /// No time at all.
    Zero,
    /// Always the same.
    Fixed(Span),
    /// Every microsecond from `low` to `high`, both included, is equally likely.
    Uniform {
        /// The least.
        low: Span,
        /// The most.
        high: Span,
    },
    /// Without memory: what is left is as long as the whole.
    Exponential {
        /// The mean; the standard deviation is the same.
        mean: Span,
    },
    /// Its logarithm is normal: mostly short, with a long tail.
    Lognormal(Lognormal),
    /// The same, and what falls outside of a range is moved to its nearer end.
    LognormalWithin {
        /// The law.
        law: Lognormal,
        /// The least.
        low: Span,
        /// The most.
        high: Span,
    },
    /// One of what was measured, each equally likely.
    Empirical(Samples),
}

/// What was measured, in ascending order; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Samples(Arc<[Span]>);

impl Law {
    /// The next length of time. Takes one number of the stream.
    #[inline]
    pub fn draw(&self, numbers: &mut impl Numbers) -> Span {
        match self {
            Self::Zero => {
                numbers.skip();
                Span::ZERO
            }
            Self::Fixed(span) => {
                numbers.skip();
                *span
            }
            Self::Uniform { low, high } => uniform::between(*low, *high, numbers.bits()),
            Self::Exponential { mean } => span(numbers.gap() * real(*mean)),
            Self::Lognormal(law) => law.at(uniform::unit(numbers.bits())),
            Self::LognormalWithin { law, low, high } => law.at(uniform::unit(numbers.bits())).max(*low).min(*high),
            Self::Empirical(samples) => samples.at(numbers.bits()),
        }
    }

    /// The mean, to the nearest microsecond; of a law that is cut off, of the whole law.
    #[must_use]
    pub fn mean(&self) -> Span {
        match self {
            Self::Zero => Span::ZERO,
            Self::Fixed(span) => *span,
            Self::Uniform { low, high } => Span::from_micros(low.micros().midpoint(high.micros())),
            Self::Exponential { mean } => *mean,
            Self::Lognormal(law) => law.mean(),
            Self::LognormalWithin { law, low, high } => law.mean().max(*low).min(*high),
            Self::Empirical(samples) => samples.mean(),
        }
    }

    /// The same law with every length multiplied: 150 % is half as long again.
    #[must_use]
    pub fn stretched(&self, by: Ratio) -> Self {
        let longer = |span: Span| Span::from_micros(by.floor_of(span.micros()));
        match self {
            Self::Zero => Self::Zero,
            Self::Fixed(span) => Self::Fixed(longer(*span)),
            Self::Uniform { low, high } => Self::Uniform {
                low: longer(*low),
                high: longer(*high),
            },
            Self::Exponential { mean } => Self::Exponential { mean: longer(*mean) },
            Self::Lognormal(law) => law.stretched(by).map_or(Self::Zero, Self::Lognormal),
            Self::LognormalWithin { law, low, high } => {
                law.stretched(by).map_or(Self::Zero, |law| Self::LognormalWithin {
                    law,
                    low: longer(*low),
                    high: longer(*high),
                })
            }
            Self::Empirical(samples) => Self::Empirical(Samples(samples.0.iter().copied().map(longer).collect())),
        }
    }
}

impl Samples {
    /// In any order; `None` if there are none.
    #[must_use]
    pub fn new(mut measured: Vec<Span>) -> Option<Self> {
        measured.sort_unstable();
        (!measured.is_empty()).then(|| Self(measured.into()))
    }

    fn at(&self, bits: u64) -> Span {
        self.0
            .get(uniform::below(self.0.len(), bits))
            .copied()
            .unwrap_or_default()
    }

    fn mean(&self) -> Span {
        let total: u128 = self.0.iter().map(|span| u128::from(span.micros())).sum();
        let count = self.0.len().max(1) as u128;
        Span::from_micros(u64::try_from((total + count / 2) / count).unwrap_or(u64::MAX))
    }
}

/// Microseconds as a real number, exact below 285 years.
#[inline]
const fn real(span: Span) -> f64 {
    span.micros() as f64
}

/// The nearest microsecond; what is negative or no number is none, what is too long is the longest.
#[inline]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "saturates, which is what is wanted"
)]
const fn span(micros: f64) -> Span {
    Span::from_micros((micros + 0.5) as u64)
}

#[cfg(test)]
mod tests;
