//! Tests of the alerts, for `promtool test rules`: of each that it fires when it should, and not when it should not.

use serde::Serialize;

use super::subject::Subject;
use crate::escape::prometheus::literal;

/// How often the tests have a sample.
const INTERVAL: &str = "1m";

/// How often they judge the rules: as seldom as what was recorded is still seen, since that is what takes their time.
const JUDGED: &str = "5m";

/// Series under which an alert fires, and others, close to them, under which it does not.
#[derive(Debug, Default)]
pub(crate) struct Proof {
    /// Minutes after which it is judged.
    pub(crate) minutes: u64,
    pub(crate) firing: Vec<Series>,
    pub(crate) quiet: Vec<(&'static str, Vec<Series>)>,
}

/// A series and its samples, a minute apart, in promtool's notation.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Series {
    pub(crate) series: String,
    pub(crate) values: String,
}

impl Series {
    /// The same value every minute.
    pub(crate) fn constant(series: impl Into<String>, value: u64, minutes: u64) -> Self {
        Self::samples(series, format!("{value}x{minutes}"))
    }

    /// A counter that grows by so much a minute.
    pub(crate) fn growing(series: impl Into<String>, step: u64, minutes: u64) -> Self {
        Self::samples(series, format!("0+{step}x{minutes}"))
    }

    pub(crate) fn samples(series: impl Into<String>, values: String) -> Self {
        Self {
            series: series.into(),
            values,
        }
    }
}

#[derive(Serialize)]
pub(crate) struct TestFile {
    rule_files: Vec<&'static str>,
    evaluation_interval: &'static str,
    pub(crate) tests: Vec<Test>,
}

#[derive(Serialize)]
pub(crate) struct Test {
    name: String,
    interval: &'static str,
    input_series: Vec<Series>,
    promql_expr_test: Vec<Question>,
}

#[derive(Serialize)]
struct Question {
    expr: String,
    eval_time: String,
    exp_samples: Vec<Sample>,
}

#[derive(Serialize)]
struct Sample {
    labels: &'static str,
    value: u64,
}

impl TestFile {
    pub(crate) fn new(rule_file: &'static str) -> Self {
        Self {
            rule_files: vec![rule_file],
            evaluation_interval: JUDGED,
            tests: Vec::new(),
        }
    }

    /// `labels` tell the alert from others of its name.
    pub(crate) fn add(&mut self, subject: &Subject<'_>, alert: &str, labels: &[(&str, &str)], proof: Proof) {
        let mut matchers = vec![format!("alertname={}", literal(alert))];
        let own = subject.identity();
        let all = own
            .iter()
            .map(|(name, value)| (*name, *value))
            .chain(labels.iter().copied());
        matchers.extend(all.map(|(name, value)| format!("{name}={}", literal(value))));
        let expr = format!("count(ALERTS{{{},alertstate=\"firing\"}})", matchers.join(","));
        let told_apart: Vec<&str> = labels.iter().map(|(_, value)| *value).collect();
        let name = [&[subject.name, alert][..], &told_apart].concat().join(" ");
        let mut test = |what: &str, series: Vec<Series>, fires: bool| {
            self.tests.push(Test {
                name: format!("{name}: {what}"),
                interval: INTERVAL,
                input_series: series,
                promql_expr_test: vec![Question {
                    expr: expr.clone(),
                    eval_time: format!("{}m", proof.minutes),
                    exp_samples: if fires {
                        vec![Sample { labels: "{}", value: 1 }]
                    } else {
                        Vec::new()
                    },
                }],
            });
        };
        test("fires", proof.firing, true);
        for (why, series) in proof.quiet {
            test(&format!("quiet {why}"), series, false);
        }
    }
}
