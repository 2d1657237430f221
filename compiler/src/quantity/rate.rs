//! Events per time.

use std::fmt;

use super::decimal::{self, Decimal};
use super::{Amount, Mistake, split};

/// A rate in millionths of an event per hour, so that `/s`, `/m` and `/h` are all exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Rate(u64);

/// Unit and millionths of an event per hour.
const UNITS: [(&str, u64); 3] = [("/s", 3_600_000_000), ("/m", 60_000_000), ("/h", 1_000_000)];

impl Rate {
    /// From events per second.
    #[must_use]
    pub const fn per_second(events: u64) -> Self {
        Self(events.saturating_mul(3_600_000_000))
    }

    /// So many times as often, rounded down to a millionth of an event per hour.
    #[must_use]
    pub fn times(self, factor: Amount) -> Self {
        let product = u128::from(self.0) * u128::from(factor.in_millionths()) / 1_000_000;
        Self(u64::try_from(product).unwrap_or(u64::MAX))
    }

    /// Sum, at most the largest value.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// Millionths of an event per hour.
    #[must_use]
    pub const fn in_millionths_per_hour(self) -> u64 {
        self.0
    }

    /// Reads `200/s`, `30/m`, `0.5/h`.
    ///
    /// # Errors
    /// Without a time, or too fine to be exact.
    pub fn read(text: &str) -> Result<Self, Mistake> {
        let (number, unit) = split(text);
        let factor = UNITS.iter().find(|(name, _)| *name == unit).map(|&(_, factor)| factor);
        match (factor, Decimal::read(number)) {
            (Some(factor), Some(decimal)) => decimal
                .times(factor)
                .map(Self)
                .map_err(|_| Mistake::new(format!("`{text}` cannot be held exactly"))),
            (None, Some(_)) if unit.is_empty() => {
                Err(Mistake::new(format!("a rate needs a time, and `{text}` has none")).or(format!("{number}/s")))
            }
            _ => Err(Mistake::new(format!("expected a rate, found `{text}`")).or(format!("{number}/s"))),
        }
    }

    /// Events per second as a decimal: `0.5/m` is `0.008333`, rounded down to millionths.
    #[must_use]
    pub fn per_second_text(self) -> String {
        decimal::show(self.0 / 3_600, 6)
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = UNITS.iter().find(|(_, factor)| self.0.is_multiple_of(*factor));
        match whole {
            Some((unit, factor)) => write!(f, "{}{unit}", self.0 / factor),
            None => write!(f, "{}/h", decimal::show(self.0, 6)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_shows() {
        for text in ["200/s", "30/m", "7/h", "0.5/h", "0/s"] {
            assert_eq!(Rate::read(text).unwrap().to_string(), text);
        }
        assert_eq!(Rate::read("60/m").unwrap(), Rate::per_second(1));
        assert_eq!(Rate::read("200").unwrap_err().mended, ["200/s"]);
        assert_eq!(Rate::read("0.5/s").unwrap().per_second_text(), "0.5");
    }
}
