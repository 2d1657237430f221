//! Directories and mounted files of a unit: what stands in the unit, what tmpfiles.d must create, what is installed.

use loadline_compiler::model::Workload;
use serde::Serialize;

use super::unit::Files;
use crate::artifact::Artifact;
use crate::escape::systemd as escape;
use crate::host::{Account, Kept, Storage};
use crate::output::Output;
use crate::template::Escaped;

/// A line of tmpfiles.d.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Line {
    /// `d` creates a directory, `D` also empties it when the machine starts, `z` sets owner and mode of what exists.
    kind: Escaped,
    path: Escaped,
    mode: Escaped,
    owner: Escaped,
}

impl Line {
    /// A directory of root's that everyone may enter.
    pub(crate) fn open(path: &str) -> Result<Self, String> {
        Self::new("d", path, "0755", &escape::fixed("root"))
    }

    /// A file that only systemd reads, before it gives up its rights.
    pub(crate) fn secret(path: &str) -> Result<Self, String> {
        Self::new("z", path, "0600", &escape::fixed("root"))
    }

    fn new(kind: &'static str, path: &str, mode: &'static str, owner: &Escaped) -> Result<Self, String> {
        Ok(Self {
            kind: escape::fixed(kind),
            path: escape::table_path(path)?,
            mode: escape::fixed(mode),
            owner: owner.clone(),
        })
    }
}

/// What a unit says about files; the lines that make its directories go to `lines`.
///
/// Of a unit with several instances, each has volumes of its own: `PATH/N` on the machine, `PATH` to the process.
pub(crate) fn files(
    storage: &Storage,
    account: &Escaped,
    instances: Option<u64>,
    lines: &mut Vec<Line>,
    out: &mut Output,
) -> Files {
    let mut files = Files::default();
    for directory in &storage.directories {
        let (path, span) = (&directory.path, directory.span);
        let own = instances.filter(|_| directory.kept.is_volume());
        let kind = if directory.kept == Kept::Scratch { "D" } else { "d" };
        match own {
            Some(instances) => {
                files.volumes.push(out.escaped(span, escape::bind_instance(path, path)));
                lines.extend(out.escaped(span, Line::open(path).map(Some)));
                for instance in 1..=instances {
                    let line = Line::new(kind, &format!("{path}/{instance}"), "0750", account);
                    lines.extend(out.escaped(span, line.map(Some)));
                }
            }
            None => {
                files.writable.push(out.escaped(span, escape::list_path(path)));
                if directory.kept != Kept::OfTheSystem {
                    let line = Line::new(kind, path, "0750", account);
                    lines.extend(out.escaped(span, line.map(Some)));
                }
            }
        }
    }
    for file in &storage.mounted {
        files
            .mounted
            .push(out.escaped(file.span, escape::bind(&file.source, &file.target)));
    }
    for (path, size) in &storage.memory {
        files
            .memory
            .push(out.escape(path, |path| escape::temporary(path, *size)));
    }
    files
}

/// The mounted files of the project, to be installed below `/etc/PROJECT/files`.
pub(crate) fn install(workload: &Workload, storage: &Storage, directory: &str, out: &mut Output) {
    for file in &storage.mounted {
        if let Some(text) = &file.text {
            let path = format!("{directory}files/{}{}", workload.name.value, file.target);
            out.push(Artifact::verbatim(path, text.clone()));
        }
    }
}

/// The account as the lines name it.
pub(crate) fn owner(workload: &Workload, account: &Account, out: &mut Output) -> Escaped {
    out.escaped(workload.name.span, escape::name(&account.name))
}
