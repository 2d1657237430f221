//! Schedules as cron writes them: five fields, read as Kubernetes reads them.

/// A schedule: the values that each field allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cron {
    pub(crate) minutes: Field,
    pub(crate) hours: Field,
    /// Days of the month, from 1.
    pub(crate) days: Field,
    /// From 1.
    pub(crate) months: Field,
    /// From 0, Sunday.
    pub(crate) weekdays: Field,
}

/// The values of one field, ascending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) values: Vec<u64>,
    /// Written as `*`: does not restrict, and does not join the days with "or".
    star: bool,
}

/// What a field may hold.
struct Range {
    what: &'static str,
    low: u64,
    high: u64,
    names: &'static [&'static str],
}

const MINUTE: Range = Range {
    what: "minute",
    low: 0,
    high: 59,
    names: &[],
};
const HOUR: Range = Range {
    what: "hour",
    low: 0,
    high: 23,
    names: &[],
};
const DAY: Range = Range {
    what: "day of the month",
    low: 1,
    high: 31,
    names: &[],
};
const MONTH: Range = Range {
    what: "month",
    low: 1,
    high: 12,
    names: &[
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ],
};
/// 7 is Sunday too.
const WEEKDAY: Range = Range {
    what: "day of the week",
    low: 0,
    high: 7,
    names: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
};

impl Cron {
    /// Reads five fields, or a word for them such as `@daily`.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let fields: Vec<&str> = spelled_out(text).split_ascii_whitespace().collect();
        let [minute, hour, day, month, weekday] = fields.as_slice() else {
            let found = fields.len();
            return Err(format!("a schedule has five fields, and `{text}` has {found}"));
        };
        let mut weekdays = field(weekday, &WEEKDAY)?;
        if weekdays.values.last() == Some(&7) {
            weekdays.values.pop();
            if weekdays.values.first() != Some(&0) {
                weekdays.values.insert(0, 0);
            }
        }
        let cron = Self {
            minutes: field(minute, &MINUTE)?,
            hours: field(hour, &HOUR)?,
            days: field(day, &DAY)?,
            months: field(month, &MONTH)?,
            weekdays,
        };
        if cron.comes() {
            Ok(cron)
        } else {
            Err(format!("`{text}` never comes: no year has such a day"))
        }
    }

    /// Whether one of the months has one of the days; one of the weekdays comes in every month.
    fn comes(&self) -> bool {
        let has_it = |month: &u64| {
            let days = match month {
                2 => 29,
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            self.days.values.first().is_some_and(|day| *day <= days)
        };
        self.joins_days_with_or() || self.months.values.iter().any(has_it)
    }

    /// Whether a day counts when either of its two fields allows it: so it is when both restrict.
    pub(crate) fn joins_days_with_or(&self) -> bool {
        !self.days.star && !self.weekdays.star
    }

    /// The fewest minutes between two runs, if runs come every day.
    pub(crate) fn shortest_gap_minutes(&self) -> u64 {
        const DAY_MINUTES: u64 = 24 * 60;
        let mut times: Vec<u64> = Vec::new();
        for hour in &self.hours.values {
            times.extend(self.minutes.values.iter().map(|minute| hour * 60 + minute));
        }
        let next_day = times.first().map(|first| first + DAY_MINUTES);
        times.extend(next_day);
        let pairs = times.iter().zip(times.iter().skip(1));
        pairs.map(|(before, after)| after - before).min().unwrap_or(DAY_MINUTES)
    }
}

/// What the words of Vixie cron and Kubernetes stand for.
fn spelled_out(text: &str) -> &str {
    match text {
        "@yearly" | "@annually" => "0 0 1 1 *",
        "@monthly" => "0 0 1 * *",
        "@weekly" => "0 0 * * 0",
        "@daily" | "@midnight" => "0 0 * * *",
        "@hourly" => "0 * * * *",
        other => other,
    }
}

/// A list of `*`, `a`, `a-b`, each with an optional `/step`.
fn field(text: &str, range: &Range) -> Result<Field, String> {
    let mut values: Vec<u64> = Vec::new();
    let mut star = false;
    for part in text.split(',') {
        let (span, step) = match part.split_once('/') {
            Some((span, step)) => (span, Some(number(step, text, range)?)),
            None => (part, None),
        };
        if step == Some(0) {
            return Err(format!("`{text}` is no {}: a step of 0", range.what));
        }
        let all = span == "*" || span == "?";
        // `7` names Sunday a second time; a star need not.
        let highest = if range.names.len() == 7 { 6 } else { range.high };
        let (low, high) = if all {
            (range.low, highest)
        } else if let Some((low, high)) = span.split_once('-') {
            (value(low, text, range)?, value(high, text, range)?)
        } else {
            let low = value(span, text, range)?;
            // `5/15` stands for `5-59/15`.
            (low, if step.is_some() { highest.max(low) } else { low })
        };
        if high < low {
            return Err(format!("`{text}` is no {}: `{part}` runs backwards", range.what));
        }
        star |= all && step.unwrap_or(1) == 1;
        let mut next = low;
        while next <= high {
            values.push(next);
            next += step.unwrap_or(1);
        }
    }
    values.sort_unstable();
    values.dedup();
    Ok(Field { values, star })
}

