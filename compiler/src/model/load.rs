//! What is expected of a workload: objectives, load, logs.

use super::parts::Word;
use crate::lower::{Bounds, Text, Val};
use crate::quantity::{Duration, Rate, Ratio};
use crate::schema::{block, words};

block! {
    /// Service level objectives: alerts, abort conditions and expectations come from here.
    pub struct Slo("slo") {
        /// Part of the requests that succeed.
        availability: Option<Val<Ratio>>,
        /// 95 of 100 requests are faster.
        p95: Option<Val<Duration>>,
        /// 99 of 100 requests are faster.
        p99: Option<Val<Duration>>,
        /// Over how long availability is counted.
        window: Val<Duration> = Duration::seconds(30 * 86_400),
    }
}

block! {
    /// What an instance has to do; capacity checks and the simulator start from here.
    pub struct Load("load") {
        /// Requests on an ordinary day.
        rate: Option<Val<Rate>>,
        /// Requests at the busiest time.
        peak: Option<Val<Rate>>,
        /// Processor time of one request.
        cpu: Option<Val<Duration>>,
        /// Time that one request waits for others, without declared calls and uses.
        wait: Option<Val<Duration>>,
        /// From created to ready: one value, or fastest..slowest. The budget counts with the fastest.
        boot: Option<Val<Bounds<Duration>>>,
        /// The longest request (or message, or run of a job) that must be let finish.
        longest: Option<Val<Duration>>,
        /// How long a new instance is slower than an old one.
        warmup: Option<Val<Duration>>,
        /// Part of the requests that fail anyway.
        errors: Option<Val<Ratio>>,
    }
}

words! {
    /// The shape of a log line.
    pub enum LogFormat("a log format") {
        /// One JSON object a line.
        Json = "json",
        /// Free text.
        Text = "text",
    }
}

block! {
    /// What the process writes to its standard output.
    pub struct Logs("logs") {
        /// The shape of a line.
        format: Option<Val<LogFormat>>,
        /// Fields that never reach the log.
        redact: Option<Val<Vec<Text>>>,
        /// The least severe level that is written.
        level: Option<Val<Word>>,
    }
}
