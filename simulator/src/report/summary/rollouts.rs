//! Rollouts: the same one in every run, by its service, its revision and which of several it is.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Over;
use crate::Tick;
use crate::outcome::{Fact, FactKind, Figures, RolloutEnd, RolloutFigures, Subject};
use crate::report::spread::Spread;
use crate::report::{Report, words};

#[derive(Serialize)]
pub(in crate::report) struct Rollout {
    pub(in crate::report) service: String,
    pub(in crate::report) revision: String,
    /// Runs in which it began.
    pub(in crate::report) runs: u64,
    /// In the run that is told.
    pub(in crate::report) began_at_us: Option<Tick>,
    /// In the run that is told.
    pub(in crate::report) end: Option<RolloutEnd>,
    /// What took it back in the run that is told.
    pub(in crate::report) trigger: Option<String>,
    /// How it ended in how many runs.
    pub(in crate::report) ends: Vec<End>,
    /// Until it was complete.
    pub(in crate::report) duration_us: Spread,
    /// Until no instance of another revision was left.
    pub(in crate::report) drained_us: Spread,
    pub(in crate::report) batches: Spread,
}

#[derive(Serialize)]
pub(in crate::report) struct End {
    pub(in crate::report) end: RolloutEnd,
    pub(in crate::report) runs: u64,
}

/// A service, its revision, and how many rollouts to that were before.
type Key = (usize, usize, usize);

pub(super) fn all(report: &Report<'_>, over: Over<'_>) -> Vec<Rollout> {
    let mut keys: BTreeMap<Key, Tick> = BTreeMap::new();
    for run in over.runs {
        for (key, own) in keyed(run) {
            keys.entry(key)
                .and_modify(|began| *began = own.began.min(*began))
                .or_insert(own.began);
        }
    }
    let mut ordered: Vec<(Key, Tick)> = keys.into_iter().collect();
    ordered.sort_by_key(|(key, began)| (*began, *key));
    ordered
        .into_iter()
        .map(|(key, _)| Rollout::of(report, over, key))
        .collect()
}

fn keyed(run: &Figures) -> Vec<(Key, &RolloutFigures)> {
    let mut before: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    let keyed = run.rollouts.iter().map(|own| {
        let count = before.entry((own.service, own.revision)).or_default();
        *count += 1;
        ((own.service, own.revision, *count - 1), own)
    });
    keyed.collect()
}

fn find(run: &Figures, key: Key) -> Option<&RolloutFigures> {
    keyed(run)
        .into_iter()
        .find(|(other, _)| *other == key)
        .map(|(_, own)| own)
}

impl Rollout {
    fn of(report: &Report<'_>, over: Over<'_>, key: Key) -> Self {
        let (service, revision, _) = key;
        let names = &report.study.names;
        let found: Vec<&RolloutFigures> = over.runs.iter().filter_map(|run| find(run, key)).collect();
        let until = |end: fn(&RolloutFigures) -> Option<Tick>| {
            over.spread(|run| find(run, key).and_then(|own| end(own).map(|end| end.since(own.began).micros())))
        };
        let told = over.told().and_then(|run| find(run, key));
        let ends = ENDS.into_iter().map(|end| End {
            end,
            runs: found.iter().filter(|own| own.end == end).count() as u64,
        });
        let revisions = names.revisions.get(service).map_or(&[][..], Vec::as_slice);
        Self {
            service: words::name(&names.services, service),
            revision: words::name(revisions, revision),
            runs: found.len() as u64,
            began_at_us: told.map(|own| own.began),
            end: told.map(|own| own.end),
            trigger: told.and_then(|own| trigger(report, own)),
            ends: ends.filter(|end| end.runs != 0).collect(),
            duration_us: until(|own| own.complete),
            drained_us: until(|own| own.drained),
            batches: over.spread(|run| find(run, key).map(|own| own.batches)),
        }
    }
}

/// The first word that it was taken back, after it began.
fn trigger(report: &Report<'_>, own: &RolloutFigures) -> Option<String> {
    let facts = &report.told()?.story.facts;
    let about = |fact: &&Fact| fact.subject == Subject::Service(own.service) && own.began <= fact.at;
    facts
        .iter()
        .filter(about)
        .find_map(|fact| match &fact.what {
            FactKind::RolloutAborted(trigger) => Some(trigger.clone()),
            _ => None,
        })
        .filter(|_| matches!(own.end, RolloutEnd::Aborted | RolloutEnd::RolledBack))
}

const ENDS: [RolloutEnd; 6] = [
    RolloutEnd::Complete,
    RolloutEnd::Aborted,
    RolloutEnd::RolledBack,
    RolloutEnd::Superseded,
    RolloutEnd::Stuck,
    RolloutEnd::Unfinished,
];

/// How a rollout ended, in a word or two.
pub(in crate::report) const fn end_words(end: RolloutEnd) -> &'static str {
    match end {
        RolloutEnd::Unfinished => "not finished",
        RolloutEnd::Stuck => "stuck",
        RolloutEnd::Complete => "complete",
        RolloutEnd::Aborted => "taken back by its analysis",
        RolloutEnd::RolledBack => "rolled back",
        RolloutEnd::Superseded => "superseded",
    }
}