fn value(text: &str, whole: &str, range: &Range) -> Result<u64, String> {
    let lower = text.to_ascii_lowercase();
    let named = (range.low..).zip(range.names).find(|(_, name)| **name == lower);
    let value = match named {
        Some((value, _)) => value,
        None => number(text, whole, range)?,
    };
    if value < range.low || range.high < value {
        let Range { what, low, high, .. } = range;
        return Err(format!(
            "`{whole}` is no {what}: {value} is not between {low} and {high}"
        ));
    }
    Ok(value)
}

fn number(text: &str, whole: &str, range: &Range) -> Result<u64, String> {
    let digits = !text.is_empty() && text.len() <= 4 && text.bytes().all(|b| b.is_ascii_digit());
    let number = if digits { text.parse().ok() } else { None };
    number.ok_or_else(|| format!("`{whole}` is no {}", range.what))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Cron {
        Cron::read(text).unwrap()
    }

    #[test]
    fn fields_are_lists_of_ranges_and_steps() {
        let cron = read("*/20 8-10,22 1,15 jan-mar MON-fri");
        assert_eq!(cron.minutes.values, [0, 20, 40]);
        assert_eq!(cron.hours.values, [8, 9, 10, 22]);
        assert_eq!(cron.days.values, [1, 15]);
        assert_eq!(cron.months.values, [1, 2, 3]);
        assert_eq!(cron.weekdays.values, [1, 2, 3, 4, 5]);
        assert_eq!(read("5/25 * * * *").minutes.values, [5, 30, 55]);
    }

    #[test]
    fn sunday_has_two_numbers() {
        assert_eq!(read("0 0 * * 7").weekdays.values, [0]);
        assert_eq!(read("0 0 * * 5-7").weekdays.values, [0, 5, 6]);
        assert_eq!(read("0 0 * * 0,7").weekdays.values, [0]);
        assert_eq!(read("0 0 * * *").weekdays.values, [0, 1, 2, 3, 4, 5, 6]);
        assert_eq!(read("0 0 * * */2").weekdays.values, [0, 2, 4, 6]);
    }

    #[test]
    fn words_are_spelled_out() {
        assert_eq!(read("@weekly").weekdays.values, [0]);
        assert_eq!(read("@hourly").hours.values.len(), 24);
        assert!(Cron::read("@reboot").is_err());
    }

    #[test]
    fn only_two_restricted_days_join_with_or() {
        assert!(read("0 0 13 * 5").joins_days_with_or());
        // As robfig/cron, which Kubernetes uses: a step restricts.
        assert!(read("0 0 */2 * 5").joins_days_with_or());
        for and in ["0 0 13 * *", "0 0 * * 5", "0 0 ? * 5", "0 0 */1 * 5"] {
            assert!(!read(and).joins_days_with_or(), "{and}");
        }
    }

    #[test]
    fn the_gap_between_runs() {
        for (text, minutes) in [
            ("* * * * *", 1),
            ("*/15 * * * *", 15),
            ("0 3 * * *", 1440),
            ("50 23,0 * * *", 60),
            ("0,50 * * * *", 10),
            ("0 9-17 * * 1-5", 60),
        ] {
            assert_eq!(read(text).shortest_gap_minutes(), minutes, "{text}");
        }
    }

    #[test]
    fn rare_days_still_come() {
        read("0 0 29 2 *");
        read("0 0 31 2,3 *");
        read("0 0 30 2 1");
    }

    #[test]
    fn what_is_no_schedule_is_refused() {
        for (bad, reason) in [
            ("* * * *", "a schedule has five fields, and `* * * *` has 4"),
            ("0 0 0 * *", "`0` is no day of the month: 0 is not between 1 and 31"),
            ("60 * * * *", "`60` is no minute: 60 is not between 0 and 59"),
            ("*/0 * * * *", "`*/0` is no minute: a step of 0"),
            ("9-5 * * * *", "`9-5` is no minute: `9-5` runs backwards"),
            ("0 0 L * *", "`L` is no day of the month"),
            ("0 0 * * 5#2", "`5#2` is no day of the week"),
            ("0 0 * foo *", "`foo` is no month"),
            ("1,, * * * *", "`1,,` is no minute"),
            ("0 0 30 2 *", "`0 0 30 2 *` never comes: no year has such a day"),
            ("-5 * * * *", "`-5` is no minute"),
        ] {
            assert_eq!(Cron::read(bad).unwrap_err(), reason);
        }
    }
}
