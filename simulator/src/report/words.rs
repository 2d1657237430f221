//! Times, shares and counts as people read them. Integers only, so that they are the same everywhere.

use loadline_compiler::diagnostic::thousands;

use crate::outcome::{Holder, Measurement};
use crate::{Instances, Span, Tick};

/// `00:01:30`, and `00:01:30.250` within a second.
pub(super) fn clock(at: Tick) -> String {
    let millis = at.micros() / 1_000;
    let (seconds, rest) = (millis / 1_000, millis % 1_000);
    let whole = format!("{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if rest == 0 { whole } else { format!("{whole}.{rest:03}") }
}

/// Three digits and a unit: `250us`, `12.3ms`, `1.23s`; from a minute on `2m03s`, from an hour on `1h02m`.
pub(super) fn span(span: Span) -> String {
    let micros = span.micros();
    let seconds = micros.saturating_add(500_000) / 1_000_000;
    match micros {
        0 => "0s".to_owned(),
        1..1_000 => format!("{micros}us"),
        1_000..999_500 => format!("{}ms", three_digits(micros, 1_000)),
        999_500..59_950_000 => format!("{}s", three_digits(micros, 1_000_000)),
        _ if seconds < 3_600 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        _ => format!("{}h{:02}m", seconds / 3_600, seconds / 60 % 60),
    }
}

/// `value / one` with three digits that count: 1,234 of 1,000 is `1.23`, 123,456 is `123`. One is a multiple of 100.
fn three_digits(value: u64, one: u64) -> String {
    let (step, places) = match value.saturating_mul(100) / one {
        0..1_000 if (value + one / 200) * 100 / one < 1_000 => (one / 100, 2),
        0..10_000 if (value + one / 20) * 10 / one < 1_000 => (one / 10, 1),
        _ => (one, 0),
    };
    let rounded = (value + step / 2) / step;
    let steps = one / step;
    let (whole, fraction) = (thousands(rounded / steps), rounded % steps);
    if fraction == 0 {
        return whole;
    }
    let digits = format!("{fraction:0places$}");
    format!("{whole}.{}", digits.trim_end_matches('0'))
}

/// Parts per million as per cent: `972_100` is `97.21%`. All digits, since the fourth nine may be what is asked for.
pub(super) fn percent(parts: u64) -> String {
    let (whole, fraction) = (parts / 10_000, parts % 10_000);
    if fraction == 0 {
        return format!("{whole}%");
    }
    let digits = format!("{fraction:04}");
    format!("{whole}.{}%", digits.trim_end_matches('0'))
}

/// As [`percent`], with a tenth at most.
pub(super) fn about_percent(parts: u64) -> String {
    percent((parts + 500) / 1_000 * 1_000)
}

/// As [`about_percent`], but what is not nothing is never `0%`.
pub(super) fn about_percent_or_less(parts: u64) -> String {
    match parts {
        1..500 => "<0.1%".to_owned(),
        _ => about_percent(parts),
    }
}

/// Thousandths of something a second: `790.1/s`.
pub(super) fn rate(thousandths: u64) -> String {
    let tenths = (thousandths + 50) / 100;
    match tenths % 10 {
        0 => format!("{}/s", thousands(tenths / 10)),
        rest => format!("{}.{rest}/s", thousands(tenths / 10)),
    }
}

/// Bytes with a binary unit and at most three digits: `1.5Gi`.
pub(super) fn bytes(bytes: u64) -> String {
    let units = [(1 << 30, "Gi"), (1 << 20, "Mi"), (1 << 10, "Ki")];
    let unit = units.into_iter().find(|(size, _)| *size <= bytes);
    match unit {
        None => format!("{bytes}B"),
        Some((size, unit)) => {
            let thousandths = u128::from(bytes) * 1_000 / u128::from(size);
            let thousandths = u64::try_from(thousandths).unwrap_or(u64::MAX);
            format!("{}{unit}", three_digits(thousandths, 1_000))
        }
    }
}

/// Thousandths of a core: `1.25`, `250m`.
pub(super) fn cores(thousandths: u64) -> String {
    match thousandths {
        0..1_000 => format!("{thousandths}m"),
        _ => three_digits(thousandths, 1_000),
    }
}

/// A value in its unit.
pub(super) fn measurement(value: Measurement) -> String {
    match value {
        Measurement::Parts(parts) => percent(parts),
        Measurement::Micros(micros) => span(Span::from_micros(micros)),
        Measurement::Count(count) => thousands(count),
    }
}

/// The difference of two values of this unit; of shares in points.
pub(super) fn difference(unit: Measurement, by: u64) -> String {
    match unit {
        Measurement::Parts(_) => {
            let points = if by == 10_000 { "point" } else { "points" };
            format!("{} {points}", percent(by).trim_end_matches('%'))
        }
        Measurement::Micros(_) => span(Span::from_micros(by)),
        Measurement::Count(_) => thousands(by),
    }
}

/// Text of a spec on one line, without what a terminal would take for a command.
pub(super) fn one_line(text: &str) -> String {
    let words = text.split(|sign: char| sign.is_whitespace() || sign.is_control());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// `10 ready, 2 starting, 1 terminating`, without those that there are none of.
pub(super) fn by_state(instances: Instances) -> String {
    let states = [
        (instances.ready, "ready"),
        (instances.starting, "starting"),
        (instances.terminating, "terminating"),
    ];
    let some = states.into_iter().filter(|(count, _)| *count != 0);
    let words: Vec<String> = some
        .map(|(count, state)| format!("{} {state}", thousands(count)))
        .collect();
    words.join(", ")
}

/// Who has connections: `` `api` 240 (10 ready, 2 starting), `mailer` 30 (3 ready), changes of the schema 1 ``.
pub(super) fn holders(holders: &[Holder], changes: u64, services: &[String]) -> String {
    let words = holders.iter().map(|holder| {
        let count = thousands(holder.connections.live());
        format!(
            "{} {count} ({})",
            called(services, holder.service),
            by_state(holder.instances)
        )
    });
    let changes = (changes != 0).then(|| format!("changes of the schema {}", thousands(changes)));
    words.chain(changes).collect::<Vec<_>>().join(", ")
}

/// Whether a sentence quotes an event, whose settings may stand there in another order.
pub(super) fn quotes(words: &str, event: &str) -> bool {
    let head = event.split('{').next().unwrap_or_default().trim_end();
    words.contains(&format!("`{head}"))
}

/// A name in backticks.
pub(super) fn called(names: &[String], index: usize) -> String {
    format!("`{}`", name(names, index))
}

/// A name; a number where there is none, which no study of ours has.
pub(super) fn name(names: &[String], index: usize) -> String {
    names.get(index).cloned().unwrap_or_else(|| format!("#{index}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_at_a_glance() {
        for (micros, text) in [
            (0, "00:00:00"),
            (90_000_000, "00:01:30"),
            (3_723_250_999, "01:02:03.250"),
        ] {
            assert_eq!(clock(Tick::at(micros)), text);
        }
        for (micros, text) in [
            (0, "0s"),
            (250, "250us"),
            (1_000, "1ms"),
            (12_345, "12.3ms"),
            (123_456, "123ms"),
            (999_499, "999ms"),
            (999_500, "1s"),
            (1_234_567, "1.23s"),
            (9_996_000, "10s"),
            (9_994_000, "9.99s"),
            (59_949_999, "59.9s"),
            (59_950_000, "1m00s"),
            (123_000_000, "2m03s"),
            (3_720_000_000, "1h02m"),
        ] {
            assert_eq!(span(Span::from_micros(micros)), text, "{micros}");
        }
    }

    #[test]
    fn an_event_is_quoted_once() {
        let words = "the scenario says `slow db { by 50%; for 5s }`";
        assert!(quotes(words, "slow db { for 5s; by 50% }"));
        assert!(!quotes(words, "service_time 2ms") && !quotes("a pool of `api` to `db` is empty", "pool 8"));
    }

    #[test]
    fn a_text_cannot_move_the_cursor() {
        assert_eq!(
            one_line("at 30s {\n\t rollout\u{1b}[2J api }"),
            "at 30s { rollout [2J api }"
        );
    }

    #[test]
    fn shares_keep_their_nines() {
        assert_eq!(percent(972_100), "97.21%");
        assert_eq!(percent(999_999), "99.9999%");
        assert_eq!(percent(1_000_000), "100%");
        assert_eq!(about_percent(561_497), "56.1%");
        assert_eq!(
            (rate(790_149), rate(800_000)),
            ("790.1/s".to_owned(), "800/s".to_owned())
        );
        assert_eq!(
            (bytes(1_610_612_736), bytes(512)),
            ("1.5Gi".to_owned(), "512B".to_owned())
        );
        assert_eq!((cores(1_250), cores(250)), ("1.25".to_owned(), "250m".to_owned()));
    }
}
