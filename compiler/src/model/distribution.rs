//! Values that are drawn anew each time: service times, boots.

mod reading;

use crate::lower::{Bounds, ProjectPath, Val};
use crate::quantity::Duration;
use crate::schema::block;
pub(crate) use reading::OfSamples;

/// A value that is drawn anew each time: what is given on its line, and in braces how single values lie about it.
///
/// It reads as the given value wherever a single number is wanted: the mean, or for a range its ends.
#[derive(Clone, Debug)]
pub struct Drawn<T> {
    /// What is given: the mean, or a range. Of `samples`, what they come to.
    pub given: Val<T>,
    /// How single values lie about it; `None` when nothing is said.
    pub distribution: Option<Distribution>,
}

block! {
    /// How single values lie about the one that is given on the line, their mean or their range; for the simulator.
    pub struct Distribution("distribution") {
        /// Every value is the one that is given.
        fixed: Option<Val<bool>>,
        /// Exponential: short values are frequent, long ones rare; the given one is the mean.
        exponential in ["cpu", "wait", "hold", "service_time", "latency", "think"]: Option<Val<bool>>,
        /// The mean of a lognormal distribution that stays within the range given.
        mean in ["boot"]: Option<Val<Duration>>,
        /// Lognormal, by its mean and this: 95 of 100 values are shorter.
        p95: Option<Val<Duration>>,
        /// Measured values instead of one that is given, from a file with one a line (`12ms`); one of them is drawn each time.
        samples: Option<Val<ProjectPath>>,
    }
}

/// A distribution with its parameters: what is drawn from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape<'m> {
    /// Always this.
    Fixed(Duration),
    /// Exponential with this mean.
    Exponential(Duration),
    /// Every length of the range alike.
    Uniform(Bounds<Duration>),
    /// Lognormal; what falls outside of `within` is moved to its nearer end.
    Lognormal {
        /// Its mean.
        mean: Duration,
        /// 95 of 100 are shorter. Above the mean, and at most [`P95_TO_MEAN_MAX`] times it.
        p95: Duration,
        /// Where a range is given.
        within: Option<Bounds<Duration>>,
    },
    /// One of these, each as likely. Never empty.
    Empirical(&'m [Duration]),
}

/// How many times its mean a lognormal's p95 can be, in thousandths: ln(p95 / mean) = 1.6449 σ − σ² / 2 has its largest
/// value, 1.3528, where σ = 1.6449 (the 95th percentile of the normal distribution), and e^1.3528 = 3.868.
pub const P95_TO_MEAN_MAX: u64 = 3868;

/// What a value is drawn from when its setting does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsaid {
    /// Times of service: `load.cpu`, `load.wait`, `uses.hold`, `service_time`, think times.
    Exponential,
    /// `latency`, `load.boot`.
    Fixed,
}

impl<T> Drawn<T> {
    /// The file of measured values.
    #[must_use]
    pub fn samples_file(&self) -> Option<&Val<ProjectPath>> {
        self.distribution.as_ref()?.samples.as_ref()
    }

    fn said(&self) -> Said<'_> {
        let Some(said) = &self.distribution else {
            return Said::Nothing;
        };
        match (&said.samples, &said.p95) {
            (Some(file), _) => Said::Samples(file),
            (None, Some(p95)) => Said::P95(p95.value),
            _ if is_on(said.fixed.as_ref()) => Said::Fixed,
            _ if is_on(said.exponential.as_ref()) => Said::Exponential,
            _ => Said::Nothing,
        }
    }
}

enum Said<'d> {
    Nothing,
    Fixed,
    Exponential,
    P95(Duration),
    Samples(&'d Val<ProjectPath>),
}

impl Drawn<Duration> {
    /// What it is drawn from. `samples` are the model's.
    #[must_use]
    pub fn shape<'m>(&self, unsaid: Unsaid, samples: &'m Samples) -> Shape<'m> {
        let mean = self.given.value;
        match self.said() {
            Said::Samples(file) => samples.shape(file, Shape::Fixed(mean)),
            Said::P95(p95) => Shape::Lognormal {
                mean,
                p95,
                within: None,
            },
            Said::Fixed => Shape::Fixed(mean),
            Said::Exponential => Shape::Exponential(mean),
            Said::Nothing if unsaid == Unsaid::Fixed => Shape::Fixed(mean),
            Said::Nothing => Shape::Exponential(mean),
        }
    }
}

impl Drawn<Bounds<Duration>> {
    /// What it is drawn from: a range without a word is uniform, one value is exact. `samples` are the model's.
    #[must_use]
    pub fn shape<'m>(&self, samples: &'m Samples) -> Shape<'m> {
        let range = self.given.value;
        let plain = if range.low == range.high {
            Shape::Fixed(range.low)
        } else {
            Shape::Uniform(range)
        };
        let mean = self.distribution.as_ref().and_then(|said| said.mean.as_ref());
        match (self.said(), mean) {
            (Said::Samples(file), _) => samples.shape(file, plain),
            (Said::P95(p95), Some(mean)) => Shape::Lognormal {
                mean: mean.value,
                p95,
                within: Some(range),
            },
            _ => plain,
        }
    }
}

/// Measured values by file.
#[derive(Clone, Debug, Default)]
pub struct Samples(pub std::collections::BTreeMap<String, Vec<Duration>>);

impl Samples {
    fn shape<'m>(&'m self, file: &ProjectPath, otherwise: Shape<'m>) -> Shape<'m> {
        let read = self.0.get(&file.0).filter(|samples| !samples.is_empty());
        read.map_or(otherwise, |samples| Shape::Empirical(samples))
    }
}

impl<T> std::ops::Deref for Drawn<T> {
    type Target = Val<T>;

    fn deref(&self) -> &Val<T> {
        &self.given
    }
}

impl<T> std::convert::From<Val<T>> for Drawn<T> {
    fn from(given: Val<T>) -> Self {
        Self {
            given,
            distribution: None,
        }
    }
}

fn is_on(flag: Option<&Val<bool>>) -> bool {
    flag.is_some_and(|flag| flag.value)
}
