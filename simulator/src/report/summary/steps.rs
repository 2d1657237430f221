//! Steps of changes of schemas: the same one in every run, by its name and which of several it is.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Over;
use crate::outcome::{Figures, Names, StepEnd, StepFigures};
use crate::report::spread::Spread;
use crate::report::words;
use crate::{Span, Tick};

#[derive(Serialize)]
pub(in crate::report) struct Step {
    pub(in crate::report) name: String,
    /// Runs in which it began.
    pub(in crate::report) runs: u64,
    /// In the run that is told.
    pub(in crate::report) began_at_us: Option<Tick>,
    /// In the run that is told.
    pub(in crate::report) end: Option<StepEnd>,
    /// How it ended in how many runs.
    pub(in crate::report) ends: Vec<End>,
    /// Until it ended, or had failed.
    pub(in crate::report) took_us: Spread,
    /// The longest that it waited for a lock.
    pub(in crate::report) waited_us: Spread,
    /// Requests that waited behind it.
    pub(in crate::report) behind: Spread,
    /// The longest that one of them did.
    pub(in crate::report) longest_us: Spread,
    pub(in crate::report) attempts: Spread,
}

#[derive(Serialize)]
pub(in crate::report) struct End {
    pub(in crate::report) end: StepEnd,
    pub(in crate::report) runs: u64,
}

/// A step, and how often it had begun before.
type Key = (usize, usize);

pub(super) fn all(over: Over<'_>, names: &Names) -> Vec<Step> {
    let mut keys: BTreeMap<Key, Tick> = BTreeMap::new();
    for run in over.runs {
        for (key, own) in keyed(run) {
            let began = keys.entry(key).or_insert(own.began);
            *began = own.began.min(*began);
        }
    }
    let mut ordered: Vec<(Key, Tick)> = keys.into_iter().collect();
    ordered.sort_by_key(|(key, began)| (*began, *key));
    ordered.into_iter().map(|(key, _)| Step::of(over, names, key)).collect()
}

fn keyed(run: &Figures) -> impl Iterator<Item = (Key, &StepFigures)> {
    let mut before: BTreeMap<usize, usize> = BTreeMap::new();
    run.steps.iter().map(move |own| {
        let count = before.entry(own.step).or_default();
        *count += 1;
        ((own.step, *count - 1), own)
    })
}

fn find(run: &Figures, key: Key) -> Option<&StepFigures> {
    keyed(run).find(|(other, _)| *other == key).map(|(_, own)| own)
}

impl Step {
    fn of(over: Over<'_>, names: &Names, key: Key) -> Self {
        let found: Vec<&StepFigures> = over.runs.iter().filter_map(|run| find(run, key)).collect();
        let spread = |value: &dyn Fn(&StepFigures) -> Option<u64>| over.spread(|run| find(run, key).and_then(value));
        let told = over.told().and_then(|run| find(run, key));
        let ends = [StepEnd::Done, StepEnd::Failed, StepEnd::Unfinished].map(|end| End {
            end,
            runs: found.iter().filter(|own| own.end == end).count() as u64,
        });
        Self {
            name: words::name(&names.steps, key.0),
            runs: found.len() as u64,
            began_at_us: told.map(|own| own.began),
            end: told.map(|own| own.end),
            ends: ends.into_iter().filter(|end| end.runs != 0).collect(),
            took_us: spread(&|own| own.ended.map(|ended| Span::micros(ended.since(own.began)))),
            waited_us: spread(&|own| Some(own.waited.micros())),
            behind: spread(&|own| Some(own.behind)),
            longest_us: spread(&|own| Some(own.longest.micros())),
            attempts: spread(&|own| Some(own.attempts)),
        }
    }
}

/// How a step ended, in a word or two.
pub(in crate::report) const fn step_end(end: StepEnd) -> &'static str {
    match end {
        StepEnd::Unfinished => "not finished",
        StepEnd::Done => "done",
        StepEnd::Failed => "failed",
    }
}
