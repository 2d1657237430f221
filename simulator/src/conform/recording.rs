//! A recording: JSON lines, read whole or refused at a line.

use std::collections::BTreeMap;

use loadline_compiler::quantity::Share;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::course::Course;
use super::lines::{self, Ready, Rev, Written};
use crate::control_plane::{Change, Lives};
use crate::rollout::Strategy;
use crate::{Instances, Span, Tick};

/// What a recording says.
#[derive(Clone, Debug)]
pub struct Recording {
    /// The name of the case.
    pub name: String,
    /// The version of the control plane, as it is written.
    pub server: String,
    pub(super) version: (u64, u64),
    pub(super) replicas: u64,
    pub(super) strategy: Strategy,
    pub(super) min_ready: Span,
    pub(super) deadline: Option<Span>,
    /// What was done to the Deployment, and when.
    pub(super) changes: Vec<(Tick, Change)>,
    /// How the pods of the old and the new revision lived.
    pub(super) lives: Vec<Lives>,
    /// When a pod became ready.
    pub(super) readied: Vec<Tick>,
    /// When a pod was created or deleted.
    pub(super) ordered: Vec<Tick>,
    /// The last that was seen.
    pub(super) until: Tick,
    pub(super) course: Course,
}

/// Why a recording cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub what: String,
}

impl Recording {
    /// Reads a recording.
    ///
    /// # Errors
    /// With the first line that is not one of a recording, or has a field, an act or a revision that is not known.
    pub fn read(text: &str) -> Result<Self, Unreadable> {
        let mut reader = Reader::default();
        let mut last = 1;
        for (index, line) in text.lines().enumerate() {
            last = index + 1;
            let read = if line.trim().is_empty() {
                Ok(())
            } else {
                reader.line(line)
            };
            read.map_err(|what| Unreadable { line: last, what })?;
        }
        reader.finish().map_err(|what| Unreadable { line: last, what })
    }

    /// The most replicas that were asked for.
    pub(super) fn replicas_max(&self) -> u64 {
        let scaled = self.changes.iter().filter_map(|(_, change)| match change {
            Change::Scale(replicas) => Some(*replicas),
            _ => None,
        });
        scaled.fold(self.replicas, u64::max)
    }
}

/// A recording, as far as it is read.
#[derive(Default)]
struct Reader {
    case: Option<lines::Case>,
    changes: Vec<(Tick, Change)>,
    pods: BTreeMap<String, Pod>,
    /// Pods in the order in which they were created, and deleted.
    created: Vec<String>,
    deleted: Vec<String>,
    course: Course,
    until: Tick,
    ended: bool,
}

/// What is known of a pod.
struct Pod {
    rev: Rev,
    created: Option<Tick>,
    ready: Option<Tick>,
    deleted: Option<Tick>,
    gone: Option<Tick>,
}

impl Reader {
    fn line(&mut self, text: &str) -> Result<(), String> {
        let value: Value = serde_json::from_str(text).map_err(|error| format!("not JSON: {error}"))?;
        let Value::Object(mut fields) = value else {
            return Err("not an object".to_owned());
        };
        let Some(Value::String(kind)) = fields.remove("k") else {
            return Err("without `k`, the kind of line".to_owned());
        };
        if self.case.is_none() && kind != "case" {
            return Err(format!("`{kind}` before the line `case`"));
        }
        match kind.as_str() {
            "case" => self.case(read(fields)?),
            "act" => self.act(&read(fields)?),
            "rs" => self.set(&read(fields)?),
            "pod" => self.pod(read(fields)?),
            "dep" => self.status(&read(fields)?),
            "counts" => self.counts(&read(fields)?),
            "summary" => self.summary(&read(fields)?),
            _ => Err(format!(
                "a line `{kind}` is not known; there is case, act, rs, pod, dep, counts, summary"
            )),
        }
    }

