//! What must be equal, what is tolerated, and what is ignored.
//!
//! Ignored: the order of status lines, texts of conditions, which pod dies, and counts that did not last.

use loadline_compiler::budget::rolling::Rolling;
use loadline_compiler::quantity::Duration;

use super::Recording;
use super::course::{Course, Specs};
use super::decimal::shown;
use crate::control_plane::Change;
use crate::rollout::{Deployment, MinReadyLaw, Strategy};
use crate::{Instances, Span};

/// Beyond so many replicas the client's rate decides about the order, and the machine's load about the rate.
const THROTTLED_FROM: u64 = 31;
/// So many pods created and deleted within a second use up the client's burst of 30: each is a call and an event.
const BUSY_FROM: usize = 15;
const SECOND: Span = Span::from_micros(1_000_000);
/// If pods became ready further apart than this, controllers had the time to finish each step.
const APART: Span = Span::from_micros(250_000);
/// Specs that stood for so long are no accident of the order of events.
const STOOD: Span = Span::from_micros(500_000);
/// How much shorter or longer they may have stood on another day: half as long, twice as long.
const BRIEFLY: Span = Span::from_micros(250_000);
const LONG: Span = Span::from_micros(1_000_000);
/// Counts that lasted for so long are no accident either.
const HELD: Span = Span::from_micros(300_000);

/// Something that is not as it was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disagreement {
    /// What.
    pub what: String,
    /// As recorded, with what would have been accepted.
    pub expected: String,
    /// As simulated.
    pub seen: String,
}

impl Disagreement {
    pub(super) fn endless() -> Self {
        Self {
            what: "the end".to_owned(),
            expected: "a rollout that comes to rest".to_owned(),
            seen: "none after millions of events".to_owned(),
        }
    }
}

/// Compares a replay with its recording.
pub(super) fn judge(recording: &Recording, replay: &Course) -> Vec<Disagreement> {
    let mut judge = Judge {
        recording,
        recorded: &recording.course,
        replay,
        throttled: THROTTLED_FROM <= recording.replicas_max(),
        busy: is_busy(recording),
        found: Vec::new(),
    };
    judge.outcome();
    judge.settled();
    judge.sequence();
    judge.peaks();
    judge.bound();
    judge.times();
    judge.found
}

struct Judge<'r> {
    recording: &'r Recording,
    recorded: &'r Course,
    replay: &'r Course,
    throttled: bool,
    busy: bool,
    found: Vec<Disagreement>,
}

