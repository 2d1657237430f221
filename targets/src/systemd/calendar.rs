//! Schedules as systemd.time(7) writes them.

use loadline_compiler::model::Schedule;

use crate::cron::{Cron, Field};
use crate::escape::systemd as escape;
use crate::output::Output;
use crate::template::Escaped;

const WEEKDAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/// The schedule, or an error at its place.
pub(crate) fn cron(schedule: &Schedule, out: &mut Output) -> Option<Cron> {
    match Cron::read(&schedule.cron.value) {
        Ok(cron) => Some(cron),
        Err(reason) => {
            out.refuse(schedule.cron.span, reason, "cannot be written as a calendar event");
            None
        }
    }
}

/// The `OnCalendar=` lines: one, or two when a day of the month *or* a day of the week is meant. Within one event systemd
/// takes both together; of several it takes each, and those that fall together once.
pub(crate) fn events(schedule: &Schedule, cron: &Cron, out: &mut Output) -> Vec<Escaped> {
    let zone = match &schedule.zone {
        Some(zone) => out.escape(zone, |zone| escape::zone(zone)),
        None => escape::fixed("UTC"),
    };
    let events = texts(cron).into_iter();
    let escaped = events.map(|text| out.escaped(schedule.cron.span, escape::event(&text, &zone)));
    escaped.collect()
}

fn texts(cron: &Cron) -> Vec<String> {
    let time = format!("{}:{}:00", numbers(&cron.hours, 0, 23), numbers(&cron.minutes, 0, 59));
    let months = numbers(&cron.months, 1, 12);
    let days = numbers(&cron.days, 1, 31);
    let weekdays = weekdays(&cron.weekdays);
    if cron.joins_days_with_or() {
        let by_month = format!("*-{months}-{days} {time}");
        return vec![by_month, format!("{weekdays}*-{months}-* {time}")];
    }
    vec![format!("{weekdays}*-{months}-{days} {time}")]
}

/// `*`, `00/15`, `08..10,22`: the shortest that means the same.
///
/// A step is only written where it comes out even: systemd 252 forgets the first time of each day of `00/7`.
fn numbers(field: &Field, low: u64, high: u64) -> String {
    let values = field.values.as_slice();
    if low + values.len() as u64 == high + 1 {
        return "*".to_owned();
    }
    if let [first, second, .., last] = values {
        let step = second - first;
        let mut pairs = values.iter().zip(values.iter().skip(1));
        let comes_out_even = last + step == high + 1 + first - low;
        if 1 < step && comes_out_even && pairs.all(|(a, b)| b - a == step) {
            return format!("{first:02}/{step}");
        }
    }
    let runs = runs(values).into_iter().map(|(from, to)| match to - from {
        0 => format!("{from:02}"),
        1 => format!("{from:02},{to:02}"),
        _ => format!("{from:02}..{to:02}"),
    });
    runs.collect::<Vec<_>>().join(",")
}

/// `Mon..Fri ` with a blank behind it; nothing for every day.
fn weekdays(field: &Field) -> String {
    if field.values.len() == WEEKDAYS.len() {
        return String::new();
    }
    let name = |day: u64| {
        let index = usize::try_from(day).unwrap_or_default();
        WEEKDAYS.get(index).copied().unwrap_or_default()
    };
    let runs = runs(&field.values).into_iter().map(|(from, to)| match to - from {
        0 => name(from).to_owned(),
        1 => format!("{},{}", name(from), name(to)),
        _ => format!("{}..{}", name(from), name(to)),
    });
    format!("{} ", runs.collect::<Vec<_>>().join(","))
}

/// Neighbouring values as first and last.
fn runs(values: &[u64]) -> Vec<(u64, u64)> {
    let mut runs: Vec<(u64, u64)> = Vec::new();
    for &value in values {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == value => *last = value,
            _ => runs.push((value, value)),
        }
    }
    runs
}

#[cfg(test)]
mod tests;
