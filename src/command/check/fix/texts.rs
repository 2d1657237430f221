//! Texts of a project that differ from what is on disk, until they are written.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use loadline_compiler::diagnostic::Edit;
use loadline_compiler::project::{Loader, ReadError};
use loadline_compiler::source::Sources;

use crate::diff;
use crate::exit::Problem;
use crate::files::{DiskLoader, Location, replace_file};

/// Texts by name, relative to the project: what was read, and what it is to be.
#[derive(Clone, Debug, Default)]
pub(super) struct Texts {
    changed: BTreeMap<String, (String, String)>,
}

impl Texts {
    /// These with further edits; `None` when they overlap, or lie in no file.
    pub(super) fn with(&self, sources: &Sources, edits: &[Edit]) -> Option<Self> {
        let mut mended = self.clone();
        let mut edits: Vec<&Edit> = edits.iter().collect();
        // From the end, so that the places of the others stay what they are.
        edits.sort_by_key(|edit| std::cmp::Reverse((edit.span.start, edit.span.end)));
        let mut last: Option<&Edit> = None;
        for edit in edits {
            if last.is_some_and(|last| last.span.start < edit.span.end) {
                return None;
            }
            last = Some(edit);
            // A `--set` has no file.
            let file = sources
                .file(edit.span)
                .filter(|file| !file.name.starts_with("--set "))?;
            let entry = mended.changed.entry(file.name.clone());
            let (_, text) = entry.or_insert_with(|| (file.text.clone(), file.text.clone()));
            let range = file.range(edit.span);
            text.get(range.clone())?;
            text.replace_range(range, &edit.text);
        }
        Some(mended)
    }

    /// What was touched gets the one style; what does not parse, and SQL, stays as it is.
    pub(super) fn format(&mut self) {
        for (name, (_, text)) in &mut self.changed {
            let parse = loadline_grammar::parse(text, 0);
            if name.ends_with(".load") && parse.errors.is_empty() {
                *text = loadline_grammar::print(&parse.file);
            }
        }
    }

    /// The project's files, as they are to be.
    pub(super) fn loader(&self, location: &Location) -> Overlay {
        Overlay {
            disk: DiskLoader::new(location),
            texts: self.clone(),
        }
    }

    /// What changes, file by file.
    pub(super) fn diff(&self, location: &Location) -> String {
        let mut out = String::new();
        for (name, (old, new)) in &self.changed {
            out.push_str(&diff::unified(old, new, &format!("{}{name}", location.prefix)));
        }
        out
    }

    /// Writes what changes; nothing at all when a file may not be written.
    pub(super) fn write(&self, location: &Location) -> Result<(), Problem> {
        let mut files: BTreeMap<PathBuf, (&str, &str)> = BTreeMap::new();
        for (name, (_, new)) in self.changed.iter().filter(|(_, (old, new))| old != new) {
            let path = location.root.join(name);
            let path = fs::canonicalize(&path).map_err(|error| Problem::io(&path, &error))?;
            let metadata = fs::metadata(&path).map_err(|error| Problem::io(&path, &error))?;
            if metadata.permissions().readonly() {
                return Err(Problem::new(format!(
                    "{}{name} is read-only: nothing was changed",
                    location.prefix
                )));
            }
            if let Some((other, _)) = files.insert(path, (name, new)) {
                return Err(Problem::new(format!(
                    "{0}{other} and {0}{name} are one file, and would be changed twice: nothing was changed",
                    location.prefix
                )));
            }
        }
        for (path, (_, text)) in files {
            replace_file(&path, text.as_bytes())?;
        }
        Ok(())
    }
}

/// Reads from disk what is not to be something else.
pub(super) struct Overlay {
    disk: DiskLoader,
    texts: Texts,
}

impl Loader for Overlay {
    fn read(&mut self, path: &str) -> Result<String, ReadError> {
        match self.texts.changed.get(path) {
            Some((_, text)) => Ok(text.clone()),
            None => self.disk.read(path),
        }
    }
}
