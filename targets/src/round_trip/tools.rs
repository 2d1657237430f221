//! Programs that read.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};

/// Of the repository.
pub(super) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A reader of ours, which asks the real one: a file below `targets/tests/readers`.
pub(super) fn reader(name: &str) -> PathBuf {
    root().join("targets/tests/readers").join(name)
}

/// The Python that the tools are installed for.
pub(super) fn python() -> Option<Command> {
    let python = root().join(".tools/python/bin/python");
    if !python.exists() {
        crate::testing::missing("no reader of YAML or Dockerfiles is there");
        return None;
    }
    let mut command = Command::new(python);
    command.env("PYTHONDONTWRITEBYTECODE", "1").env("PYTHONUTF8", "1");
    Some(command)
}

/// What a program prints that succeeds.
#[track_caller]
pub(super) fn printed(command: &mut Command) -> Vec<u8> {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let said = String::from_utf8_lossy(&stderr);
    assert!(status.success(), "{command:?}: {said}");
    stdout
}

/// The same as JSON.
#[track_caller]
pub(super) fn json(command: &mut Command) -> serde_json::Value {
    serde_json::from_slice(&printed(command)).unwrap()
}

/// A directory that everyone may read, gone at the end.
pub(super) struct Directory(PathBuf);

impl Directory {
    pub(super) fn new() -> Self {
        use std::os::unix::fs::PermissionsExt as _;
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("loadline-texts-{}-{count}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        Self(path)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file, and returns where it is.
    pub(super) fn file(&self, path: &str, contents: &str) -> PathBuf {
        let path = self.0.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, contents).unwrap();
        path
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
