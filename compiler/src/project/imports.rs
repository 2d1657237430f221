//! Reading a spec and what it imports.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use loadline_grammar::ast::{Entry, File, ValueKind};
use loadline_grammar::{Span, SyntaxError};

use super::{Loader, Project, ReadError};
use crate::diagnostic::Diagnostic;
use crate::lower::normal_path;
use crate::rules::syntax;
use crate::source::{SourceFile, Sources};

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
    let mut imports = Imports {
        seen: BTreeSet::from([root.to_owned()]),
        open: vec![project.parse(file)],
    };
    while let Some(mut open) = imports.open.pop() {
        let from = open.source;
        let entry = open.file.entries.iter().enumerate().skip(open.next).find(|(_, entry)| {
            let key = &entry.key;
            key.text == "import" && !key.quoted
        });
        let Some((place, entry)) = entry else {
            project.files.push(open.file);
            continue;
        };
        let entry = entry.clone();
        open.next = place + 1;
        imports.open.push(open);
        if let Some(imported) = project.import(&entry, from, loader, &mut imports) {
            let imported = project.parse(imported);
            imports.open.push(imported);
        }
    }
    Ok(project)
}

/// The files that are being read. No recursion: a chain of imports may be long.
struct Imports<'s> {
    seen: BTreeSet<String>,
    /// Each imported by the one before it.
    open: Vec<Open<'s>>,
}

/// A file of which not all imports are read yet.
struct Open<'s> {
    source: &'s SourceFile,
    file: File<'s>,
    /// The entry to go on with.
    next: usize,
}

impl<'s> Project<'s> {
    fn parse(&mut self, source: &'s SourceFile) -> Open<'s> {
        let parse = loadline_grammar::parse(&source.text, source.base);
        self.diagnostics.extend(parse.errors.into_iter().map(syntax_error));
        Open {
            source,
            file: parse.file,
            next: 0,
        }
    }

    /// The file to import; none when it was or cannot be.
    fn import(
        &mut self,
        entry: &Entry<'_>,
        from: &SourceFile,
        loader: &mut dyn Loader,
        imports: &mut Imports<'_>,
    ) -> Option<&'s SourceFile> {
        let (Some((ValueKind::Text(path), span)), 1) = (
            entry.values.first().map(|value| (&value.kind, value.span)),
            entry.values.len(),
        ) else {
            let found = Diagnostic::new(
                &syntax::syntax_error::RULE,
                "`import` needs a path in quotes",
                entry.head_span(),
                "here",
            )
            .help("write `import \"other.load\"`");
            self.diagnostics.push(found);
            return None;
        };
        let directory = from.name.rsplit_once('/').map_or("", |(directory, _)| directory);
        // Relative to the importing file, but never out of the project.
        let joined = if path.starts_with('/') {
            (*path).to_owned()
        } else {
            format!("{directory}/{path}")
        };
        let relative = joined
            .strip_prefix('/')
            .filter(|_| directory.is_empty() && !path.starts_with('/'))
            .unwrap_or(&joined);
        let Some(path) = normal_path(relative) else {
            self.diagnostics.push(syntax::path_outside_project::found(path, span));
            return None;
        };
        if imports.seen.contains(&path) {
            let open = imports.open.iter().map(|open| open.source.name.as_str());
            let circle: Vec<&str> = open.skip_while(|file| *file != path).collect();
            if circle.is_empty() {
                return None;
            }
            let circle = circle.join(" → ");
            let message = format!("`{path}` imports itself: {circle} → {path}");
            self.diagnostics.push(Diagnostic::new(
                &syntax::import_cycle::RULE,
                message,
                span,
                "closes the circle",
            ));
            return None;
        }
        imports.seen.insert(path.clone());
        let text = match loader.read(&path) {
            Ok(text) => text,
            Err(ReadError::Outside) => {
                self.diagnostics.push(syntax::path_outside_project::found(&path, span));
                return None;
            }
            Err(error) => {
                let rule = &syntax::unknown_reference::RULE;
                self.diagnostics
                    .push(Diagnostic::new(rule, error.message(&path), span, "imported here"));
                return None;
            }
        };
        let Some(source) = self.sources.add(&path, text) else {
            let message = format!("`{path}` is one file too many, or one text too long");
            self.diagnostics.push(Diagnostic::new(
                &syntax::syntax_error::RULE,
                message,
                span,
                "imported here",
            ));
            return None;
        };
        Some(source)
    }
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
