//! Shares of a whole.

use std::fmt;

use super::decimal::{self, Decimal};
use super::{Mistake, split};

/// A ratio in millionths: `10%` is 100,000, `99.95%` is 999,500.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Ratio(u64);

impl Ratio {
    /// The whole.
    pub const ONE: Self = Self(1_000_000);

    /// From percent.
    #[must_use]
    pub const fn percent(percent: u64) -> Self {
        Self(percent.saturating_mul(10_000))
    }

    /// From millionths.
    #[must_use]
    pub const fn millionths(millionths: u64) -> Self {
        Self(millionths)
    }

    /// Millionths.
    #[must_use]
    pub const fn in_millionths(self) -> u64 {
        self.0
    }

    /// `⌈self × n⌉`, as Kubernetes rounds a surge.
    #[must_use]
    pub const fn ceil_of(self, n: u64) -> u64 {
        self.0.saturating_mul(n).div_ceil(1_000_000)
    }

    /// `⌊self × n⌋`, as Kubernetes rounds what may be unavailable.
    #[must_use]
    pub const fn floor_of(self, n: u64) -> u64 {
        // Divided first where the product would not fit: sizes in bytes are large.
        let (whole, rest) = (n / 1_000_000, n % 1_000_000);
        self.0
            .saturating_mul(whole)
            .saturating_add(self.0.saturating_mul(rest) / 1_000_000)
    }

    /// Reads `10%`, `99.95%`.
    ///
    /// # Errors
    /// Without `%`, or finer than a ten-thousandth of a percent.
    pub fn read(text: &str) -> Result<Self, Mistake> {
        let (number, unit) = split(text);
        match (unit, Decimal::read(number)) {
            ("%", Some(decimal)) => decimal
                .times(10_000)
                .map(Self)
                .map_err(|_| Mistake::new(format!("`{text}` has more than four decimal places"))),
            ("", Some(_)) => Err(
                Mistake::new(format!("a ratio is written in percent, and `{text}` has no `%`"))
                    .or(format!("{number}%")),
            ),
            _ => Err(Mistake::new(format!("expected a ratio, found `{text}`")).or(format!("{number}%"))),
        }
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", decimal::show(self.0, 4))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_as_kubernetes_does() {
        let quarter = Ratio::percent(25);
        assert_eq!((quarter.ceil_of(10), quarter.floor_of(10)), (3, 2));
        assert_eq!((quarter.ceil_of(3), quarter.floor_of(3)), (1, 0));
        assert_eq!(Ratio::percent(10).floor_of(1 << 40), (1 << 40) / 10);
    }

    #[test]
    fn reads_and_shows() {
        for text in ["10%", "99.95%", "0.1%", "0%", "100%"] {
            assert_eq!(Ratio::read(text).unwrap().to_string(), text);
        }
        assert_eq!(Ratio::read("10").unwrap_err().mended, ["10%"]);
        assert!(Ratio::read("0.00001%").is_err());
    }
}
