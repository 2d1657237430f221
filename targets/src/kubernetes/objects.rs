//! The files of one cluster: one for each object, and a list of them.

use std::collections::BTreeSet;

use loadline_grammar::Span;
use serde::Serialize;

use super::patch::Patches;
use crate::artifact::Artifact;
use crate::output::Output;
use crate::yaml;

/// Where objects go.
pub(crate) struct Objects<'o, 'm> {
    pub(crate) out: &'o mut Output,
    patches: &'o mut Patches<'m>,
    directory: String,
    files: BTreeSet<String>,
    /// What is being written for, should two objects have one name.
    pub(crate) span: Span,
}

impl<'o, 'm> Objects<'o, 'm> {
    /// `directory` is empty, or ends with a slash.
    pub(crate) fn new(out: &'o mut Output, directory: String, patches: &'o mut Patches<'m>) -> Self {
        Self {
            out,
            patches,
            directory,
            files: BTreeSet::new(),
            span: Span::default(),
        }
    }

    /// Writes an object into `KIND-NAME.yaml`.
    pub(crate) fn add<T: Serialize>(&mut self, kind: &str, name: &str, object: &T) {
        let file = format!("{}-{name}.yaml", kind.to_ascii_lowercase());
        match self.patches.apply(kind, name, object, self.out) {
            Some((patched, by)) => self.document(&file, &patched, Some(by)),
            None => self.document(&file, object, None),
        }
        if !self.files.insert(file) {
            let message = format!("two objects of the kind {kind} would be called `{name}`");
            let label = "one of the names here must be another";
            self.out.refuse(self.span, message, label);
        }
    }

    /// The objects' files, sorted.
    pub(crate) const fn files(&self) -> &BTreeSet<String> {
        &self.files
    }

    /// Writes a file that is not an object of the cluster.
    pub(crate) fn write<T: Serialize>(&mut self, file: &str, value: &T) {
        self.document(file, value, None);
    }

    fn document<T: Serialize>(&mut self, file: &str, value: &T, overridden: Option<String>) {
        match yaml::document(value) {
            Ok(text) => self.out.push(Artifact {
                overridden,
                ..Artifact::new(format!("{}{file}", self.directory), text)
            }),
            Err(error) => {
                let message = format!("`{file}` could not be written: {error}");
                self.out.refuse(Span::default(), message, "a mistake of this program");
            }
        }
    }
}