    fn case(&mut self, case: lines::Case) -> Result<(), String> {
        if self.case.is_some() {
            return Err("a second line `case`; a recording is of one".to_owned());
        }
        version(&case.server)?;
        strategy(&case)?;
        if let Some(then) = case.then.as_deref()
            && !matches!(then, "undo" | "pause")
            && scaled(then).is_none()
        {
            return Err(format!("`then` \"{then}\" is not known; there is undo, pause, scaleN"));
        }
        few(case.replicas)?;
        self.course.spec(Tick::START, Rev::Old.index(), case.replicas);
        self.case = Some(case);
        Ok(())
    }

    fn act(&mut self, act: &lines::Act) -> Result<(), String> {
        self.seen(act.t.0);
        let (at, change) = match act.what.as_str() {
            // The recording began just before.
            "patched template" if self.changes.is_empty() => (Tick::START, Change::Template(Rev::New.index())),
            "patched template" => {
                return Err("a further \"patched template\": there is an old revision and a new one".to_owned());
            }
            "undo (template back to old)" => (tick(act.t.0), Change::Template(Rev::Old.index())),
            "pause" => (tick(act.t.0), Change::Pause),
            "resume" => (tick(act.t.0), Change::Resume),
            other => match scaled(other) {
                Some(replicas) => {
                    few(replicas)?;
                    (tick(act.t.0), Change::Scale(replicas))
                }
                None => {
                    return Err(format!(
                        "the act \"{other}\" is not known; there is \"patched template\", \
                         \"undo (template back to old)\", \"pause\", \"resume\", \"scaleN\""
                    ));
                }
            },
        };
        self.changes.push((at, change));
        Ok(())
    }

    fn set(&mut self, set: &lines::ReplicaSet) -> Result<(), String> {
        few(set.spec)?;
        let at = self.seen(set.t.0);
        self.course.spec(at, set.rev.index(), set.spec);
        Ok(())
    }

    fn pod(&mut self, line: lines::Pod) -> Result<(), String> {
        let at = self.seen(line.t.0);
        let pending = line.phase.as_deref() == Some("Pending") && !line.term;
        // Of the new revision none was there before: if it was not seen Pending, it was created that much earlier.
        let created = !self.pods.contains_key(&line.pod) && (pending || line.rev == Rev::New);
        let start = self
            .case
            .as_ref()
            .filter(|_| !pending)
            .map_or(Span::ZERO, |case| case.start.0);
        let since = Tick::at(at.micros().saturating_sub(start.micros()));
        if created {
            self.created.push(line.pod.clone());
        }
        let pod = self.pods.entry(line.pod.clone()).or_insert(Pod {
            rev: line.rev,
            created: created.then_some(since),
            ready: None,
            deleted: None,
            gone: None,
        });
        if line.ready && !line.term && pod.created.is_some() {
            pod.ready.get_or_insert(at);
        }
        if (line.term || line.gone) && pod.deleted.is_none() {
            pod.deleted = Some(at);
            self.deleted.push(line.pod);
        }
        if line.gone {
            pod.gone.get_or_insert(at);
        }
        Ok(())
    }

    fn status(&mut self, status: &lines::Status) -> Result<(), String> {
        self.seen(status.t.0);
        let progressing = status.cond.get("Progressing");
        self.course.exceeded |= progressing.is_some_and(|reason| reason.ends_with("/ProgressDeadlineExceeded"));
        Ok(())
    }

    fn counts(&mut self, counts: &lines::Counts) -> Result<(), String> {
        let starting = counts.active.checked_sub(counts.ready);
        let instances = Instances {
            starting: starting.ok_or("more pods are ready than active")?,
            ready: counts.ready,
            terminating: counts.terminating,
        };
        let at = self.seen(counts.t.0);
        self.course.counts.push((at, instances));
        Ok(())
    }

    fn summary(&mut self, summary: &lines::Summary) -> Result<(), String> {
        self.course.complete = summary.complete_s.map(|seconds| seconds.0);
        self.course.drained = summary.drained_s.map(|seconds| seconds.0);
        self.ended = true;
        Ok(())
    }

    /// The time of a line.
    fn seen(&mut self, since: Span) -> Tick {
        let at = tick(since);
        self.until = self.until.max(at);
        at
    }

