//! What should be in an output directory, and what is.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::exit::Problem;
use crate::files::digest;
use crate::manifest::{MANIFEST_FILE, Manifest};

/// A file that should be there.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) contents: String,
    pub(crate) executable: bool,
    /// What of the project's own made or changed it.
    pub(crate) overridden: Option<String>,
}

/// Which part of the directory is compiled; the rest is left as it is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    /// All, when empty.
    pub(crate) environments: BTreeSet<String>,
    /// All, when empty.
    pub(crate) targets: BTreeSet<String>,
}

impl Scope {
    /// `base/kubernetes/deployment-api.yaml`: environment, target, file.
    fn holds(&self, path: &str) -> bool {
        let mut parts = path.split('/');
        let (environment, target) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        (self.environments.is_empty() || self.environments.contains(environment))
            && (self.targets.is_empty() || self.targets.contains(target))
    }
}

/// How a file on disk differs from what the spec compiles to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Difference {
    /// It should be there.
    Missing,
    /// It is what an earlier compile wrote.
    Stale,
    /// It is not what a compile wrote.
    Edited,
    /// The spec no longer produces it.
    Orphaned,
    /// The spec no longer produces it, and it is not what a compile wrote.
    OrphanedAndEdited,
}

impl Difference {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Stale => "stale",
            Self::Edited => "edited",
            Self::Orphaned => "orphaned",
            Self::OrphanedAndEdited => "orphaned and edited",
        }
    }

    /// Whether writing or removing would lose what somebody wrote by hand.
    pub(crate) const fn loses_edits(self) -> bool {
        matches!(self, Self::Edited | Self::OrphanedAndEdited)
    }
}

/// An output directory compared with what should be in it.
pub(crate) struct Comparison {
    /// Every file that differs, by path.
    pub(crate) differences: BTreeMap<String, Difference>,
    /// Files that are as they should be.
    pub(crate) unchanged: usize,
    /// What the manifest should be.
    pub(crate) manifest: Manifest,
    /// Whether the manifest itself is missing or says something else.
    pub(crate) manifest_differs: bool,
}

impl Comparison {
    pub(crate) fn edited(&self) -> Vec<&str> {
        let edited = self
            .differences
            .iter()
            .filter(|(_, difference)| difference.loses_edits());
        edited.map(|(path, _)| path.as_str()).collect()
    }

    /// Paths to be removed.
    pub(crate) fn removed(&self) -> BTreeSet<String> {
        let orphaned =
            |difference: &Difference| matches!(difference, Difference::Orphaned | Difference::OrphanedAndEdited);
        self.differences
            .iter()
            .filter(|(_, difference)| orphaned(difference))
            .map(|(path, _)| path.clone())
            .collect()
    }
}

/// Compares a directory with what should be in it.
pub(crate) fn compare(
    directory: &Path,
    wanted: &BTreeMap<String, Wanted>,
    scope: &Scope,
    manifest: &dyn Fn(BTreeMap<String, String>) -> Manifest,
) -> Result<Comparison, Problem> {
    let old = Manifest::read(directory)?;
    let nothing = BTreeMap::new();
    let listed = old.as_ref().map_or(&nothing, |old| &old.files);
    let mut on_disk = OnDisk::new(directory);
    let mut differences = BTreeMap::new();
    let mut unchanged = 0;
    for (path, file) in wanted {
        let difference = match on_disk.read(path)? {
            None => Difference::Missing,
            Some(bytes) if bytes == file.contents.as_bytes() => {
                unchanged += 1;
                continue;
            }
            Some(bytes) if listed.get(path) == Some(&digest(&bytes)) => Difference::Stale,
            Some(_) => Difference::Edited,
        };
        differences.insert(path.clone(), difference);
    }
    let mut elsewhere = BTreeMap::new();
    for (path, sum) in listed {
        if !scope.holds(path) {
            elsewhere.insert(path.clone(), sum.clone());
        } else if !wanted.contains_key(path)
            && let Some(bytes) = on_disk.read(path)?
        {
            let as_written = digest(&bytes) == *sum;
            let difference = if as_written {
                Difference::Orphaned
            } else {
                Difference::OrphanedAndEdited
            };
            differences.insert(path.clone(), difference);
        }
    }
    let manifest = manifest(digests(wanted, elsewhere));
    Ok(Comparison {
        differences,
        unchanged,
        manifest_differs: old.as_ref() != Some(&manifest),
        manifest,
    })
}

/// What the manifest will list.
fn digests(wanted: &BTreeMap<String, Wanted>, elsewhere: BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut all = elsewhere;
    all.extend(
        wanted
            .iter()
            .map(|(path, file)| (path.clone(), digest(file.contents.as_bytes()))),
    );
    all
}

/// What is in a directory. Each folder is looked at once, however many files it has.
struct OnDisk<'d> {
    directory: &'d Path,
    /// Whether a folder is there.
    folders: BTreeMap<String, bool>,
}

impl<'d> OnDisk<'d> {
    fn new(directory: &'d Path) -> Self {
        Self {
            directory,
            folders: BTreeMap::new(),
        }
    }

    /// A file's bytes; `None` when it is not there.
    fn read(&mut self, path: &str) -> Result<Option<Vec<u8>>, Problem> {
        let at = self.directory.join(path);
        if !self.folder_of(path)? || !is_there(&at)? {
            return Ok(None);
        }
        fs::read(&at).map(Some).map_err(|error| Problem::io(&at, &error))
    }

    /// Whether the folder that a path lies in is there.
    fn folder_of(&mut self, path: &str) -> Result<bool, Problem> {
        let Some((folder, _)) = path.rsplit_once('/') else {
            return Ok(true);
        };
        if let Some(known) = self.folders.get(folder) {
            return Ok(*known);
        }
        let there = self.folder_of(folder)? && is_there(&self.directory.join(folder))?;
        self.folders.insert(folder.to_owned(), there);
        Ok(there)
    }
}

/// Whether something is there. A link in the way is an error: it may lead anywhere.
fn is_there(at: &Path) -> Result<bool, Problem> {
    match fs::symlink_metadata(at) {
        Ok(metadata) if metadata.is_symlink() => {
            let message = format!(
                "{}: a link, which loadline did not write; remove it first",
                at.display()
            );
            Err(Problem::new(message))
        }
        Ok(_) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(Problem::io(at, &error)),
    }
}

/// The text of a file on disk, for a diff.
pub(crate) fn text(directory: &Path, path: &str) -> String {
    fs::read(directory.join(path))
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .unwrap_or_default()
}

/// Whether a path is the manifest's.
pub(crate) fn is_manifest(path: &str) -> bool {
    path == MANIFEST_FILE
}
