//! Services whose instances are replaced by something else than a Deployment: canaries, PM2, systemd.

use std::collections::VecDeque;

use loadline_compiler::quantity::Ratio;

use super::finish::number;
use super::instances::State;
use super::{Engine, Timer};
use crate::chance::chance;
use crate::orchestrator::{
    Act, Asked, Ended, Fleet, MEASURED_OVER, Measured, Member, Orchestrator, State as Seen, Traffic, Why,
};
use crate::outcome::{Cause, FactKind, Killed, RolloutEnd};
use crate::statistics::{Latencies, Merge as _};
use crate::{Span, Tick};

/// The controller of one service, and what it was told and measured.
#[derive(Clone, Debug)]
pub(super) struct Own {
    orchestrator: Orchestrator,
    pub(super) replicas: u64,
    /// On a machine of its own: nothing but the controller starts a process again.
    on_host: bool,
    members: Vec<Member>,
    acts: Vec<Act>,
    /// A look is planned for this time.
    wake: Tick,
    answer: Option<bool>,
    /// What was decided about traffic and is not known everywhere yet.
    routes: VecDeque<Traffic>,
    /// The part of it that goes to the revision of the last rollout, as it was told last: parts per million.
    part: u32,
    window: VecDeque<Bucket>,
}

/// Requests of the revision that is asked for, in a part of the time over which it is measured.
#[derive(Clone, Debug)]
struct Bucket {
    from: Tick,
    good: u64,
    bad: u64,
    latencies: Latencies,
}

/// The length of such a part.
const PART: Span = Span::from_micros(10_000_000);

impl Own {
    pub(super) fn new(orchestrator: Orchestrator, replicas: u64, on_host: bool) -> Self {
        Self {
            orchestrator,
            replicas,
            on_host,
            members: Vec::new(),
            acts: Vec::new(),
            wake: Tick::NEVER,
            answer: None,
            routes: VecDeque::new(),
            part: 1_000_000,
            window: VecDeque::new(),
        }
    }

    pub(super) fn rests(&self) -> bool {
        self.orchestrator.rests()
    }

    pub(super) const fn on_host(&self) -> bool {
        self.on_host
    }

    fn record(&mut self, now: Tick, outcome: Result<(), Cause>, time: Span) {
        if self.window.back().is_none_or(|last| PART <= now.since(last.from)) {
            self.window.push_back(Bucket {
                from: now,
                good: 0,
                bad: 0,
                latencies: Latencies::default(),
            });
        }
        let Some(last) = self.window.back_mut() else { return };
        match outcome {
            Ok(()) => {
                last.good += 1;
                last.latencies.record(time);
            }
            Err(_) => last.bad += 1,
        }
    }

    fn measured(&mut self, now: Tick) -> Measured {
        while self
            .window
            .front()
            .is_some_and(|first| MEASURED_OVER < now.since(first.from))
        {
            self.window.pop_front();
        }
        let mut all = Latencies::default();
        let (mut good, mut bad) = (0_u64, 0_u64);
        for part in &self.window {
            all.merge(&part.latencies);
            good += part.good;
            bad += part.bad;
        }
        let errors = (u128::from(bad) * 1_000_000).checked_div(u128::from(good + bad));
        let part = |percent| all.percentile(Ratio::percent(percent));
        Measured {
            errors: errors.and_then(|errors| u32::try_from(errors).ok()),
            p50: part(50),
            p95: part(95),
            p99: part(99),
            unknown: false,
            answer: None,
        }
    }
}

