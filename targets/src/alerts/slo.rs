//! Objectives: how fast failures and slow answers use up what is allowed.

use std::collections::BTreeSet;

use loadline_compiler::model::{Health, Probe, ProbeCheck, Protocol, Slo, Workload};
use loadline_compiler::quantity::{Duration, Ratio};
use loadline_compiler::values::Val;

use super::burn::{self, Row};
use super::decimal;
use super::proof::{Proof, Series, TestFile};
use super::subject::{Said, Subject, matchers};
use crate::escape::prometheus::{Piece, literal, regex};
use crate::output::Output;

/// What the processes of a workload say about what they serve.
///
/// Source: OpenTelemetry, semantic conventions for HTTP servers and for messaging, as Prometheus names them.
struct Metrics {
    /// A histogram of durations, without its suffix.
    histogram: &'static str,
    matchers: String,
    /// What picks those that failed; and a label that only they have, for tests.
    failed: &'static str,
    failed_label: &'static str,
    good_label: &'static str,
    what: &'static str,
}

const HTTP: &str = "http_server_request_duration_seconds";
const MESSAGES: &str = "messaging_process_duration_seconds";

pub(crate) fn add(subject: &mut Subject<'_>, workload: &Workload, tests: &mut TestFile, out: &mut Output) {
    let Some(slo) = &workload.slo else { return };
    let Some(metrics) = metrics(subject, workload) else {
        let message = "the target `alerts` knows the metrics of HTTP servers and of who consumes a queue";
        out.not_expressible(slo.span, message, "no alert is made from these objectives");
        return;
    };
    let rows = burn::rows(slo.window.value);
    if rows.is_empty() {
        let message = "the shortest window of a burn rate is 1d";
        out.not_expressible(slo.window.span, message, "no alert is made from objectives over less");
        return;
    }
    let windows: BTreeSet<(u64, &str)> = rows
        .iter()
        .flat_map(|row| [(row.minutes.0, row.long), (row.minutes.1, row.short)])
        .collect();
    if let Some(availability) = &slo.availability {
        for (_, window) in &windows {
            subject.record(failing(window), metrics.failing(window));
        }
        for row in &rows {
            errors(subject, slo, availability, &metrics, row, tests, out);
        }
    }
    let latencies = [(&slo.p95, Ratio::percent(95)), (&slo.p99, Ratio::percent(99))];
    if latencies.iter().any(|(target, _)| target.is_some()) {
        for (_, window) in &windows {
            subject.record(buckets(window), metrics.buckets(window));
        }
    }
    for (target, part) in latencies {
        if let Some(target) = target {
            for row in &rows {
                slowness(subject, target, part, &metrics, row, tests);
            }
        }
    }
}

fn metrics(subject: &Subject<'_>, workload: &Workload) -> Option<Metrics> {
    let own = matchers(subject.model, workload);
    if workload
        .listen
        .iter()
        .any(|listen| listen.protocol.value == Protocol::Http)
    {
        return Some(Metrics {
            histogram: HTTP,
            matchers: own + &without_probes(&workload.health),
            failed: "http_response_status_code=~\"5..\"",
            failed_label: "http_response_status_code=\"500\"",
            good_label: "http_response_status_code=\"200\"",
            what: "requests",
        });
    }
    (!workload.consumes.is_empty()).then_some(Metrics {
        histogram: MESSAGES,
        matchers: own,
        failed: "error_type!=\"\"",
        failed_label: "error_type=\"timeout\"",
        good_label: "messaging_operation_name=\"process\"",
        what: "messages",
    })
}

/// Probes are no requests of users: there are many, and they succeed while users fail.
fn without_probes(health: &Health) -> String {
    let probes = [&health.startup, &health.ready, &health.live];
    let paths: BTreeSet<String> = probes.into_iter().flatten().filter_map(path).collect();
    let all: Vec<String> = paths.into_iter().collect();
    if all.is_empty() {
        return String::new();
    }
    format!(",http_route!~{}", literal(&all.join("|")))
}

