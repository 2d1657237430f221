//! A tiny world for tests: instances with fixed boots and stops, and a line for each change of what is there.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Act, Asked, Ended, Fleet, Measured, Member, Orchestrator, State, Traffic, is_candidate, later};
use crate::{Span, Tick};

pub(crate) const fn seconds(seconds: u64) -> Span {
    Span::from_micros(seconds * 1_000_000)
}

pub(crate) const fn at(second: u64) -> Tick {
    Tick::at(second * 1_000_000)
}

/// How instances of a revision live.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Life {
    pub(crate) listens: Option<Span>,
    pub(crate) ready: Option<Span>,
    pub(crate) stop: Span,
    /// After which time a process ends by itself.
    pub(crate) crash: Option<Span>,
    /// What is measured of it.
    pub(crate) errors: u32,
    /// Whether it answers well when it is asked.
    pub(crate) answers: bool,
}

/// Listens after 4 s, is ready after 5 s, stops in 3 s.
pub(crate) const GOOD: Life = Life {
    listens: Some(seconds(4)),
    ready: Some(seconds(5)),
    stop: seconds(3),
    crash: None,
    errors: 0,
    answers: true,
};

/// Starts, and never listens.
pub(crate) const DEAF: Life = Life {
    listens: None,
    ready: None,
    ..GOOD
};

/// Listens, and is never ready.
pub(crate) const SICK: Life = Life {
    ready: None,
    answers: false,
    ..GOOD
};

/// Is ready and healthy, and a fifth of its requests fails.
pub(crate) const BAD: Life = Life {
    errors: 200_000,
    ..GOOD
};

/// Ends half a second after its start.
pub(crate) const CRASHES: Life = Life {
    crash: Some(Span::from_micros(500_000)),
    ..DEAF
};

/// What happens to it from outside.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Event {
    Begin(u32),
    Rollback,
    Replicas(u64),
    /// The process in this slot is killed; of two, the newer one.
    Kill(u32),
}

/// The world of one workload.
pub(crate) struct World {
    pub(crate) orchestrator: Orchestrator,
    pub(crate) lives: BTreeMap<u32, Life>,
    pub(crate) members: Vec<Member>,
    pub(crate) replicas: u64,
    /// How many fit.
    pub(crate) room: usize,
    pub(crate) measurable: bool,
    pub(crate) traffic: Traffic,
    pub(crate) told: Vec<(Tick, Act)>,
    pub(crate) most: usize,
    /// The most that do not stop.
    pub(crate) most_counted: usize,
    pub(crate) fewest_ready: usize,
    now: Tick,
    next_id: u32,
    shown: String,
    line: String,
    pending: Vec<Asked>,
}

impl World {
    /// `replicas` instances of revision 1 are ready.
    pub(crate) fn new(orchestrator: Orchestrator, replicas: u32) -> Self {
        let member = |id| Member {
            id,
            revision: 1,
            slot: id,
            state: State::Ready,
            created: Tick::START,
            started: Tick::START,
            since: Tick::START,
        };
        Self {
            orchestrator,
            lives: BTreeMap::from([(1, GOOD), (2, GOOD), (3, GOOD)]),
            members: (0..replicas).map(member).collect(),
            replicas: u64::from(replicas),
            room: usize::MAX,
            measurable: true,
            traffic: Traffic::Even,
            told: Vec::new(),
            most: 0,
            most_counted: 0,
            fewest_ready: usize::MAX,
            now: Tick::START,
            next_id: replicas,
            shown: String::new(),
            line: String::new(),
            pending: Vec::new(),
        }
    }

    pub(crate) fn with(mut self, revision: u32, life: Life) -> Self {
        self.lives.insert(revision, life);
        self
    }

