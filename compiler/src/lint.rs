//! A folder of migrations judged without a spec.

use loadline_grammar::Span;

use crate::model::SqlFile;
use crate::project::{self, Checked, Loader, ReadError};
use crate::rules;
use crate::source::Sources;
use crate::sql::{self, Server, Wrap};
use crate::values::Date;

/// A spec that says nothing.
struct Nothing;

impl Loader for Nothing {
    fn read(&mut self, _: &str) -> Result<String, ReadError> {
        Ok(String::new())
    }
}

/// Judges SQL files, in the order in which they run, on a server. `None` when they are too many or too large.
#[must_use]
pub fn check(
    sources: &Sources,
    files: Vec<(String, String)>,
    engine: &str,
    server: Server,
    wrap: Wrap,
    today: Date,
) -> Option<Checked> {
    let project = project::load(sources, &mut Nothing, "").ok()?;
    let mut model = project.check(None, &mut Nothing, |_| today).model;
    // What nobody declared needs no findings.
    model.changes.clear();
    let mut read = Vec::new();
    for (path, text) in files {
        let source = sources.add(path, text)?;
        let length = u32::try_from(source.text.len()).ok()?;
        read.push(SqlFile {
            path: source.name.clone(),
            span: Span::new(source.base, source.base.saturating_add(length)),
            effects: sql::read(&source.text, source.base, engine),
        });
    }
    let found = rules::check_migrations(&model, &read, server, wrap, today);
    let judged = rules::judge_files(&model, read.iter().map(|file| &file.effects), found);
    Some(Checked { model, judged, today })
}
