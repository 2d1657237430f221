//! Numbers as the formats write them.

use std::collections::BTreeMap;

/// Numbers by name (`api grace`): milliseconds, bytes, thousandths of a core, counts.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Numbers(pub(crate) BTreeMap<String, u64>);

impl Numbers {
    pub(crate) fn add(&mut self, of: &str, what: &str, number: Option<u64>) {
        if let Some(number) = number {
            let before = self.0.insert(format!("{of} {what}"), number);
            assert!(
                before.is_none_or(|before| before == number),
                "{of} {what}: {before:?} and {number}"
            );
        }
    }
}

/// What a number is, without whose it is: `ready every` of `api ready every`.
pub(crate) fn kind(name: &str) -> &str {
    name.split_once(' ').map_or(name, |(_, kind)| kind)
}

/// `1m30s`, `11.6s`, `1500ms`, `15min`: milliseconds, rounded up. A number without a unit is of `unit`.
pub(crate) fn time(text: &str, unit: &str) -> Option<u64> {
    let mut rest = text.trim();
    let mut micros = 0;
    while !rest.is_empty() {
        let digits = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(rest.len());
        let (number, behind) = rest.split_at(digits);
        let letters = behind
            .find(|c: char| c.is_ascii_digit() || c == ' ')
            .unwrap_or(behind.len());
        let (own, behind) = behind.split_at(letters);
        let factor: u64 = match if own.is_empty() { unit } else { own } {
            "us" => 1,
            "ms" => 1000,
            "s" => 1_000_000,
            "m" | "min" => 60_000_000,
            "h" => 3_600_000_000,
            "d" => 86_400_000_000,
            _ => return None,
        };
        micros += millionths(number)?.checked_mul(factor)? / 1_000_000;
        rest = behind.trim_start();
    }
    Some(micros.div_ceil(1000))
}

/// `512Mi`, `486M` of PM2 and systemd, `10m` of nginx and docker, `1G`, bytes bare: bytes. `kilo` is what `M` is made of.
pub(crate) fn size(text: &str, kilo: u64) -> Option<u64> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().ok()?;
    let power = |base: u64, power: u32| base.checked_pow(power)?.checked_mul(number);
    match unit {
        "" | "b" | "B" => Some(number),
        "Ki" => power(1024, 1),
        "Mi" => power(1024, 2),
        "Gi" => power(1024, 3),
        "k" | "K" => power(kilo, 1),
        "m" | "M" => power(kilo, 2),
        "g" | "G" => power(kilo, 3),
        _ => None,
    }
}

/// `250m`, `0.25`, `2`: thousandths.
pub(crate) fn thousandths(text: &str) -> Option<u64> {
    match text.trim().strip_suffix('m') {
        Some(number) => number.parse().ok(),
        None => Some(millionths(text.trim())? / 1000),
    }
}

fn millionths(text: &str) -> Option<u64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let part = format!("{part:0<6}");
    let whole: u64 = whole.parse().ok()?;
    whole.checked_mul(1_000_000)?.checked_add(part.get(..6)?.parse().ok()?)
}

/// The heap that is asked for in a command line or a variable, in bytes.
pub(crate) fn heap(text: &str) -> Option<u64> {
    let behind = |flag: &str| text.split_once(flag).map(|(_, rest)| rest);
    let rest = behind("--max-old-space-size=").or_else(|| behind("-Xmx"))?;
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    Some(rest[..digits].parse::<u64>().ok()? << 20)
}

/// Where numbers stand in a text.
pub(crate) fn places(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        match (c.is_ascii_digit(), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                found.push((from, &text[from..at]));
                start = None;
            }
            _ => {}
        }
    }
    found
}

#[test]
fn numbers_are_read_as_their_programs_read_them() {
    assert_eq!(time("1m30s", "s"), Some(90_000));
    assert_eq!(time("11.6s", "s"), Some(11_600));
    assert_eq!(time("15min 1s", "s"), Some(901_000));
    assert_eq!(time("32000", "ms"), Some(32_000));
    assert_eq!(time("soon", "s"), None);
    assert_eq!(size("10m", 1024), Some(10 << 20));
    assert_eq!(size("10M", 1000), Some(10_000_000));
    assert_eq!(size("512Mi", 1000), Some(512 << 20));
    assert_eq!(thousandths("0.25"), Some(250));
    assert_eq!(thousandths("250m"), Some(250));
    assert_eq!(heap("node --max-old-space-size=640 a.js"), Some(640 << 20));
}
