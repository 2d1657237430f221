//! Versions of services, engines, runtimes and platforms.

use std::cmp::Ordering;
use std::fmt;

use loadline_grammar::ast::{Value, ValueKind};

use super::texts::Text;
use crate::lower::{Cx, Scalar, report_kind};
use crate::schema::Kind;

/// A version as written: `2.10` is not `2.1`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Version(pub String);

impl Version {
    /// Whether a version that selects (`2.1`) stands for `other` (`2.1.4`): equal, or a prefix of whole parts.
    #[must_use]
    pub fn selects(&self, other: &Self) -> bool {
        let rest = other.0.strip_prefix(&self.0);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }

    /// The number at a place: `1.34` has 1 at place 0 and 34 at place 1.
    #[must_use]
    pub fn part(&self, place: usize) -> Option<u64> {
        let part = self.0.trim_start_matches('v').split('.').nth(place)?;
        let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    }

    /// The first number.
    #[must_use]
    pub fn major(&self) -> Option<u64> {
        self.part(0)
    }

    /// The first two numbers.
    #[must_use]
    pub fn major_minor(&self) -> Option<(u64, u64)> {
        Some((self.part(0)?, self.part(1)?))
    }

    /// Whether it is `major.minor` or later; what is not said counts as 0.
    #[must_use]
    pub fn at_least(&self, major: u64, minor: u64) -> bool {
        (major, minor) <= (self.part(0).unwrap_or(0), self.part(1).unwrap_or(0))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Part by part, numbers as numbers.
impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let parts = |version: &Self| {
            version
                .0
                .split(['.', '-', '+'])
                .map(|part| (part.parse::<u64>().unwrap_or(u64::MAX), part.to_owned()))
                .collect::<Vec<_>>()
        };
        parts(self).cmp(&parts(other)).then_with(|| self.0.cmp(&other.0))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Scalar for Version {
    const KIND: Kind = Kind::new("a version", "2.1.0");

    fn read(value: &Value<'_>, cx: &mut Cx<'_>) -> Option<Self> {
        let value = cx.follow(value)?;
        match &value.kind {
            ValueKind::Number(text) | ValueKind::Version(text) => Some(Self((*text).to_owned())),
            ValueKind::Text(_) => Text::read(value, cx).map(|text| Self(text.0)),
            _ => {
                report_kind(value, &Self::KIND, cx);
                None
            }
        }
    }

    fn show(&self) -> String {
        let plain = self.0.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        if plain {
            self.0.clone()
        } else {
            super::texts::quoted(&self.0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        Version(text.to_owned())
    }

    #[test]
    fn a_shorter_version_stands_for_all_it_prefixes() {
        assert!(version("2.1").selects(&version("2.1.4")));
        assert!(!version("2.1").selects(&version("2.10")));
        assert!(version("2.1.0").selects(&version("2.1.0")));
    }

    #[test]
    fn versions_order_by_number() {
        assert!(version("2.9") < version("2.10"));
        assert!(version("1.34").at_least(1, 30));
        assert!(!version("1.9").at_least(1, 30));
        assert!(version("2").at_least(1, 30));
    }
}
