//! Schedules as PM2's own cron reads them.
//!
//! It differs from the cron of everyone else: it takes days of the month and of the week together, `?` is the moment at
//! which it was started, and a list may hold no steps. So it is given plain lists of numbers, which are the same to all.

use loadline_compiler::model::Schedule;

use crate::cron::{Cron, Field};
use crate::escape::javascript as escape;
use crate::output::Output;
use crate::template::Escaped;

/// The pattern, or an error at its place.
pub(crate) fn pattern(schedule: &Schedule, out: &mut Output) -> Option<Escaped> {
    let text = Cron::read(&schedule.cron.value).and_then(|cron| text(&cron));
    match text {
        Ok(text) => Some(escape::string(&text)),
        Err(reason) => {
            out.refuse(schedule.cron.span, reason, "PM2 cannot keep this schedule");
            None
        }
    }
}

fn text(cron: &Cron) -> Result<String, String> {
    if cron.joins_days_with_or() {
        return Err(
            "a day of the month or a day of the week is meant, and PM2 takes only days that are both".to_owned(),
        );
    }
    let fields = [
        list(&cron.minutes, 60),
        list(&cron.hours, 24),
        list(&cron.days, 31),
        list(&cron.months, 12),
        list(&cron.weekdays, 7),
    ];
    Ok(fields.join(" "))
}

fn list(field: &Field, all: usize) -> String {
    if field.values.len() == all {
        return "*".to_owned();
    }
    let values = field.values.iter().map(u64::to_string);
    values.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_plain_lists() {
        let read = |cron: &str| text(&Cron::read(cron).unwrap());
        assert_eq!(read("*/20 8-10,22 1,15 * *").unwrap(), "0,20,40 8,9,10,22 1,15 * *");
        assert_eq!(read("0 0 ? jan mon-fri").unwrap(), "0 0 * 1 1,2,3,4,5");
        assert_eq!(read("0 0 * * 7").unwrap(), "0 0 * * 0");
        assert!(read("0 0 13 * 5").unwrap_err().contains("both"));
    }
}
