//! Lengths of time.

use std::fmt;

use super::decimal::{Decimal, Misfit};
use super::{Mistake, split};

/// A length of time in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Duration(u64);

/// Unit and microseconds, from long to short.
const UNITS: [(&str, u64); 6] = [
    ("d", 86_400_000_000),
    ("h", 3_600_000_000),
    ("m", 60_000_000),
    ("s", 1_000_000),
    ("ms", 1_000),
    ("us", 1),
];

impl Duration {
    /// No time.
    pub const ZERO: Self = Self(0);

    /// From microseconds.
    #[must_use]
    pub const fn micros(micros: u64) -> Self {
        Self(micros)
    }

    /// From milliseconds.
    #[must_use]
    pub const fn millis(millis: u64) -> Self {
        Self(millis.saturating_mul(1_000))
    }

    /// From seconds.
    #[must_use]
    pub const fn seconds(seconds: u64) -> Self {
        Self(seconds.saturating_mul(1_000_000))
    }

    /// From minutes.
    #[must_use]
    pub const fn minutes(minutes: u64) -> Self {
        Self::seconds(minutes.saturating_mul(60))
    }

    /// Microseconds.
    #[must_use]
    pub const fn in_micros(self) -> u64 {
        self.0
    }

    /// Milliseconds, rounded up.
    #[must_use]
    pub const fn ceil_millis(self) -> u64 {
        self.0.div_ceil(1_000)
    }

    /// Seconds, rounded up: what platforms that know only whole seconds are given.
    #[must_use]
    pub const fn ceil_seconds(self) -> u64 {
        self.0.div_ceil(1_000_000)
    }

    /// Whether it is no time at all.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Sum, at most the largest value.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// Difference, at least nothing.
    #[must_use]
    pub const fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// Product, at most the largest value.
    #[must_use]
    pub const fn times(self, factor: u64) -> Self {
        Self(self.0.saturating_mul(factor))
    }

    /// `self × numerator / denominator`, rounded up to a whole microsecond.
    #[must_use]
    pub const fn scaled_up(self, numerator: u64, denominator: u64) -> Self {
        let product = self.0.saturating_mul(numerator);
        Self(if denominator == 0 {
            product
        } else {
            product.div_ceil(denominator)
        })
    }

    /// How often `step` begins within this time: `⌈self / step⌉`; `None` when the step is no time.
    #[must_use]
    pub const fn ceil_div(self, step: Self) -> Option<u64> {
        if step.0 == 0 {
            None
        } else {
            Some(self.0.div_ceil(step.0))
        }
    }

    /// Reads `30s`, `1m30s`, `250ms`; units of a compound descend.
    ///
    /// # Errors
    /// Without a unit, with one that is no time, in the wrong order, or with a fraction of a microsecond.
    pub fn read(text: &str) -> Result<Self, Mistake> {
        let not_time = |number: &str| {
            let mistake = Mistake::new(format!("expected a duration, found `{text}`"));
            if number.is_empty() {
                mistake
            } else {
                mistake.or(format!("{number}s"))
            }
        };
        let mut total = 0_u64;
        let mut longest = u64::MAX;
        let mut rest = text;
        while !rest.is_empty() {
            let (number, tail) = split(rest);
            let unit_end = tail
                .bytes()
                .position(|byte| byte.is_ascii_digit())
                .unwrap_or(tail.len());
            let (unit, after) = tail.split_at_checked(unit_end).unwrap_or((tail, ""));
            if unit.is_empty() {
                return Err(Mistake::new(format!("a duration needs a unit, and `{text}` has none"))
                    .or(format!("{text}s"))
                    .or(format!("{text}ms")));
            }
            let known = UNITS.iter().find(|(name, _)| *name == unit);
            let (Some(&(_, factor)), Some(decimal)) = (known, Decimal::read(number)) else {
                return Err(not_time(number));
            };
            if longest <= factor {
                return Err(Mistake::new(format!(
                    "the units of `{text}` must descend, as in `1m30s`"
                )));
            }
            longest = factor;
            let part = match decimal.times(factor) {
                Ok(part) => part,
                Err(Misfit::NotExact) => {
                    return Err(Mistake::new(format!("`{text}` is finer than a microsecond")));
                }
                Err(Misfit::TooLarge) => return Err(Mistake::new(format!("`{text}` is too long"))),
            };
            total = total.saturating_add(part);
            rest = after;
        }
        Ok(Self(total))
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0s");
        }
        // The longest unit that divides evenly; minutes and more only when whole, so 90s stays 90s.
        let fits = UNITS.iter().find(|(_, factor)| self.0.is_multiple_of(*factor));
        let (unit, factor) = fits.copied().unwrap_or(("us", 1));
        write!(f, "{}{unit}", self.0 / factor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_compounds_and_refuses_disorder() {
        assert_eq!(Duration::read("1m30s"), Ok(Duration::seconds(90)));
        assert_eq!(Duration::read("1.5s"), Ok(Duration::millis(1500)));
        assert_eq!(Duration::read("2d"), Ok(Duration::seconds(172_800)));
        assert_eq!(Duration::read("250us"), Ok(Duration::micros(250)));
        assert!(Duration::read("30s1m").unwrap_err().message.contains("descend"));
        assert_eq!(Duration::read("30").unwrap_err().mended, ["30s", "30ms"]);
        assert_eq!(Duration::read("30Mi").unwrap_err().mended, ["30s"]);
        assert!(Duration::read("0.1us").is_err());
    }

    #[test]
    fn shows_the_longest_unit_that_divides() {
        for (seconds, shown) in [(90, "90s"), (120, "2m"), (3600, "1h"), (86_400, "1d"), (0, "0s")] {
            assert_eq!(Duration::seconds(seconds).to_string(), shown);
        }
        assert_eq!(Duration::millis(1500).to_string(), "1500ms");
    }

    #[test]
    fn waves_are_counted_up() {
        assert_eq!(Duration::seconds(30).ceil_div(Duration::seconds(5)), Some(6));
        assert_eq!(Duration::seconds(30).ceil_div(Duration::seconds(49)), Some(1));
        assert_eq!(Duration::ZERO.ceil_div(Duration::seconds(5)), Some(0));
        assert_eq!(Duration::seconds(30).ceil_div(Duration::ZERO), None);
    }
}
