//! The first cause: from what began it to the first request that it cost, in words.

use loadline_compiler::diagnostic::thousands;

use super::facts::sentence;
use crate::outcome::{Cause, Chapter, Fact, FactKind, Figures, Study, Subject};

/// The chain of the run that is told; empty if none is, or if nothing failed in it.
#[must_use]
pub fn chapters(study: &Study) -> Vec<Chapter> {
    let Some(told) = &study.told else {
        return Vec::new();
    };
    let figures = study.runs.get(told.run);
    let facts = told.story.chain.iter().filter_map(|&index| told.story.facts.get(index));
    let chapters = facts.map(|fact| Chapter {
        at: fact.at,
        words: format!("{}{}", sentence(&study.names, fact), how_many(fact, figures)),
        place: fact.place,
    });
    chapters.collect()
}

/// A first failure says how many there were.
fn how_many(fact: &Fact, figures: Option<&Figures>) -> String {
    let (FactKind::FirstFailure(cause), Some(figures)) = (&fact.what, figures) else {
        return String::new();
    };
    match count(fact.subject, *cause, figures) {
        0 | 1 => String::new(),
        count => format!(" ({} in all)", thousands(count)),
    }
}

fn count(subject: Subject, cause: Cause, figures: &Figures) -> u64 {
    match subject {
        Subject::Clients => figures.clients.of(cause),
        Subject::Service(service) => figures.services.get(service).map_or(0, |own| own.requests.of(cause)),
        Subject::Store(_) | Subject::Queue(_) | Subject::Call(..) | Subject::Node(_) => 0,
    }
}