impl Engine<'_> {
    /// Something changed that the controller of a service looks at.
    pub(super) fn look_soon(&mut self, service: u32) {
        let lag = self.system.control_plane.lag;
        let Some(own) = self.rollouts.own_mut(service) else {
            return;
        };
        let at = self.now.plus(if own.on_host { Span::ZERO } else { lag });
        if at < own.wake {
            own.wake = at;
            self.timers.plan(at, Timer::Look { service });
        }
    }

    /// A controller looks at its service.
    pub(super) fn look(&mut self, service: u32) {
        let now = self.now;
        let members = self.members(service);
        let Some(own) = self.rollouts.own_mut(service) else {
            return;
        };
        if now < own.wake {
            return;
        }
        own.wake = Tick::NEVER;
        own.members = members;
        let mut measured = if own.orchestrator.measures(now) {
            own.measured(now)
        } else {
            Measured::default()
        };
        measured.answer = own.answer.take();
        let mut acts = std::mem::take(&mut own.acts);
        let fleet = Fleet {
            now,
            replicas: own.replicas,
            members: &own.members,
        };
        let again = own.orchestrator.look(&fleet, &measured, &mut acts);
        if let Some(again) = again {
            let at = again.max(now.plus(Span::from_micros(1)));
            own.wake = at;
            self.timers.plan(at, Timer::Look { service });
        }
        for act in acts.drain(..) {
            self.act(service, act);
        }
        if let Some(own) = self.rollouts.own_mut(service) {
            own.acts = acts;
        }
        self.look_whether_drained(service);
    }

    fn members(&self, service: u32) -> Vec<Member> {
        let all = self.services[service].instances.iter();
        let members = all.map(|instance| {
            let at = &self.instances[*instance];
            Member {
                id: *instance,
                revision: at.revision,
                slot: at.slot,
                state: match at.state {
                    State::Created | State::Booting => Seen::Starting,
                    State::Ready | State::EndingReady => Seen::Ready,
                    State::Unready | State::EndingUnready => Seen::Unready,
                    State::BackOff => Seen::BackOff { ended: Ended::Failed },
                    State::Settling | State::Draining | State::Gone => Seen::Terminating,
                },
                created: at.created,
                started: at.started,
                since: at.since,
            }
        });
        members.collect()
    }

    fn act(&mut self, service: u32, act: Act) {
        match act {
            Act::Start { revision, slot } => {
                self.create_in(service, revision, u32::MAX, slot);
                self.batch(service, revision as usize);
                self.look_soon(service);
            }
            Act::Restart { id, revision } => {
                if self.instances[id].state == State::BackOff {
                    self.instances[id].revision = revision;
                    self.turn(id, State::Created);
                    self.boot_again(id);
                    self.look_soon(service);
                }
            }
            Act::Stop { id } => {
                self.told_to_stop(id);
                self.look_soon(service);
            }
            Act::Route(traffic) => self.route(service, traffic),
            Act::Ask(asked) => self.answer_check(service, asked),
            Act::Promoted { revision } => {
                self.rollout_ended(service, revision, RolloutEnd::Complete, FactKind::RolloutComplete)
            }
            Act::Aborted { revision, why } => {
                let what = FactKind::RolloutAborted(words(why).to_owned());
                self.rollout_ended(service, revision, RolloutEnd::Aborted, what);
            }
            Act::Stuck { revision } => self.rollout_ended(service, revision, RolloutEnd::Stuck, FactKind::RolloutStuck),
            Act::Refused { revision } => {
                let what = FactKind::RolloutAborted("it was refused: another one is under way".to_owned());
                self.rollout_ended(service, revision, RolloutEnd::Aborted, what);
            }
            Act::GaveUp { .. } => {
                self.note_of_service(service, FactKind::InstanceKilled(Killed::GaveUp));
            }
            Act::Restored { .. } => {}
        }
    }

    fn rollout_ended(&mut self, service: u32, revision: u32, end: RolloutEnd, what: FactKind) {
        let now = self.now;
        let open = self.rollouts.all.iter_mut().rev().find(|rollout| {
            let open = matches!(rollout.end, RolloutEnd::Unfinished | RolloutEnd::Stuck);
            rollout.service == service as usize && rollout.revision == revision as usize && open
        });
        let Some(rollout) = open else { return };
        rollout.end = end;
        if end == RolloutEnd::Complete {
            rollout.complete = Some(now);
        }
        self.note_of_service(service, what);
    }

    /// Requests go elsewhere as soon as those who send them have heard of it, and of the instances that they go to.
    fn route(&mut self, service: u32, traffic: Traffic) {
        let at = self.now.plus(self.system.endpoint_add);
        if let Some(own) = self.rollouts.own_mut(service) {
            own.routes.push_back(traffic);
            self.timers.plan(at, Timer::Route { service });
        }
    }

    /// Those who send requests have heard where they go.
    pub(super) fn reroute(&mut self, service: u32) {
        let (latest, _) = self.rollouts.revisions(service);
        let Some(own) = self.rollouts.own_mut(service) else {
            return;
        };
        let Some(traffic) = own.routes.pop_front() else {
            return;
        };
        let (split, part) = match traffic {
            Traffic::Even => (None, own.part),
            Traffic::Only { revision } => {
                let is_latest = revision as usize == latest;
                (
                    Some((revision, 1_000_000, revision)),
                    if is_latest { 1_000_000 } else { 0 },
                )
            }
            Traffic::Split { new, parts, old } => (Some((new, parts, old)), parts),
        };
        let changed = std::mem::replace(&mut own.part, part) != part;
        self.services[service].split = split;
        if changed {
            self.note_of_service(service, FactKind::TrafficSplit(part));
        }
    }

    /// One request for the path of a check: it is answered as a request of a client would be.
    fn answer_check(&mut self, service: u32, asked: Asked) {
        let instance = match asked {
            Asked::Instance(instance) => Some(instance),
            Asked::Revision(revision) => {
                let all = self.services[service].instances.iter().copied();
                let mut of = all.filter(|instance| self.instances[*instance].revision == revision);
                of.find(|instance| self.instances[*instance].is_ready())
            }
        };
        let well = instance.is_some_and(|instance| self.instances[instance].accepts() && self.answers_well(instance));
        if let Some(own) = self.rollouts.own_mut(service) {
            own.answer = Some(well);
        }
        self.look_soon(service);
    }

    fn answers_well(&mut self, instance: u32) -> bool {
        let at = &self.instances[instance];
        let (service, revision) = (at.service, at.revision);
        let errors = super::serve::behaviour(self.system, service, revision).map_or(0, |behaviour| behaviour.errors);
        let fails = Ratio::millionths(u64::from(errors));
        !chance(fails, &mut self.services[service].luck.probes)
    }

    /// A request of the revision that is being rolled out has ended, as far as it was measured.
    #[inline]
    pub(super) fn measure(&mut self, instance: u32, sent: Tick, outcome: Result<(), Cause>) {
        if !self.rollouts.any_own {
            return;
        }
        let at = &self.instances[instance];
        let (now, revision) = (self.now, at.revision);
        let Some(own) = self.rollouts.own_mut(at.service) else {
            return;
        };
        if !own.orchestrator.rests() && own.orchestrator.asked() == revision {
            own.record(now, outcome, now.since(sent));
        }
    }

    pub(super) fn begin_own(&mut self, service: u32, revision: usize) {
        if let Some(own) = self.rollouts.own_mut(service) {
            own.window.clear();
            own.part = 0;
            own.orchestrator.begin(number(revision));
        }
        self.look_soon(service);
    }

    pub(super) fn roll_back_own(&mut self, service: u32) {
        if let Some(own) = self.rollouts.own_mut(service) {
            own.orchestrator.rollback();
        }
        self.look_soon(service);
    }
}

const fn words(why: Why) -> &'static str {
    match why {
        Why::Condition(_) => "a condition of `abort` was met",
        Why::Unmeasurable => "measuring failed too often",
        Why::Smoke => "the check before any traffic failed",
        Why::Candidate => "the instance that was tried beside the service did not answer as it should",
        Why::Verify => "what was replaced did not answer as it should",
        Why::Asked => "somebody asked for it",
        Why::WayBack => "the way back failed too",
    }
}
