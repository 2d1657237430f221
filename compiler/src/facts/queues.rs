//! What message brokers do when nothing is configured.

use crate::quantity::Duration;

/// Defaults of a broker.
#[derive(Clone, Copy, Debug, Default)]
pub struct QueueDefault {
    /// How long a message stays hidden while it is worked on; `None` where it is not hidden by time, or client libraries
    /// extend the time by themselves.
    pub visibility: Option<Duration>,
    /// How long a message waits at most: where there is such a time the broker's disk is not the consumer's business.
    pub retention: Option<Duration>,
}

const fn days(days: u64) -> Option<Duration> {
    Some(Duration::seconds(days * 86_400))
}

/// The defaults of an engine; nothing where none are known.
///
/// Sources: Amazon SQS API reference, VisibilityTimeout 30 s and MessageRetentionPeriod 4 days; Kafka, `log.retention.hours`
/// 168; Redpanda `configuration.cc`, `log_retention_ms` 7 days; Google Pub/Sub API, `messageRetentionDuration` 7 days; Amazon
/// Kinesis, "Change the data retention period": 24 hours.
#[must_use]
pub fn queue_default(engine: &str) -> QueueDefault {
    let (visibility, retention) = match engine {
        "sqs" => (Some(Duration::seconds(30)), days(4)),
        "kafka" | "redpanda" | "pubsub" => (None, days(7)),
        "kinesis" => (None, days(1)),
        _ => (None, None),
    };
    QueueDefault { visibility, retention }
}
