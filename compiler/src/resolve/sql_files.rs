//! The SQL files that changes name.

use std::collections::BTreeMap;

use loadline_grammar::Span;

use crate::diagnostic::Diagnostic;
use crate::lower::Cx;
use crate::model::{Model, SqlFile};
use crate::project::{Loader, ReadError};
use crate::rules::syntax;
use crate::sql;

/// The files of one change.
struct Wanted {
    /// Its place in the model.
    change: usize,
    files: Vec<(String, Span)>,
    schema: Option<(String, Span)>,
    engine: String,
}

pub(crate) fn read(model: &mut Model, loader: &mut dyn Loader, cx: &mut Cx<'_>) {
    let mut read: BTreeMap<(String, String), SqlFile> = BTreeMap::new();
    let mut wanted: Vec<Wanted> = Vec::new();
    for (index, change) in model.changes.iter().enumerate() {
        let store = change.on.as_ref().and_then(|on| model.store(on.id));
        let engine = store.map_or("", |store| store.engine_name()).to_owned();
        let steps = change.expand.iter().chain(&change.backfill).chain(&change.contract);
        let files = steps.map(|step| (step.file.value.0.clone(), step.file.span)).collect();
        let schema = store
            .and_then(|store| store.schema.as_ref())
            .map(|schema| (schema.value.0.clone(), schema.span));
        wanted.push(Wanted {
            change: index,
            files,
            schema,
            engine,
        });
    }
    for Wanted {
        change,
        files,
        schema,
        engine,
    } in wanted
    {
        let mut fetch = |path: String, span: Span, cx: &mut Cx<'_>| -> Option<SqlFile> {
            let key = (path.clone(), engine.clone());
            if let Some(file) = read.get(&key) {
                return Some(file.clone());
            }
            let file = one(&path, span, &engine, loader, cx)?;
            read.insert(key, file.clone());
            Some(file)
        };
        let files: Vec<SqlFile> = files
            .into_iter()
            .filter_map(|(path, span)| fetch(path, span, cx))
            .collect();
        let schema = schema.and_then(|(path, span)| fetch(path, span, cx));
        if let Some(place) = model.changes.get_mut(change) {
            place.files = files;
            place.schema = schema;
        }
    }
}

fn one(path: &str, span: Span, engine: &str, loader: &mut dyn Loader, cx: &mut Cx<'_>) -> Option<SqlFile> {
    // Another environment, or another change, may have read it already.
    let known = cx.sources.files().find(|file| file.name == path);
    let source = match known {
        Some(source) => source,
        None => {
            let text = match loader.read(path) {
                Ok(text) => text,
                Err(ReadError::Outside) => {
                    cx.report(syntax::path_outside_project::found(path, span));
                    return None;
                }
                Err(error) => {
                    let rule = &syntax::unknown_reference::RULE;
                    cx.report(Diagnostic::new(rule, error.message(path), span, "named here"));
                    return None;
                }
            };
            cx.sources.add(path, text)?
        }
    };
    let length = u32::try_from(source.text.len()).unwrap_or(u32::MAX);
    let span = Span::new(source.base, source.base.saturating_add(length));
    Some(SqlFile {
        path: path.to_owned(),
        span,
        effects: sql::read(&source.text, source.base, engine),
    })
}
