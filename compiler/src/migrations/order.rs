//! What comes before what: the partial order over the steps of all changes.
//!
//! Steps of one change are a line; `after` orders across changes, and so do the revisions of a service (see
//! [`super::line`]). A rollout and a backfill take time, so each is two events, and others may happen between them.

use std::collections::{BTreeMap, BTreeSet};

use super::bits::Bits;
use super::line::{Line, Node};
use crate::model::{Change, Step};

/// A step by its change and its place in it, from 1; 0 is the beginning of the change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StepId {
    /// The change, by its place in the model.
    pub change: usize,
    /// The step, from 1.
    pub step: usize,
}

/// Which part of a step happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// A change begins: what it says runs before it, runs.
    Begin,
    /// A step that takes no time.
    Whole,
    /// A rollout or backfill begins.
    Start,
    /// A rollout or backfill ends.
    End,
}

/// One event, of one step, or of the rollouts of one revision that several changes name.
#[derive(Clone, Debug)]
pub(super) struct Event {
    pub(super) steps: Vec<StepId>,
    pub(super) part: Part,
}

impl Event {
    /// The step that stands for it in stories.
    pub(super) fn step(&self) -> StepId {
        let none = StepId { change: 0, step: 0 };
        self.steps.first().copied().unwrap_or(none)
    }

    /// Whether a step begins with it.
    pub(super) fn begins_step(&self) -> bool {
        matches!(self.part, Part::Whole | Part::Start)
    }
}

/// The events, and what has happened before each of them.
#[derive(Debug, Default)]
pub(super) struct Order {
    pub(super) events: Vec<Event>,
    /// For each event, itself and what must have happened before it; without what has happened at the start.
    pub(super) before: Vec<Bits>,
    /// Beginnings that come after nothing.
    pub(super) initial: Bits,
    /// For each event, its place in one order that obeys all others.
    pub(super) rank: Vec<usize>,
}

/// Steps that wait for each other: each for the next, and the last for the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction {
    /// In a circle.
    pub waits: Vec<Wait>,
}

/// A step that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// Which.
    pub step: StepId,
    /// For which.
    pub behind: StepId,
    /// Why.
    pub why: Why,
}

/// Why a step waits for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// It stands behind it in its change.
    Step,
    /// It says `after`.
    After,
    /// It rolls out a newer version of the same service.
    Newer,
    /// It is the beginning of a change, which says `from` of what the other rolls out.
    From,
    /// It rolls out what comes after the revision of which the other, the beginning of a change, says `from`.
    Runs,
}

/// The events of all changes, with the order that the changes themselves say.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) events: Vec<Event>,
    edges: Vec<(usize, usize, Why)>,
    /// First and last event of each step; of a change for step 0.
    places: BTreeMap<StepId, (usize, usize)>,
}

