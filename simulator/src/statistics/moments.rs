//! Mean and spread of what several runs measured.
#![expect(clippy::float_arithmetic, reason = "a mean of whole numbers is not whole")]

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Merge;

/// Count, sum and sum of squares of whole numbers (microseconds, millionths, connections).
///
/// Exact, so that runs may be put together in any order. Sums stop at their limit, which takes four billion values of
/// 2^48 microseconds (nine years) to reach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moments {
    count: u64,
    #[serde(serialize_with = "write", deserialize_with = "read")]
    sum: u128,
    #[serde(serialize_with = "write", deserialize_with = "read")]
    squares: u128,
}

impl Moments {
    /// Adds a value.
    pub const fn record(&mut self, value: u64) {
        let wide = value as u128;
        self.count = self.count.saturating_add(1);
        self.sum = self.sum.saturating_add(wide);
        self.squares = self.squares.saturating_add(wide * wide);
    }

    /// How many values.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// Their mean; `None` if there are none.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        (0 < self.count).then(|| self.sum as f64 / self.count as f64)
    }

    /// The standard error of the mean, if the values are independent (one for each run); `None` of fewer than two.
    #[must_use]
    pub fn standard_error(&self) -> Option<f64> {
        if self.count < 2 {
            return None;
        }
        let count = u128::from(self.count);
        // In whole numbers: the difference of two great floats has no digits left.
        let scaled = self
            .squares
            .saturating_mul(count)
            .saturating_sub(self.sum.saturating_mul(self.sum));
        let count = self.count as f64;
        Some((scaled as f64 / (count * count * (count - 1.0))).sqrt())
    }
}

impl Merge for Moments {
    fn merge(&mut self, other: &Self) {
        self.count = self.count.saturating_add(other.count);
        self.sum = self.sum.saturating_add(other.sum);
        self.squares = self.squares.saturating_add(other.squares);
    }
}

/// As text: few readers of JSON keep whole numbers of 128 bits.
pub(super) fn write<S: Serializer>(number: &u128, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(number)
}

pub(super) fn read<'de, D: Deserializer<'de>>(from: D) -> Result<u128, D::Error> {
    let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
    text.parse().map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mean_and_standard_error() {
        let mut moments = Moments::default();
        assert_eq!((moments.mean(), moments.standard_error()), (None, None));
        for value in [2, 4, 4, 4, 5, 5, 7, 9] {
            moments.record(value);
        }
        assert_eq!((moments.count(), moments.mean()), (8, Some(5.0)));
        // Sample variance 32/7, through 8.
        let error = moments.standard_error().unwrap();
        assert!((error - (32.0_f64 / 7.0 / 8.0).sqrt()).abs() < 1e-15);
    }

    #[test]
    fn spread_survives_great_values() {
        let mut moments = Moments::default();
        for value in [1_000_000_000_000, 1_000_000_000_002] {
            moments.record(value);
        }
        assert_eq!(moments.standard_error(), Some(1.0));
    }

    #[test]
    fn goes_through_json() {
        let mut moments = Moments::default();
        moments.record(u64::MAX);
        let text = serde_json::to_string(&moments).unwrap();
        assert_eq!(
            text,
            r#"{"count":1,"sum":"18446744073709551615","squares":"340282366920938463426481119284349108225"}"#
        );
        assert_eq!(serde_json::from_str::<Moments>(&text).unwrap(), moments);
        assert!(serde_json::from_str::<Moments>(&text.replace("\"184", "\"x184")).is_err());
    }
}
