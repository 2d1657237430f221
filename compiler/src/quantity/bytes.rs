//! Sizes of memory and storage.

use std::fmt;

use super::decimal::{Decimal, Misfit};
use super::{Mistake, split};

/// A size in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Bytes(u64);

/// Unit and factor; binary units first, so that a tie in length shows the binary form.
const UNITS: [(&str, u64); 9] = [
    ("Ti", 1 << 40),
    ("Gi", 1 << 30),
    ("Mi", 1 << 20),
    ("Ki", 1 << 10),
    ("TB", 1_000_000_000_000),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("kB", 1_000),
    ("B", 1),
];

impl Bytes {
    /// No bytes.
    pub const ZERO: Self = Self(0);

    /// From a number of bytes.
    #[must_use]
    pub const fn new(bytes: u64) -> Self {
        Self(bytes)
    }

    /// From mebibytes.
    #[must_use]
    pub const fn mib(mebibytes: u64) -> Self {
        Self(mebibytes << 20)
    }

    /// The number of bytes.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// Whole mebibytes, rounded down: the unit of V8's heap flags.
    #[must_use]
    pub const fn in_mib(self) -> u64 {
        self.0 >> 20
    }

    /// Rounded down to whole mebibytes.
    #[must_use]
    pub const fn floor_mib(self) -> Self {
        Self::mib(self.in_mib())
    }

    /// Rounded up to whole mebibytes.
    #[must_use]
    pub const fn ceil_mib(self) -> Self {
        Self(self.0.div_ceil(1 << 20) << 20)
    }

    /// For people: `about 341Mi` for what is not a whole number of mebibytes.
    #[must_use]
    pub fn about(self) -> String {
        let exact = self.to_string();
        let in_bytes = exact
            .trim_end_matches('B')
            .ends_with(|last: char| last.is_ascii_digit());
        match in_bytes && 1 << 20 <= self.0 {
            false => exact,
            true => format!("about {}", Self::new(self.0.saturating_add(1 << 19)).floor_mib()),
        }
    }

    /// Sum, at most the largest size.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// Difference, at least nothing.
    #[must_use]
    pub const fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// Product, at most the largest size.
    #[must_use]
    pub const fn times(self, factor: u64) -> Self {
        Self(self.0.saturating_mul(factor))
    }

    /// Quotient, rounded down; the size itself when there is nothing to divide by.
    #[must_use]
    pub const fn divided(self, divisor: u64) -> Self {
        match self.0.checked_div(divisor) {
            Some(quotient) => Self(quotient),
            None => self,
        }
    }

    /// Reads `512Mi`, `1.5GB`, `4096B`; `KiB` and friends too.
    ///
    /// # Errors
    /// Without a unit, with one that is ambiguous (`M`) or no size, or with a fraction of a byte.
    pub fn read(text: &str) -> Result<Self, Mistake> {
        let (number, unit) = split(text);
        let binary = unit.strip_suffix('B').filter(|short| short.ends_with('i'));
        let unit = binary.unwrap_or(unit);
        let Some(&(_, factor)) = UNITS.iter().find(|(name, _)| *name == unit) else {
            return Err(wrong_unit(text, number, unit));
        };
        let Some(decimal) = Decimal::read(number) else {
            return Err(Mistake::new(format!("`{text}` is not a size")));
        };
        match decimal.times(factor) {
            Ok(bytes) => Ok(Self(bytes)),
            Err(Misfit::NotExact) => Err(Mistake::new(format!("`{text}` is not a whole number of bytes"))),
            Err(Misfit::TooLarge) => Err(Mistake::new(format!("`{text}` is too large"))),
        }
    }
}

fn wrong_unit(text: &str, number: &str, unit: &str) -> Mistake {
    match unit {
        "" => Mistake::new(format!("a size needs a unit, and `{text}` has none")).or(format!("{number}Mi")),
        "K" | "k" => ambiguous(text).or(format!("{number}Ki")).or(format!("{number}kB")),
        "M" | "m" => ambiguous(text).or(format!("{number}Mi")).or(format!("{number}MB")),
        "G" | "g" => ambiguous(text).or(format!("{number}Gi")).or(format!("{number}GB")),
        "T" | "t" => ambiguous(text).or(format!("{number}Ti")).or(format!("{number}TB")),
        "KB" => Mistake::new(format!("`{text}` is no unit: kilobytes are `kB`")).or(format!("{number}kB")),
        "mb" | "Mb" | "mib" | "MIB" => Mistake::new(format!("`{unit}` is no unit of size")).or(format!("{number}Mi")),
        "gb" | "Gb" | "gib" | "GIB" => Mistake::new(format!("`{unit}` is no unit of size")).or(format!("{number}Gi")),
        _ => Mistake::new(format!("expected a size, found `{text}`")).or(format!("{number}Mi")),
    }
}

fn ambiguous(text: &str) -> Mistake {
    Mistake::new(format!("`{text}` may mean powers of 1024 or of 1000"))
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exact = UNITS
            .iter()
            .filter(|(_, factor)| self.0.is_multiple_of(*factor) && *factor <= self.0);
        let shortest = exact
            .map(|(unit, factor)| format!("{}{unit}", self.0 / factor))
            .min_by_key(String::len);
        f.write_str(&shortest.unwrap_or_else(|| format!("{}B", self.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_round_is_called_about() {
        for (bytes, text) in [
            (512 << 20, "512Mi"),
            (1000, "1kB"),
            (500_000_000, "500MB"),
            (1001, "1001B"),
            (5_368_709_117, "about 5Gi"),
            ((341 << 20) + 1, "about 341Mi"),
        ] {
            assert_eq!(Bytes::new(bytes).about(), text);
        }
    }

    #[test]
    fn reads_every_unit_exactly() {
        for (text, bytes) in [
            ("1B", 1),
            ("1Ki", 1024),
            ("1KiB", 1024),
            ("512Mi", 512 << 20),
            ("1.5Gi", 3 << 29),
            ("1kB", 1000),
            ("2_000MB", 2_000_000_000),
            ("1TiB", 1 << 40),
        ] {
            assert_eq!(Bytes::read(text), Ok(Bytes(bytes)), "{text}");
        }
    }

    #[test]
    fn offers_what_was_meant() {
        let mended = |text: &str| Bytes::read(text).unwrap_err().mended;
        assert_eq!(mended("512"), ["512Mi"]);
        assert_eq!(mended("5M"), ["5Mi", "5MB"]);
        assert_eq!(mended("5K"), ["5Ki", "5kB"]);
        assert!(Bytes::read("0.3B").is_err());
        assert!(Bytes::read("99999999999Ti").is_err());
        assert!(Bytes::read("5s").is_err());
    }

    #[test]
    fn shows_the_shortest_exact_form() {
        for text in ["512Mi", "1Gi", "1536Mi", "1kB", "10MB", "3B", "0B", "1025B"] {
            assert_eq!(Bytes::read(text).unwrap().to_string(), text);
        }
    }
}
