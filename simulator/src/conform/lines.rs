//! The lines of a recording as they are written: every field is known, or the line is refused.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::decimal::Seconds;

/// Which template a ReplicaSet or a pod has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Rev {
    Old,
    New,
}

impl Rev {
    pub(super) const ALL: [Self; 2] = [Self::Old, Self::New];

    pub(super) const fn index(self) -> usize {
        match self {
            Self::Old => 0,
            Self::New => 1,
        }
    }
}

/// `case`: what was asked for, and of which version.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Case {
    pub(super) server: String,
    pub(super) name: String,
    pub(super) replicas: u64,
    pub(super) max_surge: Option<Written>,
    pub(super) max_unavailable: Option<Written>,
    pub(super) ready: Ready,
    pub(super) term: Seconds,
    pub(super) grace: Seconds,
    pub(super) min_ready_seconds: Seconds,
    pub(super) start: Seconds,
    /// Added to `ready`, drawn for each pod; what came of it is recorded.
    pub(super) jitter: Option<Seconds>,
    pub(super) deadline: Option<Seconds>,
    pub(super) then: Option<String>,
    #[serde(rename = "at")]
    pub(super) _at: Option<Seconds>,
}

/// A number or a percentage.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Written {
    Count(u64),
    Text(String),
}

/// Seconds from running to ready, or `never`.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Ready {
    After(Seconds),
    Word(Never),
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Never {
    Never,
}

/// `act`: somebody did something.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Act {
    pub(super) t: Seconds,
    pub(super) what: String,
}

/// `rs`: a ReplicaSet changed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReplicaSet {
    pub(super) t: Seconds,
    pub(super) rev: Rev,
    pub(super) spec: u64,
    #[serde(rename = "status")]
    pub(super) _status: u64,
    #[serde(rename = "ready")]
    pub(super) _ready: u64,
    #[serde(rename = "available")]
    pub(super) _available: u64,
    #[serde(rename = "terminating")]
    pub(super) _terminating: Option<u64>,
}

/// `pod`: a pod changed, or is gone.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pod {
    pub(super) t: Seconds,
    pub(super) pod: String,
    pub(super) rev: Rev,
    pub(super) phase: Option<String>,
    #[serde(rename = "node")]
    pub(super) _node: Option<bool>,
    #[serde(default)]
    pub(super) ready: bool,
    #[serde(default)]
    pub(super) term: bool,
    #[serde(default)]
    pub(super) gone: bool,
}

/// `dep`: the status of the Deployment changed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Status {
    pub(super) t: Seconds,
    #[serde(rename = "gen")]
    pub(super) _gen: u64,
    #[serde(rename = "observed")]
    pub(super) _observed: u64,
    #[serde(rename = "spec")]
    pub(super) _spec: u64,
    #[serde(rename = "replicas")]
    pub(super) _replicas: u64,
    #[serde(rename = "updated")]
    pub(super) _updated: u64,
    #[serde(rename = "ready")]
    pub(super) _ready: u64,
    #[serde(rename = "available")]
    pub(super) _available: u64,
    #[serde(rename = "unavailable")]
    pub(super) _unavailable: u64,
    #[serde(rename = "terminating")]
    pub(super) _terminating: Option<u64>,
    pub(super) cond: BTreeMap<String, String>,
}

/// `counts`: pods by state.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Counts {
    pub(super) t: Seconds,
    #[serde(rename = "revs")]
    pub(super) _revs: BTreeMap<Rev, RevCounts>,
    #[serde(rename = "total")]
    pub(super) _total: u64,
    pub(super) active: u64,
    pub(super) ready: u64,
    pub(super) terminating: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RevCounts {
    #[serde(rename = "active")]
    pub(super) _active: u64,
    #[serde(rename = "ready")]
    pub(super) _ready: u64,
    #[serde(rename = "terminating")]
    pub(super) _terminating: u64,
    #[serde(rename = "terminating_running")]
    pub(super) _terminating_running: u64,
}

/// `summary`: how long it took. The rest of it can be seen from the other lines.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Summary {
    pub(super) complete_s: Option<Seconds>,
    pub(super) drained_s: Option<Seconds>,
    #[serde(rename = "peak_total")]
    pub(super) _peak_total: u64,
    #[serde(rename = "peak_active")]
    pub(super) _peak_active: u64,
    #[serde(rename = "min_ready")]
    pub(super) _min_ready: u64,
    #[serde(rename = "min_avail_status")]
    pub(super) _min_avail_status: Option<u64>,
    #[serde(rename = "peak_terminating")]
    pub(super) _peak_terminating: u64,
    #[serde(rename = "first_new")]
    pub(super) _first_new: Option<Seconds>,
    #[serde(rename = "ok")]
    pub(super) _ok: bool,
    #[serde(rename = "load1")]
    pub(super) _load: Option<IgnoredAny>,
    #[serde(rename = "stall")]
    pub(super) _stall: Option<IgnoredAny>,
    #[serde(rename = "before")]
    pub(super) _before: Option<IgnoredAny>,
    #[serde(rename = "before_rs")]
    pub(super) _before_sets: Option<IgnoredAny>,
    #[serde(rename = "after_1s_rs")]
    pub(super) _after_sets: Option<IgnoredAny>,
    #[serde(rename = "paused_for_10s")]
    pub(super) _paused: Option<IgnoredAny>,
}
