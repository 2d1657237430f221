//! Findings in every format, one file each.

mod against;
mod excerpt;
pub(crate) mod failure;
mod github;
mod json;
mod junit;
mod markdown;
mod sarif;
mod short;
mod text;

use std::collections::BTreeMap;

pub(crate) use against::{Against, Fixed, State};

use loadline_compiler::diagnostic::{Diagnostic, Severity};
use loadline_compiler::source::{Position, Sources};
use loadline_grammar::Span;

use crate::cli::Format;
use crate::command::Environment;
use crate::exit::Exit;
use crate::files::Location;

/// How text is laid out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
    pub(crate) color: bool,
    pub(crate) width: usize,
    /// Notes are drawn like everything else, not told in a line each.
    pub(crate) notes: bool,
}

impl Style {
    /// The same everywhere, so that two runs can be compared.
    pub(crate) const WIDTH: usize = 100;
}

/// What a run found.
pub(crate) struct Report<'r> {
    pub(crate) sources: &'r Sources,
    /// What stands before file names.
    pub(crate) prefix: &'r str,
    /// In the order of the text.
    diagnostics: Vec<Diagnostic>,
    /// What was looked at.
    pub(crate) environments: &'r [Environment],
    /// The comparison with another revision.
    pub(crate) against: Option<Against>,
}

/// A span as people find it.
pub(crate) struct Place {
    pub(crate) file: String,
    pub(crate) start: Position,
    pub(crate) end: Position,
}

impl<'r> Report<'r> {
    pub(crate) fn new(
        sources: &'r Sources,
        location: &'r Location,
        environments: &'r [Environment],
        diagnostics: Vec<Diagnostic>,
    ) -> Self {
        Self {
            sources,
            prefix: &location.prefix,
            diagnostics,
            environments,
            against: None,
        }
    }

    /// Compared with another revision.
    pub(crate) fn against(mut self, against: Option<Against>) -> Self {
        self.against = against;
        self
    }

    /// Every finding, and whether the other revision has it too.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&Diagnostic, Option<State>)> {
        let state = |found| self.against.as_ref().map(|against| against.state(self, found));
        self.diagnostics.iter().map(move |found| (found, state(found)))
    }

    /// The findings that are shown: those that are new, where something is there to compare with.
    pub(crate) fn shown(&self) -> impl Iterator<Item = (&Diagnostic, Option<State>)> {
        let all = self.against.as_ref().is_none_or(|against| against.all);
        self.all()
            .filter(move |(_, state)| all || *state != Some(State::Unchanged))
    }

    /// How a command ends that reports this.
    pub(crate) fn exit(&self) -> Exit {
        if self.has_errors() { Exit::Findings } else { Exit::Clean }
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.count(Severity::Error) != 0
    }

    /// Whether something could not be read or named: then the model has holes.
    pub(crate) fn has_unread(&self) -> bool {
        self.unread().next().is_some()
    }

    /// What could not be read or named.
    pub(crate) fn unread(&self) -> impl Iterator<Item = &Diagnostic> {
        let all = self.diagnostics.iter();
        all.filter(|found| found.rule.code < 100 && found.severity == Severity::Error)
    }

    pub(crate) fn count(&self, severity: Severity) -> usize {
        self.shown()
            .filter(|(diagnostic, _)| diagnostic.severity == severity)
            .count()
    }

    pub(crate) fn place(&self, span: Span) -> Option<Place> {
        let file = self.sources.file(span)?;
        Some(Place {
            file: self.name(&file.name),
            start: file.position(span.start),
            end: file.position(span.end),
        })
    }

    /// A file's name as the user would open it; what `--set` wrote has no file.
    pub(crate) fn name(&self, name: &str) -> String {
        if name.starts_with("--set ") {
            name.to_owned()
        } else {
            format!("{}{name}", self.prefix)
        }
    }

    /// How many findings `allow` and policies silenced, in the environment with most.
    pub(crate) fn silenced(&self) -> usize {
        self.environments
            .iter()
            .map(|environment| environment.silenced.len())
            .max()
            .unwrap_or_default()
    }

    /// What `allow` and policies silenced, with the reason, each said once for all environments.
    pub(crate) fn allowed(&self) -> Vec<(Diagnostic, String)> {
        let mut reasons: BTreeMap<&str, Vec<(String, Vec<Diagnostic>)>> = BTreeMap::new();
        for environment in self.environments {
            for (diagnostic, reason) in &environment.silenced {
                let judged = reasons.entry(reason).or_insert_with(|| {
                    let names = self.environments.iter().map(|environment| environment.name.clone());
                    names.map(|name| (name, Vec::new())).collect()
                });
                let own = judged.iter_mut().find(|(name, _)| *name == environment.name);
                own.into_iter().for_each(|(_, found)| found.push(diagnostic.clone()));
            }
        }
        let merged = reasons.into_iter().flat_map(|(reason, judged)| {
            let found = loadline_compiler::rules::merge_environments(judged).into_iter();
            found.map(move |diagnostic| (diagnostic, reason.to_owned()))
        });
        let mut allowed: Vec<(Diagnostic, String)> = merged.collect();
        allowed.sort_by_key(|(diagnostic, _)| (diagnostic.span(), diagnostic.rule.code));
        allowed
    }

    /// The day that rules about dates took as today.
    pub(crate) fn today(&self) -> Option<String> {
        self.environments
            .first()
            .map(|environment| environment.today.to_string())
    }
}

