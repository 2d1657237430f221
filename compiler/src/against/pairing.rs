//! Findings of two revisions, paired.

use loadline_grammar::Span;
use loadline_grammar::ast::{Entry, ValueKind};

use crate::diagnostic::Diagnostic;
use crate::model::Model;
use crate::project::Project;

/// What was found in one revision.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    /// Its text.
    pub project: &'a Project<'a>,
    /// Its model.
    pub model: &'a Model,
    /// Its findings.
    pub found: &'a [Diagnostic],
}

/// Which finding is which.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pairs {
    /// For each finding of the new revision, whether the old one has it too.
    pub known: Vec<bool>,
    /// Findings of the old revision that the new one does not have, by their places.
    pub fixed: Vec<usize>,
}

/// Pairs findings: first those that agree in everything, then those at the same setting, then those that speak of the same
/// names and were moved. A finding that has become worse is new.
#[must_use]
pub fn pair(old: Side<'_>, new: Side<'_>) -> Pairs {
    let before: Vec<Identity> = old.found.iter().map(|found| Identity::of(old, found)).collect();
    let now: Vec<Identity> = new.found.iter().map(|found| Identity::of(new, found)).collect();
    let mut partner: Vec<Option<usize>> = vec![None; now.len()];
    let mut taken = vec![false; before.len()];
    for same in [Identity::same, Identity::same_place, Identity::same_names] {
        for (own, identity) in partner.iter_mut().zip(&now).filter(|(own, _)| own.is_none()) {
            let mut free = before.iter().zip(&mut taken).enumerate();
            if let Some((index, (_, taken))) = free.find(|(_, (other, taken))| !**taken && same(identity, other)) {
                *taken = true;
                *own = Some(index);
            }
        }
    }
    let not_worse = |(own, found): (&Option<usize>, &Diagnostic)| {
        let other = own.and_then(|index| old.found.get(index));
        other.is_some_and(|other| found.severity <= other.severity)
    };
    Pairs {
        known: partner.iter().zip(new.found).map(not_worse).collect(),
        fixed: taken
            .iter()
            .enumerate()
            .filter_map(|(index, taken)| (!taken).then_some(index))
            .collect(),
    }
}

/// What makes a finding the same in another revision.
#[derive(Debug, PartialEq, Eq)]
struct Identity {
    code: u16,
    /// The thing it is about: `service api`.
    subject: Option<String>,
    /// Where it stands: `service api`, `uses orders-db`, `pool`.
    place: Vec<String>,
    /// What its message names.
    names: Vec<String>,
}

impl Identity {
    fn of(side: Side<'_>, found: &Diagnostic) -> Self {
        Self {
            code: found.rule.code,
            subject: found
                .subject
                .map(|id| format!("{} {}", id.kind.keyword(), side.model.name(id))),
            place: path_of(side.project, found.span()),
            names: names(&found.message),
        }
    }

    fn same(&self, other: &Self) -> bool {
        self == other
    }

    fn same_place(&self, other: &Self) -> bool {
        self.code == other.code && self.subject == other.subject && self.place == other.place
    }

    fn same_names(&self, other: &Self) -> bool {
        let named = self.subject.is_some() || !self.names.is_empty();
        named && self.code == other.code && self.subject == other.subject && self.names == other.names
    }
}

/// What stands between backticks, numbers left out: they are what changes.
fn names(message: &str) -> Vec<String> {
    let quoted = message.split('`').skip(1).step_by(2);
    let is_name = |text: &&str| text.starts_with(|first: char| !first.is_ascii_digit());
    quoted.filter(is_name).map(str::to_owned).collect()
}

/// The settings that a place lies in, outermost first: `service api`, `uses orders-db`, `pool`.
#[must_use]
pub fn path_of(project: &Project<'_>, span: Span) -> Vec<String> {
    let mut path = Vec::new();
    let mut entries: Vec<&Entry<'_>> = project.entries().collect();
    while let Some(entry) = entries.into_iter().find(|entry| entry.span.contains(span.start)) {
        path.push(format!("{} {}", entry.key.text, name_of(entry)).trim_end().to_owned());
        entries = entry.block.iter().flat_map(|block| &block.entries).collect();
    }
    // A text that is no spec is known by its name.
    if path.is_empty() {
        path.extend(project.sources().file(span).map(|file| file.name.clone()));
    }
    path
}

/// What tells an entry apart from its neighbours of the same key: its first word, or a text that something is said about. Numbers
/// are what changes.
fn name_of<'e>(entry: &'e Entry<'e>) -> &'e str {
    let says_more = entry.block.is_some() || 1 < entry.values.len();
    match entry.values.first().map(|value| &value.kind) {
        Some(ValueKind::Word(word)) => word,
        Some(ValueKind::Text(text)) if says_more => text,
        _ => "",
    }
}
