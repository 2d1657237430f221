//! The kubelet asks instances whether they are well. An answer takes its turn at the process like any request, but no time.

use super::attempt::{Asked, Attempt, NOWHERE, Origin, Stage};
use super::instances::State;
use super::table::Ticket;
use super::{Engine, Timer};
use crate::Tick;
use crate::kubelet::{
    Answer, Container, CrashBackoff, CrashBackoffSettings, Prober, Probing, Published, Seen, Step, Verdict,
};
use crate::outcome::Killed;

/// What the kubelet remembers of an instance.
#[derive(Clone, Debug, Default)]
pub(super) struct Health {
    /// Who asks, once somebody does. Apart from the instance, since they are large and end with it.
    probers: Option<Box<Probers>>,
    /// Its startup probe has passed in this life, or it has none.
    is_started: bool,
    /// What its kubelet remembers of its crashes, once there are any.
    crashes: Option<Box<CrashBackoff>>,
}

/// Those who ask, in the order of [`ALL`], and when each is to look next: what was planned before that and for later is void.
#[derive(Clone, Debug)]
struct Probers([Option<(Prober, Tick)>; ALL.len()]);

impl Health {
    /// Who asks one thing, and when it is to look next.
    fn planned(&mut self, asked: Asked) -> Option<&mut (Prober, Tick)> {
        self.probers.as_mut()?.0.get_mut(asked as usize)?.as_mut()
    }

    fn prober(&mut self, asked: Asked) -> Option<&mut Prober> {
        self.planned(asked).map(|(prober, _)| prober)
    }

    /// Who asks begins anew, or begins.
    fn begin(&mut self, probers: [Option<Prober>; ALL.len()]) {
        match &mut self.probers {
            Some(known) => known.0.iter_mut().flatten().for_each(|(_, next)| *next = Tick::NEVER),
            None if probers.iter().all(Option::is_none) => {}
            None => {
                let probers = probers.map(|prober| prober.map(|prober| (prober, Tick::NEVER)));
                self.probers = Some(Box::new(Probers(probers)));
            }
        }
    }

    /// Its container ended; when it is started again.
    pub(super) fn crashed(&mut self, now: Tick) -> Tick {
        let first = || Box::new(CrashBackoff::new(CrashBackoffSettings::KUBERNETES));
        self.crashes.get_or_insert_with(first).ended(now)
    }

    /// Nobody asks any more.
    pub(super) fn end(&mut self) {
        *self = Self::default();
    }
}

const ALL: [Asked; 3] = [Asked::Startup, Asked::Ready, Asked::Live];

