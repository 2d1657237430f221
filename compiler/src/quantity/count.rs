//! Whole numbers.

use super::decimal::Decimal;
use super::{Mistake, split};

/// Reads a whole number: `10_000`.
///
/// # Errors
/// With a unit, with a fraction, or beyond 2^63.
pub(crate) fn read(text: &str) -> Result<u64, Mistake> {
    let (number, unit) = split(text);
    let decimal =
        Decimal::read(number).ok_or_else(|| Mistake::new(format!("expected a whole number, found `{text}`")))?;
    if !unit.is_empty() {
        return Err(Mistake::new(format!("expected a whole number, and `{text}` has a unit")).or(number));
    }
    decimal
        .times(1)
        .map_err(|_| Mistake::new(format!("expected a whole number, found `{text}`")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_whole_numbers_only() {
        assert_eq!(read("10_000"), Ok(10_000));
        assert_eq!(read("5s").unwrap_err().mended, ["5"]);
        assert!(read("1.5").is_err());
        assert_eq!(read("2.0"), Ok(2));
    }
}