    /// Runs to the end, and says what was seen: the time, the instances of each revision, what was decided.
    pub(crate) fn run(&mut self, events: &[(u64, Event)], until: u64) -> String {
        let mut events = events.iter().peekable();
        let mut wake = Some(self.now);
        loop {
            let next = [
                wake,
                events.peek().map(|event| at(event.0)),
                self.members.iter().filter_map(|member| self.change(member)).min(),
            ];
            let Some(now) = next.into_iter().flatten().min().filter(|now| *now <= at(until)) else {
                break;
            };
            assert!(self.now <= now, "time goes on");
            self.now = now;
            self.live();
            while let Some((_, event)) = events.next_if(|event| at(event.0) <= now) {
                self.happen(*event);
            }
            wake = self.settle();
            self.note();
        }
        self.shown.push_str(&format!(
            "most live {}, fewest ready {}\n",
            self.most, self.fewest_ready
        ));
        std::mem::take(&mut self.shown)
    }

    /// Looks until nothing more is wanted at this time.
    fn settle(&mut self) -> Option<Tick> {
        for _ in 0..200 {
            let mut acts = Vec::new();
            let measured = self.measured();
            let fleet = Fleet {
                now: self.now,
                replicas: self.replicas,
                members: &self.members,
            };
            let wake = self.orchestrator.look(&fleet, &measured, &mut acts);
            let quiet = acts.is_empty();
            for act in acts {
                self.act(act);
            }
            if quiet && wake.is_none_or(|wake| self.now < wake) {
                return wake;
            }
        }
        panic!("it never rests at {:?}", self.now);
    }

    fn measured(&mut self) -> Measured {
        let asked = self.orchestrator.asked();
        let life = self.lives[&asked];
        let serves = self
            .members
            .iter()
            .any(|member| member.revision == asked && member.state == State::Ready);
        let answer = self.pending.pop().map(|whom| {
            self.members.iter().any(|member| {
                let is_meant = match whom {
                    Asked::Instance(id) => member.id == id,
                    Asked::Revision(revision) => member.revision == revision,
                };
                is_meant && member.state == State::Ready && self.lives[&member.revision].answers
            })
        });
        Measured {
            errors: serves.then_some(life.errors),
            unknown: !self.measurable,
            answer,
            ..Measured::default()
        }
    }

    /// When something happens to an instance by itself.
    fn change(&self, member: &Member) -> Option<Tick> {
        let life = self.lives[&member.revision];
        let after = |span: Option<Span>| span.map(|span| later(member.started, span));
        let next = match member.state {
            State::Starting => [after(life.listens), after(life.ready), after(life.crash)],
            State::Listening => [after(life.ready), after(life.crash), None],
            State::Ready | State::Unready => [after(life.crash), None, None],
            State::BackOff { .. } => [None; 3],
            State::Terminating => [Some(later(member.since, life.stop)), None, None],
        };
        next.into_iter().flatten().min()
    }

    fn live(&mut self) {
        let now = self.now;
        let mut members = std::mem::take(&mut self.members);
        members.retain_mut(|member| {
            if self.change(member) != Some(now) {
                return true;
            }
            let life = self.lives[&member.revision];
            let is_due = |span: Option<Span>| span.map(|span| later(member.started, span)) == Some(now);
            let state = match member.state {
                State::Terminating => return false,
                _ if is_due(life.crash) => State::BackOff { ended: Ended::Failed },
                _ if is_due(life.ready) => State::Ready,
                _ => State::Listening,
            };
            (member.state, member.since) = (state, now);
            true
        });
        self.members = members;
    }

    fn happen(&mut self, event: Event) {
        writeln!(self.line, "          {}", format!("{event:?}").to_lowercase()).unwrap();
        match event {
            Event::Begin(revision) => self.orchestrator.begin(revision),
            Event::Rollback => self.orchestrator.rollback(),
            Event::Replicas(replicas) => self.replicas = replicas,
            Event::Kill(slot) => {
                let member = self.members.iter_mut().rfind(|member| member.slot == slot).unwrap();
                (member.state, member.since) = (State::BackOff { ended: Ended::Failed }, self.now);
            }
        }
    }