impl Draft {
    pub(super) fn of(changes: &[Change], nodes: &mut [Node<'_>]) -> Self {
        let mut draft = Self::default();
        let mut of_step: BTreeMap<StepId, Vec<usize>> = BTreeMap::new();
        for (place, node) in nodes.iter().enumerate() {
            for (at, _) in &node.statements {
                of_step.entry(*at).or_default().push(place);
            }
        }
        for (change, settings) in changes.iter().enumerate() {
            draft.add_change(change, settings, nodes, &of_step);
        }
        draft.add_after(changes);
        for node in nodes.iter() {
            for begin in &node.begins {
                draft.edges.extend(node.end.map(|end| (end, *begin, Why::From)));
            }
        }
        draft
    }

    fn add_change(
        &mut self,
        change: usize,
        settings: &Change,
        nodes: &mut [Node<'_>],
        of_step: &BTreeMap<StepId, Vec<usize>>,
    ) {
        let begin = self.event(StepId { change, step: 0 }, Part::Begin);
        self.places.insert(StepId { change, step: 0 }, (begin, begin));
        let first = of_step.get(&StepId { change, step: 0 });
        for place in first.into_iter().flatten() {
            if let Some(node) = nodes.get_mut(*place) {
                // One node may have several statements.
                if node.begins.last() != Some(&begin) {
                    node.begins.push(begin);
                }
            }
        }
        let mut last = begin;
        for (index, step) in settings.steps().iter().enumerate() {
            let id = StepId {
                change,
                step: index + 1,
            };
            let (start, end) = match step {
                Step::Deploy(_) => {
                    let place = of_step.get(&id).and_then(|places| places.first());
                    self.deploy(id, place.and_then(|place| nodes.get_mut(*place)))
                }
                Step::Backfill(_) => {
                    let start = self.event(id, Part::Start);
                    (start, self.event(id, Part::End))
                }
                Step::Expand(_) | Step::Retire(_) | Step::Contract(_) => {
                    let whole = self.event(id, Part::Whole);
                    (whole, whole)
                }
            };
            self.edges.push((last, start, Why::Step));
            if start != end {
                self.edges.push((start, end, Why::Step));
            }
            self.places.insert(id, (start, end));
            last = end;
        }
    }

    fn event(&mut self, step: StepId, part: Part) -> usize {
        self.events.push(Event {
            steps: vec![step],
            part,
        });
        self.events.len() - 1
    }

    /// One rollout, also where several changes name it.
    fn deploy(&mut self, id: StepId, node: Option<&mut Node<'_>>) -> (usize, usize) {
        let Some(node) = node else {
            let start = self.event(id, Part::Start);
            return (start, self.event(id, Part::End));
        };
        if let (Some(start), Some(end)) = (node.start, node.end) {
            for event in [start, end] {
                if let Some(event) = self.events.get_mut(event) {
                    event.steps.push(id);
                }
            }
            return (start, end);
        }
        let start = self.event(id, Part::Start);
        let end = self.event(id, Part::End);
        (node.start, node.end) = (Some(start), Some(end));
        (start, end)
    }

    fn add_after(&mut self, changes: &[Change]) {
        for (change, settings) in changes.iter().enumerate() {
            for (index, step) in settings.steps().iter().enumerate() {
                for after in step.after() {
                    let own = StepId {
                        change,
                        step: index + 1,
                    };
                    let other = find(changes, after).and_then(|other| self.places.get(&other));
                    let (Some(own), Some(other)) = (self.places.get(&own), other) else {
                        continue;
                    };
                    self.edges.push((other.1, own.0, Why::After));
                    // What the first step comes after, the change comes after.
                    let begin = self.places.get(&StepId { change, step: 0 }).filter(|_| index == 0);
                    self.edges.extend(begin.map(|begin| (other.1, begin.0, Why::After)));
                }
            }
        }
    }

    /// For each event, itself and all before it, and its place in one order that obeys all others: of what may happen,
    /// what is written first.
    pub(super) fn closure(&self) -> Result<(Vec<Bits>, Vec<usize>), Contradiction> {
        let count = self.events.len();
        let mut ahead: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); count];
        let mut behind: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); count];
        for (from, to, _) in &self.edges {
            if let (Some(ahead), Some(behind)) = (ahead.get_mut(*to), behind.get_mut(*from)) {
                ahead.insert(*from);
                behind.insert(*to);
            }
        }
        let mut waits: Vec<usize> = ahead.iter().map(BTreeSet::len).collect();
        let mut ready: BTreeSet<usize> = (0..count).filter(|event| waits.get(*event) == Some(&0)).collect();
        let mut before: Vec<Bits> = vec![Bits::default(); count];
        let mut rank = vec![usize::MAX; count];
        let mut placed = 0;
        while let Some(next) = ready.pop_first() {
            let mut all = Bits::from_iter([next]);
            for bits in ahead
                .get(next)
                .into_iter()
                .flatten()
                .filter_map(|from| before.get(*from))
            {
                all.union_with(bits);
            }
            if let (Some(bits), Some(place)) = (before.get_mut(next), rank.get_mut(next)) {
                (*bits, *place) = (all, placed);
            }
            placed += 1;
            for to in behind.get(next).into_iter().flatten() {
                if let Some(waits) = waits.get_mut(*to) {
                    *waits -= 1;
                    if *waits == 0 {
                        ready.insert(*to);
                    }
                }
            }
        }
        if placed < count {
            return Err(self.cycle(&rank));
        }
        Ok((before, rank))
    }

    /// Walks back from an event that can never happen until one comes again.
    fn cycle(&self, rank: &[usize]) -> Contradiction {
        let stuck = |event: &usize| rank.get(*event) == Some(&usize::MAX);
        let mut walked: Vec<(usize, usize, Why)> = Vec::new();
        let mut last = (0..self.events.len()).find(stuck);
        while let Some(event) = last {
            if let Some(again) = walked.iter().position(|(_, to, _)| *to == event) {
                walked.drain(..again);
                break;
            }
            let back = self.edges.iter().find(|(from, to, _)| *to == event && stuck(from));
            walked.extend(back);
            last = back.map(|(from, _, _)| *from);
        }
        let step = |event: &usize| self.events.get(*event).map(Event::step);
        let waits = walked.iter().filter_map(|(from, to, why)| {
            Some(Wait {
                step: step(to)?,
                behind: step(from)?,
                why: *why,
            })
        });
        // A rollout's end waits for its beginning.
        Contradiction {
            waits: waits.filter(|wait| wait.step != wait.behind).collect(),
        }
    }

    /// A service's revisions follow each other, and a change that begins with one begins while it runs.
    pub(super) fn add_line(&mut self, nodes: &[&Node<'_>]) {
        for pair in nodes.windows(2) {
            let [old, new] = pair else { continue };
            let starts: Vec<usize> = match new.start {
                Some(start) => vec![start],
                None => new.begins.clone(),
            };
            for start in starts {
                self.edges.extend(old.end.map(|end| (end, start, Why::Newer)));
                let runs = old.begins.iter().map(|begin| (*begin, start, Why::Runs));
                self.edges.extend(runs);
            }
        }
    }

    /// The order, when everything is said.
    pub(super) fn finish(self, changes: &[Change], lines: &[Line]) -> Result<Order, Contradiction> {
        let (mut before, rank) = self.closure()?;
        let later: BTreeSet<usize> = lines.iter().flat_map(Line::begin_later).collect();
        let at_start = |change: usize, settings: &Change| {
            let comes_after = settings.steps().first().is_some_and(|step| !step.after().is_empty());
            !comes_after && !later.contains(&change)
        };
        let initial: Bits = changes
            .iter()
            .enumerate()
            .filter(|(change, settings)| at_start(*change, settings))
            .filter_map(|(change, _)| self.places.get(&StepId { change, step: 0 }))
            .map(|begin| begin.0)
            .collect();
        for bits in &mut before {
            *bits = bits.iter().filter(|event| !initial.contains(*event)).collect();
        }
        Ok(Order {
            events: self.events,
            before,
            initial,
            rank,
        })
    }
}

impl Order {
    /// Everything that must have happened when these events have.
    pub(super) fn needed(&self, events: impl IntoIterator<Item = usize>) -> Bits {
        let mut all = Bits::default();
        for bits in events.into_iter().filter_map(|event| self.before.get(event)) {
            all.union_with(bits);
        }
        all
    }

    /// How many steps have begun.
    pub(super) fn steps_begun(&self, happened: &Bits) -> usize {
        let events = happened.iter().filter_map(|event| self.events.get(event));
        events.filter(|event| event.begins_step()).count()
    }

    /// Whether one event is known to come before another, or is it.
    pub(super) fn precedes(&self, first: usize, second: usize) -> bool {
        self.before.get(second).is_some_and(|before| before.contains(first))
    }
}

/// `OTHER.step`.
pub(crate) fn find(changes: &[Change], name: &str) -> Option<StepId> {
    let (change, step) = name.split_once('.')?;
    let place = changes.iter().position(|other| *other.name.value == *change)?;
    let names = changes.get(place)?.step_names();
    let step = names.iter().position(|other| other == step)? + 1;
    Some(StepId { change: place, step })
}
