//! What is expected of a workload: objectives, load, logs.

use super::distribution::Drawn;
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
        /// How many different users ask within minutes of each other, each alike; for the simulator, where services have sessions or
        /// routes are `sticky`. Left out, as many as ask once in 7s each at the highest rate.
        users: Option<Val<u64>>,
        /// Part of the requests that change nothing (GET, HEAD), for the simulator: nginx sends them to a second instance where the
        /// first one broke off, also along routes that are not `idempotent`. Left out, all others are taken for none of these.
        reads: Option<Val<Ratio>>,
        /// Processor time of one request, on average; drawn from an exponential distribution unless its braces say otherwise.
        cpu: Option<Drawn<Duration>>,
        /// Time that one request waits for others, without declared calls and uses; exponential like `cpu`.
        wait: Option<Drawn<Duration>>,
        /// From created to ready: one value, or fastest..slowest, of which the simulator draws each alike. The budget counts with
        /// the fastest.
        boot: Option<Drawn<Bounds<Duration>>>,
        /// The longest request (or message, or run of a job) that must be let finish.
        longest: Option<Val<Duration>>,
        /// How long a new instance is slower than an old one, and by how much; for the simulator.
        warmup: Option<Warmup>,
        /// Part of the requests that fail anyway.
        errors: Option<Val<Ratio>>,
    }
}

block! {
    /// How long a new instance is slower than an old one. What it is slower by shrinks evenly to nothing over this time.
    pub struct Warmup("warmup") {
        head {
            /// From ready on.
            period: Val<Duration>,
        }
        /// How much more processor time a request takes at first. That it is twice as much, and that it shrinks evenly, are
        /// assumptions of the model: compilers, caches and pools of connections differ too much for a measured value.
        by: Val<Ratio> = Ratio::percent(100),
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
