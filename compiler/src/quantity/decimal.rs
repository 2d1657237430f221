//! Decimal literals, exact.

/// A decimal number as written: `digits / 10^places`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal {
    digits: u128,
    places: u32,
}

/// Why a decimal does not fit an integer unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Misfit {
    /// There is a fraction of the smallest unit.
    NotExact,
    /// More than 2^63 of the smallest unit.
    TooLarge,
}

impl Decimal {
    /// Reads `[0-9][0-9_]*(\.[0-9]+)?`; `None` for anything else or for more than 30 digits.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        if text.ends_with('.') || whole.is_empty() || 30 < text.len() {
            return None;
        }
        let mut digits = 0_u128;
        for byte in whole.bytes().chain(fraction.bytes()).filter(|&byte| byte != b'_') {
            let digit = byte.checked_sub(b'0').filter(|&digit| digit <= 9)?;
            digits = digits.checked_mul(10)?.checked_add(u128::from(digit))?;
        }
        let places = u32::try_from(fraction.bytes().filter(|&byte| byte != b'_').count()).ok()?;
        Some(Self { digits, places })
    }

    /// The number times `factor`, if that is a whole number that fits.
    pub(crate) fn times(self, factor: u64) -> Result<u64, Misfit> {
        let product = self.digits.checked_mul(u128::from(factor)).ok_or(Misfit::TooLarge)?;
        let divisor = 10_u128.checked_pow(self.places).ok_or(Misfit::NotExact)?;
        if product % divisor != 0 {
            return Err(Misfit::NotExact);
        }
        // Half the range of u64: sums of two never overflow before they are checked.
        u64::try_from(product / divisor)
            .ok()
            .filter(|&whole| whole <= u64::MAX / 2)
            .ok_or(Misfit::TooLarge)
    }
}

/// `value / 10^places` in the shortest decimal form: `1500, 3` is `1.5`.
pub(crate) fn show(value: u64, places: u32) -> String {
    let divisor = 10_u64.pow(places);
    let (whole, fraction) = (value / divisor, value % divisor);
    if fraction == 0 {
        return whole.to_string();
    }
    let fraction = format!("{fraction:0width$}", width = places as usize);
    format!("{whole}.{}", fraction.trim_end_matches('0'))
}
