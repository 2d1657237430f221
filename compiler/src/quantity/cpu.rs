//! Processor time per time.

use std::fmt;

use super::decimal::{self, Decimal, Misfit};
use super::{Mistake, split};

/// CPU in thousandths of a core.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Cpu(u64);

impl Cpu {
    /// No CPU.
    pub const ZERO: Self = Self(0);

    /// From thousandths of a core.
    #[must_use]
    pub const fn millicores(millicores: u64) -> Self {
        Self(millicores)
    }

    /// Thousandths of a core.
    #[must_use]
    pub const fn in_millicores(self) -> u64 {
        self.0
    }

    /// Whole cores, rounded up: how many processes can run at once.
    #[must_use]
    pub const fn ceil_cores(self) -> u64 {
        self.0.div_ceil(1000)
    }

    /// Product, at most the largest value.
    #[must_use]
    pub const fn times(self, factor: u64) -> Self {
        Self(self.0.saturating_mul(factor))
    }

    /// Sum, at most the largest value.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// Reads `250m` or `1.5` (cores).
    ///
    /// # Errors
    /// With another unit, or with a fraction of a millicore.
    pub fn read(text: &str) -> Result<Self, Mistake> {
        let (number, unit) = split(text);
        let factor = match unit {
            "" => 1000,
            "m" => 1,
            _ => {
                return Err(Mistake::new(format!("expected cores, found `{text}`"))
                    .or(format!("{number}m"))
                    .or(number));
            }
        };
        let Some(decimal) = Decimal::read(number) else {
            return Err(Mistake::new(format!("`{text}` is not a number of cores")));
        };
        match decimal.times(factor) {
            Ok(millicores) => Ok(Self(millicores)),
            Err(Misfit::NotExact) => Err(Mistake::new(format!("`{text}` is finer than a thousandth of a core"))),
            Err(Misfit::TooLarge) => Err(Mistake::new(format!("`{text}` is too large"))),
        }
    }
}

impl fmt::Display for Cpu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (cores, millicores) = (decimal::show(self.0, 3), format!("{}m", self.0));
        f.write_str(if cores.len() < millicores.len() {
            &cores
        } else {
            &millicores
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_shows() {
        for (text, millicores, shown) in [
            ("250m", 250, "250m"),
            ("1", 1000, "1"),
            ("0.5", 500, "0.5"),
            ("1.25", 1250, "1.25"),
            ("0", 0, "0"),
        ] {
            assert_eq!(Cpu::read(text), Ok(Cpu(millicores)));
            assert_eq!(Cpu(millicores).to_string(), shown);
        }
        assert!(Cpu::read("0.0005").is_err());
        assert_eq!(Cpu::read("4Mi").unwrap_err().mended, ["4m", "4"]);
    }
}
