//! A spec with everything it imports, parsed.

mod imports;

use std::sync::OnceLock;

use loadline_grammar::ast::{Entry, File, ValueKind};
use loadline_grammar::{Span, SyntaxError};

use crate::diagnostic::{Diagnostic, Severity};
use crate::lower::{Date, value_text};
use crate::model::{Model, Sibling};
pub use crate::resolve::Resolution;
use crate::resolve::{self, consequences};
use crate::rules::{self, Judged, syntax};
use crate::source::Sources;

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

/// Reads and parses a spec and what it imports.
///
/// # Errors
/// When the root file itself cannot be read. What is wrong inside files is a diagnostic of the project.
pub fn load<'s>(sources: &'s Sources, loader: &mut dyn Loader, root: &str) -> Result<Project<'s>, ReadError> {
    let text = loader.read(root)?;
    let mut project = Project {
        sources,
        files: Vec::new(),
        sets: Vec::new(),
        diagnostics: Vec::new(),
        siblings: OnceLock::new(),
    };
    let Some(file) = sources.add(root, text) else {
        return Err(ReadError::Other("the project has too much text".to_owned()));
    };
    project.read(file, root, loader);
    Ok(project)
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

    /// The blocks that a place lies in, outermost first: `["environment staging", "service api"]`, `["template web"]`.
    #[must_use]
    pub fn blocks_at(&self, span: Span) -> Vec<String> {
        let mut found = Vec::new();
        let mut entries: Vec<&Entry<'_>> = self.entries().collect();
        // An environment holds the same blocks once more.
        for _ in 0..2 {
            let Some(entry) = entries.into_iter().find(|entry| entry.span.contains(span.start)) else {
                break;
            };
            found.push(title(entry));
            if entry.key.text != "environment" {
                break;
            }
            entries = entry.block.iter().flat_map(|block| &block.entries).collect();
        }
        found
    }

    /// Where a `let` has its value in an environment, or in the base.
    #[must_use]
    pub fn let_place(&self, name: &str, environment: Option<&str>) -> Option<Span> {
        let named = |entry: &&Entry<'_>, key: &str, name: &str| {
            entry.key.text == key && entry.values.first().and_then(value_text) == Some(name)
        };
        let own = || self.files.iter().flat_map(|file| &file.entries);
        let overlay = own()
            .filter(|entry| environment.is_some_and(|environment| named(entry, "environment", environment)))
            .flat_map(|entry| &entry.block)
            .flat_map(|block| &block.entries);
        let sets = self.sets.iter().rev().flat_map(|file| &file.entries);
        let found = sets
            .chain(overlay)
            .chain(own())
            .find(|entry| named(entry, "let", name))?;
        Some(found.values.get(1).map_or(found.key.span, |value| value.span))
    }

    /// A thing and all that it extends, nearest first: `["service api", "template web", "template base"]`.
    #[must_use]
    pub fn inheritance(&self, keyword: &str, name: &str) -> Vec<String> {
        let mut chain: Vec<String> = Vec::new();
        let mut current = (keyword.to_owned(), name.to_owned());
        loop {
            let title_here = format!("{} {}", current.0, current.1);
            if chain.contains(&title_here) {
                return chain;
            }
            chain.push(title_here);
            let entries = self.files.iter().flat_map(|file| &file.entries);
            let named = |kind: &str, name: &str| {
                entries
                    .clone()
                    .find(|entry| entry.key.text == kind && entry.values.first().and_then(value_text) == Some(name))
            };
            let inner = named(&current.0, &current.1).and_then(|entry| entry.block.as_ref());
            let extends = inner.and_then(|block| block.entries.iter().find(|entry| entry.key.text == "extends"));
            let Some(parent) = extends.and_then(|entry| entry.values.first()).and_then(value_text) else {
                return chain;
            };
            let kind = if named("template", parent).is_some() {
                "template"
            } else {
                keyword
            };
            current = (kind.to_owned(), parent.to_owned());
        }
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

/// Keyword and name of an entry; a `--set` by its text.
fn title(entry: &Entry<'_>) -> String {
    let name = entry.values.first().and_then(value_text).unwrap_or_default();
    format!("{} {name}", entry.key.text).trim_end().to_owned()
}

fn syntax_error(error: SyntaxError) -> Diagnostic {
    let span = if error.span.is_empty() {
        Span::at(error.span.start)
    } else {
        error.span
    };
    let found = Diagnostic::new(&syntax::syntax_error::RULE, error.message, span, error.label);
    match error.help {
        Some(help) => found.help(help),
        None => found,
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
