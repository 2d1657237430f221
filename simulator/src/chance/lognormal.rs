//! Mostly short, with a long tail: lengths whose logarithm is normal.
#![expect(
    clippy::float_arithmetic,
    reason = "its parameters are logarithms, which are real numbers"
)]

use loadline_compiler::quantity::Ratio;

use super::{normal, real, span};
use crate::Span;

/// A lognormal law of lengths of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lognormal {
    /// Mean of the logarithm of the microseconds.
    mu: f64,
    /// Its standard deviation, from 0.
    sigma: f64,
}

/// No lognormal law has this mean and this 95th percentile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoSuchLognormal {
    /// The least 95th percentile for the mean: the mean itself.
    pub least: Span,
    /// The greatest: e^(z²/2) times the mean, z = 1.6449; that is 3.87 times.
    pub most: Span,
}

/// The standard normal quantile at 0.95.
const Z95: f64 = 1.644_853_626_951_472_7;

impl Lognormal {
    /// The law with this mean and this 95th percentile.
    ///
    /// From mean = e^(μ + σ²/2) and p95 = e^(μ + zσ): σ² - 2zσ + 2 ln(p95/mean) = 0. Of its two roots the lesser is meant: the
    /// other has σ above 1.64, where most of the mean lies in one of twenty requests.
    ///
    /// # Errors
    ///
    /// If no law has both: the percentile is less than the mean, or more than 3.87 times the mean.
    pub fn by_mean_and_p95(mean: Span, p95: Span) -> Result<Self, NoSuchLognormal> {
        let impossible = NoSuchLognormal {
            least: mean,
            most: Span::from_micros(span(real(mean) * libm::exp(Z95 * Z95 / 2.0) - 0.5).micros()),
        };
        if mean == Span::ZERO || p95 < mean {
            return Err(impossible);
        }
        let root = Z95 * Z95 - 2.0 * libm::log(real(p95) / real(mean));
        if root < 0.0 {
            return Err(impossible);
        }
        let sigma = Z95 - root.sqrt();
        Ok(Self::with(mean, sigma))
    }

    fn with(mean: Span, sigma: f64) -> Self {
        Self {
            mu: libm::log(real(mean)) - sigma * sigma / 2.0,
            sigma,
        }
    }

    /// The quantile at `p`, between 0 and 1.
    #[inline]
    #[must_use]
    pub fn at(&self, p: f64) -> Span {
        span(libm::exp(self.mu + self.sigma * normal::quantile(p)))
    }

    /// The mean, to the nearest microsecond.
    #[must_use]
    pub fn mean(&self) -> Span {
        span(libm::exp(self.mu + self.sigma * self.sigma / 2.0))
    }

    /// Every length multiplied; `None` if by nothing.
    pub(super) fn stretched(&self, by: Ratio) -> Option<Self> {
        let factor = real(Span::from_micros(by.in_millionths())) / 1e6;
        (0.0 < factor).then(|| Self {
            mu: self.mu + libm::log(factor),
            sigma: self.sigma,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Span {
        Span::from_micros(ms * 1_000)
    }

    #[test]
    fn has_the_mean_and_the_percentile_it_was_made_of() {
        for (mean, p95) in [(100, 100), (100, 101), (100, 250), (100, 380), (4, 15), (25, 60)] {
            let law = Lognormal::by_mean_and_p95(ms(mean), ms(p95)).unwrap();
            assert_eq!((law.mean(), law.at(0.95)), (ms(mean), ms(p95)));
        }
        // Without variation it is the mean, always.
        let law = Lognormal::by_mean_and_p95(ms(100), ms(100)).unwrap();
        assert_eq!((law.at(0.01), law.at(0.99)), (ms(100), ms(100)));
    }

    #[test]
    fn says_what_is_possible() {
        let none = |mean, p95| Lognormal::by_mean_and_p95(mean, p95).unwrap_err();
        let limits = none(ms(100), ms(99));
        assert_eq!((limits.least, limits.most), (ms(100), Span::from_micros(386_813)));
        assert_eq!(none(ms(100), ms(387)), limits);
        assert!(Lognormal::by_mean_and_p95(ms(100), limits.most).is_ok());
        assert_eq!(none(Span::ZERO, ms(1)).most, Span::ZERO);
    }

    #[test]
    fn stretches() {
        let law = Lognormal::by_mean_and_p95(ms(100), ms(250)).unwrap();
        let longer = law.stretched(Ratio::percent(150)).unwrap();
        assert_eq!((longer.mean(), longer.at(0.95)), (ms(150), ms(375)));
        assert_eq!(law.stretched(Ratio::percent(0)), None);
    }
}
