//! Seconds of a recording, exactly.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

use crate::Span;

/// A number of seconds: `2`, `0.0119`. Decimal places beyond a microsecond are cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) struct Seconds(pub(super) Span);

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SecondsVisitor)
    }
}

struct SecondsVisitor;

impl Visitor<'_> for SecondsVisitor {
    type Value = Seconds;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number of seconds")
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Seconds, E> {
        read(&value.to_string()).ok_or_else(|| E::custom("more seconds than there are"))
    }

    /// The shortest text that means this number is what was written.
    fn visit_f64<E: Error>(self, value: f64) -> Result<Seconds, E> {
        read(&value.to_string()).ok_or_else(|| E::custom(format!("{value} is not a number of seconds")))
    }
}

fn read(text: &str) -> Option<Seconds> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let micros: String = part.chars().chain("000000".chars()).take(6).collect();
    let whole: u64 = whole.parse().ok()?;
    let micros = whole.checked_mul(1_000_000)?.checked_add(micros.parse().ok()?)?;
    Some(Seconds(Span::from_micros(micros)))
}

/// Seconds to a thousandth: `2.379 s`.
pub(super) fn shown(span: Span) -> String {
    let millis = span.micros() / 1000;
    format!("{}.{:03} s", millis / 1000, millis % 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_read_exactly() {
        let micros = |json: &str| {
            let seconds: Result<Seconds, _> = serde_json::from_str(json);
            seconds.map(|seconds| seconds.0.micros()).ok()
        };
        assert_eq!(micros("2"), Some(2_000_000));
        assert_eq!(micros("0.0119"), Some(11_900));
        assert_eq!(micros("15.9754"), Some(15_975_400));
        assert_eq!(micros("1e-5"), Some(10));
        for wrong in ["-1", "-0.5", "\"2\"", "null", "1e300"] {
            assert_eq!(micros(wrong), None, "{wrong}");
        }
    }
}
