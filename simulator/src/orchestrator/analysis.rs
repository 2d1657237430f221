//! An AnalysisRun: conditions that are measured again and again, until one of them has failed too often.
//!
//! Sources: Argo Rollouts, analysis/analysis.go and utils/defaults; what is measured, how often and with which limit
//! is what the AnalysisTemplates say that are written for `abort`.

use loadline_compiler::model::AbortMetric;
use loadline_compiler::values::Comparison;

use super::{Measured, Why, later, sooner};
use crate::{Span, Tick};

/// More errors of measuring in a row than this, and the run has failed. Source: defaults.go, `consecutiveErrorLimit`.
const ERRORS_IN_A_ROW: u64 = 4;

/// How long until the next measurement after an error. Source: analysis.go, `DefaultErrorRetryInterval`.
const ERROR_RETRY: Span = Span::from_micros(10_000_000);

/// A condition of `abort`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Condition {
    /// What is measured.
    pub metric: AbortMetric,
    /// How it compares.
    pub comparison: Comparison,
    /// With what: millionths for the error rate, microseconds for latencies.
    pub bound: u64,
}

impl Condition {
    /// Whether it holds, so that the measurement failed. Without requests nothing has.
    #[must_use]
    pub fn holds(&self, measured: &Measured) -> bool {
        let value = match self.metric {
            AbortMetric::ErrorRate => measured.errors.map(u64::from),
            AbortMetric::P50 => measured.p50.map(Span::micros),
            AbortMetric::P95 => measured.p95.map(Span::micros),
            AbortMetric::P99 => measured.p99.map(Span::micros),
        };
        value.is_some_and(|value| self.comparison.holds(&value, &self.bound))
    }
}

/// How often is measured, and how many failures are suffered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// `initialDelay`: until the first measurement.
    pub delay: Span,
    /// `interval`: from one to the next.
    pub interval: Span,
    /// `count`: so many and no more; without it, as long as the rollout lasts.
    pub count: Option<u64>,
    /// `failureLimit`: *more* failures than this fail the run.
    pub failures: u64,
}

/// How a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It goes on; when it measures next.
    Running(Option<Tick>),
    /// All measurements were taken, and not too many failed.
    Passed,
    /// It failed.
    Failed(Why),
}

/// A run: its metrics, each with measurements of its own.
#[derive(Clone, Debug)]
pub(crate) struct Analysis {
    pace: Pace,
    metrics: Vec<Metric>,
}

#[derive(Clone, Copy, Debug)]
struct Metric {
    condition: Condition,
    /// `None`: all were taken.
    next: Option<Tick>,
    taken: u64,
    failed: u64,
    errors_in_a_row: u64,
}

impl Analysis {
    /// A run that begins now.
    pub(crate) fn new(conditions: &[Condition], pace: Pace, now: Tick) -> Self {
        let metric = |condition: &Condition| Metric {
            condition: *condition,
            next: Some(later(now, pace.delay)),
            taken: 0,
            failed: 0,
            errors_in_a_row: 0,
        };
        Self {
            pace,
            metrics: conditions.iter().map(metric).collect(),
        }
    }

    /// Whether anything is measured at this time.
    pub(crate) fn is_due(&self, now: Tick) -> bool {
        self.metrics
            .iter()
            .any(|metric| metric.next.is_some_and(|next| next <= now))
    }

    pub(crate) fn look(&mut self, now: Tick, measured: &Measured) -> Verdict {
        for (index, metric) in self.metrics.iter_mut().enumerate() {
            if metric.next.is_some_and(|next| next <= now) {
                metric.measure(&self.pace, now, measured);
            }
            if self.pace.failures < metric.failed {
                return Verdict::Failed(Why::Condition(u32::try_from(index).unwrap_or(u32::MAX)));
            }
            if ERRORS_IN_A_ROW < metric.errors_in_a_row {
                return Verdict::Failed(Why::Unmeasurable);
            }
        }
        let next = self.metrics.iter().fold(None, |next, metric| sooner(next, metric.next));
        match next {
            None => Verdict::Passed,
            next => Verdict::Running(next),
        }
    }
}

impl Metric {
    fn measure(&mut self, pace: &Pace, now: Tick, measured: &Measured) {
        if measured.unknown {
            self.errors_in_a_row += 1;
            self.next = Some(later(now, ERROR_RETRY));
            return;
        }
        self.errors_in_a_row = 0;
        self.taken += 1;
        self.failed += u64::from(self.condition.holds(measured));
        let again = pace.count.is_none_or(|count| self.taken < count);
        self.next = again.then(|| later(now, pace.interval));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::orchestrator::world::{at, seconds};

    const PACE: Pace = Pace {
        delay: seconds(60),
        interval: seconds(60),
        count: None,
        failures: 0,
    };

    const ERRORS: Condition = Condition {
        metric: AbortMetric::ErrorRate,
        comparison: Comparison::Greater,
        bound: 10_000,
    };

    fn errors(parts: u32) -> Measured {
        Measured {
            errors: Some(parts),
            ..Measured::default()
        }
    }

    /// Measures at each time that it asks for, until there is a verdict.
    fn run(pace: Pace, measured: impl Fn(u64) -> Measured) -> (Verdict, u64) {
        let mut analysis = Analysis::new(&[ERRORS], pace, at(0));
        let mut now = at(0);
        for _ in 0..100 {
            match analysis.look(now, &measured(now.micros() / 1_000_000)) {
                Verdict::Running(next) => now = next.unwrap(),
                verdict => return (verdict, now.micros() / 1_000_000),
            }
        }
        (Verdict::Running(None), now.micros() / 1_000_000)
    }

    #[test]
    fn the_first_failure_is_too_many_when_none_is_suffered() {
        let bad = |second| errors(if second < 150 { 10_000 } else { 10_001 });
        assert_eq!(run(PACE, bad), (Verdict::Failed(Why::Condition(0)), 180));
    }

    #[test]
    fn a_limit_of_three_suffers_three() {
        let pace = Pace { failures: 3, ..PACE };
        assert_eq!(run(pace, |_| errors(20_000)), (Verdict::Failed(Why::Condition(0)), 240));
    }

    #[test]
    fn without_a_count_it_runs_as_long_as_the_rollout() {
        assert_eq!(run(PACE, |_| errors(0)).0, Verdict::Running(None));
        let counted = Pace {
            count: Some(10),
            ..PACE
        };
        assert_eq!(run(counted, |_| errors(0)), (Verdict::Passed, 600));
    }

    #[test]
    fn no_requests_are_no_reason_to_abort() {
        assert_eq!(run(PACE, |_| Measured::default()).0, Verdict::Running(None));
    }

    #[test]
    fn the_fifth_error_of_measuring_in_a_row_fails() {
        let blind = Measured {
            unknown: true,
            ..Measured::default()
        };
        assert_eq!(run(PACE, |_| blind), (Verdict::Failed(Why::Unmeasurable), 100));
        // Four, one that works, and again.
        let flickers = |second| if second == 100 { errors(0) } else { blind };
        assert_eq!(run(PACE, flickers), (Verdict::Failed(Why::Unmeasurable), 200));
    }

    #[test]
    fn latencies_are_compared_in_microseconds() {
        let slow = Condition {
            metric: AbortMetric::P99,
            comparison: Comparison::AtLeast,
            bound: 500_000,
        };
        let measured = |p99| Measured {
            p99: Some(Span::from_micros(p99)),
            ..Measured::default()
        };
        assert!(slow.holds(&measured(500_000)));
        assert!(!slow.holds(&measured(499_999)));
        assert!(!slow.holds(&errors(1_000_000)));
    }
}