impl Judge<'_> {
    fn outcome(&mut self) {
        let (recorded, replay) = (self.recorded, self.replay);
        self.fewest();
        self.equal("largest sum of specs", recorded.most_asked(), replay.most_asked());
        let last = |course: &Course| specs(course.last_specs());
        self.equal("specs at the end", last(recorded), last(replay));
        let exceeded = |course: &Course| if course.exceeded { "exceeded" } else { "kept" };
        self.equal("progress deadline", exceeded(recorded), exceeded(replay));
        let complete = |course: &Course| {
            let complete = course.complete.is_some();
            if complete { "complete" } else { "not complete" }
        };
        self.equal("condition at the end", complete(recorded), complete(replay));
    }

    /// Where it is luck which pods are counted already, what did not last is ignored on both sides.
    fn fewest(&mut self) {
        let (recorded, replay) = (self.recorded.least_ready(), self.replay.least_ready());
        if self.busy {
            let kept = |course: &Course| course.kept(|instances| instances.ready, HELD);
            let (most, least) = (kept(self.recorded), kept(self.replay));
            if recorded <= least && replay <= most {
                return;
            }
        }
        self.equal("fewest ready", recorded, replay);
    }

    /// After a pause, a resume or a scaling, where things came to rest next.
    fn settled(&mut self) {
        let (recorded, replay) = (self.recorded, self.replay);
        for (at, change) in &self.recording.changes {
            let name = match change {
                Change::Pause => "pause",
                Change::Resume => "resume",
                Change::Scale(_) => "scaling",
                Change::Template(_) | Change::Undo => continue,
            };
            let rest = |course: &Course, stood: Span| specs(course.settled(*at, stood));
            let what = format!(
                "specs settled after the {name} at {}",
                shown(Span::from_micros(at.micros()))
            );
            // While calls wait for the client, one step may take as long as it takes to come to rest.
            if rest(recorded, LONG) != rest(replay, LONG) {
                self.equal(&what, rest(recorded, STOOD), rest(replay, STOOD));
            }
        }
    }

    fn sequence(&mut self) {
        if self.throttled {
            return;
        }
        let (recorded, replay) = (self.recorded, self.replay);
        if recorded.sequence() == replay.sequence() {
            return;
        }
        let mut readied = self.recording.readied.clone();
        readied.sort_unstable();
        let apart = readied
            .iter()
            .zip(readied.iter().skip(1))
            .all(|(one, next)| APART <= next.since(*one));
        if apart {
            self.differ(
                "every change of specs",
                listed(&recorded.sequence()),
                listed(&replay.sequence()),
            );
        } else if !(stands_in(recorded, replay) && stands_in(replay, recorded)) {
            let what = format!("specs that stood for {}", shown(STOOD));
            self.differ(&what, listed(&recorded.stood(STOOD)), listed(&replay.stood(STOOD)));
        }
    }

    fn peaks(&mut self) {
        self.peak("most pods, terminating ones included", Instances::live);
        self.peak("most pods that do not terminate", Instances::counted);
    }

    /// What did not last is ignored on both sides.
    fn peak(&mut self, what: &str, of: fn(Instances) -> u64) {
        let (peak, seen) = (self.recorded.peak(of), self.replay.peak(of));
        let held = |course: &Course, peak: u64| if self.throttled { peak } else { course.held(of, HELD) };
        let slack = match (self.throttled, self.busy) {
            (true, _) => (peak / 20).max(3),
            (false, true) => (peak / 10).max(5),
            (false, false) => 0,
        };
        let least = held(self.recorded, peak).saturating_sub(slack);
        let most = peak.saturating_add(slack);
        let lasted = held(self.replay, seen);
        if seen < least || most < lasted {
            let shown = if most < lasted { lasted } else { seen };
            self.differ(what, format!("{peak} ({least} to {most})"), shown.to_string());
        }
    }

    /// The static worst case stands above both.
    fn bound(&mut self) {
        let bound = bound(self.recording);
        let recorded = self.recorded.peak(Instances::live);
        for (who, peak) in [("recorded", recorded), ("simulated", self.replay.peak(Instances::live))] {
            if bound < peak {
                let what = format!("most pods {who}, against the static worst case");
                self.differ(&what, format!("at most {bound}"), peak.to_string());
            }
        }
    }

    fn times(&mut self) {
        let (recorded, replay) = (self.recorded, self.replay);
        let times = [
            ("complete", recorded.complete, replay.complete),
            ("drained", recorded.drained, replay.drained),
        ];
        for (what, expected, seen) in times {
            let (Some(expected), Some(seen)) = (expected, seen) else {
                continue;
            };
            let slack = self.slack(expected);
            if slack.micros() < expected.micros().abs_diff(seen.micros()) {
                let expected = format!("{} (± {})", shown(expected), shown(slack));
                self.differ(&format!("time until {what}"), expected, shown(seen));
            }
        }
    }

    /// How much of a time is the machine's load: so much a wave and a pod, and no more than a tenth and a second.
    fn slack(&self, time: Span) -> Span {
        let time = time.micros();
        if self.throttled {
            return Span::from_micros(time / 5);
        }
        let replicas = self.recording.replicas_max();
        let of_steps = waves(self.recording) * 300_000 + replicas * 100_000;
        Span::from_micros(of_steps.min(1_000_000 + time / 10))
    }

    fn equal<T: PartialEq + ToString>(&mut self, what: &str, expected: T, seen: T) {
        if expected != seen {
            self.differ(what, expected.to_string(), seen.to_string());
        }
    }

    fn differ(&mut self, what: &str, expected: String, seen: String) {
        self.found.push(Disagreement {
            what: what.to_owned(),
            expected,
            seen,
        });
    }
}

