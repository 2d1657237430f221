//! The first cause: from what began it to the first request that it cost, in words.

use std::collections::BTreeSet;

use loadline_compiler::diagnostic::{counted, thousands};

use super::facts::sentence_of;
use crate::outcome::{Cause, Chapter, Fact, FactKind, Figures, Killed, Study, Subject, Told};

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
    let all = &told.story.facts;
    let mut chapters: Vec<Chapter> = Vec::new();
    for (place, &index) in chain.iter().enumerate() {
        let Some(fact) = all.get(index) else { continue };
        let next = chain.get(place + 1).and_then(|&next| all.get(next));
        // Instances to which the same happens for the same reason are one step.
        let alike = all.iter().filter(|other| {
            let before = next.map_or(fact.at, |next| next.at);
            is_alike(fact, other) && other.because == fact.because && other.at <= before
        });
        let all_alike: Vec<&Fact> = alike.collect();
        let at = all_alike.first().map_or(fact.at, |first| first.at);
        // What happens to one again and again happens to one.
        let instances: BTreeSet<Option<u32>> = all_alike.iter().map(|fact| fact.instance).collect();
        let (times, count) = (all_alike.len() as u64, instances.len() as u64);
        let again = if count < times && fact.instance.is_some() {
            format!(", {} in all", counted(times, "time"))
        } else {
            String::new()
        };
        let count = if fact.instance.is_some() { count } else { times };
        let sentence = sentence_of(&study.names, fact, count);
        chapters.push(Chapter {
            at,
            words: format!("{sentence}{again}{}", how_many(fact, figures)),
            place: fact.place,
        });
    }
    chapters.extend(chain.last().and_then(|&last| afterwards(study, all, last)));
    chapters
}

/// What ended instances of a service after the chain's end: why it stayed broken.
fn afterwards(study: &Study, all: &[Fact], last: usize) -> Option<Chapter> {
    let end = all.get(last)?;
    let by_itself = |fact: &&Fact| {
        fact.subject == end.subject
            && matches!(
                fact.what,
                FactKind::InstanceKilled(Killed::Startup | Killed::Liveness | Killed::Memory)
            )
    };
    let mut later = all.iter().skip(last + 1).filter(by_itself);
    let first = later.next()?;
    let times = 1 + later.filter(|fact| is_alike(first, fact)).count() as u64;
    let times = if times == 1 {
        String::new()
    } else {
        format!(", {} until the end", counted(times, "time"))
    };
    Some(Chapter {
        at: first.at,
        words: format!("after that {}{times}", sentence_of(&study.names, first, 1)),
        place: first.place,
    })
}

fn is_alike(one: &Fact, other: &Fact) -> bool {
    one.subject == other.subject && one.what == other.what
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