fn path(probe: &Probe) -> Option<String> {
    match &probe.check {
        ProbeCheck::Http(path) => Some(regex(&path.value.0)),
        ProbeCheck::Grpc(_) | ProbeCheck::Tcp(_) | ProbeCheck::Exec(_) => None,
    }
}

impl Metrics {
    fn failing(&self, window: &str) -> String {
        let Self {
            histogram,
            matchers,
            failed,
            ..
        } = self;
        // Where nothing failed there may be no series at all.
        format!(
            "(sum(rate({histogram}_count{{{matchers},{failed}}}[{window}])) or vector(0)) / sum(rate({histogram}_count{{{matchers}}}[{window}]))"
        )
    }

    fn buckets(&self, window: &str) -> String {
        let Self {
            histogram, matchers, ..
        } = self;
        format!("sum by (le) (rate({histogram}_bucket{{{matchers}}}[{window}]))")
    }

    /// A series for tests. Matchers of ours that are no equalities are left out.
    fn series(&self, suffix: &str, label: &str) -> String {
        let own = self.matchers.split(",http_route!~").next().unwrap_or_default();
        format!("{}_{suffix}{{{own},{label}}}", self.histogram)
    }
}

fn failing(window: &str) -> String {
    format!("service:failed:ratio_rate{window}")
}

fn buckets(window: &str) -> String {
    format!("service:duration_seconds_bucket:rate{window}")
}

/// Requests in a minute of a test: parts of it can be told to a millionth.
const MINUTE: u64 = 1_000_000;

/// Minutes of a test.
const STEADY: u64 = 20;

/// The part of the requests that a row takes for too many, in millionths.
fn threshold(row: &Row, budget: u64) -> u64 {
    let exact = u128::from(row.factor) * u128::from(budget) / 1_000_000;
    u64::try_from(exact).unwrap_or(u64::MAX)
}

fn errors(
    subject: &mut Subject<'_>,
    slo: &Slo,
    availability: &Val<Ratio>,
    metrics: &Metrics,
    row: &Row,
    tests: &mut TestFile,
    out: &mut Output,
) {
    let budget = MINUTE.saturating_sub(availability.value.in_millionths());
    let bound = threshold(row, budget);
    if MINUTE <= bound {
        let message = format!(
            "{} in {} would be more failures than there are requests",
            times(row),
            row.long
        );
        out.remark(availability.span, message, "this window has no alert");
        return;
    }
    let limit = format!("{} * {}", decimal(row.factor), decimal(budget));
    let (long, short) = (
        subject.recorded(&failing(row.long)),
        subject.recorded(&failing(row.short)),
    );
    let days = slo.window.value.to_string();
    let promise = availability.value.to_string();
    let bound_text = percent(bound);
    let series = |failed: String, good: String| {
        vec![
            Series::samples(metrics.series("count", metrics.failed_label), failed),
            Series::samples(metrics.series("count", metrics.good_label), good),
        ]
    };
    let allowed = percent(budget);
    let description = [
        Piece::Code("{{ $value | humanizePercentage }}"),
        Piece::Text(" of "),
        Piece::Text(metrics.what),
        Piece::Text(" failed over "),
        Piece::Text(row.long),
        Piece::Text(". "),
        Piece::Text(&promise),
        Piece::Text(" lets "),
        Piece::Text(&allowed),
        Piece::Text(" fail in "),
        Piece::Text(&days),
        Piece::Text("; at more than "),
        Piece::Text(&bound_text),
        Piece::Text(" over "),
        Piece::Text(row.long),
        Piece::Text(" and "),
        Piece::Text(row.short),
        Piece::Text(" that is used up too early."),
    ];
    // A rate over more than there is is the rate of what there is.
    let minutes = STEADY;
    let steadily = |part: u64| {
        let good = MINUTE.saturating_sub(part);
        series(format!("0+{part}x{minutes}"), format!("0+{good}x{minutes}"))
    };
    let mut quiet = vec![("just below", steadily(below(bound)))];
    if row.minutes.1 < STEADY {
        // Everything failed, until longer ago than the short window.
        let outage = STEADY.saturating_sub(row.minutes.1).saturating_sub(2);
        let after = STEADY.saturating_sub(outage);
        let failed = format!("0+{MINUTE}x{outage} {}x{after}", MINUTE.saturating_mul(outage));
        quiet.push((
            "once it is over",
            series(failed, format!("0x{outage} {MINUTE}+{MINUTE}x{after}")),
        ));
    }
    let factor = times(row);
    subject.alert(
        Said {
            alert: "ErrorBudgetBurn",
            severity: row.severity,
            expr: format!("{long} > ({limit})\nand\n{short} > ({limit})"),
            lasting: None,
            labels: &[("window", row.long)],
            summary: &[
                Piece::Text("what may fail of "),
                Piece::Text(metrics.what),
                Piece::Text(" is used up "),
                Piece::Text(&factor),
            ],
            description: &description,
            proof: Proof {
                minutes,
                firing: steadily(above(bound)),
                quiet,
            },
        },
        tests,
    );
}

