//! What must hold in a what-if.

use loadline_grammar::ast::{Comparison, Value, ValueKind};

use super::parts::ToAnything;
use crate::lower::{Cx, Head, HeadField, Ref, Scalar, Val, Walk};
use crate::quantity::{Amount, Duration, Rate, Ratio};
use crate::schema::{Kind, block, words};

words! {
    /// What an expectation is about.
    pub enum ExpectMetric("a metric") {
        /// Part of the requests that succeed.
        Availability = "availability",
        /// Requests that fail, a number or a part of all.
        Errors = "errors",
        /// Half of the requests are faster.
        P50 = "p50",
        /// 95 of 100 requests are faster.
        P95 = "p95",
        /// 99 of 100 requests are faster.
        P99 = "p99",
        /// Requests that were given up without trying, a number or a part of all: an open breaker, a spent budget, a full queue, a
        /// deadline that has passed.
        Dropped = "dropped",
        /// Requests that were answered as of somebody not logged in, though their user had a session: it was elsewhere, or had ended
        /// with an instance or with what a cache held.
        SessionsLost = "sessions_lost",
        /// Most connections at once.
        Connections = "connections",
        /// Fewest ready instances.
        MinReady = "min_ready",
        /// Most instances at once.
        Live = "live",
        /// Most messages that waited.
        QueueDepth = "queue_depth",
        /// How long the rollout took.
        Duration = "duration",
    }
}

block! {
    /// Something that must hold: `expect availability api >= 99.5% in 99%`.
    pub struct Expect("expect") [group] {
        head {
            /// What is measured.
            metric: Val<ExpectMetric>,
            /// Of which thing; of all traffic through gateways when left out.
            thing: Measured,
            /// How it compares.
            comparison: Val<Comparison>,
            /// With what.
            value: Val<Measure>,
            /// In which part of the runs; in all when left out.
            "in" share: Option<Val<Ratio>>,
        }
    }
}

impl Expect {
    /// Whether another expectation has the same metric, thing and direction: one of them is then for nothing.
    #[must_use]
    pub fn says_the_same(&self, other: &Self) -> bool {
        let thing = |expect: &Self| expect.thing.0.as_ref().map(|thing| thing.id);
        let share = |expect: &Self| expect.share.as_ref().map(|share| share.value);
        let direction = |expect: &Self| match expect.comparison.value {
            Comparison::Less | Comparison::AtMost => 0,
            Comparison::Greater | Comparison::AtLeast => 1,
            Comparison::Equal => 2,
        };
        self.metric.value == other.metric.value
            && thing(self) == thing(other)
            && share(self) == share(other)
            && direction(self) == direction(other)
            && self.value.value.kind() == other.value.value.kind()
    }
}

impl ExpectMetric {
    /// What its values are; of several, each is understood.
    #[must_use]
    pub const fn kinds(self) -> &'static [MeasureKind] {
        match self {
            Self::Availability => &[MeasureKind::Ratio],
            Self::Errors | Self::Dropped => &[MeasureKind::Ratio, MeasureKind::Amount],
            Self::P50 | Self::P95 | Self::P99 | Self::Duration => &[MeasureKind::Duration],
            Self::SessionsLost | Self::Connections | Self::MinReady | Self::Live | Self::QueueDepth => {
                &[MeasureKind::Amount]
            }
        }
    }

    /// An expectation of it that reads.
    #[must_use]
    pub const fn example(self) -> &'static str {
        match self {
            Self::Availability => "expect availability api >= 99.5%",
            Self::Errors => "expect errors api < 0.5%",
            Self::P50 => "expect p50 api < 80ms",
            Self::P95 => "expect p95 api < 300ms",
            Self::P99 => "expect p99 api < 1s",
            Self::Dropped => "expect dropped api == 0",
            Self::SessionsLost => "expect sessions_lost api == 0",
            Self::Connections => "expect connections orders-db <= 270",
            Self::MinReady => "expect min_ready api >= 3",
            Self::Live => "expect live api <= 12",
            Self::QueueDepth => "expect queue_depth mail <= 1_000",
            Self::Duration => "expect duration api <= 10m",
        }
    }
}

/// What a measured value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MeasureKind {
    /// A plain number.
    Amount,
    /// A part of a whole.
    Ratio,
    /// A length of time.
    Duration,
    /// Events per time.
    Rate,
}

impl MeasureKind {
    /// With its article.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Amount => "a number",
            Self::Ratio => "a ratio",
            Self::Duration => "a duration",
            Self::Rate => "a rate",
        }
    }
}

impl Measure {
    /// What it is.
    #[must_use]
    pub const fn kind(&self) -> MeasureKind {
        match self {
            Self::Amount(_) => MeasureKind::Amount,
            Self::Ratio(_) => MeasureKind::Ratio,
            Self::Duration(_) => MeasureKind::Duration,
            Self::Rate(_) => MeasureKind::Rate,
        }
    }
}

/// The thing that an expectation is about, if it names one.
#[derive(Clone, Debug)]
pub struct Measured(pub Option<Val<Ref<ToAnything>>>);

impl HeadField for Measured {
    const KIND: Kind = <Ref<ToAnything> as Scalar>::KIND;
    const OPTIONAL: bool = true;

    fn take(head: &mut Head<'_>, _keyword: Option<&'static str>, cx: &mut Cx<'_>) -> Option<Self> {
        match head.peek().map(|value| &value.kind) {
            Some(ValueKind::Word(_)) => HeadField::take(head, None, cx).map(Self),
            _ => Some(Self(None)),
        }
    }

    fn walk(&self, keyword: Option<&str>, name: &str, to: &mut dyn Walk) {
        HeadField::walk(&self.0, keyword, name, to);
    }
}

/// A measured value: a number, a part, a time, a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
pub enum Measure {
    /// A plain number.
    Amount(Amount),
    /// A part of a whole.
    Ratio(Ratio),
    /// A length of time.
    Duration(Duration),
    /// Events per time.
    Rate(Rate),
}

impl Scalar for Measure {
    const KIND: Kind = Kind::new("a number, ratio, duration or rate", "99.5%");

    fn read(value: &Value<'_>, cx: &mut Cx<'_>) -> Option<Self> {
        let value = cx.follow(value)?;
        match &value.kind {
            ValueKind::Quantity(text) if text.ends_with('%') => <Ratio as Scalar>::read(value, cx).map(Self::Ratio),
            ValueKind::Quantity(text) if text.contains('/') => <Rate as Scalar>::read(value, cx).map(Self::Rate),
            ValueKind::Quantity(_) => <Duration as Scalar>::read(value, cx).map(Self::Duration),
            _ => <Amount as Scalar>::read(value, cx).map(Self::Amount),
        }
    }

    fn show(&self) -> String {
        match self {
            Self::Amount(amount) => amount.to_string(),
            Self::Ratio(ratio) => ratio.to_string(),
            Self::Duration(duration) => duration.to_string(),
            Self::Rate(rate) => rate.to_string(),
        }
    }
}