impl Engine<'_> {
    /// The container of an instance runs: its probes are asked from now on.
    pub(super) fn watch(&mut self, instance: u32) {
        let at = &self.instances[instance];
        let (service, rests) = (at.service, at.state == State::Ready);
        let probes = &self.settings(service).probes;
        let probings =
            [&probes.startup, &probes.ready, &probes.live].map(|probe| probe.as_ref().map(|probe| probe.probing));
        let probers = probings.map(|probing| probing.map(|probing| self.prober(instance, probing)));
        let health = &mut self.instances[instance].health;
        health.is_started = rests || probes.startup.is_none();
        health.begin(probers);
        if rests {
            self.passes(instance);
        }
        for asked in ALL {
            self.plan_probe(instance, asked);
        }
    }

    /// Ticks of a pod begin when the kubelet takes it up, which is at any moment of a period.
    fn prober(&mut self, instance: u32, probing: Probing) -> Prober {
        let service = self.instances[instance].service;
        let phase = crate::chance::uniform(probing.period, &mut self.services[service].luck.probes);
        let since = self.now.since(Tick::START).micros();
        // The first tick of a pod that has been there for long lies somewhere in the first period.
        let admitted = if self.instances[instance].state == State::Ready {
            phase.micros()
        } else {
            since
        };
        Prober::new(probing, Tick::at(admitted))
    }

    /// Every probe has passed once, as if just asked: the boot time says when an instance is ready.
    fn passes(&mut self, instance: u32) {
        let now = self.now;
        let at = &mut self.instances[instance];
        let seen = seen(at);
        at.health.is_started = true;
        for asked in ALL {
            if let Some(prober) = at.health.prober(asked) {
                let running = Seen {
                    is_started: asked != Asked::Startup,
                    ..seen
                };
                let times = if asked == Asked::Ready {
                    prober.probing().passing
                } else {
                    1
                };
                if prober.next(now).is_none() {
                    continue;
                }
                prober.tick(now, running);
                for _ in 0..times {
                    prober.answered(Answer::Passed);
                }
            }
        }
    }

    fn plan_probe(&mut self, instance: u32, asked: Asked) {
        let now = self.now;
        let at = &mut self.instances[instance];
        // What does not run is not asked, not even by the look that had it killed: `watch` begins again.
        if !at.has_processes() {
            return;
        }
        let life = at.life;
        let Some((prober, planned)) = at.health.planned(asked) else {
            return;
        };
        if let Some(next) = prober
            .next(now)
            .map(|next| next.max(now))
            .filter(|next| *next < *planned)
        {
            *planned = next;
            self.timers.plan(next, Timer::Probe { instance, life, asked });
        }
    }

    /// Nobody asks any more, in this life.
    pub(super) fn stop_watching(&mut self, instance: u32) {
        let health = &mut self.instances[instance].health;
        health.is_started = false;
    }

    /// A probe's time has come.
    pub(super) fn probe(&mut self, instance: u32, life: u32, asked: Asked) {
        let now = self.now;
        let at = &mut self.instances[instance];
        let seen = seen(at);
        let Some((prober, planned)) = at.health.planned(asked) else {
            return;
        };
        if at.life != life || *planned != now {
            return;
        }
        *planned = Tick::NEVER;
        let turn = prober.tick(now, seen);
        self.publish_verdict(instance, asked, turn.published);
        match turn.step {
            Step::Ask => self.ask_instance(instance, asked),
            Step::Wait => self.plan_probe(instance, asked),
            Step::Stop => {}
        }
    }

    fn ask_instance(&mut self, instance: u32, asked: Asked) {
        if !self.instances[instance].accepts() || !self.depends_well(instance, asked) {
            self.probe_ended(instance, asked, false);
            return;
        }
        let at = &self.instances[instance];
        let (servers, stalled) = (
            self.settings(at.service).servers,
            self.services[at.service].stalled != 0,
        );
        let process = at.first_process;
        if self.processes[process].busy < servers && !stalled {
            self.probe_ended(instance, asked, true);
            return;
        }
        let ticket = self.attempts.add(Attempt {
            origin: Origin::Probe(asked),
            user: super::who::Who::NOBODY,
            edge: NOWHERE,
            guard: NOWHERE,
            instance: NOWHERE,
            process: NOWHERE,
            stage: Stage::Lost,
            step: 0,
            left: 0,
            tries: 0,
            child_tries: 0,
            child: Ticket::NONE,
            began: self.now,
            sent: self.now,
            since: self.now,
            deadline: Tick::NEVER,
            admitted: false,
            doomed: None,
        });
        self.accept(ticket, instance);
        let prober = self.instances[instance].health.prober(asked);
        let timeout = prober.map(|prober| prober.probing().timeout);
        let at = self.now.plus(timeout.unwrap_or_default());
        self.timers.plan(
            at,
            Timer::ProbeTimeout {
                place: ticket.place,
                tenant: ticket.tenant,
            },
        );
    }

    /// It was this probe's turn in time.
    pub(super) fn probe_answered(&mut self, ticket: Ticket) {
        self.end(ticket, Ok(()));
    }

    /// An answer took too long.
    pub(super) fn probe_timed_out(&mut self, ticket: Ticket) {
        let Some(attempt) = self.attempts.get_mut(ticket) else {
            return;
        };
        let Origin::Probe(asked) = attempt.origin else { return };
        let instance = attempt.instance;
        attempt.origin = Origin::GaveUp;
        self.waited_in_vain(instance);
        self.cancel(ticket);
        self.probe_ended(instance, asked, false);
    }

    /// A probe is answered, or will not be.
    pub(super) fn probe_ended(&mut self, instance: u32, asked: Asked, passed: bool) {
        let Some(prober) = self.instances[instance].health.prober(asked) else {
            return;
        };
        let published = prober.answered(if passed { Answer::Passed } else { Answer::Failed });
        self.publish_verdict(instance, asked, published);
        self.plan_probe(instance, asked);
    }

    fn publish_verdict(&mut self, instance: u32, asked: Asked, published: Option<Published>) {
        let Some(published) = published else { return };
        match (asked, published.verdict) {
            (Asked::Startup, Verdict::Success) => {
                self.instances[instance].health.is_started = true;
                self.ask_again_soon(instance);
            }
            (Asked::Startup, Verdict::Failure) => self.told_to_restart(instance, Killed::Startup),
            (Asked::Live, Verdict::Failure) => self.told_to_restart(instance, Killed::Liveness),
            (Asked::Ready, Verdict::Success) => self.becomes_ready(instance),
            (Asked::Ready, Verdict::Failure) => {
                self.becomes_unready(instance);
                self.ask_again_soon(instance);
            }
            _ => {}
        }
    }

    /// The status of a pod is written that is not ready: its readiness is asked for once more.
    fn ask_again_soon(&mut self, instance: u32) {
        let prober = self.instances[instance].health.prober(Asked::Ready);
        if prober.is_some_and(Prober::trigger) {
            self.plan_probe(instance, Asked::Ready);
        }
    }

    /// An instance has booted. Whether it is ready with that: what its readiness probe checks is there.
    pub(super) fn may_be_ready(&mut self, instance: u32) -> bool {
        let well = self.depends_well(instance, Asked::Ready);
        if well {
            self.passes(instance);
            for asked in ALL {
                self.plan_probe(instance, asked);
            }
        }
        well
    }

    /// Whether everything is there that a probe depends on.
    fn depends_well(&mut self, instance: u32, asked: Asked) -> bool {
        let at = &self.instances[instance];
        let service = at.service;
        let system = self.system;
        let probes = &system.service(service).probes;
        let probe = match asked {
            Asked::Startup => &probes.startup,
            Asked::Ready => &probes.ready,
            Asked::Live => &probes.live,
        };
        let Some(probe) = probe else { return true };
        let knows = |service: &usize| {
            let state = &self.services[super::finish::number(*service)];
            state.away == 0 && !state.known.is_empty()
        };
        if !probe.services.iter().all(knows) {
            return false;
        }
        let first_pool = at.first_pool;
        probe
            .stores
            .iter()
            .all(|store| self.reaches(service, first_pool, super::finish::number(*store)))
    }

    /// Whether an instance gets through to a store: over a connection that it has, or a new one.
    fn reaches(&mut self, service: u32, first_pool: u32, store: u32) -> bool {
        if self.stores[store].away != 0 {
            return false;
        }
        let uses = &self.settings(service).uses;
        let Some(used) = uses.iter().position(|used| super::finish::number(used.store) == store) else {
            return true;
        };
        let used = super::finish::number(used);
        if self.services[service].cut_from(used).is_some() {
            return false;
        }
        let pool = first_pool + used;
        let needs_none = self
            .settings(service)
            .uses
            .get(used as usize)
            .is_none_or(|used| used.pool.is_none());
        needs_none || self.pools[pool].open != 0 || self.open(pool, 1) == 1
    }
}

fn seen(at: &super::Instance) -> Seen {
    Seen {
        is_over: false,
        is_deleting: at.stop.is_some_and(|stop| !stop.again),
        is_started: at.health.is_started,
        container: Some(Container {
            id: u64::from(at.restarts),
            running_since: at.has_processes().then_some(at.started),
        }),
    }
}
