//! Files of the project: found, read, and never outside its root.

use std::fs;
use std::path::{Path, PathBuf};

use loadline_compiler::project::{Loader, ReadError};
pub(crate) use loadline_targets::digest;

use crate::exit::Problem;

/// The file that makes a directory a project.
pub(crate) const ROOT_FILE: &str = "loadline.load";

/// Largest file that is read: specs are limited to 4 MiB anyway, SQL files may be a little larger.
pub(crate) const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Where a project is.
#[derive(Clone, Debug)]
pub(crate) struct Location {
    /// The project's root, resolved.
    pub(crate) root: PathBuf,
    /// The file to start with, relative to the root.
    pub(crate) file: String,
    /// What stands before file names in messages: the directory as the user wrote it, with a slash, or nothing.
    pub(crate) prefix: String,
}

impl Location {
    /// A directory that holds `loadline.load`, or any one file.
    pub(crate) fn find(path: &Path) -> Result<Self, Problem> {
        let metadata = fs::metadata(path).map_err(|error| Problem::io(path, &error))?;
        let (directory, file) = if metadata.is_dir() {
            if !path.join(ROOT_FILE).is_file() {
                let message = format!(
                    "{}: no `{ROOT_FILE}` in this directory; name a file, or write one with `loadline init`",
                    path.display()
                );
                return Err(Problem::new(message));
            }
            (path.to_owned(), ROOT_FILE.to_owned())
        } else {
            let name = path.file_name().and_then(|name| name.to_str());
            let Some(name) = name else {
                return Err(Problem::new(format!("{}: not a file name", path.display())));
            };
            let parent = path
                .parent()
                .filter(|parent| !parent.as_os_str().is_empty())
                .unwrap_or(Path::new("."));
            (parent.to_owned(), name.to_owned())
        };
        let root = fs::canonicalize(&directory).map_err(|error| Problem::io(&directory, &error))?;
        let shown = directory.to_string_lossy().replace('\\', "/");
        let shown = shown.trim_start_matches("./").trim_end_matches('/');
        let prefix = if shown.is_empty() || shown == "." {
            String::new()
        } else {
            format!("{shown}/")
        };
        Ok(Self { root, file, prefix })
    }
}

/// Reads files of a project from disk.
pub(crate) struct DiskLoader {
    root: PathBuf,
}

impl DiskLoader {
    pub(crate) fn new(location: &Location) -> Self {
        Self {
            root: location.root.clone(),
        }
    }
}

impl Loader for DiskLoader {
    fn read(&mut self, path: &str) -> Result<String, ReadError> {
        let joined = self.root.join(path);
        let resolved = match fs::canonicalize(&joined) {
            Ok(resolved) => resolved,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(ReadError::NotFound);
            }
            Err(error) => return Err(ReadError::Other(error.to_string())),
        };
        // Links are followed, but not out of the project.
        if !resolved.starts_with(&self.root) {
            return Err(ReadError::Outside);
        }
        let metadata = fs::metadata(&resolved).map_err(|error| ReadError::Other(error.to_string()))?;
        if !metadata.is_file() {
            return Err(ReadError::Other("not a file".to_owned()));
        }
        if FILE_BYTES_MAX < metadata.len() {
            return Err(ReadError::Other(format!("larger than {} MiB", FILE_BYTES_MAX >> 20)));
        }
        let bytes = fs::read(&resolved).map_err(|error| ReadError::Other(error.to_string()))?;
        text(bytes)
    }
}

/// Bytes as the text they must be.
pub(crate) fn text(bytes: Vec<u8>) -> Result<String, ReadError> {
    String::from_utf8(bytes).map_err(|error| {
        ReadError::Other(format!(
            "not UTF-8 text (first at byte {})",
            error.utf8_error().valid_up_to()
        ))
    })
}

/// Replaces a file's content in one step: written beside it, then renamed over it. Its mode is kept, and a link stays a
/// link: what it points to is replaced.
pub(crate) fn replace_file(path: &Path, contents: &[u8]) -> Result<(), Problem> {
    let path = &fs::canonicalize(path).map_err(|error| Problem::io(path, &error))?;
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let beside = path.with_file_name(format!(".{name}.loadline-{}", std::process::id()));
    let written = fs::write(&beside, contents).and_then(|()| {
        if let Ok(metadata) = fs::metadata(path) {
            fs::set_permissions(&beside, metadata.permissions())?;
        }
        fs::rename(&beside, path)
    });
    written.map_err(|error| {
        // The original is untouched; what was written beside it is of no use.
        let _ = fs::remove_file(&beside);
        Problem::io(path, &error)
    })
}
