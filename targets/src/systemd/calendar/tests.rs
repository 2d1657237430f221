//! The conversion is compared with systemd itself, which lists the times of an event.

use super::*;

fn converted(cron: &str) -> Vec<String> {
    texts(&Cron::read(cron).unwrap())
}

#[test]
fn schedules_become_the_shortest_events() {
    for (cron, event) in [
        ("* * * * *", "*-*-* *:*:00"),
        ("0 3 * * *", "*-*-* 03:00:00"),
        ("*/15 8-18 * * 1-5", "Mon..Fri *-*-* 08..18:00/15:00"),
        ("5/25 0 1,15 * *", "*-*-01,15 00:05,30,55:00"),
        ("7-59/10 * * * *", "*-*-* *:07/10:00"),
        ("0 0 1 jan,apr,jul,oct *", "*-01/3-01 00:00:00"),
        ("30 6 * * 0,6", "Sun,Sat *-*-* 06:30:00"),
        ("0 0 * * 5-7", "Sun,Fri,Sat *-*-* 00:00:00"),
        ("0,10,20 * * * *", "*-*-* *:00,10,20:00"),
        ("7,8,9,30 4 * * *", "*-*-* 04:07..09,30:00"),
    ] {
        assert_eq!(converted(cron), [event], "{cron}");
    }
}

#[test]
fn days_that_are_joined_with_or_are_two_events() {
    assert_eq!(converted("0 12 13 * 5"), ["*-*-13 12:00:00", "Fri *-*-* 12:00:00"]);
}

/// The first minutes of 2026, a year that begins on a Thursday, that a schedule names.
fn minutes_of_2026(cron: &Cron, count: usize) -> Vec<String> {
    const DAYS: [u64; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut out = Vec::new();
    let mut weekday = 4;
    for (month, days) in (1..).zip(DAYS) {
        for day in 1..=days {
            let (by_month, by_week) = (cron.days.values.contains(&day), cron.weekdays.values.contains(&weekday));
            let on = if cron.joins_days_with_or() {
                by_month || by_week
            } else {
                by_month && by_week
            };
            weekday = (weekday + 1) % 7;
            if !on || !cron.months.values.contains(&month) {
                continue;
            }
            for hour in &cron.hours.values {
                for minute in &cron.minutes.values {
                    out.push(format!("2026-{month:02}-{day:02} {hour:02}:{minute:02}:00"));
                }
            }
            if count <= out.len() {
                out.truncate(count);
                return out;
            }
        }
    }
    out
}

#[test]
#[expect(clippy::disallowed_types, reason = "the test asks the real program")]
fn systemd_itself_means_the_same_times() {
    const COUNT: usize = 40;
    for text in [
        "*/7 * * * *",
        "5/25 3,4 * * *",
        "0 3 * * *",
        "15 0-23/5 * * 1-5",
        "0 0 29-31 * *",
        "0 12 13 * 5",
        "0 0 */2 * 1",
        "30 6 1-7 * 0",
        "59 23 31 12 *",
        "0 0 1 */3 *",
        "10,20 9-17 * feb-apr MON,wed-FRI",
        "0 0 1-31 * 1",
        "0 0 * * */3",
    ] {
        let cron = Cron::read(text).unwrap();
        let mut times: Vec<String> = Vec::new();
        for event in texts(&cron) {
            let output = std::process::Command::new("systemd-analyze")
                .args(["calendar", "--iterations=40", "--base-time=2025-12-31 23:59:59 UTC"])
                .arg(format!("{event} UTC"))
                .env("TZ", "UTC")
                .output();
            let Ok(output) = output else {
                crate::testing::missing("there is no systemd-analyze");
                return;
            };
            let listing = String::from_utf8_lossy(&output.stdout).into_owned();
            assert!(output.status.success(), "{text}: {event}: {listing}");
            // `Next elapse: Thu 2026-01-01 00:00:00 UTC`, `Iter. #2: Thu …`
            let elapses = listing
                .lines()
                .filter(|line| line.contains("elapse:") || line.contains("Iter"));
            let moments = elapses.filter_map(|line| line.split_once(": ")?.1.get(4..23).map(str::to_owned));
            times.extend(moments.filter(|time| time.starts_with("2026-")));
        }
        times.sort();
        times.dedup();
        times.truncate(COUNT);
        assert_eq!(times, minutes_of_2026(&cron, COUNT), "{text}");
    }
}
