//! What was written: every output with its digest, so that edits by hand are seen and nothing else is touched.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::exit::Problem;

/// The manifest's name, at the root of an output directory.
pub(crate) const MANIFEST_FILE: &str = "loadline.manifest.json";

const VERSION: u32 = 1;

/// The outputs of a directory.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct Manifest {
    manifest_version: u32,
    /// Who wrote it.
    generator: String,
    /// What it was written from.
    spec: Spec,
    /// SHA-256 by path.
    pub(crate) files: BTreeMap<String, String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
struct Spec {
    file: String,
    sha256: String,
}

impl Manifest {
    pub(crate) fn new(file: &str, sha256: String, files: BTreeMap<String, String>) -> Self {
        let generator = concat!("loadline ", env!("CARGO_PKG_VERSION")).to_owned();
        Self {
            manifest_version: VERSION,
            generator,
            spec: Spec {
                file: file.to_owned(),
                sha256,
            },
            files,
        }
    }

    /// The manifest of a directory; `None` when it has none.
    pub(crate) fn read(directory: &Path) -> Result<Option<Self>, Problem> {
        let path = directory.join(MANIFEST_FILE);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Problem::io(&path, &error)),
        };
        let unreadable = |why: String| {
            Problem::new(format!(
                "{}: {why}; restore it, or remove the directory and compile again",
                path.display()
            ))
        };
        let manifest: Self =
            serde_json::from_str(&text).map_err(|error| unreadable(format!("not a manifest ({error})")))?;
        if manifest.manifest_version != VERSION {
            return Err(unreadable(format!(
                "written by another version ({})",
                manifest.generator
            )));
        }
        if let Some(bad) = manifest.files.keys().find(|path| !is_inside(path)) {
            return Err(unreadable(format!("`{bad}` is not a path inside the directory")));
        }
        Ok(Some(manifest))
    }

    pub(crate) fn text(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }
}

/// Whether a path is relative and stays where it is: what a manifest names may be removed.
pub(crate) fn is_inside(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    parts
        .iter()
        .all(|part| !part.is_empty() && *part != "." && *part != ".." && !part.contains('\\') && !part.contains('\0'))
}
