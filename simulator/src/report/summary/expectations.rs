//! Expectations, each with what was measured.

use serde::Serialize;

use crate::outcome::{Judged, Measurement};
use crate::report::{Located, Report, words};

#[derive(Serialize)]
pub(in crate::report) struct Expectation {
    pub(in crate::report) text: String,
    #[serde(flatten)]
    pub(in crate::report) place: Option<Where>,
    pub(in crate::report) held: bool,
    pub(in crate::report) required_share_ppm: u32,
    pub(in crate::report) runs_held: u64,
    pub(in crate::report) runs: u64,
    pub(in crate::report) probability_interval_ppm: (u32, u32),
    /// What the numbers are in.
    pub(in crate::report) unit: &'static str,
    pub(in crate::report) bound: Option<u64>,
    pub(in crate::report) worst: Option<u64>,
    /// Negative on the wrong side.
    pub(in crate::report) margin: Option<i64>,
    /// Runs in which what is measured did not end: there is no number for them.
    pub(in crate::report) runs_unfinished: u64,
    pub(in crate::report) values: Vec<Option<u64>>,
    #[serde(skip)]
    pub(in crate::report) measured: Option<Measurement>,
}

/// A place of the spec, or of the command line.
#[derive(Serialize)]
#[serde(untagged)]
pub(in crate::report) enum Where {
    File {
        file: String,
        line: usize,
        column: usize,
        excerpt: String,
    },
    Argument {
        argument: String,
    },
}

impl Expectation {
    pub(super) fn of(report: &Report<'_>, own: &Judged) -> Self {
        Self {
            text: own.text.clone(),
            place: Where::of(report, own.place),
            held: own.held,
            required_share_ppm: own.share,
            runs_held: own.runs_held,
            runs: own.runs,
            probability_interval_ppm: own.interval,
            unit: match own.bound {
                Measurement::Parts(_) => "ppm",
                Measurement::Micros(_) => "us",
                Measurement::Count(_) => "count",
            },
            bound: own.bound.number(),
            worst: own.worst.and_then(Measurement::number),
            margin: own.margin.filter(|_| own.worst != Some(Measurement::UNFINISHED)),
            runs_unfinished: own
                .values
                .iter()
                .filter(|value| **value == Some(Measurement::UNFINISHED))
                .count() as u64,
            values: own
                .values
                .iter()
                .map(|value| value.and_then(Measurement::number))
                .collect(),
            measured: own.worst,
        }
    }

    /// `worst 97.21%, missed by 2.29 points`, `270, nothing to spare`.
    pub(in crate::report) fn margin_words(&self) -> String {
        if self.runs_unfinished != 0 {
            return match self.runs {
                1 => "it never completed".to_owned(),
                runs => format!("in {} of {runs} runs it never completed", self.runs_unfinished),
            };
        }
        let (Some(worst), Some(margin)) = (self.measured, self.margin) else {
            return "nothing to measure".to_owned();
        };
        let label = if self.runs == 1 { "" } else { "worst " };
        let by = words::difference(worst, margin.unsigned_abs());
        let worst = words::measurement(worst);
        match margin {
            ..0 => format!("{label}{worst}, missed by {by}"),
            0 => format!("{label}{worst}, nothing to spare"),
            1.. => format!("{label}{worst}, {by} to spare"),
        }
    }

    /// In how many runs it held, and what that says of the next: nothing to say of a single run.
    pub(in crate::report) fn chance_words(&self) -> Option<String> {
        if self.runs <= 1 {
            return None;
        }
        let (low, high) = self.probability_interval_ppm;
        let (low, high) = (
            words::about_percent(u64::from(low)),
            words::about_percent(u64::from(high)),
        );
        let asked = match self.required_share_ppm {
            1_000_000 => String::new(),
            share => format!(", {} asked for", words::percent(u64::from(share))),
        };
        let runs = format!("{} of {} runs", self.runs_held, self.runs);
        Some(format!("held in {runs} (probability {low} to {high}){asked}"))
    }
}

impl Where {
    pub(in crate::report) fn of(report: &Report<'_>, place: Option<crate::outcome::Place>) -> Option<Self> {
        report.located(place).map(|found| match found {
            Located::File {
                file,
                line,
                column,
                excerpt,
            } => Self::File {
                file,
                line,
                column,
                excerpt,
            },
            Located::Argument(argument) => Self::Argument { argument },
        })
    }

    /// `loadline.load:12`, or the option.
    pub(in crate::report) fn words(&self) -> String {
        match self {
            Self::File { file, line, .. } => format!("{file}:{line}"),
            Self::Argument { argument } => argument.clone(),
        }
    }

    /// The setting, where neither its place nor a sentence quotes it already.
    pub(in crate::report) fn setting(&self, sentence: &str) -> Option<String> {
        match self {
            Self::File { excerpt, .. } => Some(words::one_line(excerpt)).filter(|own| !words::quotes(sentence, own)),
            Self::Argument { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_did_not_end_is_no_number() {
        let judged = |runs: u64| Expectation {
            text: "duration api <= 5m".to_owned(),
            place: None,
            held: false,
            required_share_ppm: 1_000_000,
            runs_held: 0,
            runs,
            probability_interval_ppm: (0, 1_000_000),
            unit: "us",
            bound: Some(300_000_000),
            worst: None,
            margin: None,
            runs_unfinished: runs.min(3),
            values: Vec::new(),
            measured: Some(Measurement::UNFINISHED),
        };
        assert_eq!(judged(1).margin_words(), "it never completed");
        assert_eq!(judged(20).margin_words(), "in 3 of 20 runs it never completed");
    }
}
