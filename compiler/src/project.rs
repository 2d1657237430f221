//! A spec with everything it imports, parsed.

mod imports;
mod places;

use std::sync::OnceLock;

use loadline_grammar::ast::{Entry, File, ValueKind};

use crate::diagnostic::{Diagnostic, Severity};
use crate::lower::Date;
use crate::model::{Model, Sibling};
pub use crate::resolve::Resolution;
use crate::resolve::{self, consequences};
use crate::rules::{self, Judged, syntax};
use crate::source::Sources;
pub use imports::load;

/// Where texts come from. The compiler names files relative to the project's root, with `/`, and never leaves it.
pub trait Loader {
    /// Reads a file of the project.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    fn read(&mut self, path: &str) -> Result<String, ReadError>;
}

/// Why a file could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadError {
    /// There is no such file.
    NotFound,
    /// It lies outside the project, perhaps through a link.
    Outside,
    /// Anything else, in words.
    Other(String),
}

impl ReadError {
    /// What happened, in words, for a path.
    #[must_use]
    pub fn message(&self, path: &str) -> String {
        match self {
            Self::NotFound => format!("there is no file `{path}`"),
            Self::Outside => format!("`{path}` is outside the project"),
            Self::Other(reason) => format!("`{path}` cannot be read: {reason}"),
        }
    }
}

/// A spec with everything it imports.
#[derive(Debug)]
pub struct Project<'s> {
    pub(crate) sources: &'s Sources,
    /// Imported files before those that import them.
    pub(crate) files: Vec<File<'s>>,
    /// `--set` as overlays, the last one strongest.
    pub(crate) sets: Vec<File<'s>>,
    diagnostics: Vec<Diagnostic>,
    /// Its environments, compared with one another; made when the first of them is checked.
    siblings: OnceLock<Vec<Sibling>>,
}

impl<'s> Project<'s> {
    /// Sets a value over everything else: `api.scale` to `5`, as `--set api.scale=5` does.
    ///
    /// # Errors
    /// A sentence for the user, when the path does not lead to a setting.
    pub fn set(&mut self, path: &str, value: &str) -> Result<(), String> {
        let text = resolve::set::overlay(self, path, value)?;
        let name = format!("--set {path}={value}");
        let source = self.sources.add(name, text).ok_or("the project has too much text")?;
        let parse = loadline_grammar::parse(&source.text, source.base);
        if let Some(error) = parse.errors.first() {
            return Err(format!("`{value}` is not a value: {}", error.message));
        }
        self.sets.push(parse.file);
        self.siblings.take();
        Ok(())
    }

    /// Adds a text as one more file of the project: where it begins in the address space of spans.
    pub(crate) fn add(&mut self, name: &str, text: &str) -> Result<u32, String> {
        let source = self.sources.add(name, text).ok_or("the project has too much text")?;
        let parse = loadline_grammar::parse(&source.text, source.base);
        if let Some(error) = parse.errors.first() {
            return Err(error.message.clone());
        }
        self.files.push(parse.file);
        self.siblings.take();
        Ok(source.base)
    }

    /// Names of the environments, in the order they are written.
    #[must_use]
    pub fn environments(&self) -> Vec<&str> {
        let entries = self.files.iter().flat_map(|file| &file.entries);
        let names = entries
            .filter(|entry| entry.key.text == "environment")
            .filter_map(|entry| {
                entry.values.first().and_then(|value| match value.kind {
                    ValueKind::Word(name) => Some(name),
                    _ => None,
                })
            });
        let mut unique: Vec<&str> = Vec::new();
        for name in names {
            // The name of what is none is refused where it is declared.
            if name != resolve::BASE && !unique.contains(&name) {
                unique.push(name);
            }
        }
        unique
    }

    /// The entries of all files, imported ones first, then what `--set` lays over them.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &Entry<'s>> {
        self.files.iter().chain(&self.sets).flat_map(|file| &file.entries)
    }

    /// Whether some text could not be parsed: what is missing from the model may then just not have been read.
    #[must_use]
    pub fn has_syntax_errors(&self) -> bool {
        self.diagnostics
            .iter()
            .any(|diagnostic| diagnostic.rule.code == syntax::syntax_error::RULE.code)
    }

    /// Findings of the parsing, before any environment is looked at.
    #[must_use]
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// Merges, fills in and computes: the model of the base, or of an environment.
    pub fn resolve(&self, environment: Option<&str>, loader: &mut dyn Loader) -> Resolution {
        resolve::resolve(self, environment, loader)
    }

    /// Resolves, runs every rule, and applies policies: what `loadline check` reports for one environment.
    ///
    /// `today` is asked for the day that rules about dates take as today, since the project may say.
    pub fn check(
        &self,
        environment: Option<&str>,
        loader: &mut dyn Loader,
        today: impl FnOnce(&Model) -> Date,
    ) -> Checked {
        self.check_after(environment, None, loader, today)
    }

    /// The same, judged as what replaces the revision that runs: the rollout from one to the other too.
    pub fn check_after(
        &self,
        environment: Option<&str>,
        running: Option<&Model>,
        loader: &mut dyn Loader,
        today: impl FnOnce(&Model) -> Date,
    ) -> Checked {
        let Resolution { model, diagnostics } = self.resolve(environment, loader);
        let today = today(&model);
        let mut found = self.diagnostics.clone();
        found.extend(consequences::without_missing(diagnostics));
        let mut found = consequences::without_unknown(found, self.sources);
        let unread = self.has_syntax_errors();
        // A model with holes cannot be judged: what is missing may just not have been readable.
        let whole = !unread && !found.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
        if unread {
            found.retain(|diagnostic| !consequences::depends_on_what_is_missing(diagnostic.rule));
        }
        if whole {
            let siblings = self.siblings.get_or_init(|| resolve::siblings::siblings(self));
            found.extend(rules::check(&model, siblings, running, today));
        }
        let mut judged = rules::judge(&model, found);
        if !whole {
            // No rule was asked, so nothing could have been silenced.
            judged
                .diagnostics
                .retain(|diagnostic| diagnostic.rule.code != syntax::unused_allow::RULE.code);
        }
        Checked { model, judged, today }
    }

    /// The texts.
    #[must_use]
    pub fn sources(&self) -> &'s Sources {
        self.sources
    }
}

/// A model with what is reported about it.
#[derive(Debug)]
pub struct Checked {
    /// As complete as the spec allowed.
    pub model: Model,
    /// What is reported, and what is not.
    pub judged: Judged,
    /// The day that rules about dates took as today.
    pub today: Date,
}
