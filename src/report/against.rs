//! What a report says beside its findings when the spec was compared with another revision.

use loadline_compiler::against::Margin;
use loadline_compiler::diagnostic::Diagnostic;

use super::{Place, Report};

/// The comparison with another revision of the spec.
pub(crate) struct Against {
    /// `main (5ec29eb)`.
    pub(crate) revision: String,
    /// Its full object name.
    pub(crate) commit: String,
    /// Show what that revision has too.
    pub(crate) all: bool,
    /// What both have, for each environment that could be compared.
    pub(crate) known: Vec<(String, Vec<Diagnostic>)>,
    /// What only that revision has.
    pub(crate) fixed: Vec<Fixed>,
    /// What is left of each limit, by environment.
    pub(crate) margins: Vec<(String, Vec<Margin>)>,
}

/// A finding of the other revision.
pub(crate) struct Fixed {
    pub(crate) found: Diagnostic,
    pub(crate) place: Option<Place>,
}

/// Whether the other revision has a finding too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    New,
    Unchanged,
}

impl State {
    /// As JSON and SARIF call it.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Unchanged => "unchanged",
        }
    }
}

impl Against {
    pub(crate) fn new(revision: String, commit: String, all: bool) -> Self {
        Self {
            revision,
            commit,
            all,
            known: Vec::new(),
            fixed: Vec::new(),
            margins: Vec::new(),
        }
    }

    /// New in one environment is new.
    pub(super) fn state(&self, report: &Report<'_>, found: &Diagnostic) -> State {
        let same = |other: &Diagnostic| {
            other.rule.code == found.rule.code
                && other.span() == found.span()
                && other.severity == found.severity
                && other.message == found.message
        };
        let known = |name: &str| {
            let mut of = self.known.iter().filter(|(environment, _)| environment == name);
            of.any(|(_, known)| known.iter().any(same))
        };
        let mut holding = report
            .environments
            .iter()
            .filter(|environment| environment.diagnostics.iter().any(same));
        if holding.all(|environment| known(&environment.name)) {
            State::Unchanged
        } else {
            State::New
        }
    }

    /// Margins that are not what they were.
    pub(super) fn changed(&self) -> impl Iterator<Item = (&str, &Margin)> {
        let all = self.margins.iter();
        all.flat_map(|(environment, margins)| margins.iter().map(move |margin| (environment.as_str(), margin)))
            .filter(|(_, margin)| margin.has_changed())
    }

    /// Lines below the findings of a terminal: what is fixed, and which margins changed.
    pub(super) fn lines(&self) -> String {
        let mut out = String::new();
        for fixed in &self.fixed {
            let rule = fixed.found.rule;
            let place = fixed.place.as_ref().map_or(String::new(), |place| {
                format!("{}:{}:{}: ", place.file, place.start.line, place.start.column)
            });
            let environments = match fixed.found.environments.as_slice() {
                [] => String::new(),
                some => format!(" [{}]", some.join(", ")),
            };
            out.push_str(&format!(
                "fixed: {place}{}[{} {}]: {}{environments}\n",
                fixed.found.severity.word(),
                rule.code_text(),
                rule.name,
                fixed.found.message
            ));
        }
        let several = 1 < self.margins.len();
        for (environment, margin) in self.changed() {
            let environment = if several {
                format!(" [{environment}]")
            } else {
                String::new()
            };
            out.push_str(&format!(
                "margin: {} {}: {}{environment}\n",
                margin.name,
                margin.kind.word(),
                margin.shown()
            ));
        }
        out
    }
}
