//! A spec in a string, judged.

use loadline_compiler::budget::connections::{Clients, supply};
use loadline_compiler::diagnostic::Diagnostic;
use loadline_compiler::model::Model;
use loadline_compiler::project::{self, Loader, ReadError};
use loadline_compiler::source::Sources;
use loadline_compiler::values::Date;

/// The project's files: the spec, and others by name.
pub(crate) struct Files(Vec<(String, String)>);

impl Files {
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        Self(
            files
                .iter()
                .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
                .collect(),
        )
    }
}

impl Loader for Files {
    fn read(&mut self, path: &str) -> Result<String, ReadError> {
        let file = self.0.iter().find(|(name, _)| name == path);
        file.map(|(_, text)| text.clone()).ok_or(ReadError::NotFound)
    }
}

/// A judged spec.
pub(crate) struct Checked {
    pub(crate) model: Model,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

pub(crate) fn check(spec: &str) -> Checked {
    check_with(spec, &[], None)
}

pub(crate) fn check_with(spec: &str, files: &[(&str, &str)], environment: Option<&str>) -> Checked {
    let sources = Sources::new();
    let mut all = vec![("loadline.load".to_owned(), spec.to_owned())];
    all.extend(
        files
            .iter()
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned())),
    );
    let mut files = Files(all);
    let project = project::load(&sources, &mut files, "loadline.load").unwrap();
    let today = Date::parse("2026-11-21").unwrap();
    let checked = project.check(environment, &mut files, |model| {
        model.project.as_of.as_ref().map_or(today, |date| date.value)
    });
    Checked {
        model: checked.model,
        diagnostics: checked.judged.diagnostics,
    }
}

impl Checked {
    /// `severity rule: message`, a line each.
    pub(crate) fn all(&self) -> String {
        self.lines(|_| true)
    }

    /// `severity rule: message`, a line each, notes excepted.
    pub(crate) fn found(&self) -> String {
        self.lines(|found| found.severity.word() != "note")
    }

    /// `severity rule: message` of one rule.
    pub(crate) fn of(&self, rule: &str) -> String {
        self.lines(|found| found.rule.name == rule)
    }

    /// `severity rule: message` of one family, by the hundreds of its codes, and of what was not understood.
    pub(crate) fn of_family(&self, hundreds: u16) -> String {
        self.lines(|found| found.rule.code < 100 || found.rule.code / 100 == hundreds)
    }

    fn lines(&self, wanted: impl Fn(&&Diagnostic) -> bool) -> String {
        let lines = self.diagnostics.iter().filter(wanted);
        lines
            .map(|found| format!("{} {}: {}\n", found.severity.word(), found.rule.name, found.message))
            .collect()
    }

    /// Help of the first finding of a rule.
    pub(crate) fn help(&self, rule: &str) -> String {
        let found = self.diagnostics.iter().find(|found| found.rule.name == rule);
        found
            .unwrap_or_else(|| panic!("no {rule}"))
            .help
            .clone()
            .unwrap_or_default()
    }

    /// Texts of the labels of the first finding of a rule.
    pub(crate) fn labels(&self, rule: &str) -> Vec<String> {
        let found = self.diagnostics.iter().find(|found| found.rule.name == rule);
        let found = found.unwrap_or_else(|| panic!("no {rule}"));
        found.labels.iter().map(|label| label.text.clone()).collect()
    }

    /// Worst demand and supply of the first store.
    pub(crate) fn connections(&self) -> (u64, u64) {
        let store = &self.model.stores[0];
        let demand = Clients::of(&self.model).demand(store.id).unwrap();
        (demand.worst.total, supply(store).unwrap().usable())
    }

    /// The demand on the first store outside a rollout.
    pub(crate) fn steady(&self) -> u64 {
        let store = &self.model.stores[0];
        Clients::of(&self.model).demand(store.id).unwrap().steady
    }
}
