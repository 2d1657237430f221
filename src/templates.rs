//! The project's own templates: the files of the folder that `project { templates "…" }` names.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use loadline_compiler::diagnostic::Diagnostic;
use loadline_compiler::model::Model;
use loadline_compiler::project::{Loader, ReadError};
use loadline_compiler::rules::{operations, syntax};
use loadline_grammar::Span;
use loadline_targets::Overrides;

use crate::files::{DiskLoader, Location};

/// Reads every file of the folder. What cannot be read is reported where the folder is named.
pub(crate) fn read(location: &Location, model: &Model) -> (Overrides, Vec<Diagnostic>) {
    let (mut texts, mut found) = (BTreeMap::new(), Vec::new());
    if let Some(templates) = &model.project.templates {
        let folder = &templates.value.0;
        let span = templates.span;
        let mut paths = Vec::new();
        let listed = inside(location, folder).and_then(|()| collect(&location.root.join(folder), "", &mut paths));
        if let Err(error) = listed {
            found.push(unread(&error, folder, span));
        }
        let mut loader = DiskLoader::new(location);
        for path in paths {
            let full = format!("{folder}/{path}");
            match loader.read(&full) {
                Ok(text) => _ = texts.insert(path, text),
                Err(error) => found.push(unread(&error, &full, span)),
            }
        }
    }
    (Overrides::new(model, texts), found)
}

fn unread(error: &ReadError, path: &str, span: Span) -> Diagnostic {
    let rule = match error {
        ReadError::Outside => &syntax::path_outside_project::RULE,
        ReadError::NotFound | ReadError::Other(_) => &operations::override_not_applied::RULE,
    };
    Diagnostic::new(rule, error.message(path), span, "templates are read from here")
}

/// A folder may be a link, but not out of the project.
fn inside(location: &Location, folder: &str) -> Result<(), ReadError> {
    let resolved = fs::canonicalize(location.root.join(folder)).map_err(unreadable)?;
    if resolved.starts_with(&location.root) {
        Ok(())
    } else {
        Err(ReadError::Outside)
    }
}

fn unreadable(error: std::io::Error) -> ReadError {
    match error.kind() {
        std::io::ErrorKind::NotFound => ReadError::NotFound,
        _ => ReadError::Other(error.to_string()),
    }
}

/// Files below a folder, links not followed into further folders; what begins with a dot belongs to editors.
fn collect(folder: &Path, prefix: &str, paths: &mut Vec<String>) -> Result<(), ReadError> {
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name();
        let Some(name) = name.to_str() else {
            return Err(ReadError::Other("a name that is not UTF-8".to_owned()));
        };
        if name.starts_with('.') {
            continue;
        }
        let path = format!("{prefix}{name}");
        if entry.file_type().map_err(unreadable)?.is_dir() {
            collect(&entry.path(), &format!("{path}/"), paths)?;
        } else {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(())
}