    fn finish(self) -> Result<Recording, String> {
        let Some(case) = self.case.as_ref() else {
            return Err("no line `case`".to_owned());
        };
        if !self.ended {
            return Err("no line `summary`: the recording is cut off".to_owned());
        }
        let lives = Rev::ALL.iter().map(|rev| self.lives(case, *rev)).collect();
        Ok(Recording {
            name: case.name.clone(),
            server: case.server.clone(),
            version: version(&case.server)?,
            replicas: case.replicas,
            strategy: strategy(case)?,
            min_ready: case.min_ready_seconds.0,
            deadline: case.deadline.map(|deadline| deadline.0),
            lives,
            ordered: self
                .pods
                .values()
                .flat_map(|pod| [pod.created, pod.deleted])
                .flatten()
                .collect(),
            readied: self.pods.values().filter_map(|pod| pod.ready).collect(),
            until: self.until,
            changes: self.changes,
            course: self.course,
        })
    }

    /// How the pods of a revision lived: as they did, and as the case says where one did not live to tell.
    fn lives(&self, case: &lines::Case, rev: Rev) -> Lives {
        let pods = |names: &'_ [String]| {
            let pods = names.iter().filter_map(|name| self.pods.get(name));
            pods.filter(|pod| pod.rev == rev).collect::<Vec<_>>()
        };
        let start = case.start.0;
        let boot = match &case.ready {
            Ready::After(seconds) => Some(Span::from_micros(start.micros().saturating_add(seconds.0.micros()))),
            Ready::Word(_) => None,
        };
        let between = |from: Option<Tick>, to: Option<Tick>| Some(to?.since(from?));
        // One that was deleted before it was ready would have taken longer than that.
        let jitter = case.jitter.as_ref().map_or(0, |jitter| jitter.0.micros());
        let latest = boot.map(|boot| Span::from_micros(boot.micros().saturating_add(jitter)));
        let unready = |pod: &Pod| Some(latest?.max(between(pod.created, pod.deleted)?));
        let boots = pods(&self.created);
        let stops = pods(&self.deleted);
        let stop = case.term.0.min(case.grace.0);
        Lives {
            boots: boots
                .iter()
                .map(|pod| between(pod.created, pod.ready).or_else(|| unready(pod)).or(boot))
                .collect(),
            boot,
            stops: stops
                .iter()
                .map(|pod| between(pod.deleted, pod.gone).unwrap_or(stop))
                .collect(),
            stop,
            start,
        }
    }
}

fn read<T: DeserializeOwned>(fields: Map<String, Value>) -> Result<T, String> {
    serde_json::from_value(Value::Object(fields)).map_err(|error| error.to_string())
}

const fn tick(since: Span) -> Tick {
    Tick::at(since.micros())
}

/// More pods than this are not replayed: none was ever recorded, and each is simulated.
const REPLICAS_MAX: u64 = 10_000;

fn few(replicas: u64) -> Result<(), String> {
    if REPLICAS_MAX < replicas {
        return Err(format!("{replicas} replicas; at most {REPLICAS_MAX} are replayed"));
    }
    Ok(())
}

/// `scale20`
fn scaled(text: &str) -> Option<u64> {
    text.strip_prefix("scale")?.parse().ok()
}

/// `v1.36.3`
fn version(text: &str) -> Result<(u64, u64), String> {
    let mut parts = text.trim_start_matches('v').split('.').map(str::parse);
    match (parts.next(), parts.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => Ok((major, minor)),
        _ => Err(format!("`server` \"{text}\" is not a version, as v1.36.3 is")),
    }
}

/// Both fenceposts, or none: Recreate.
fn strategy(case: &lines::Case) -> Result<Strategy, String> {
    let share = |written: &Written| match written {
        Written::Count(count) => Ok(Share::Count(*count)),
        Written::Text(text) => {
            Share::read(text).map_err(|_| format!("\"{text}\" is neither a number nor a percentage"))
        }
    };
    match (&case.max_surge, &case.max_unavailable) {
        (Some(surge), Some(unavailable)) => Ok(Strategy::Rolling {
            surge: share(surge)?,
            unavailable: share(unavailable)?,
        }),
        (None, None) => Ok(Strategy::Recreate),
        _ => Err("one of `maxSurge` and `maxUnavailable` alone; both, or neither for Recreate".to_owned()),
    }
}