    fn act(&mut self, act: Act) {
        let now = self.now;
        match act {
            Act::Start { revision, slot } => {
                assert!(self.members.len() < 1000, "it starts without end");
                self.members.push(Member {
                    id: self.next_id,
                    revision,
                    slot,
                    state: State::Starting,
                    created: now,
                    // What does not fit is asked for, and never starts.
                    started: if self.members.len() < self.room {
                        now
                    } else {
                        Tick::at(u64::MAX)
                    },
                    since: now,
                });
                self.next_id += 1;
            }
            Act::Restart { id, revision } => {
                let member = self.members.iter_mut().find(|member| member.id == id).unwrap();
                assert!(matches!(member.state, State::BackOff { .. }));
                (member.state, member.revision) = (State::Starting, revision);
                (member.started, member.since) = (now, now);
            }
            Act::Stop { id } => {
                let index = self.members.iter().position(|member| member.id == id).unwrap();
                let member = &mut self.members[index];
                assert_ne!(member.state, State::Terminating, "told twice");
                if matches!(member.state, State::BackOff { .. }) || member.started == Tick::at(u64::MAX) {
                    self.members.remove(index);
                } else {
                    (member.state, member.since) = (State::Terminating, now);
                }
            }
            Act::Route(traffic) => {
                assert_ne!(self.traffic, traffic, "routed twice");
                self.traffic = traffic;
                let text = match traffic {
                    Traffic::Even => "traffic to all".to_owned(),
                    Traffic::Only { revision } => format!("traffic to {revision} only"),
                    Traffic::Split { new, parts, old } => {
                        format!("traffic {}% to {new}, the rest to {old}", parts / 10_000)
                    }
                };
                writeln!(self.line, "          {text}").unwrap();
            }
            Act::Ask(whom) => self.pending.push(whom),
            said => {
                self.told.push((now, said));
                writeln!(self.line, "          {}", format!("{said:?}").to_lowercase()).unwrap();
            }
        }
    }

    /// Adds a line, if anything is otherwise than before.
    fn note(&mut self) {
        let mut groups: BTreeMap<(bool, u32), BTreeMap<&str, usize>> = BTreeMap::new();
        for member in &self.members {
            let group = groups.entry((is_candidate(member.slot), member.revision)).or_default();
            *group.entry(word(member.state)).or_default() += 1;
        }
        self.most = self.most.max(self.members.len());
        let counted = self.members.iter().filter(|member| member.state != State::Terminating);
        self.most_counted = self.most_counted.max(counted.count());
        let ready = |member: &&Member| member.state == State::Ready && !is_candidate(member.slot);
        self.fewest_ready = self.fewest_ready.min(self.members.iter().filter(ready).count());
        let mut text = String::new();
        for ((is_tried, revision), states) in groups {
            let states: Vec<String> = states.iter().map(|(state, count)| format!("{count} {state}")).collect();
            let tried = if is_tried { " tried" } else { "" };
            write!(text, "  v{revision}{tried}: {}", states.join(" ")).unwrap();
        }
        let tenths = self.now.micros() / 100_000;
        let line = format!("{:>6}.{} {text}\n", tenths / 10, tenths % 10);
        let same = self
            .shown
            .lines()
            .rfind(|line| !line.starts_with("          "))
            .is_some_and(|last| last.get(9..) == line.trim_end().get(9..));
        if !same || !self.line.is_empty() {
            self.shown.push_str(&std::mem::take(&mut self.line));
            self.shown.push_str(&line);
        }
    }
}

const fn word(state: State) -> &'static str {
    match state {
        State::Starting => "starting",
        State::Listening => "listening",
        State::Ready => "ready",
        State::Unready => "unready",
        State::BackOff { .. } => "ended",
        State::Terminating => "stopping",
    }
}

/// The input and what came of it.
pub(crate) fn told(input: &str, timeline: &str) -> String {
    format!("{input}\n---\n{timeline}")
}
