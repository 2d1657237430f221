//! `loadline fmt`

use std::collections::BTreeSet;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use loadline_compiler::project;
use loadline_compiler::source::Sources;

use super::{print, remark};
use crate::cli::FmtArgs;
use crate::diff;
use crate::exit::{Exit, Problem};
use crate::files::{DiskLoader, Location, replace_file};
use crate::report::{self, Report, Style};

pub(crate) fn run(arguments: &FmtArgs, style: Style) -> Result<Exit, Problem> {
    if arguments.paths.as_slice() == [PathBuf::from("-")] {
        return standard_input(arguments.check, style);
    }
    let mut exit = Exit::Clean;
    let mut seen: BTreeSet<PathBuf> = BTreeSet::new();
    for path in &arguments.paths {
        let sources = Sources::new();
        let location = Location::find(path)?;
        let mut loader = DiskLoader::new(&location);
        let shown = format!("{}{}", location.prefix, location.file);
        let loaded = project::load(&sources, &mut loader, &location.file);
        let loaded = loaded.map_err(|error| Problem::new(error.message(&shown)))?;
        let report = Report::new(&sources, &location, &[], loaded.diagnostics().to_vec());
        if report.has_errors() {
            // What does not parse is left as it is, and so is everything that belongs to it.
            remark(&report::render(&report, crate::cli::Format::Text, style));
            exit = Exit::Findings;
            continue;
        }
        for source in sources.files() {
            let file = location.root.join(&source.name);
            if !seen.insert(file.clone()) {
                continue;
            }
            let changed = format_one(&file, &report.name(&source.name), arguments.check)?;
            if changed && arguments.check {
                exit = Exit::Findings;
            }
        }
    }
    Ok(exit)
}

/// Formats a file; whether it changed, or would.
fn format_one(path: &Path, shown: &str, only_check: bool) -> Result<bool, Problem> {
    let text = fs::read_to_string(path).map_err(|error| Problem::io(path, &error))?;
    let Some(formatted) = formatted(&text).filter(|formatted| *formatted != text) else {
        return Ok(false);
    };
    if only_check {
        print(&diff::unified(&text, &formatted, shown))?;
    } else {
        replace_file(path, formatted.as_bytes())?;
        print(&format!("formatted {shown}\n"))?;
    }
    Ok(true)
}

/// The text in the one style; `None` when it does not parse.
fn formatted(text: &str) -> Option<String> {
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text).replace("\r\n", "\n");
    let parse = loadline_grammar::parse(&text, 0);
    parse.errors.is_empty().then(|| loadline_grammar::print(&parse.file))
}

fn standard_input(only_check: bool, style: Style) -> Result<Exit, Problem> {
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .map_err(|error| Problem::new(format!("standard input: {error}")))?;
    let Some(formatted) = formatted(&text) else {
        let sources = Sources::new();
        let location = Location {
            root: PathBuf::new(),
            file: "<stdin>".to_owned(),
            prefix: String::new(),
        };
        let mut loader = Given(text);
        let loaded = project::load(&sources, &mut loader, "<stdin>");
        let loaded = loaded.map_err(|error| Problem::new(error.message("<stdin>")))?;
        let report = Report::new(&sources, &location, &[], loaded.diagnostics().to_vec());
        remark(&report::render(&report, crate::cli::Format::Text, style));
        return Ok(Exit::Findings);
    };
    if only_check {
        print(&diff::unified(&text, &formatted, "<stdin>"))?;
        return Ok(if formatted == text { Exit::Clean } else { Exit::Findings });
    }
    print(&formatted)?;
    Ok(Exit::Clean)
}

/// A project that is one text.
struct Given(String);

impl project::Loader for Given {
    fn read(&mut self, path: &str) -> Result<String, project::ReadError> {
        if path == "<stdin>" {
            Ok(self.0.clone())
        } else {
            Err(project::ReadError::NotFound)
        }
    }
}
