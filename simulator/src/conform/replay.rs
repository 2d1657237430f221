//! The same rollout, simulated.

use super::course::Course;
use super::{Recording, Rules};
use crate::control_plane::{Endless, Foretold, Log, Settings};
use crate::rollout::{Condition, Deployment};
use crate::{Span, Tick};

/// Runs what a recording says was done, with pods that live as they did.
pub(super) fn replay(recording: &Recording, rules: &Rules, lag: Span, phase: Span) -> Result<Course, Endless> {
    let (major, minor) = recording.version;
    let settings = Settings {
        min_ready: (rules.law)(major, minor),
        decide: rules.decide,
        lag,
        phase,
        ..Settings::of_version(major, minor)
    };
    let deployment = Deployment {
        replicas: recording.replicas,
        strategy: recording.strategy,
        min_ready: recording.min_ready,
        deadline: recording.deadline,
        paused: false,
        template: 0,
    };
    let mut plane = Foretold::at_rest(settings, (rules.written)(deployment), recording.lives.clone());
    for (at, change) in &recording.changes {
        plane.change(*at, 0, *change);
    }
    let log = if recording.course.complete.is_some() {
        plane.run()?
    } else {
        // What came after a recording of something that stood still, nobody knows: a deadline, for one.
        plane.run_until(end(recording))?
    };
    Ok(course(recording, &log))
}

/// The end of a recording, and a tenth and a second: for what the recorded machine did faster.
fn end(recording: &Recording) -> Tick {
    let until = recording.until.micros();
    Tick::at(until.saturating_add(until / 10).saturating_add(1_000_000))
}

fn course(recording: &Recording, log: &Log) -> Course {
    let mut course = Course::default();
    course.spec(Tick::START, 0, recording.replicas);
    for change in &log.specs {
        course.spec(change.at, change.set, change.spec);
    }
    course.counts = log.counts.iter().map(|row| (row.at, row.instances)).collect();
    let mut conditions = log.conditions.iter();
    course.exceeded = conditions.any(|(_, condition)| *condition == Condition::DeadlineExceeded);
    course.complete = log.complete().map(|at| at.since(Tick::START));
    let drained = log.drained().map(|at| at.since(Tick::START));
    course.drained = course
        .complete
        .map(|complete| complete.max(drained.unwrap_or(complete)));
    course
}