/// More than a part of the requests is slower than T exactly when the quantile of the rest is above T: so the same rates
/// hold for durations, wherever the buckets of the histogram end.
fn slowness(
    subject: &mut Subject<'_>,
    target: &Val<Duration>,
    part: Ratio,
    metrics: &Metrics,
    row: &Row,
    tests: &mut TestFile,
) {
    let budget = MINUTE.saturating_sub(part.in_millionths());
    let bound = threshold(row, budget);
    if MINUTE <= bound {
        return;
    }
    let seconds = decimal(target.value.in_micros());
    let limit = format!("1 - {} * {}", decimal(row.factor), decimal(budget));
    let over = |window: &str| {
        let buckets = subject.recorded(&buckets(window));
        format!("histogram_quantile({limit}, {buckets}) > {seconds}")
    };
    let expr = format!("{}\nand\n{}", over(row.long), over(row.short));
    let percentile = format!("p{}", part.in_millionths() / 10_000);
    let (time, allowed) = (target.value.to_string(), percent(budget));
    let (bound_text, factor) = (percent(bound), times(row));
    let minutes = STEADY;
    let bucket = |le: &str, step: u64| {
        let label = format!("le=\"{le}\"");
        Series::growing(metrics.series("bucket", &label), step, minutes)
    };
    let slow = |slow: u64| {
        vec![
            bucket(&seconds, MINUTE.saturating_sub(slow.min(MINUTE))),
            bucket(&decimal(target.value.in_micros().saturating_mul(2)), MINUTE),
            bucket("+Inf", MINUTE),
        ]
    };
    subject.alert(
        Said {
            alert: "LatencyBudgetBurn",
            severity: row.severity,
            expr,
            lasting: None,
            labels: &[("window", row.long), ("objective", &percentile)],
            summary: &[
                Piece::Text("what may take longer than "),
                Piece::Text(&time),
                Piece::Text(" of "),
                Piece::Text(metrics.what),
                Piece::Text(" is used up "),
                Piece::Text(&factor),
            ],
            description: &[
                Piece::Text("More than "),
                Piece::Text(&bound_text),
                Piece::Text(" of "),
                Piece::Text(metrics.what),
                Piece::Text(" took longer than "),
                Piece::Text(&time),
                Piece::Text(" over "),
                Piece::Text(row.long),
                Piece::Text(" and "),
                Piece::Text(row.short),
                Piece::Text(", and "),
                Piece::Text(&allowed),
                Piece::Text(" may. The fastest of them took "),
                Piece::Code("{{ $value | humanizeDuration }}"),
                Piece::Text("."),
            ],
            proof: Proof {
                minutes,
                firing: slow(above(bound)),
                quiet: vec![("just below", slow(below(bound)))],
            },
        },
        tests,
    );
}

/// `14.4 times as fast as allowed`
fn times(row: &Row) -> String {
    match row.factor {
        1_000_000 => "faster than allowed".to_owned(),
        factor => format!("{} times as fast as allowed", decimal(factor)),
    }
}

fn percent(millionths: u64) -> String {
    Ratio::millionths(millionths).to_string()
}

fn above(bound: u64) -> u64 {
    bound.saturating_add(bound / 20).saturating_add(10).min(MINUTE)
}

fn below(bound: u64) -> u64 {
    bound.saturating_sub(bound / 20).saturating_sub(10)
}
