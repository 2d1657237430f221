//! The first cause: from what began it to the first request that it cost, in words.

use loadline_compiler::diagnostic::thousands;

use super::facts::sentence;
use crate::outcome::{Cause, Chapter, Fact, FactKind, Figures, Study, Subject, Told};

/// The chain of the run that is told; empty if none is, or if nothing failed in it.
#[must_use]
pub fn chapters(study: &Study) -> Vec<Chapter> {
    study
        .told
        .as_ref()
        .map_or_else(Vec::new, |told| told_of(study, told, &told.story.chain))
}

/// The same for what failed most often, where that is something else than what failed first.
#[must_use]
pub fn costliest(study: &Study) -> Vec<Chapter> {
    let Some((told, figures)) = study
        .told
        .as_ref()
        .and_then(|told| Some((told, study.runs.get(told.run)?)))
    else {
        return Vec::new();
    };
    let facts = &told.story.facts;
    let cost = |index: usize| facts.get(index).map_or(0, |fact| cost(fact, figures));
    let cause = |index: usize| facts.get(index).and_then(cause_of);
    // The first of equals.
    let Some(most) = (0..facts.len()).rev().max_by_key(|&index| cost(index)) else {
        return Vec::new();
    };
    let first = told.story.chain.last().copied();
    if first.is_none_or(|first| cost(most) <= cost(first) || cause(most) == cause(first)) {
        return Vec::new();
    }
    // Reasons stand before what follows from them, so this comes to an end.
    let reason = |&index: &usize| {
        facts
            .get(index)
            .and_then(|fact| fact.because)
            .filter(|&reason| reason < index)
    };
    let mut chain: Vec<usize> = std::iter::successors(Some(most), reason).collect();
    chain.reverse();
    told_of(study, told, &chain)
}

fn told_of(study: &Study, told: &Told, chain: &[usize]) -> Vec<Chapter> {
    let figures = study.runs.get(told.run);
    let facts = chain.iter().filter_map(|&index| told.story.facts.get(index));
    let chapters = facts.map(|fact| Chapter {
        at: fact.at,
        words: format!("{}{}", sentence(&study.names, fact), how_many(fact, figures)),
        place: fact.place,
    });
    chapters.collect()
}

/// A first failure says how many there were.
fn how_many(fact: &Fact, figures: Option<&Figures>) -> String {
    match figures.map_or(0, |figures| cost(fact, figures)) {
        0 | 1 => String::new(),
        count => format!(" ({} in all)", thousands(count)),
    }
}

fn cause_of(fact: &Fact) -> Option<Cause> {
    match fact.what {
        FactKind::FirstFailure(cause) => Some(cause),
        _ => None,
    }
}

/// Requests that failed as this one, the first of them, did.
fn cost(fact: &Fact, figures: &Figures) -> u64 {
    cause_of(fact).map_or(0, |cause| count(fact.subject, cause, figures))
}

fn count(subject: Subject, cause: Cause, figures: &Figures) -> u64 {
    match subject {
        Subject::Clients => figures.clients.of(cause),
        Subject::Service(service) => figures.services.get(service).map_or(0, |own| own.requests.of(cause)),
        Subject::Store(_) | Subject::Queue(_) | Subject::Call(..) | Subject::Node(_) => 0,
    }
}
