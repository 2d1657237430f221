//! Files of a project as a revision of git has them. `git` itself is asked: it knows about worktrees, alternates and
//! packs, and honours what the user has configured.

mod base;
mod loader;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub(crate) use base::find as find_base;
pub(crate) use loader::GitLoader;

use crate::exit::Problem;

/// The repository that a project lies in.
#[derive(Clone, Debug)]
pub(crate) struct Repository {
    /// A directory in it: the root of the project.
    directory: PathBuf,
    /// The way from the repository's root to it, with a slash at its end, or nothing.
    pub(crate) prefix: String,
}

/// A revision that is there.
#[derive(Clone, Debug)]
pub(crate) struct Revision {
    /// As the user wrote it.
    pub(crate) name: String,
    /// Its full object name.
    pub(crate) commit: String,
}

impl Revision {
    /// `main (5ec29eb)`; an object name alone is not repeated.
    pub(crate) fn shown(&self) -> String {
        let short = self.commit.get(..7).unwrap_or(&self.commit);
        if self.commit.starts_with(&self.name) {
            short.to_owned()
        } else {
            format!("{} ({short})", self.name)
        }
    }
}

impl Repository {
    /// The repository around a directory.
    pub(crate) fn around(directory: &Path) -> Result<Self, Problem> {
        let mut found = Self {
            directory: directory.to_owned(),
            prefix: String::new(),
        };
        let prefix = found.ask(["rev-parse", "--show-prefix"]).map_err(|reason| {
            Problem::new(format!(
                "--against: {} is not in a git repository that can be read: {reason}",
                directory.display()
            ))
        })?;
        // Only the line's own end: a directory may end with a space.
        prefix
            .strip_suffix('\n')
            .unwrap_or(&prefix)
            .clone_into(&mut found.prefix);
        Ok(found)
    }

    /// The commit that a name stands for.
    pub(crate) fn revision(&self, name: &str) -> Result<Revision, Problem> {
        let asked = format!("{name}^{{commit}}");
        match self.ask(["rev-parse", "--verify", "--quiet", "--end-of-options", &asked]) {
            Ok(commit) => Ok(Revision {
                name: name.to_owned(),
                commit: commit.trim().to_owned(),
            }),
            Err(_) if self.is_shallow() => Err(Problem::new(format!(
                "--against {name}: this clone is shallow and does not have it; fetch it first: \
                 `git fetch --depth=1 origin {name}`, or clone with the history \
                 (`fetch-depth: 0` of actions/checkout, `GIT_DEPTH: 0` of GitLab)"
            ))),
            Err(_) => Err(Problem::new(format!(
                "--against {name}: git knows no such revision here; `git fetch origin` brings those of the remote"
            ))),
        }
    }

    /// The newest commit that two revisions have in common.
    fn merge_base(&self, one: &str, other: &str) -> Option<String> {
        let commit = self.ask(["merge-base", "--end-of-options", one, other]).ok()?;
        Some(commit.trim().to_owned())
    }

    fn is_shallow(&self) -> bool {
        let answer = self.ask(["rev-parse", "--is-shallow-repository"]);
        answer.is_ok_and(|answer| answer.trim() == "true")
    }

    /// What git answers, or what it says is wrong.
    fn ask<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Result<String, String> {
        let output = self
            .command()
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .map_err(|error| format!("`git` cannot be run: {error}"))?;
        if output.status.success() {
            String::from_utf8(output.stdout).map_err(|_| "a name that is not UTF-8".to_owned())
        } else {
            let said = String::from_utf8_lossy(&output.stderr);
            Err(said.trim().trim_start_matches("fatal: ").to_owned())
        }
    }

    fn command(&self) -> Command {
        let mut command = Command::new("git");
        command
            .arg("-C")
            .arg(&self.directory)
            // A hook of git says where it runs, which is not where the project is.
            .env_remove("GIT_DIR")
            .env_remove("GIT_WORK_TREE")
            .env_remove("GIT_INDEX_FILE")
            .env_remove("GIT_PREFIX")
            // Nothing is fetched behind the user's back, asked for, or written.
            .env("GIT_NO_LAZY_FETCH", "1")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("LC_ALL", "C");
        command
    }
}