/// Whether what stood for long in the one stood in the other, too, in the same order.
fn stands_in(one: &Course, other: &Course) -> bool {
    let mut there = other.stood(BRIEFLY).into_iter();
    one.stood(LONG)
        .into_iter()
        .all(|specs| there.any(|other| other == specs))
}

/// Whether it is luck by a few how many pods there are: calls wait for the client, or an undo or a scaling on the way lets one set
/// create while the other deletes. Three recordings of one such case had 40 to 44, 31 to 35, 13 to 18.
fn is_busy(recording: &Recording) -> bool {
    let mut times = recording.ordered.clone();
    times.sort_unstable();
    let in_a_second = times
        .iter()
        .zip(times.iter().skip(BUSY_FROM - 1))
        .any(|(first, last)| last.since(*first) <= SECOND);
    let turned = |change: &Change| matches!(change, Change::Template(0) | Change::Undo | Change::Scale(_));
    in_a_second || recording.changes.iter().any(|(_, change)| turned(change))
}

/// The Deployment at its largest.
fn largest(recording: &Recording) -> Deployment {
    Deployment {
        replicas: recording.replicas_max(),
        strategy: recording.strategy,
        min_ready: recording.min_ready,
        deadline: recording.deadline,
        paused: false,
        template: 0,
    }
}

/// In how many steps all pods are replaced.
fn waves(recording: &Recording) -> u64 {
    let largest = largest(recording);
    let fences = largest.fences();
    match recording.strategy {
        Strategy::Recreate => 1,
        Strategy::Rolling { .. } => largest.replicas.div_ceil((fences.surge + fences.unavailable).max(1)),
    }
}

/// The worst case of live pods that `check` counts with, for pods that live as the recorded ones did.
fn bound(recording: &Recording) -> u64 {
    let largest = largest(recording);
    if recording.strategy == Strategy::Recreate {
        // It waits for the old ones when the template changes; not so when it is scaled, and not for those of its own revision.
        let only_once = recording.changes.len() <= 1;
        return largest.replicas * if only_once { 1 } else { 2 };
    }
    let fences = largest.fences();
    let boots = recording.lives.iter().flat_map(|lives| lives.boots.iter().flatten());
    let stops = recording.lives.iter().flat_map(|lives| lives.stops.iter());
    let duration = |span: &Span| Duration::micros(span.micros());
    let (major, minor) = recording.version;
    let early = match MinReadyLaw::of(major, minor) {
        MinReadyLaw::EachPod => loadline_compiler::budget::rolling::MIN_READY_TRUNCATED,
        MinReadyLaw::OneDelayedSync => Duration::ZERO,
    };
    let rolling = Rolling {
        replicas: largest.replicas,
        surge: fences.surge,
        unavailable: fences.unavailable,
        holding: stops.max().map_or(Duration::ZERO, duration),
        boot: boots.min().map(duration),
        min_ready: duration(&recording.min_ready).minus(early),
    };
    let templates = recording
        .changes
        .iter()
        .filter(|(_, change)| matches!(change, Change::Template(_) | Change::Undo));
    if templates.count() < 2 {
        rolling.live().count
    } else {
        rolling.with_rollover()
    }
}

fn specs([old, new]: Specs) -> String {
    format!("{old}+{new}")
}

fn listed(sequence: &[Specs]) -> String {
    sequence.iter().map(|row| specs(*row)).collect::<Vec<_>>().join(" ")
}
