//! Reads files of a project from a revision, by the same rules as from disk: links are followed, but not out of the project.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use loadline_compiler::project::{Loader, ReadError};

use super::{Repository, Revision};
use crate::exit::Problem;
use crate::files::{FILE_BYTES_MAX, text};

/// Links that lead to links end somewhere; Linux gives up after as many.
const LINKS_MAX: usize = 40;

/// What git writes into files that Large File Storage keeps elsewhere. Source: git-lfs, `docs/spec.md`.
const LFS_POINTER: &[u8] = b"version https://git-lfs.github.com/spec/v1";

/// A file of the revision.
#[derive(Clone, Debug)]
struct Entry {
    mode: String,
    object: String,
}

/// Reads files of a project as a revision has them.
pub(crate) struct GitLoader {
    /// By path from the project's root.
    entries: BTreeMap<String, Entry>,
    objects: Objects,
}

impl GitLoader {
    pub(crate) fn new(repository: &Repository, revision: &Revision) -> Result<Self, Problem> {
        let problem = |reason: String| Problem::new(format!("--against {}: {reason}", revision.name));
        let mut arguments = vec!["ls-tree", "-r", "-z", "--full-tree", revision.commit.as_str()];
        let folder = repository.prefix.trim_end_matches('/');
        if !folder.is_empty() {
            arguments.extend(["--", folder]);
        }
        let listed = repository.ask(arguments).map_err(problem)?;
        let mut entries = BTreeMap::new();
        for line in listed.split('\0').filter(|line| !line.is_empty()) {
            let Some((head, path)) = line.split_once('\t') else {
                continue;
            };
            let mut head = head.split(' ');
            let (Some(mode), _, Some(object)) = (head.next(), head.next(), head.next()) else {
                continue;
            };
            if let Some(path) = path.strip_prefix(&repository.prefix) {
                let entry = Entry {
                    mode: mode.to_owned(),
                    object: object.to_owned(),
                };
                entries.insert(path.to_owned(), entry);
            }
        }
        let objects = Objects::open(repository).map_err(problem)?;
        Ok(Self { entries, objects })
    }

    /// The entry that a path leads to, links followed.
    fn resolve(&mut self, path: &str) -> Result<Entry, ReadError> {
        let mut left: Vec<String> = parts(path);
        let mut done: Vec<String> = Vec::new();
        let mut links = 0;
        while let Some(part) = left.pop() {
            match part.as_str() {
                "" | "." => continue,
                ".." => {
                    done.pop().ok_or(ReadError::Outside)?;
                    continue;
                }
                _ => done.push(part),
            }
            let Some(entry) = self.entries.get(&done.join("/")).cloned() else {
                // A directory, or nothing at all: what is below decides.
                continue;
            };
            match entry.mode.as_str() {
                "120000" => {
                    links += 1;
                    if LINKS_MAX < links {
                        return Err(ReadError::Other("links that lead in a circle".to_owned()));
                    }
                    let target = text(self.objects.read(&entry.object)?)?;
                    if target.starts_with('/') {
                        return Err(ReadError::Outside);
                    }
                    done.pop();
                    left.extend(parts(&target));
                }
                "160000" => {
                    return Err(ReadError::Other(
                        "a submodule, whose files are not of this revision".to_owned(),
                    ));
                }
                _ if left.is_empty() => return Ok(entry),
                _ => return Err(ReadError::NotFound),
            }
        }
        Err(ReadError::NotFound)
    }
}

/// Names of a path, the last one first.
fn parts(path: &str) -> Vec<String> {
    path.split('/').rev().map(str::to_owned).collect()
}

impl Loader for GitLoader {
    fn read(&mut self, path: &str) -> Result<String, ReadError> {
        let entry = self.resolve(path)?;
        let bytes = self.objects.read(&entry.object)?;
        if bytes.starts_with(LFS_POINTER) {
            let reason = "git has only a pointer to Large File Storage";
            return Err(ReadError::Other(reason.to_owned()));
        }
        text(bytes)
    }
}

/// A `git cat-file --batch` that answers one object after the other.
struct Objects {
    child: Child,
    ask: ChildStdin,
    answer: BufReader<ChildStdout>,
}

impl Objects {
    fn open(repository: &Repository) -> Result<Self, String> {
        let mut child = repository
            .command()
            .args(["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("`git` cannot be run: {error}"))?;
        let (Some(ask), Some(answer)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("`git` cannot be asked".to_owned());
        };
        let answer = BufReader::new(answer);
        Ok(Self { child, ask, answer })
    }

    fn read(&mut self, object: &str) -> Result<Vec<u8>, ReadError> {
        let said = |error: std::io::Error| ReadError::Other(format!("git: {error}"));
        writeln!(self.ask, "{object}").map_err(said)?;
        self.ask.flush().map_err(said)?;
        let mut head = String::new();
        self.answer.read_line(&mut head).map_err(said)?;
        // `OBJECT blob SIZE`, or `OBJECT missing`: a partial clone has not fetched it.
        let Some(size) = head
            .trim_end()
            .split_once(" blob ")
            .and_then(|(_, size)| size.parse::<u64>().ok())
        else {
            let reason =
                "git does not have it here; in a partial clone, fetch it first (`git fetch --refetch --no-filter`)";
            return Err(ReadError::Other(reason.to_owned()));
        };
        if FILE_BYTES_MAX < size {
            let mut rest = (&mut self.answer).take(size.saturating_add(1));
            std::io::copy(&mut rest, &mut std::io::sink()).map_err(said)?;
            return Err(ReadError::Other(format!("larger than {} MiB", FILE_BYTES_MAX >> 20)));
        }
        let mut bytes = Vec::new();
        // The object, then a line break.
        (&mut self.answer).take(size).read_to_end(&mut bytes).map_err(said)?;
        self.answer.read_exact(&mut [0]).map_err(said)?;
        Ok(bytes)
    }
}

impl Drop for Objects {
    fn drop(&mut self) {
        // It only waits for more questions.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
