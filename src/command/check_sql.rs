//! `loadline check --sql DIR`: a folder of migrations, without a spec.

use std::fs;
use std::mem::ManuallyDrop;
use std::path::Path;

use loadline_compiler::diagnostic::counted;
use loadline_compiler::lint;
use loadline_compiler::project::Loader as _;
use loadline_compiler::source::{FILES_MAX, Sources};
use loadline_compiler::sql::{Folder, Layout, Server};
use loadline_compiler::values::Version;

use super::session::{BASE, Environment};
use super::{print, remark};
use crate::cli::{CheckArgs, Format};
use crate::exit::{Exit, Problem};
use crate::files::{DiskLoader, Location};
use crate::report::{self, Report, Style};
use crate::today;

/// Folders within folders that are looked into; migration tools use one or two.
const DEPTH_MAX: usize = 8;

/// Engines whose SQL is read.
const ENGINES: &[&str] = &[
    "postgres",
    "postgresql",
    "aurora-postgres",
    "mysql",
    "mariadb",
    "aurora-mysql",
];

pub(crate) fn run(arguments: &CheckArgs, style: Style) -> Result<Exit, Problem> {
    let directory = arguments.sql.as_deref().unwrap_or(Path::new("."));
    let (engine, version) = engine(arguments.engine.as_deref().unwrap_or("postgres"))?;
    let server = Server::of(&engine, version.as_ref());
    let location = location(directory)?;
    let folder = folder(directory, &location)?;
    let mut loader = DiskLoader::new(&location);
    let mut files = Vec::new();
    for path in &folder.files {
        let text = loader.read(path);
        let text = text.map_err(|error| Problem::new(error.message(&format!("{}{path}", location.prefix))))?;
        files.push((path.clone(), text));
    }
    let sources = Sources::new();
    let today = today::of(arguments.project.resolve.today);
    let checked = lint::check(&sources, files, &engine, server, folder.layout.wrap(), today).ok_or_else(|| {
        Problem::new(format!(
            "{}: too many files, or too large together",
            directory.display()
        ))
    })?;
    let environments = [Environment {
        name: BASE.to_owned(),
        silenced: checked.judged.silenced,
        diagnostics: checked.judged.diagnostics.clone(),
        today,
        model: ManuallyDrop::new(checked.model),
    }];
    // What reads a document wants nothing before it.
    let head = told(&folder, server, version.is_some());
    match arguments.format {
        Format::Text | Format::Short => print(&head)?,
        _ => remark(&head),
    }
    let report = Report::new(&sources, &location, &environments, checked.judged.diagnostics);
    print(&report::render(&report, arguments.format, style))?;
    Ok(if report.has_errors() {
        Exit::Findings
    } else {
        Exit::Clean
    })
}

/// `postgres 16`, or `postgres`.
fn engine(text: &str) -> Result<(String, Option<Version>), Problem> {
    let mut words = text.split_whitespace();
    let name = words.next().unwrap_or_default().to_ascii_lowercase();
    let version = words.next().map(|version| Version(version.to_owned()));
    let readable = version.as_ref().is_none_or(|version| version.major().is_some());
    if !ENGINES.contains(&name.as_str()) || !readable || words.next().is_some() {
        let known = ENGINES.join(", ");
        return Err(Problem::new(format!(
            "--engine \"{text}\": write a name and a version, as in \"postgres 16\"; known are {known}"
        )));
    }
    Ok((name, version))
}

/// The directory, or that of the one file that is named.
fn location(path: &Path) -> Result<Location, Problem> {
    let metadata = fs::metadata(path).map_err(|error| Problem::io(path, &error))?;
    if metadata.is_file() {
        return Location::find(path);
    }
    let root = fs::canonicalize(path).map_err(|error| Problem::io(path, &error))?;
    let shown = path.to_string_lossy().replace('\\', "/");
    let shown = shown.trim_start_matches("./").trim_end_matches('/');
    let prefix = if shown.is_empty() || shown == "." {
        String::new()
    } else {
        format!("{shown}/")
    };
    Ok(Location {
        root,
        file: String::new(),
        prefix,
    })
}

fn folder(path: &Path, location: &Location) -> Result<Folder, Problem> {
    if !location.file.is_empty() {
        return Ok(Folder {
            layout: Layout::Plain,
            files: vec![location.file.clone()],
            left_out: Vec::new(),
        });
    }
    let mut paths = Vec::new();
    walk(&location.root, "", 0, location, &mut paths)?;
    if FILES_MAX <= paths.len() {
        let message = format!("{}: more than {} SQL files", path.display(), FILES_MAX - 1);
        return Err(Problem::new(message));
    }
    let folder = Folder::of(paths);
    if folder.files.is_empty() {
        let message = format!("{}: no SQL file in it that runs forward", path.display());
        return Err(Problem::new(message));
    }
    Ok(folder)
}

/// The SQL files below a directory, in no order. What is hidden is not looked at.
fn walk(root: &Path, below: &str, depth: usize, location: &Location, paths: &mut Vec<String>) -> Result<(), Problem> {
    let directory = root.join(below);
    let entries = fs::read_dir(&directory).map_err(|error| Problem::io(&directory, &error))?;
    for entry in entries {
        let entry = entry.map_err(|error| Problem::io(&directory, &error))?;
        let name = entry.file_name();
        let Some(name) = name.to_str() else {
            return Err(Problem::new(format!("{}: not a name in UTF-8", entry.path().display())));
        };
        if name.starts_with('.') || name == "node_modules" {
            continue;
        }
        let relative = if below.is_empty() {
            name.to_owned()
        } else {
            format!("{below}/{name}")
        };
        let kind = entry.file_type().map_err(|error| Problem::io(&entry.path(), &error))?;
        if kind.is_dir() && depth < DEPTH_MAX {
            walk(root, &relative, depth + 1, location, paths)?;
        } else if kind.is_symlink() && fs::metadata(entry.path()).is_ok_and(|target| target.is_dir()) {
            // What it leads to is looked at where it is, if it is in here at all.
            let target = fs::canonicalize(entry.path()).map_err(|error| Problem::io(&entry.path(), &error))?;
            if !target.starts_with(root) {
                let message = format!("{}{relative}: a link that leaves the folder", location.prefix);
                return Err(Problem::new(message));
            }
        } else if !kind.is_dir() && Path::new(name).extension().is_some_and(|extension| extension == "sql") {
            paths.push(relative);
        }
    }
    Ok(())
}

/// What was looked at, in a line or two.
fn told(folder: &Folder, server: Server, declared: bool) -> String {
    let files = counted(folder.files.len() as u64, "file");
    let span = match (folder.files.first(), folder.files.last()) {
        (Some(first), Some(last)) if first != last => format!(", {first} to {last}"),
        _ => String::new(),
    };
    let newest = if declared {
        ""
    } else {
        " (say --engine \"postgres 16\" for another)"
    };
    let mut told = format!("{files}{span}; {}; on {server}{newest}\n", folder.layout.shown());
    if !folder.left_out.is_empty() {
        let shown: Vec<String> = folder
            .left_out
            .iter()
            .take(3)
            .map(|(path, why)| format!("{path} ({why})"))
            .collect();
        let more = folder.left_out.len().saturating_sub(shown.len());
        let more = if more == 0 {
            String::new()
        } else {
            format!(" and {more} more")
        };
        told.push_str(&format!("left out: {}{more}\n", shown.join(", ")));
    }
    told
}
