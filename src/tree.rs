//! Replacing a directory in one step.
//!
//! The new tree is put together beside the old one: changed files are written, all others are the same files once more
//! (hard links, so their times stay). Then the two directories change places in one system call. A crash leaves the old
//! tree or the new one, and at most a hidden directory beside it, which the next run clears away.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, FlockOperation, RenameFlags, flock, renameat_with};

use crate::exit::Problem;
use crate::manifest::MANIFEST_FILE;
use crate::outputs::{Wanted, is_manifest};

/// Puts files into a directory and removes others from it, all or nothing.
pub(crate) fn replace(
    directory: &Path,
    write: &BTreeMap<&str, &Wanted>,
    remove: &BTreeSet<String>,
    manifest: &str,
) -> Result<(), Problem> {
    let staging = Staging::open(directory)?;
    let built = build(directory, &staging.path, write, remove, manifest);
    built
        .and_then(|()| staging.swap(directory))
        .inspect_err(|_| staging.clear())
}

/// The hidden directory beside the output directory, held by one process at a time.
struct Staging {
    path: PathBuf,
    _lock: fs::File,
}

impl Staging {
    fn open(directory: &Path) -> Result<Self, Problem> {
        let name = directory.file_name().map(|name| name.to_string_lossy().into_owned());
        let Some(name) = name else {
            return Err(Problem::new(format!(
                "{}: name a directory to write to",
                directory.display()
            )));
        };
        let parent = directory
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        fs::create_dir_all(parent).map_err(|error| Problem::io(parent, &error))?;
        let path = parent.join(format!(".{name}.loadline-staging"));
        let left_over = match fs::create_dir(&path) {
            Ok(()) => false,
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => true,
            Err(error) => return Err(Problem::io(&path, &error)),
        };
        let lock = fs::File::open(&path).map_err(|error| Problem::io(&path, &error))?;
        if flock(&lock, FlockOperation::NonBlockingLockExclusive).is_err() {
            return Err(Problem::new(format!(
                "{}: another loadline is writing there",
                directory.display()
            )));
        }
        if left_over {
            // From a run that was cut off: nobody holds it.
            let entries = fs::read_dir(&path).map_err(|error| Problem::io(&path, &error))?;
            for entry in entries {
                let entry = entry.map_err(|error| Problem::io(&path, &error))?.path();
                remove_any(&entry).map_err(|error| Problem::io(&entry, &error))?;
            }
        }
        Ok(Self { path, _lock: lock })
    }

    /// The new tree takes the place of the old one.
    fn swap(&self, directory: &Path) -> Result<(), Problem> {
        if !directory.exists() {
            return fs::rename(&self.path, directory).map_err(|error| Problem::io(directory, &error));
        }
        match renameat_with(CWD, &self.path, CWD, directory, RenameFlags::EXCHANGE) {
            Ok(()) => {}
            // A file system that cannot exchange: two renames, with the old tree kept until both are done.
            Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => {
                let old = self.path.with_extension("old");
                fs::rename(directory, &old).map_err(|error| Problem::io(directory, &error))?;
                if let Err(error) = fs::rename(&self.path, directory) {
                    let _ = fs::rename(&old, directory);
                    return Err(Problem::io(directory, &error));
                }
                return fs::remove_dir_all(&old).map_err(|error| Problem::io(&old, &error));
            }
            Err(error) => return Err(Problem::io(directory, &error.into())),
        }
        // What is left in the staging place is the old tree.
        fs::remove_dir_all(&self.path).map_err(|error| Problem::io(&self.path, &error))
    }

    fn clear(&self) {
        // Best effort: the next run clears what is left.
        let _ = fs::remove_dir_all(&self.path);
    }
}

fn remove_any(path: &Path) -> std::io::Result<()> {
    if fs::symlink_metadata(path)?.is_dir() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    }
}

fn build(
    directory: &Path,
    staging: &Path,
    write: &BTreeMap<&str, &Wanted>,
    remove: &BTreeSet<String>,
    manifest: &str,
) -> Result<(), Problem> {
    let mut made: BTreeSet<&str> = BTreeSet::new();
    for (path, file) in write {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        if made.insert(folder) {
            let folder = staging.join(folder);
            fs::create_dir_all(&folder).map_err(|error| Problem::io(&folder, &error))?;
        }
        let target = staging.join(path);
        fs::write(&target, &file.contents).map_err(|error| Problem::io(&target, &error))?;
        if file.executable {
            let mode = fs::Permissions::from_mode(0o755);
            fs::set_permissions(&target, mode).map_err(|error| Problem::io(&target, &error))?;
        }
    }
    let target = staging.join(MANIFEST_FILE);
    fs::write(&target, manifest).map_err(|error| Problem::io(&target, &error))?;
    if directory.exists() {
        let mode = fs::metadata(directory)
            .map_err(|error| Problem::io(directory, &error))?
            .permissions();
        fs::set_permissions(staging, mode).map_err(|error| Problem::io(staging, &error))?;
        let dropped = |path: &str| write.contains_key(path) || remove.contains(path) || is_manifest(path);
        carry_over(directory, staging, "", &dropped)?;
    }
    Ok(())
}

/// Everything of the old tree that is not written anew or removed. Directories that end up empty are not carried over.
fn carry_over(directory: &Path, staging: &Path, below: &str, dropped: &dyn Fn(&str) -> bool) -> Result<(), Problem> {
    let from = directory.join(below);
    let entries = fs::read_dir(&from).map_err(|error| Problem::io(&from, &error))?;
    for entry in entries {
        let entry = entry.map_err(|error| Problem::io(&from, &error))?;
        let name = entry.file_name();
        let Some(name) = name.to_str() else {
            return Err(Problem::new(format!(
                "{}: a name that is not UTF-8; move it elsewhere",
                entry.path().display()
            )));
        };
        let path = if below.is_empty() {
            name.to_owned()
        } else {
            format!("{below}/{name}")
        };
        if dropped(&path) {
            continue;
        }
        let (old, new) = (entry.path(), staging.join(&path));
        let kind = entry.file_type().map_err(|error| Problem::io(&old, &error))?;
        if kind.is_dir() {
            let was_empty = fs::read_dir(&old).is_ok_and(|mut inside| inside.next().is_none());
            if was_empty {
                fs::create_dir_all(&new).map_err(|error| Problem::io(&new, &error))?;
            }
            carry_over(directory, staging, &path, dropped)?;
            continue;
        }
        let carried = new.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| {
            if kind.is_symlink() {
                return std::os::unix::fs::symlink(fs::read_link(&old)?, &new);
            }
            // The same file once more; a copy where the file system has no hard links.
            fs::hard_link(&old, &new).or_else(|_| fs::copy(&old, &new).map(|_| ()))
        });
        carried.map_err(|error| Problem::io(&new, &error))?;
    }
    Ok(())
}
