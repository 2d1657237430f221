//! Volumes of a pod, and where its containers see them.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::config_map;
use super::metadata::Entries;
use super::names;
use super::objects::Objects;
use super::secret_ref::Secrets;
use super::subject::Subject;
use super::units;
use super::volume::{Mount, Volume};
use crate::escape::kubernetes as escape;
use loadline_compiler::model::{FileSource, Volume as Declared, VolumeKind};

/// Volumes and their places.
#[derive(Clone, Debug, Default)]
pub(crate) struct Storage<'m> {
    pub(crate) volumes: Vec<Volume<'m>>,
    pub(crate) mounts: Vec<Mount<'m>>,
    /// Volumes that outlive the pod: a StatefulSet makes them.
    pub(crate) claims: Vec<&'m Declared>,
    taken: BTreeSet<String>,
    paths: BTreeSet<Cow<'m, str>>,
}

/// Everything that the workload's main container sees: its volumes, its files, and what it may write.
pub(crate) fn of<'m>(subject: &Subject<'m>, secrets: &mut Secrets<'m>, objects: &mut Objects<'_, '_>) -> Storage<'m> {
    let workload = subject.workload;
    let mut storage = Storage::default();
    for volume in &workload.volume {
        let path = &volume.path;
        objects.out.escape(path, |path| escape::mount_path(path).map(|_| ()));
        storage.declared(subject, volume, objects);
    }
    storage.files(subject, secrets, objects);
    let writable = workload.security.writable.iter().flat_map(|paths| &paths.value);
    for path in writable {
        let span = workload
            .security
            .writable
            .as_ref()
            .map_or(workload.span, |paths| paths.span);
        objects.out.escaped(span, escape::mount_path(&path.0).map(|_| ()));
        storage.scratch(None, &path.0);
    }
    storage.scratch(Some("tmp"), "/tmp");
    storage
}

impl<'m> Storage<'m> {
    fn declared(&mut self, subject: &Subject<'m>, volume: &'m Declared, objects: &mut Objects<'_, '_>) {
        let name = volume.name.value.0.as_str();
        self.taken.insert(name.to_owned());
        let path = &volume.path;
        if self.paths.contains(path.value.0.as_str()) {
            let message = format!("two volumes of `{}` are at `{}`", subject.name, path.value.0);
            objects.out.refuse(path.span, message, "mounted a second time");
        }
        if let Some(size) = volume.size.as_ref().filter(|size| size.value.get() == 0) {
            objects
                .out
                .refuse(size.span, format!("the volume `{name}` holds nothing"), "0");
        }
        let size = volume.size.as_ref().map(|size| units::size(size.value));
        let medium = match volume.kind.value {
            VolumeKind::Scratch => None,
            VolumeKind::Memory => Some("Memory"),
            VolumeKind::Persistent => {
                self.claim(subject, volume, objects);
                self.mount(Cow::Borrowed(name), &volume.path.value.0, None, false);
                return;
            }
        };
        self.mount(Cow::Borrowed(name), &volume.path.value.0, None, false);
        self.volumes.push(Volume::empty(name, medium, size));
    }

    fn claim(&mut self, subject: &Subject<'m>, volume: &'m Declared, objects: &mut Objects<'_, '_>) {
        let name = &volume.name.value;
        if subject.workload.is_job() {
            let message = format!("the pods of a job on Kubernetes keep no volume, and `{name}` is persistent");
            objects.out.refuse(volume.span, message, "gone with the run");
        } else if volume.size.is_none() {
            let message = format!("the persistent volume `{name}` does not say how much it holds");
            objects.out.refuse(volume.span, message, "needs `size`");
        }
        self.claims.push(volume);
    }

    /// Files of the project in one ConfigMap, each secret in a volume of its own.
    fn files(&mut self, subject: &Subject<'m>, secrets: &mut Secrets<'m>, objects: &mut Objects<'_, '_>) {
        let mut data = Entries::default();
        let mut keys = BTreeSet::new();
        let mut places = Vec::new();
        for file in &subject.workload.file {
            let path = file.path.value.0.as_str();
            objects
                .out
                .escaped(file.path.span, escape::mount_path(path).map(|_| ()));
            if self.paths.contains(path) {
                let message = format!("`{path}` is a file and a volume");
                objects.out.refuse(file.path.span, message, "mounted a second time");
                continue;
            }
            let key = names::from_path(path, &mut keys);
            match &file.source {
                FileSource::Local(source) => {
                    let text = subject.place.model.files.get(&source.value.0);
                    let text = text.map_or("", String::as_str);
                    data.0.push((Cow::Owned(key.clone()), Cow::Borrowed(text)));
                    places.push((key, path));
                }
                FileSource::Secret(source) => {
                    let Some(secret) = secrets.key(source, objects.out) else {
                        continue;
                    };
                    let name = names::unique(key, &mut self.taken);
                    self.mount(Cow::Owned(name.clone()), path, Some(Cow::Borrowed("file")), true);
                    self.volumes.push(Volume::secret(name, &secret, "file"));
                }
            }
        }
        if data.is_empty() {
            return;
        }
        let volume = names::unique("files".to_owned(), &mut self.taken);
        for (key, path) in places {
            self.mount(Cow::Owned(volume.clone()), path, Some(Cow::Owned(key)), true);
        }
        let config_map = config_map::emit_files(subject, &data, objects);
        self.volumes.push(Volume::config_map(volume, config_map));
    }

    /// A directory that may be written, unless something is there already.
    fn scratch(&mut self, name: Option<&str>, path: &'m str) {
        if self.paths.contains(path) {
            return;
        }
        let name = match name {
            Some(name) => names::unique(name.to_owned(), &mut self.taken),
            None => names::from_path(path, &mut self.taken),
        };
        self.mount(Cow::Owned(name.clone()), path, None, false);
        self.volumes.push(Volume::empty(name, None, None));
    }

    /// A directory `/tmp` for another container of the pod: what it sees.
    pub(crate) fn tmp_of(&mut self, container: &str) -> Vec<Mount<'m>> {
        let name = names::within(format!("tmp-{container}"), names::LABEL_MAX).into_owned();
        let name = names::unique(name, &mut self.taken);
        self.volumes.push(Volume::empty(name.clone(), None, None));
        vec![Mount {
            name: Cow::Owned(name),
            mount_path: Cow::Borrowed("/tmp"),
            sub_path: None,
            read_only: None,
        }]
    }

    /// A ConfigMap that must exist before any container starts.
    pub(crate) fn require(&mut self, config_map: String, path: &'m str) {
        let name = names::unique("migrated".to_owned(), &mut self.taken);
        self.mount(Cow::Owned(name.clone()), path, None, true);
        self.volumes.push(Volume::config_map(name, config_map));
    }

    fn mount(&mut self, name: Cow<'m, str>, path: &'m str, sub_path: Option<Cow<'m, str>>, read_only: bool) {
        self.paths.insert(Cow::Borrowed(path));
        self.mounts.push(Mount {
            name,
            mount_path: Cow::Borrowed(path),
            sub_path,
            read_only: read_only.then_some(true),
        });
    }
}
