//! The files of one cluster: one for each object, and a list of them.

use loadline_grammar::Span;
use serde::Serialize;

use crate::artifact::Artifact;
use crate::output::Output;
use crate::yaml;

/// Where objects go.
pub(crate) struct Objects<'o> {
    pub(crate) out: &'o mut Output,
    directory: String,
    files: Vec<String>,
}

impl<'o> Objects<'o> {
    /// `directory` is empty, or ends with a slash.
    pub(crate) fn new(out: &'o mut Output, directory: String) -> Self {
        Self {
            out,
            directory,
            files: Vec::new(),
        }
    }

    /// Writes an object into `KIND-NAME.yaml`.
    pub(crate) fn add<T: Serialize>(&mut self, kind: &str, name: &str, object: &T) {
        let file = format!("{}-{name}.yaml", kind.to_ascii_lowercase());
        self.write(&file, object);
        self.files.push(file);
    }

    /// The objects' files, sorted.
    pub(crate) fn files(&self) -> Vec<String> {
        let mut files = self.files.clone();
        files.sort_unstable();
        files
    }

    /// Writes a file that is not an object of the cluster.
    pub(crate) fn write<T: Serialize>(&mut self, file: &str, value: &T) {
        match yaml::document(value) {
            Ok(text) => self
                .out
                .push(Artifact::new(format!("{}{file}", self.directory), text)),
            Err(error) => {
                let message = format!("`{file}` could not be written: {error}");
                self.out
                    .refuse(Span::default(), message, "a mistake of this program");
            }
        }
    }
}
