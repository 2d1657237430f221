//! Numbers with a unit, as they are written in ranges.

use std::fmt;

/// A number in millionths of its unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Number<'t> {
    pub(super) millionths: u128,
    /// As it is written; empty if there is none.
    pub(super) unit: &'t str,
}

/// Units that measure the same thing, each with its size. `m` is a minute among times and a thousandth of a core among cores.
const FAMILIES: [&[(&str, u128)]; 5] = [
    &[
        ("us", 1),
        ("ms", 1_000),
        ("s", 1_000_000),
        ("m", 60_000_000),
        ("h", 3_600_000_000),
        ("d", 86_400_000_000),
    ],
    &[("Ki", 1), ("Mi", 1 << 10), ("Gi", 1 << 20), ("Ti", 1 << 30)],
    &[("/h", 1), ("/m", 60), ("/s", 3_600)],
    &[("%", 1), ("x", 100)],
    &[("m", 1), ("", 1_000)],
];

impl<'t> Number<'t> {
    /// Digits, perhaps with `_` between them and up to six behind a point, then a unit.
    pub(super) fn parse(text: &'t str) -> Option<Self> {
        let end = text
            .find(|character: char| !matches!(character, '0'..='9' | '_' | '.'))
            .unwrap_or(text.len());
        let (digits, unit) = text.split_at_checked(end)?;
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let begins = |part: &str| part.starts_with(|first: char| first.is_ascii_digit());
        if !begins(whole) || !begins(fraction) || fraction.len() > 6 || fraction.contains(['_', '.']) {
            return None;
        }
        // Larger numbers than any setting takes would overflow in sums.
        let whole: u64 = whole.replace('_', "").parse().ok()?;
        let fraction: u128 = format!("{fraction:0<6}").parse().ok()?;
        let is_unit = |character: char| character.is_ascii_alphabetic() || matches!(character, '/' | '%');
        unit.chars().all(is_unit).then_some(Self {
            millionths: u128::from(whole) * 1_000_000 + fraction,
            unit,
        })
    }

    pub(super) const fn one(unit: &'t str) -> Self {
        Self {
            millionths: 1_000_000,
            unit,
        }
    }

    pub(super) const fn is_whole(&self) -> bool {
        self.millionths.is_multiple_of(1_000_000)
    }

    /// The same in the smallest of their units; nothing if they measure different things.
    pub(super) fn in_one_unit(numbers: [Self; 3]) -> Option<[Self; 3]> {
        let [first, ..] = numbers;
        if numbers.iter().all(|number| number.unit == first.unit) {
            return Some(numbers);
        }
        FAMILIES.iter().find_map(|family| {
            let size = |unit: &str| family.iter().find(|(name, _)| *name == unit).map(|(_, size)| *size);
            let [one, other, third] = numbers.map(|number| size(number.unit).map(|size| (size, number)));
            let sized = [one?, other?, third?];
            let (least, smallest) = sized.iter().min_by_key(|(size, _)| *size).copied()?;
            Some(sized.map(|(size, number)| Self {
                millionths: number.millionths * (size / least),
                unit: smallest.unit,
            }))
        })
    }
}

impl fmt::Display for Number<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.millionths / 1_000_000)?;
        if !self.is_whole() {
            let fraction = format!("{:06}", self.millionths % 1_000_000);
            write!(f, ".{}", fraction.trim_end_matches('0'))?;
        }
        f.write_str(self.unit)
    }
}