/// A document as it is printed; our types have string keys only, so nothing in them cannot be written.
fn to_json<T: serde::Serialize>(document: &T) -> String {
    let mut text = serde_json::to_string_pretty(document).unwrap_or_default();
    text.push('\n');
    text
}

pub(crate) fn render(report: &Report<'_>, format: Format, style: Style) -> String {
    match format {
        Format::Text => text::render(report, style),
        Format::Short => short::render(report),
        Format::Json => json::render(report),
        Format::Sarif => sarif::render(report),
        Format::Github => github::render(report),
        Format::Junit => junit::render(report),
        Format::Markdown => markdown::render(report),
    }
}

/// `2 errors, 1 warning and 3 notes in 2 environments, as of 2026-11-21`
pub(crate) fn summary(report: &Report<'_>) -> String {
    use loadline_compiler::diagnostic::{counted, listed};
    let kinds = [
        (Severity::Error, "error"),
        (Severity::Warning, "warning"),
        (Severity::Note, "note"),
    ];
    let counts: Vec<String> = kinds
        .into_iter()
        .map(|(severity, word)| (report.count(severity), word))
        .filter(|(count, _)| *count != 0)
        .map(|(count, word)| counted(count as u64, word))
        .collect();
    let what = match (counts.is_empty(), &report.against) {
        (true, None) => "nothing found".to_owned(),
        (true, Some(against)) if !against.all => format!("nothing new since {}", against.revision),
        (true, Some(against)) => format!("nothing found, as in {}", against.revision),
        (false, None) => listed(&counts),
        (false, Some(against)) if !against.all => format!("{} new since {}", listed(&counts), against.revision),
        (false, Some(against)) => {
            let new = report.all().filter(|(_, state)| *state == Some(State::New)).count();
            format!("{}, {new} new since {}", listed(&counts), against.revision)
        }
    };
    let what = match &report.against {
        Some(against) => {
            let unchanged = report
                .all()
                .filter(|(_, state)| *state == Some(State::Unchanged))
                .count();
            let counts = [(against.fixed.len(), "fixed"), (unchanged, "as before")];
            let said = counts.into_iter().filter(|(count, _)| *count != 0);
            said.fold(what, |what, (count, word)| format!("{what}, {count} {word}"))
        }
        None => what,
    };
    let names: Vec<&str> = report
        .environments
        .iter()
        .map(|environment| environment.name.as_str())
        .collect();
    let looked = match names.as_slice() {
        [] | ["base"] => String::new(),
        names => format!(" in {}", listed(names)),
    };
    let silenced = report.silenced();
    let silenced = if silenced == 0 {
        String::new()
    } else {
        format!(" ({silenced} allowed)")
    };
    let today = report
        .today()
        .map_or_else(String::new, |today| format!(", as of {today}"));
    format!("{what}{silenced}{looked}{today}")
}
