//! What a process may write, and the configuration files it finds in place.

use loadline_compiler::model::{FileSource, Model, SecretSource, VolumeKind, Workload};
use loadline_compiler::quantity::Bytes;
use loadline_compiler::values::{InstancePath, Val};
use loadline_grammar::Span;

use crate::output::Output;

/// Directories that systems have, with owners of their own: they are written to, but never created or given away.
/// Source: the Filesystem Hierarchy Standard 3.0.
#[rustfmt::skip]
const OF_THE_SYSTEM: &[&str] = &[
    "/", "/bin", "/boot", "/dev", "/dev/shm", "/etc", "/home", "/lib", "/lib64", "/media", "/mnt", "/opt", "/proc",
    "/root", "/run", "/run/lock", "/run/user", "/sbin", "/srv", "/sys", "/usr", "/usr/bin", "/usr/lib", "/usr/local",
    "/usr/sbin", "/usr/share", "/var", "/var/backups", "/var/cache", "/var/lib", "/var/local", "/var/lock", "/var/log",
    "/var/mail", "/var/opt", "/var/run", "/var/spool",
];

/// What a workload keeps on disk and in memory, and what is mounted for it.
#[derive(Debug, Default)]
pub(crate) struct Storage {
    pub(crate) directories: Vec<Directory>,
    /// Volumes in memory, with their size.
    pub(crate) memory: Vec<(Val<InstancePath>, Option<Bytes>)>,
    pub(crate) mounted: Vec<Mounted>,
}

/// A directory that may be written.
#[derive(Debug)]
pub(crate) struct Directory {
    pub(crate) path: String,
    pub(crate) span: Span,
    pub(crate) kept: Kept,
}

/// How long what is in a directory lives, and whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// A volume whose data outlive the instance: each instance has its own.
    Persistent,
    /// A volume for what may be lost: each instance has its own.
    Scratch,
    /// Named by `security { writable }`: the same for all instances.
    Shared,
    /// The same, and it is the system's: it exists, and stays whose it is.
    OfTheSystem,
}

impl Kept {
    /// Whether each instance has one of its own.
    pub(crate) const fn is_volume(self) -> bool {
        matches!(self, Self::Persistent | Self::Scratch)
    }
}

/// A file that the process finds at a path.
#[derive(Debug)]
pub(crate) struct Mounted {
    /// Where it is on the machine.
    pub(crate) source: String,
    /// Where the process finds it.
    pub(crate) target: String,
    pub(crate) span: Span,
    /// Its text, when it is a file of the project.
    pub(crate) text: Option<String>,
}

impl Storage {
    /// Of a workload. Secrets that only a secret manager has are reported: nothing on a host fetches them.
    pub(crate) fn of(model: &Model, workload: &Workload, out: &mut Output) -> Self {
        let mut storage = Self::default();
        for volume in &workload.volume {
            let (path, span) = (&volume.path.value.0, volume.path.span);
            match volume.kind.value {
                VolumeKind::Memory => storage
                    .memory
                    .push((volume.path.clone(), volume.size.as_ref().map(|size| size.value))),
                VolumeKind::Persistent => storage.add(path, span, Kept::Persistent),
                VolumeKind::Scratch => storage.add(path, span, Kept::Scratch),
            }
        }
        for path in workload.security.writable.iter().flat_map(|w| w.iter()) {
            let span = workload.security.writable.as_ref().map_or(workload.span, |w| w.span);
            storage.add(path, span, Kept::Shared);
        }
        for file in &workload.file {
            let (target, span) = (file.path.value.0.clone(), file.path.span);
            if target.split('/').any(|part| part == "." || part == "..") {
                let reason = format!("{target:?} leads through `.` or `..`");
                out.refuse(span, reason, "cannot be mounted");
                continue;
            }
            match &file.source {
                FileSource::Local(path) => storage.mounted.push(Mounted {
                    source: format!(
                        "{}/files/{}{target}",
                        super::configuration_directory(model),
                        workload.name.value
                    ),
                    target,
                    span,
                    text: model.files.get(&path.value.0).cloned(),
                }),
                FileSource::Secret(source) => match &source.value {
                    SecretSource::File(source) => storage.mounted.push(Mounted {
                        source: source.clone(),
                        target,
                        span,
                        text: None,
                    }),
                    _ => out.not_expressible(
                        source.span,
                        "nothing on a host fetches a secret into a file",
                        format!("put it at `{target}` yourself"),
                    ),
                },
            }
        }
        storage
    }

    fn add(&mut self, path: &str, span: Span, kept: Kept) {
        let path = match path.trim_end_matches('/') {
            "" => "/",
            path => path,
        };
        // `PrivateTmp=` gives each unit its own, and takes it away with the unit.
        let private = |root: &str| path == root || path.starts_with(&format!("{root}/"));
        if private("/tmp") || private("/var/tmp") {
            return;
        }
        let of_the_system = OF_THE_SYSTEM.contains(&path);
        self.directories.push(Directory {
            path: path.to_owned(),
            span,
            kept: if of_the_system { Kept::OfTheSystem } else { kept },
        });
    }
}
