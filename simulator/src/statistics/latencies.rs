//! How long requests took: a histogram of relative precision.
#![expect(clippy::float_arithmetic, reason = "a mean of microseconds is not whole")]

use hdrhistogram::Histogram;
use loadline_compiler::quantity::Ratio;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{Merge, moments, percentile};
use crate::Span;

/// Lengths of time by how often they occurred; count, sum and longest are exact, percentiles are right to three digits.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Latencies {
    /// `None` until something is recorded: most entities of a large system never serve a request.
    counts: Option<Histogram<u64>>,
    total: u128,
    longest: Span,
}

/// Significant digits: a bucket is at most a thousandth of its values wide.
const DIGITS: u8 = 3;

impl Latencies {
    /// Adds one.
    #[inline]
    pub fn record(&mut self, span: Span) {
        self.record_many(span, 1);
    }

    fn record_many(&mut self, span: Span, count: u64) {
        if let Some(counts) = self.room() {
            // It grows where it has to, so this never is an error.
            let _recorded = counts.record_n(span.micros(), count);
            self.total = self.total.saturating_add(u128::from(span.micros()) * u128::from(count));
            self.longest = self.longest.max(span);
        }
    }

    #[inline]
    fn room(&mut self) -> Option<&mut Histogram<u64>> {
        if self.counts.is_none() {
            // Never an error for so few digits.
            self.counts = Histogram::new(DIGITS).ok();
        }
        self.counts.as_mut()
    }

    /// How many.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.counts.as_ref().map_or(0, Histogram::len)
    }

    /// The longest; nothing if there are none.
    #[must_use]
    pub const fn longest(&self) -> Span {
        self.longest
    }

    /// Their mean in microseconds; `None` if there are none.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        let count = self.count();
        (0 < count).then(|| self.total as f64 / count as f64)
    }

    /// The percentile by nearest rank, never shorter than the true one and at most a thousandth longer; `None` if there are
    /// none.
    #[must_use]
    pub fn percentile(&self, part: Ratio) -> Option<Span> {
        // Put together with others that have none, there is a histogram of nothing.
        let counts = self.counts.as_ref().filter(|counts| !counts.is_empty())?;
        let rank = percentile::rank(counts.len(), part);
        if counts.len() <= rank {
            return Some(self.longest);
        }
        let mut seen = 0_u64;
        let bucket = counts.iter_recorded().find(|bucket| {
            seen = seen.saturating_add(bucket.count_since_last_iteration());
            rank <= seen
        })?;
        Some(Span::from_micros(bucket.value_iterated_to()).min(self.longest))
    }

    /// The least length of each bucket that has something, and how many are in it.
    fn buckets(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.counts.iter().flat_map(|counts| {
            counts.iter_recorded().map(|bucket| {
                (
                    counts.lowest_equivalent(bucket.value_iterated_to()),
                    bucket.count_at_value(),
                )
            })
        })
    }
}

impl Merge for Latencies {
    fn merge(&mut self, other: &Self) {
        if let (Some(theirs), Some(ours)) = (&other.counts, self.room()) {
            // Of the same digits, and growing: never an error.
            let _grown = ours.add(theirs);
            self.total = self.total.saturating_add(other.total);
            self.longest = self.longest.max(other.longest);
        }
    }
}

/// What is written: `[[least length, how many], …]`, only of buckets that have something.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    longest: u64,
    #[serde(serialize_with = "moments::write", deserialize_with = "moments::read")]
    total: u128,
    buckets: Vec<(u64, u64)>,
}

impl Serialize for Latencies {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let written = Written {
            longest: self.longest.micros(),
            total: self.total,
            buckets: self.buckets().collect(),
        };
        written.serialize(to)
    }
}

impl<'de> Deserialize<'de> for Latencies {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let written = Written::deserialize(from)?;
        let mut latencies = Self::default();
        for (least, count) in &written.buckets {
            latencies.record_many(Span::from_micros(*least), *count);
        }
        let longest = latencies.longest.micros();
        let fits = latencies.buckets().eq(written.buckets.iter().copied())
            && latencies.counts.as_ref().map_or(written.longest == 0, |counts| {
                counts.equivalent(longest, written.longest)
            })
            && latencies.total <= written.total;
        if !fits {
            return Err(de::Error::custom(
                "latencies whose buckets, total and longest contradict each other",
            ));
        }
        latencies.longest = Span::from_micros(written.longest);
        latencies.total = written.total;
        Ok(latencies)
    }
}
