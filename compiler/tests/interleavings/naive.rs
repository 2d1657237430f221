//! The same question, asked in the simplest way: every event in every order, and each state judged by the words of the
//! documentation. Slow, and without a thought about what could be left out.

use std::collections::{BTreeMap, BTreeSet};

use crate::spec::{Column, Does, Op, Revision, Spec, Step};

/// What is found, each with the number of steps in the shortest story.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) contradiction: bool,
    /// Columns, and what may be wrong at that length.
    pub(crate) failures: BTreeMap<Column, (usize, BTreeSet<&'static str>)>,
    /// Revisions that are targets no longer: service and version.
    pub(crate) lost: BTreeMap<(&'static str, u32), usize>,
    pub(crate) stranded: BTreeMap<&'static str, usize>,
    /// Steps that retire what runs.
    pub(crate) retired_running: BTreeSet<(usize, usize)>,
}

/// An event: what happens, and which events must have happened.
#[derive(Clone, Debug)]
struct Event {
    what: What,
    /// Steps that begin with it; several changes may roll out one revision together.
    steps: Vec<(usize, usize)>,
    after: BTreeSet<usize>,
}

#[derive(Clone, Debug, PartialEq)]
enum What {
    Begin(usize),
    Sql(Vec<Op>),
    StartFill(usize, Vec<Column>),
    EndFill(usize),
    StartDeploy(&'static str, u32),
    EndDeploy(&'static str, u32),
    Retire(&'static str, u32, (usize, usize)),
}

#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct State {
    happened: BTreeSet<usize>,
    present: BTreeSet<Column>,
    complete: BTreeSet<Column>,
    /// Whether it was so before the first step.
    not_null: BTreeMap<Column, bool>,
    default: BTreeMap<Column, bool>,
    dropped: BTreeSet<Column>,
    live: BTreeMap<&'static str, Vec<u32>>,
    targets: BTreeMap<&'static str, Vec<u32>>,
    gave_up: BTreeSet<&'static str>,
    failed: BTreeSet<Column>,
    /// Running backfills, and what they will have filled.
    filling: BTreeMap<usize, BTreeSet<Column>>,
}

struct Naive<'s> {
    spec: &'s Spec,
    events: Vec<Event>,
    /// Versions of each service, oldest first.
    lines: BTreeMap<&'static str, Vec<u32>>,
    /// What each revision reads, writes and has something said about.
    does: BTreeMap<(&'static str, u32), [BTreeSet<Column>; 3]>,
    found: Found,
}

pub(crate) fn explore(spec: &Spec) -> Found {
    let mut naive = Naive {
        spec,
        events: Vec::new(),
        lines: BTreeMap::new(),
        does: BTreeMap::new(),
        found: Found::default(),
    };
    naive.make_events();
    if !naive.make_lines() {
        naive.found.contradiction = true;
        return naive.found;
    }
    naive.make_revisions();
    let mut start = naive.start();
    naive.settle(&mut start);
    naive.judge(&mut start);
    let mut met = BTreeSet::new();
    let mut open = vec![start];
    while let Some(state) = open.pop() {
        if !met.insert(state.clone()) {
            continue;
        }
        let may: Vec<usize> = (0..naive.events.len())
            .filter(|event| !state.happened.contains(event) && naive.events[*event].after.is_subset(&state.happened))
            .collect();
        if may.is_empty() && state.happened.len() < naive.events.len() {
            naive.found = Found {
                contradiction: true,
                ..Found::default()
            };
            return naive.found;
        }
        for event in may {
            let mut next = state.clone();
            naive.happen(event, &mut next);
            open.push(next);
        }
    }
    naive.found
}

impl Naive<'_> {
    fn event(&mut self, what: What, steps: Vec<(usize, usize)>, after: Vec<usize>) -> usize {
        self.events.push(Event {
            what,
            steps,
            after: after.into_iter().collect(),
        });
        self.events.len() - 1
    }

    fn find(&self, what: &What) -> Option<usize> {
        self.events.iter().position(|event| event.what == *what)
    }

    /// Steps of one change follow each other; `after` waits for the end of another.
    fn make_events(&mut self) {
        let mut ends: BTreeMap<(usize, usize), usize> = BTreeMap::new();
        for (change, settings) in self.spec.changes.iter().enumerate() {
            let mut last = self.event(What::Begin(change), Vec::new(), Vec::new());
            for (index, step) in settings.steps.iter().enumerate() {
                let at = (change, index);
                last = match &step.does {
                    Does::Expand(ops) | Does::Contract(ops) => self.event(What::Sql(ops.clone()), vec![at], vec![last]),
                    Does::Retire(service, version) => {
                        self.event(What::Retire(service, *version, at), vec![at], vec![last])
                    }
                    Does::Backfill(columns) => {
                        let start = self.event(What::StartFill(0, columns.clone()), vec![at], vec![last]);
                        self.events[start].what = What::StartFill(start, columns.clone());
                        self.event(What::EndFill(start), Vec::new(), vec![start])
                    }
                    Does::Deploy(revision) => {
                        let (service, version) = (revision.service, revision.version);
                        if let Some(start) = self.find(&What::StartDeploy(service, version)) {
                            self.events[start].steps.push(at);
                            self.events[start].after.insert(last);
                            self.find(&What::EndDeploy(service, version)).unwrap()
                        } else {
                            let start = self.event(What::StartDeploy(service, version), vec![at], vec![last]);
                            self.event(What::EndDeploy(service, version), Vec::new(), vec![start])
                        }
                    }
                };
                ends.insert(at, last);
            }
        }
        for (change, settings) in self.spec.changes.iter().enumerate() {
            for (index, step) in settings.steps.iter().enumerate() {
                let Some(other) = step.after else { continue };
                let own = self
                    .events
                    .iter()
                    .position(|event| event.steps.contains(&(change, index)))
                    .unwrap();
                self.events[own].after.insert(ends[&other]);
                if index == 0 {
                    let begin = self.find(&What::Begin(change)).unwrap();
                    self.events[begin].after.insert(ends[&other]);
                }
            }
            for from in &settings.from {
                if let Some(end) = self.find(&What::EndDeploy(from.service, from.version)) {
                    let begin = self.find(&What::Begin(change)).unwrap();
                    self.events[begin].after.insert(end);
                }
            }
        }
    }

    fn mentions(&self) -> BTreeSet<(&'static str, u32)> {
        let changes = self.spec.changes.iter();
        changes
            .flat_map(|change| revisions(change).map(|(_, revision)| (revision.service, revision.version)))
            .collect()
    }

    /// What brings a revision: its rollout, or the changes that begin with it.
    fn arrivals(&self, service: &'static str, version: u32) -> Vec<usize> {
        match self.find(&What::StartDeploy(service, version)) {
            Some(start) => vec![start],
            None => self.begins(service, version),
        }
    }

    fn begins(&self, service: &'static str, version: u32) -> Vec<usize> {
        let changes = self.spec.changes.iter().enumerate();
        let with = changes.filter(|(_, change)| {
            let mut from = change.from.iter();
            from.any(|from| from.service == service && from.version == version)
        });
        with.map(|(change, _)| self.find(&What::Begin(change)).unwrap())
            .collect()
    }

    /// Whether what was said so far orders one event before another; `None` when it is a circle.
    fn reach(&self) -> Option<Vec<Vec<bool>>> {
        let count = self.events.len();
        let mut reach = vec![vec![false; count]; count];
        for (event, settings) in self.events.iter().enumerate() {
            for before in &settings.after {
                reach[*before][event] = true;
            }
        }
        for via in 0..count {
            for from in 0..count {
                for to in 0..count {
                    reach[from][to] |= reach[from][via] && reach[via][to];
                }
            }
        }
        (0..count).all(|event| !reach[event][event]).then_some(reach)
    }

    /// The revisions of a service follow each other: as the changes order them, else by version. A change that begins with one
    /// begins while it runs.
    fn make_lines(&mut self) -> bool {
        let Some(reach) = self.reach() else {
            return false;
        };
        let mentions = self.mentions();
        let services: BTreeSet<&'static str> = mentions.iter().map(|(service, _)| *service).collect();
        for service in services {
            let mut left: Vec<u32> = mentions
                .iter()
                .filter(|(of, _)| *of == service)
                .map(|(_, version)| *version)
                .collect();
            let all = |version: u32| {
                let mut events = self.arrivals(service, version);
                events.extend(self.begins(service, version));
                events
            };
            let mut line: Vec<u32> = Vec::new();
            while !left.is_empty() {
                let free = left.iter().position(|version| {
                    let own = all(*version);
                    left.iter().filter(|other| *other != version).all(|other| {
                        let other = all(*other);
                        own.iter().all(|event| other.iter().all(|other| !reach[*other][*event]))
                    })
                });
                line.push(left.remove(free.unwrap_or(0)));
            }
            for pair in line.windows(2) {
                let mut ends = self.begins(service, pair[0]);
                ends.extend(self.find(&What::EndDeploy(service, pair[0])));
                for event in self.arrivals(service, pair[1]) {
                    self.events[event].after.extend(ends.iter().copied());
                }
            }
            self.lines.insert(service, line);
        }
        true
    }

    /// A change speaks of the columns that it names anywhere. With others a service goes on as before.
    fn make_revisions(&mut self) {
        for (service, line) in &self.lines {
            let mut last: [BTreeSet<Column>; 3] = Default::default();
            for version in line {
                let mut own: [BTreeSet<Column>; 3] = Default::default();
                for change in &self.spec.changes {
                    for (_, revision) in revisions(change) {
                        if revision.service == *service && revision.version == *version {
                            own[0].extend(revision.reads.iter().copied());
                            own[1].extend(revision.writes.iter().copied());
                            own[2].extend(spoken(change));
                        }
                    }
                }
                let known = own[2].clone();
                for (own, last) in own.iter_mut().zip(&last) {
                    own.extend(last.iter().filter(|column| !known.contains(*column)));
                }
                last = own.clone();
                self.does.insert((*service, *version), own);
            }
        }
    }

    fn ops(&self) -> Vec<Op> {
        let steps = self.spec.changes.iter().flat_map(|change| &change.steps);
        steps
            .flat_map(|step| match &step.does {
                Does::Expand(ops) | Does::Contract(ops) => ops.clone(),
                _ => Vec::new(),
            })
            .collect()
    }

    fn declared(&self, column: Column) -> Option<(bool, bool)> {
        let schema = self.spec.schema.as_ref()?;
        schema
            .iter()
            .find(|(name, ..)| *name == column)
            .map(|(_, not_null, default)| (*not_null, *default))
    }

    /// Whether a step brings it to where it was not.
    fn is_brought(&self, column: Column) -> bool {
        let brings = |op: &Op| matches!(op, Op::Add(new, ..) | Op::Rename(_, new) if *new == column);
        self.declared(column).is_none() && self.ops().iter().any(brings)
    }

    /// Added by a step to a table that is there: NOT NULL or not.
    fn added(&self, column: Column) -> Option<bool> {
        let ops = self.ops();
        let added = ops.iter().rev().find_map(|op| match op {
            Op::Add(new, not_null, _) if *new == column => Some(*not_null),
            _ => None,
        });
        added.filter(|_| self.declared(column).is_none())
    }

    fn columns(&self) -> BTreeSet<Column> {
        let mut all: BTreeSet<Column> = self.spec.changes.iter().flat_map(spoken).collect();
        all.extend(self.spec.schema.iter().flatten().map(|(column, ..)| *column));
        all
    }

    fn start(&self) -> State {
        let mut state = State::default();
        for column in self.columns() {
            let there = match &self.spec.schema {
                Some(_) => self.declared(column).is_some(),
                None => !self.is_brought(column),
            };
            if there {
                state.present.insert(column);
            }
            if let Some((not_null, default)) = self.declared(column) {
                state.default.insert(column, default);
                if not_null {
                    state.not_null.insert(column, true);
                }
            }
        }
        state.complete = state.present.clone();
        for (change, settings) in self.spec.changes.iter().enumerate() {
            let first = |from: &Revision| {
                let line = &self.lines[from.service];
                line[0] == from.version && self.find(&What::StartDeploy(from.service, from.version)).is_none()
            };
            let waits = settings.steps.first().is_some_and(|step: &Step| step.after.is_some());
            if settings.from.iter().all(first) && !waits {
                state.happened.insert(self.find(&What::Begin(change)).unwrap());
                for from in &settings.from {
                    state.live.insert(from.service, vec![from.version]);
                }
            }
        }
        state
    }

    fn place(&self, service: &'static str, version: u32) -> usize {
        self.lines[service].iter().position(|other| *other == version).unwrap()
    }

    fn happen(&mut self, event: usize, state: &mut State) {
        state.happened.insert(event);
        match self.events[event].what.clone() {
            What::Begin(change) => {
                for from in &self.spec.changes[change].from.clone() {
                    let rolled_out = self.find(&What::StartDeploy(from.service, from.version)).is_some();
                    let live = state.live.get(from.service).and_then(|live| live.last().copied());
                    let older =
                        live.is_none_or(|live| self.place(from.service, live) < self.place(from.service, from.version));
                    if older && !rolled_out {
                        state.live.insert(from.service, vec![from.version]);
                        state.targets.remove(from.service);
                    }
                }
            }
            What::Sql(ops) => self.sql(&ops, state),
            What::StartFill(fill, columns) => {
                let columns = columns.into_iter().filter(|column| state.present.contains(column));
                let columns = columns.filter(|column| self.leaving_out(state, column).is_empty());
                state.filling.insert(fill, columns.collect());
            }
            What::EndFill(fill) => {
                let filled = state.filling.remove(&fill).unwrap_or_default();
                state.complete.extend(filled);
            }
            What::StartDeploy(service, version) => {
                let live = state.live.entry(service).or_default();
                let targets = state.targets.entry(service).or_default();
                targets.extend(live.iter().copied());
                live.push(version);
            }
            What::EndDeploy(service, version) => {
                state.live.insert(service, vec![version]);
            }
            What::Retire(service, version, at) => {
                if state.live.get(service).is_some_and(|live| live.contains(&version)) {
                    self.found.retired_running.insert(at);
                }
                state.gave_up.insert(service);
                let line = self.lines.get(service).cloned().unwrap_or_default();
                if let Some(newest) = line.iter().position(|other| *other == version) {
                    let targets = state.targets.entry(service).or_default();
                    targets.retain(|target| newest < line.iter().position(|other| other == target).unwrap());
                }
                return;
            }
        }
        self.settle(state);
        self.judge(state);
    }

    fn live(&self, state: &State) -> Vec<(&'static str, u32)> {
        let live = state.live.iter();
        live.flat_map(|(service, versions)| versions.iter().map(move |version| (*service, *version)))
            .collect()
    }

    fn datum(&self, column: Column) -> BTreeSet<Column> {
        let mut datum = BTreeSet::from([column]);
        loop {
            let before = datum.len();
            for (old, new) in self.spec.changes.iter().flat_map(|change| &change.moves) {
                if datum.contains(old) || datum.contains(new) {
                    datum.extend([*old, *new]);
                }
            }
            if datum.len() == before {
                return datum;
            }
        }
    }

    /// Columns whose troubles are one trouble: a datum, and a column's other names.
    fn family(&self, column: Column) -> BTreeSet<Column> {
        let mut family = BTreeSet::from([column]);
        loop {
            let before = family.len();
            for column in family.clone() {
                family.extend(self.datum(column));
            }
            for op in self.ops() {
                if let Op::Rename(old, new) = op
                    && (family.contains(old) || family.contains(new))
                {
                    family.extend([old, new]);
                }
            }
            if family.len() == before {
                return family;
            }
        }
    }

    /// It writes the datum, or inserts rows, without writing the column; unless that has a default, or is nullable and not moved.
    fn leaving_out(&self, state: &State, column: Column) -> Vec<(&'static str, u32)> {
        let datum = self.datum(column);
        let leaves = |revision: &(&'static str, u32)| {
            let [_, writes, known] = &self.does[revision];
            if writes.contains(column) || !(known.contains(column) || self.is_brought(column)) {
                return false;
            }
            if datum.len() > 1 {
                return !writes.is_disjoint(&datum);
            }
            self.added(column) == Some(true) && writes.iter().any(|other| table(other) == table(column))
        };
        if state.default.get(column) == Some(&true) {
            return Vec::new();
        }
        self.live(state).into_iter().filter(leaves).collect()
    }

    fn settle(&self, state: &mut State) {
        for column in self.columns() {
            if !self.leaving_out(state, column).is_empty() {
                state.complete.remove(column);
            }
            if !self.leaving_out(state, column).is_empty() || !state.present.contains(column) {
                for filled in state.filling.values_mut() {
                    filled.remove(column);
                }
            }
        }
    }

    fn sql(&mut self, ops: &[Op], state: &mut State) {
        let taken: BTreeSet<Column> = ops
            .iter()
            .filter_map(|op| match op {
                Op::Drop(column) | Op::Rename(column, _) => Some(*column),
                _ => None,
            })
            .filter(|column| state.present.contains(column))
            .collect();
        for column in taken {
            let touches = |revision: &(&'static str, u32)| {
                let [reads, writes, _] = &self.does[revision];
                reads.contains(column) || writes.contains(column)
            };
            let live = self.live(state).iter().any(touches);
            let targets = state.targets.iter();
            let mut targets =
                targets.flat_map(|(service, versions)| versions.iter().map(move |version| (*service, *version)));
            if !live && targets.any(|target| touches(&target)) && state.failed.insert(column) {
                self.fail(column, "dropped under target", state);
            }
        }
        for op in ops {
            match *op {
                Op::Add(column, not_null, default) => {
                    state.present.insert(column);
                    state.dropped.remove(column);
                    state.default.insert(column, default);
                    if not_null {
                        state.not_null.insert(column, false);
                    }
                    if default || (!not_null && self.datum(column).len() == 1) {
                        state.complete.insert(column);
                    }
                }
                Op::Drop(column) => drop_column(column, state),
                Op::Rename(old, new) => {
                    if state.present.contains(old) {
                        let not_null = state.not_null.get(old).copied();
                        let default = state.default.get(old).copied();
                        let complete = state.complete.contains(old);
                        drop_column(old, state);
                        drop_column(new, state);
                        state.dropped.remove(new);
                        state.present.insert(new);
                        state.not_null.extend(not_null.map(|since| (new, since)));
                        state.default.extend(default.map(|default| (new, default)));
                        if complete {
                            state.complete.insert(new);
                        }
                    }
                }
                Op::NotNull(column, true) => {
                    state.not_null.insert(column, false);
                }
                Op::NotNull(column, false) => {
                    state.not_null.remove(column);
                }
                Op::Default(column, on) => {
                    state.default.insert(column, on);
                }
            }
        }
    }

    fn length(&self, state: &State) -> usize {
        state
            .happened
            .iter()
            .filter(|event| !self.events[**event].steps.is_empty())
            .count()
    }

    fn fail(&mut self, column: Column, kind: &'static str, state: &State) {
        let length = self.length(state);
        let known = self.found.failures.entry(column).or_insert((length, BTreeSet::new()));
        if length < known.0 {
            *known = (length, BTreeSet::new());
        }
        if length == known.0 {
            known.1.insert(kind);
        }
    }

    /// A live revision must find every column that it names; what it reads must be complete; the database must take its rows.
    fn troubles(&self, state: &State) -> BTreeMap<Column, BTreeSet<&'static str>> {
        let mut troubles: BTreeMap<Column, BTreeSet<&'static str>> = BTreeMap::new();
        for live in self.live(state) {
            let [reads, writes, _] = &self.does[&live];
            for column in reads.union(writes) {
                let kind = if !state.present.contains(column) {
                    match state.dropped.contains(column) {
                        true => "dropped",
                        false => "not there",
                    }
                } else if reads.contains(column) && !state.complete.contains(column) {
                    match self.leaving_out(state, column).is_empty() {
                        true => "incomplete",
                        false => "skewed",
                    }
                } else {
                    continue;
                };
                troubles.entry(column).or_default().insert(kind);
            }
            for (column, at_start) in &state.not_null {
                if state.default.get(column) == Some(&false) && self.inserts_without(live, column, *at_start) {
                    troubles.entry(column).or_default().insert("refused");
                }
            }
        }
        troubles
    }

    /// Who writes the table inserts rows, unless it is one that never wrote the column and did well.
    fn inserts_without(&self, revision: (&'static str, u32), column: Column, at_start: bool) -> bool {
        let [_, writes, known] = &self.does[&revision];
        let inserts = writes.iter().any(|other| table(other) == table(column));
        if !inserts || writes.contains(column) || !(known.contains(column) || self.is_brought(column)) {
            return false;
        }
        let line = self.lines[revision.0].iter();
        let mut own = line.filter(|version| self.does[&(revision.0, **version)][1].contains(column));
        if at_start {
            return own.any(|version| !self.begins(revision.0, *version).is_empty());
        }
        let datum = self.datum(column);
        let moved = datum.len() > 1 && !writes.is_disjoint(&datum);
        self.added(column).is_some() || moved || own.next().is_some()
    }

    fn judge(&mut self, state: &mut State) {
        for (column, kinds) in self.troubles(state) {
            if state.failed.insert(column) {
                for kind in kinds {
                    self.fail(column, kind, state);
                }
            }
        }
        let broken: BTreeSet<Column> = state.failed.iter().flat_map(|column| self.family(column)).collect();
        for service in state.targets.keys().copied().collect::<Vec<_>>() {
            let targets = state.targets[service].clone();
            let left: Vec<u32> = targets
                .iter()
                .copied()
                .filter(|target| !self.rollback_fails(state, service, *target, &broken))
                .collect();
            let length = self.length(state);
            for lost in targets.iter().filter(|target| !left.contains(target)) {
                let known = self.found.lost.entry((service, *lost)).or_insert(length);
                *known = length.min(*known);
            }
            if left.is_empty() && !targets.is_empty() && !state.gave_up.contains(service) {
                let known = self.found.stranded.entry(service).or_insert(length);
                *known = length.min(*known);
            }
            state.targets.insert(service, left);
        }
    }

    /// Both revisions live, then the target alone.
    fn rollback_fails(&self, state: &State, service: &'static str, target: u32, broken: &BTreeSet<Column>) -> bool {
        let mut probe = state.clone();
        let live = probe.live.get_mut(service).unwrap();
        if !live.contains(&target) {
            live.push(target);
        }
        self.settle(&mut probe);
        let beside = self.troubles(&probe);
        probe.live.insert(service, vec![target]);
        self.settle(&mut probe);
        let alone = self.troubles(&probe);
        beside.keys().chain(alone.keys()).any(|column| !broken.contains(column))
    }
}

fn drop_column(column: Column, state: &mut State) {
    if state.present.remove(column) {
        state.dropped.insert(column);
        state.complete.remove(column);
        state.not_null.remove(column);
        state.default.remove(column);
    }
}

fn table(column: &str) -> &str {
    column.split_once('.').unwrap().0
}

/// With the place of the step; `None` for `from`.
fn revisions(change: &crate::spec::Change) -> impl Iterator<Item = (Option<usize>, &Revision)> {
    let deploys = change
        .steps
        .iter()
        .enumerate()
        .filter_map(|(index, step)| match &step.does {
            Does::Deploy(revision) => Some((Some(index), revision)),
            _ => None,
        });
    change.from.iter().map(|from| (None, from)).chain(deploys)
}

/// Every column that a change names.
fn spoken(change: &crate::spec::Change) -> BTreeSet<Column> {
    let mut spoken: BTreeSet<Column> = change.moves.iter().flat_map(|(old, new)| [*old, *new]).collect();
    for (_, revision) in revisions(change) {
        spoken.extend(revision.reads.iter().chain(&revision.writes).copied());
    }
    for step in &change.steps {
        match &step.does {
            Does::Backfill(columns) => spoken.extend(columns.iter().copied()),
            Does::Expand(ops) | Does::Contract(ops) => {
                for op in ops {
                    match *op {
                        Op::Rename(old, new) => spoken.extend([old, new]),
                        Op::Add(column, ..) | Op::Drop(column) | Op::NotNull(column, _) | Op::Default(column, _) => {
                            spoken.insert(column);
                        }
                    }
                }
            }
            Does::Deploy(_) | Does::Retire(..) => {}
        }
    }
    spoken
}
