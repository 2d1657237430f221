//! What is mounted: volumes, scratch space, files.

use std::collections::BTreeMap;

use loadline_compiler::model::{FileSource, Model, VolumeKind, Workload};
use loadline_compiler::values::{InstancePath, Val};

use super::file::{File, FromFile, Grant, Mount, Nothing, Service, Tmpfs};
use super::text::Text;
use super::variables;
use crate::artifact::{self, Artifact};
use crate::output::Output;

/// Where the files of the project are, beside the compose file.
const FILES: &str = "files";

/// A change of a mounted file changes this label, and with it the container.
const DIGEST: &str = "loadline.files";

/// A volume that stays.
pub(crate) fn volume(name: &str, target: Text) -> Mount {
    Mount {
        kind: Text::own("volume"),
        source: Some(Text::own(name)),
        target,
        tmpfs: None,
    }
}

/// Space in memory that every user may write, as in /tmp; it counts as memory of the container.
pub(crate) fn tmpfs(target: Text, size: Option<u64>) -> Mount {
    Mount {
        kind: Text::own("tmpfs"),
        source: None,
        target,
        tmpfs: size.map(|size| Tmpfs { size }),
    }
}

/// The paths that a workload may write: everything else is read-only.
///
/// Scratch space is memory here: a volume of docker's would belong to root and outlive the container.
pub(crate) fn writable(workload: &Workload, file: &mut File, out: &mut Output) -> Vec<Mount> {
    let path = |path: &Val<InstancePath>, out: &mut Output| out.escape(path, |path| Text::plain(path));
    let mut mounts = Vec::new();
    let mut paths: Vec<&str> = Vec::new();
    for declared in &workload.volume {
        paths.push(&declared.path.value);
        let target = path(&declared.path, out);
        match declared.kind.value {
            VolumeKind::Persistent => {
                let name = format!("{}-{}", workload.name.value, declared.name.value);
                mounts.push(volume(&name, target));
                file.volumes.insert(name, Nothing {});
            }
            VolumeKind::Scratch | VolumeKind::Memory => {
                let size = declared.size.as_ref().map(|size| size.get());
                mounts.push(tmpfs(target, size));
            }
        }
    }
    if let Some(writable) = &workload.security.writable {
        for directory in &writable.value {
            if !paths.contains(&directory.0.as_str()) {
                paths.push(&directory.0);
                let target = out.escaped(writable.span, Text::plain(directory));
                mounts.push(tmpfs(target, None));
            }
        }
    }
    if !paths.contains(&"/tmp") {
        mounts.push(tmpfs(Text::own("/tmp"), None));
    }
    mounts
}

/// Mounts the declared files. Those of the project are written beside the compose file: text inside of it would have to be
/// copied into the container, which a read-only one does not allow.
pub(crate) fn files(model: &Model, workload: &Workload, service: &mut Service, file: &mut File, out: &mut Output) {
    let mut mounted = String::new();
    for declared in &workload.file {
        let target = out.escape(&declared.path, |path| Text::plain(path));
        match &declared.source {
            FileSource::Local(path) => {
                let Some(text) = model.files.get(&path.value.0) else {
                    continue;
                };
                mounted.push_str(&format!("{}\0{text}\0", path.value.0));
                let place = format!("{FILES}/{}", path.value.0);
                if out.artifacts.iter().all(|artifact| artifact.path != place) {
                    out.push(Artifact::verbatim(place.clone(), text.clone()));
                }
                let from = Text::own(format!("./{place}"));
                let source = source(&mut file.configs, &path.value, from);
                service.configs.push(Grant { source, target });
            }
            FileSource::Secret(secret) => {
                let workload = &workload.name.value;
                let from = variables::secret_file(workload, &declared.path.value, &secret.value);
                let name = format!("{workload}{}", declared.path.value.0);
                let source = source(&mut file.secrets, &name, from);
                service.secrets.push(Grant { source, target });
            }
        }
    }
    if !mounted.is_empty() {
        let digest = artifact::digest(&mounted);
        let short = digest.get(..16).unwrap_or(&digest);
        service.labels.insert(DIGEST.to_owned(), Text::own(short));
    }
}

/// The name under which a file stands in one of the lists at the top, where it is added if it is new.
fn source(list: &mut BTreeMap<String, FromFile>, path: &str, file: Text) -> Text {
    let known = list.iter().find(|(_, from)| from.file == file);
    if let Some((name, _)) = known {
        return Text::own(name);
    }
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || matches!(c, '.' | '_') {
            c
        } else {
            '-'
        }
    };
    let name: String = path.chars().map(plain).collect();
    let name = super::unused(&name, |name| list.contains_key(name));
    list.insert(name.clone(), FromFile { file });
    Text::own(name)
}
