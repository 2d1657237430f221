//! Quantities as Kubernetes writes them.

use loadline_compiler::quantity::{Bytes, Cpu, Duration, Rate, Ratio, Share};
use loadline_compiler::values::Val;
use loadline_grammar::Span;

use super::metadata::IntOrPercent;
use crate::output::Output;

/// A size: `512Mi` as it is, `10MB` as `10M`, bytes bare. Source: apimachinery `resource.Quantity`.
pub(crate) fn size(bytes: Bytes) -> String {
    let shown = bytes.to_string();
    shown.trim_end_matches('B').to_owned()
}

/// Processor, in the form that the API server stores: another would look like a change at every apply.
pub(crate) fn cores(cpu: Cpu) -> String {
    thousandths(cpu.in_millicores())
}

/// Events per second, rounded up to thousandths.
pub(crate) fn per_second(rate: Rate) -> String {
    // Millionths an hour are 3,600,000 to a thousandth a second.
    thousandths(rate.in_millionths_per_hour().div_ceil(3_600_000))
}

fn thousandths(count: u64) -> String {
    if count.is_multiple_of(1000) {
        (count / 1000).to_string()
    } else {
        format!("{count}m")
    }
}

/// Whole seconds, rounded up; said when a written value is not whole.
pub(crate) fn seconds(value: &Val<Duration>, setting: &str, out: &mut Output) -> u64 {
    let seconds = value.value.ceil_seconds();
    if value.is_written() && Duration::seconds(seconds) != value.value {
        out.remark(
            value.span,
            format!("Kubernetes counts `{setting}` in whole seconds"),
            format!("{seconds}s is written"),
        );
    }
    seconds
}

/// Which way a number that must be whole is rounded.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Round {
    Up,
    Down,
}

/// Whole percent; said when the value is not whole.
pub(crate) fn percent(value: Ratio, span: Span, round: Round, setting: &str, out: &mut Output) -> u64 {
    const ONE: u64 = 10_000;
    let millionths = value.in_millionths();
    let percent = match round {
        Round::Up => millionths.div_ceil(ONE),
        Round::Down => millionths / ONE,
    };
    if !millionths.is_multiple_of(ONE) {
        out.remark(
            span,
            format!("Kubernetes takes `{setting}` in whole percent"),
            format!("{percent}% is written"),
        );
    }
    percent
}

/// A number of pods, or a part of them.
pub(crate) fn share(value: &Val<Share>, round: Round, setting: &str, out: &mut Output) -> IntOrPercent {
    match value.value {
        Share::Count(count) => IntOrPercent::Count(count),
        Share::Ratio(ratio) => {
            let percent = percent(ratio, value.span, round, setting, out);
            IntOrPercent::Percent(format!("{percent}%"))
        }
    }
}

/// A time as Go reads it, in the units that Argo Rollouts takes: `15m`, `90s`.
pub(crate) fn go_duration(time: Duration) -> String {
    let seconds = time.ceil_seconds();
    match seconds {
        0 => "0s".to_owned(),
        _ if seconds.is_multiple_of(3600) => format!("{}h", seconds / 3600),
        _ if seconds.is_multiple_of(60) => format!("{}m", seconds / 60),
        _ => format!("{seconds}s"),
    }
}

/// Millionths as a decimal number: 10,000 is `0.01`.
pub(crate) fn decimal(millionths: u64) -> String {
    let (whole, fraction) = (millionths / 1_000_000, millionths % 1_000_000);
    if fraction == 0 {
        return whole.to_string();
    }
    let fraction = format!("{fraction:06}");
    format!("{whole}.{}", fraction.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_quantities() {
        for (text, written) in [
            ("512Mi", "512Mi"),
            ("1Gi", "1Gi"),
            ("10MB", "10M"),
            ("1kB", "1k"),
            ("3B", "3"),
        ] {
            assert_eq!(size(Bytes::read(text).unwrap()), written);
        }
    }

    #[test]
    fn quantities_are_canonical() {
        for (text, written) in [("0.5", "500m"), ("2", "2"), ("1.25", "1250m"), ("0", "0")] {
            assert_eq!(cores(Cpu::read(text).unwrap()), written);
        }
        for (text, written) in [("50/s", "50"), ("30/m", "500m"), ("1/m", "17m")] {
            assert_eq!(per_second(Rate::read(text).unwrap()), written);
        }
    }

    #[test]
    fn times_have_units_that_argo_reads() {
        for (seconds, written) in [(86_400, "24h"), (900, "15m"), (90, "90s"), (0, "0s")] {
            assert_eq!(go_duration(Duration::seconds(seconds)), written);
        }
        assert_eq!(decimal(10_000), "0.01");
        assert_eq!(decimal(1_500_000), "1.5");
    }
}
