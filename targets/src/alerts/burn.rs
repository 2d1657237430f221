//! How fast an error budget may be used up before somebody is told: several windows, several rates.
//!
//! Source: Google SRE Workbook, chapter 5 "Alerting on SLOs", table 5-8 (2 % in 1h, 5 % in 6h, 10 % in 3d, with short windows
//! of a twelfth), and the row 1d/2h (10 %) that is commonly put between them.

use loadline_compiler::quantity::Duration;

use super::subject::Severity;

/// Decimal places of a factor.
const MILLION: u128 = 1_000_000;

/// A row of the table, for one length of the objective's window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) severity: Severity,
    /// Over this long the budget is used up too fast …
    pub(crate) long: &'static str,
    /// … and over this long still.
    pub(crate) short: &'static str,
    /// Minutes of the two.
    pub(crate) minutes: (u64, u64),
    /// How many times as fast as allowed, in millionths.
    pub(crate) factor: u64,
}

struct Line {
    severity: Severity,
    long: &'static str,
    short: &'static str,
    minutes: (u64, u64),
    /// Percent of the budget that are gone after the long window.
    spent: u64,
}

const TABLE: [Line; 4] = [
    Line {
        severity: Severity::Page,
        long: "1h",
        short: "5m",
        minutes: (60, 5),
        spent: 2,
    },
    Line {
        severity: Severity::Page,
        long: "6h",
        short: "30m",
        minutes: (360, 30),
        spent: 5,
    },
    Line {
        severity: Severity::Ticket,
        long: "1d",
        short: "2h",
        minutes: (1_440, 120),
        spent: 10,
    },
    Line {
        severity: Severity::Ticket,
        long: "3d",
        short: "6h",
        minutes: (4_320, 360),
        spent: 10,
    },
];

/// The rows for an objective over this long. At a factor of 1 the objective is just kept: nobody is woken for less, and one
/// ticket says it.
pub(crate) fn rows(window: Duration) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for line in &TABLE {
        let long = Duration::minutes(line.minutes.0);
        let exact = u128::from(line.spent) * u128::from(window.in_micros()) * MILLION
            / (u128::from(long.in_micros()) * 100).max(1);
        let factor = u64::try_from(exact).unwrap_or(u64::MAX);
        let sustained = factor <= 1_000_000;
        let said = rows.iter().any(|row| row.factor <= 1_000_000);
        if window < long || (sustained && (said || line.severity == Severity::Page)) {
            continue;
        }
        rows.push(Row {
            severity: line.severity,
            long: line.long,
            short: line.short,
            minutes: line.minutes,
            factor: factor.max(1_000_000),
        });
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn factors(days: u64) -> Vec<(&'static str, u64)> {
        let rows = rows(Duration::seconds(days * 86_400));
        rows.iter().map(|row| (row.long, row.factor)).collect()
    }

    #[test]
    fn thirty_days_give_the_numbers_of_the_workbook() {
        let expected = [
            ("1h", 14_400_000),
            ("6h", 6_000_000),
            ("1d", 3_000_000),
            ("3d", 1_000_000),
        ];
        assert_eq!(factors(30), expected);
    }

    #[test]
    fn shorter_windows_have_smaller_factors_and_none_below_one() {
        let week = [("1h", 3_360_000), ("6h", 1_400_000), ("1d", 1_000_000)];
        assert_eq!(factors(7), week);
        assert_eq!(factors(28).last(), Some(&("3d", 1_000_000)));
        assert_eq!(factors(1), [("1d", 1_000_000)]);
        assert_eq!(factors(0), []);
    }
}
