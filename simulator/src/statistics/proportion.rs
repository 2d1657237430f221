//! How often something was so, and what that says about its probability.
#![expect(clippy::float_arithmetic, reason = "an interval of confidence is made of a root")]

use loadline_compiler::quantity::Ratio;
use serde::{Deserialize, Serialize};

use super::Merge;

/// How many of all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proportion {
    /// In how many cases it was so.
    pub so: u64,
    /// Of how many cases.
    pub of: u64,
}

/// Where a probability lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    /// Hardly less than this.
    pub low: Ratio,
    /// Hardly more than this.
    pub high: Ratio,
}

/// The standard normal quantile at 0.975: nineteen of twenty intervals hold the probability.
const Z: f64 = 1.959_963_984_540_054;

impl Proportion {
    /// Counts a case.
    pub const fn count(&mut self, so: bool) {
        self.of = self.of.saturating_add(1);
        if so {
            self.so = self.so.saturating_add(1);
        }
    }

    /// The part of the cases, rounded down; `None` if there were none.
    #[must_use]
    pub fn part(self) -> Option<Ratio> {
        let millionths = (u128::from(self.so) * 1_000_000).checked_div(u128::from(self.of))?;
        Some(Ratio::millionths(u64::try_from(millionths).unwrap_or(u64::MAX)))
    }

    /// The interval of 95 % confidence, rounded outwards to millionths; from 0 to 1 if there were no cases.
    ///
    /// Source: E. B. Wilson, Probable Inference, the Law of Succession, and Statistical Inference, JASA 22 (1927), 209–212. Unlike
    /// p ± 2 standard errors it does not shrink to a point when nothing, or everything, was so.
    #[must_use]
    pub fn interval(self) -> Interval {
        let (so, of) = (self.so.min(self.of), self.of);
        if of == 0 {
            return Interval {
                low: Ratio::millionths(0),
                high: Ratio::ONE,
            };
        }
        let (count, part) = (of as f64, so as f64 / of as f64);
        let square = Z * Z / count;
        let centre = part + square / 2.0;
        let half = Z * (part * (1.0 - part) / count + square / (4.0 * count)).sqrt();
        // Exact where it is known to be: the formula is off by its rounding there.
        let low = if so == 0 { 0.0 } else { (centre - half) / (1.0 + square) };
        let high = if so == of {
            1.0
        } else {
            (centre + half) / (1.0 + square)
        };
        Interval {
            low: millionths(libm::floor(low * 1e6)),
            high: millionths(libm::ceil(high * 1e6)),
        }
    }
}

impl Merge for Proportion {
    fn merge(&mut self, other: &Self) {
        self.so.merge(&other.so);
        self.of.merge(&other.of);
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "saturates, and is at most a million"
)]
fn millionths(whole: f64) -> Ratio {
    Ratio::millionths((whole as u64).min(1_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interval(so: u64, of: u64) -> (u64, u64) {
        let interval = Proportion { so, of }.interval();
        (interval.low.in_millionths(), interval.high.in_millionths())
    }

    #[test]
    fn is_that_of_wilson() {
        assert_eq!(interval(8, 10), (490_162, 943_318));
        assert_eq!(interval(0, 10), (0, 277_533));
        assert_eq!(interval(10, 10), (722_467, 1_000_000));
        assert_eq!(interval(198, 200), (964_278, 997_254));
        assert_eq!(interval(0, 0), (0, 1_000_000));
    }

    #[test]
    fn the_part_is_never_made_greater() {
        assert_eq!(Proportion { so: 2, of: 3 }.part(), Some(Ratio::millionths(666_666)));
        assert_eq!(Proportion::default().part(), None);
        let mut proportion = Proportion::default();
        proportion.count(true);
        proportion.count(false);
        assert_eq!(proportion, Proportion { so: 1, of: 2 });
    }
}
