//! Days of the calendar.

use std::fmt;

use loadline_grammar::ast::{Value, ValueKind};

use crate::diagnostic::Diagnostic;
use crate::lower::{Cx, Scalar, report_kind};
use crate::rules::syntax;
use crate::schema::Kind;

/// A day: `"2026-11-21"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// A day of the calendar; `None` when there is no such day.
    #[must_use]
    pub const fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let days = match month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            _ => return None,
        };
        if day == 0 || days < day {
            None
        } else {
            Some(Self { year, month, day })
        }
    }

    /// 1970-01-01: before every release and end of life that the tables know.
    const EPOCH: Self = Self {
        year: 1970,
        month: 1,
        day: 1,
    };

    /// Reads `YYYY-MM-DD`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        let shaped = year.len() == 4 && month.len() == 2 && day.len() == 2 && parts.next().is_none();
        let digits = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        if !(shaped && digits) {
            return None;
        }
        Self::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
    }
}

impl Default for Date {
    fn default() -> Self {
        Self::EPOCH
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl Scalar for Date {
    const KIND: Kind = Kind::new("a date", "\"2026-11-21\"");

    fn read(value: &Value<'_>, cx: &mut Cx<'_>) -> Option<Self> {
        let value = cx.follow(value)?;
        let ValueKind::Text(text) = &value.kind else {
            report_kind(value, &Self::KIND, cx);
            return None;
        };
        let date = Self::parse(text);
        if date.is_none() {
            let message = format!("`{text}` is no day of the calendar");
            let found = Diagnostic::new(
                &syntax::value_out_of_range::RULE,
                message,
                value.span,
                "expected \"YYYY-MM-DD\"",
            );
            cx.report(found);
        }
        date
    }

    fn show(&self) -> String {
        format!("\"{self}\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_days_that_exist() {
        assert_eq!(Date::parse("2026-11-21").unwrap().to_string(), "2026-11-21");
        assert!(Date::parse("2024-02-29").is_some());
        assert!(Date::parse("2025-02-29").is_none());
        assert!(Date::parse("2026-1-1").is_none());
        assert!(Date::parse("2026-13-01").is_none());
        assert!(Date::parse("2026-11-21").unwrap() < Date::parse("2027-01-01").unwrap());
    }
}
