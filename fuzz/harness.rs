//! Anything in, no panic out: from text to findings and files.

use loadline_compiler::against::{Side, margins, pair};
use loadline_compiler::diagnostic::Severity;
use loadline_compiler::lint;
use loadline_compiler::model::TargetName;
use loadline_compiler::project::{self, Checked, Loader, ReadError};
use loadline_compiler::source::Sources;
use loadline_compiler::sql::{Folder, Server};
use loadline_compiler::values::Date;

/// A project of one text; every other file is the same SQL.
struct Given<'t> {
    spec: &'t str,
    sql: &'t str,
}

impl Loader for Given<'_> {
    fn read(&mut self, path: &str) -> Result<String, ReadError> {
        match path {
            "loadline.load" => Ok(self.spec.to_owned()),
            path if path.ends_with(".sql") => Ok(self.sql.to_owned()),
            _ => Err(ReadError::NotFound),
        }
    }
}

/// Engines whose SQL is read in different ways.
const ENGINES: &[&str] = &["postgres", "mysql", "cockroach", "sqlite"];

/// A small migration.
const MIGRATION: &str = "ALTER TABLE users ADD COLUMN full_name text;";

/// Parses, prints, checks and emits; whatever the text, without panic, and with findings inside the text.
pub(crate) fn run(text: &str) {
    let parse = loadline_grammar::parse(text, 0);
    if parse.errors.is_empty() {
        let printed = loadline_grammar::print(&parse.file);
        let again = loadline_grammar::parse(&printed, 0);
        assert!(again.errors.is_empty(), "what was printed does not parse:\n{printed}");
        assert_eq!(
            loadline_grammar::print(&again.file),
            printed,
            "printing is not idempotent"
        );
    }
    let sources = Sources::new();
    let mut loader = Given {
        spec: text,
        sql: MIGRATION,
    };
    let Ok(project) = project::load(&sources, &mut loader, "loadline.load") else {
        return;
    };
    let mut environments: Vec<Option<String>> = vec![None];
    environments.extend(project.environments().first().map(|name| Some((*name).to_owned())));
    for environment in environments {
        let checked = project.check(environment.as_deref(), &mut loader, |_| Date::default());
        all_inside(&checked, &sources);
        if checked
            .judged
            .diagnostics
            .iter()
            .any(|found| found.severity == Severity::Error)
        {
            continue;
        }
        for target in TargetName::ALL {
            let output = loadline_targets::emit(&checked.model, *target);
            for artifact in output.artifacts {
                assert!(
                    !artifact.path.split('/').any(|part| part == ".." || part.is_empty()),
                    "{}",
                    artifact.path
                );
            }
        }
    }
}

fn all_inside(checked: &Checked, sources: &Sources) {
    for found in &checked.judged.diagnostics {
        let place = found.labels.iter().all(|label| sources.file(label.span).is_some());
        assert!(place, "{} points outside the text", found.rule.name);
    }
}

/// A folder of migrations, as `check --sql` judges it: one file, then another that goes on from there.
pub(crate) fn sql(text: &str) {
    for engine in ENGINES {
        let sources = Sources::new();
        let files = [("1.sql", text), ("2.sql", MIGRATION), ("3.sql", text)];
        let files = files.map(|(name, text)| (name.to_owned(), text.to_owned())).to_vec();
        let folder = Folder::of(files.iter().map(|(name, _)| name.clone()).collect());
        let server = Server::of(engine, None);
        let checked = lint::check(&sources, files, engine, server, folder.layout.wrap(), Date::default());
        all_inside(&checked.expect("three small files"), &sources);
    }
}

/// A folder by the names of its files, one a line: each runs or is left out, whatever the order in which they were listed.
pub(crate) fn folder(names: &str) {
    let mut names: Vec<String> = names.lines().map(str::to_owned).collect();
    let folder = Folder::of(names.clone());
    let left_out = folder.left_out.iter().map(|(name, _)| name);
    let mut all: Vec<&String> = folder.files.iter().chain(left_out).collect();
    all.sort();
    let again = Folder::of(names.iter().rev().cloned().collect());
    names.sort();
    assert_eq!(all, names.iter().collect::<Vec<_>>(), "some are lost");
    assert_eq!(again.layout, folder.layout, "the order of the names matters");
}

/// A spec with the SQL of its changes, in the place of another one: the explorer, and the rollout from one to the other.
pub(crate) fn transition(spec: &str, sql: &str, running: &str) {
    let texts = [(running, MIGRATION), (spec, sql)];
    let sources = [Sources::new(), Sources::new()];
    let mut loaders = texts.map(|(spec, sql)| Given { spec, sql });
    let [old_loader, new_loader] = &mut loaders;
    let old = project::load(&sources[0], old_loader, "loadline.load");
    let new = project::load(&sources[1], new_loader, "loadline.load");
    let (Ok(old), Ok(new)) = (old, new) else { return };
    let before = old.check(None, old_loader, |_| Date::default());
    let after = new.check_after(None, Some(&before.model), new_loader, |_| Date::default());
    all_inside(&after, &sources[1]);
    let sides = [(&old, &before), (&new, &after)].map(|(project, checked)| Side {
        project,
        model: &checked.model,
        found: &checked.judged.diagnostics,
    });
    let pairs = pair(sides[0], sides[1]);
    assert_eq!(pairs.known.len(), after.judged.diagnostics.len());
    drop(margins(&before.model, &after.model));
}
