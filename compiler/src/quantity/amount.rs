//! Plain numbers that may have a fraction.

use std::fmt;

use super::Mistake;
use super::decimal::{self, Decimal};

/// A number without unit in millionths: `per_request 0.05`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Amount(u64);

impl Amount {
    /// One.
    pub const ONE: Self = Self(1_000_000);

    /// From a whole number.
    #[must_use]
    pub const fn whole(number: u64) -> Self {
        Self(number.saturating_mul(1_000_000))
    }

    /// From millionths.
    #[must_use]
    pub const fn millionths(millionths: u64) -> Self {
        Self(millionths)
    }

    /// Product, rounded down to a millionth; at most the largest value.
    #[must_use]
    pub fn times(self, other: Self) -> Self {
        let product = u128::from(self.0) * u128::from(other.0) / 1_000_000;
        Self(u64::try_from(product).unwrap_or(u64::MAX))
    }

    /// Millionths.
    #[must_use]
    pub const fn in_millionths(self) -> u64 {
        self.0
    }

    /// Reads `1`, `0.05`.
    ///
    /// # Errors
    /// With a unit, or with more than six decimal places.
    pub fn read(text: &str) -> Result<Self, Mistake> {
        let decimal = Decimal::read(text).ok_or_else(|| Mistake::new(format!("expected a number, found `{text}`")))?;
        decimal
            .times(1_000_000)
            .map(Self)
            .map_err(|_| Mistake::new(format!("`{text}` has more than six decimal places")))
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&decimal::show(self.0, 6))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_shows() {
        for text in ["0.05", "1", "12.5"] {
            assert_eq!(Amount::read(text).unwrap().to_string(), text);
        }
        assert!(Amount::read("5Mi").is_err());
        assert!(Amount::read("0.0000001").is_err());
    }
}
