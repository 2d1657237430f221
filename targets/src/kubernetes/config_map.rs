//! ConfigMaps: shared configuration and mounted files. Each carries a digest of its content in its name, so that a
//! change of it changes the pods that use it, and a rollback finds the old one.

use std::borrow::Cow;
use std::collections::BTreeMap;

use loadline_compiler::model::{ConfigSet, ThingId};
use loadline_grammar::Span;
use serde::{Serialize, Serializer};

use super::env::resolved;
use super::metadata::{Entries, Metadata};
use super::names::short_digest;
use super::objects::Objects;
use super::place::Place;
use super::subject::{self, Subject};
use crate::escape::kubernetes as escape;
use crate::yaml::Lines;

/// Largest content of a ConfigMap. Source: core/v1 ConfigMap, `MaxSecretSize`.
pub(crate) const SIZE_MAX: usize = 1024 * 1024;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConfigMap<'a> {
    pub(crate) api_version: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) metadata: Metadata<'a>,
    /// Its name says what is in it, so it never changes; the kubelet need not watch it.
    pub(crate) immutable: bool,
    pub(crate) data: Data<'a>,
}

pub(crate) struct Data<'a>(pub(crate) &'a Entries<'a>);

impl Serialize for Data<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.0.iter().map(|(key, text)| (key, Lines(text))))
    }
}

/// The names of the ConfigMaps that hold shared configuration.
#[derive(Debug, Default)]
pub(crate) struct ConfigSets(BTreeMap<ThingId, String>);

impl ConfigSets {
    pub(crate) fn name(&self, set: ThingId) -> Option<&str> {
        self.0.get(&set).map(String::as_str)
    }
}

/// A ConfigMap for each config set that something here uses.
pub(crate) fn emit_sets(place: &Place<'_>, objects: &mut Objects<'_, '_>) -> ConfigSets {
    let mut sets = ConfigSets::default();
    for workload in &place.workloads {
        for set in &workload.env_from {
            let id = set.value.id;
            if let Some(set) = place.model.config_set(id)
                && !sets.0.contains_key(&id)
            {
                sets.0.insert(id, emit_set(place, set, objects));
            }
        }
    }
    sets
}

fn emit_set(place: &Place<'_>, set: &ConfigSet, objects: &mut Objects<'_, '_>) -> String {
    let mut data = Entries::default();
    for pair in &set.env {
        let name = &pair.name;
        objects.out.escape(name, |name| escape::variable(name).map(|_| ()));
        let text = resolved(place, &pair.value, objects.out);
        let text = objects.out.escaped(pair.value.span, escape::unexpanded(text));
        data.0.push((Cow::Borrowed(name.value.as_str()), text));
    }
    let own = set.name.value.0.as_str();
    let metadata = subject::plain(place, own);
    add(metadata, own, &data, set.span, objects)
}

/// The files that a workload mounts; the name of the ConfigMap.
pub(crate) fn emit_files(subject: &Subject<'_>, data: &Entries<'_>, objects: &mut Objects<'_, '_>) -> String {
    let base = format!("{}-files", subject.name);
    let span = subject
        .workload
        .file
        .first()
        .map_or(subject.workload.span, |file| file.span);
    add(subject.metadata(base.as_str()), &base, data, span, objects)
}

fn add(metadata: Metadata<'_>, base: &str, data: &Entries<'_>, span: Span, objects: &mut Objects<'_, '_>) -> String {
    let name = format!("{base}-{}", short_digest(&content(data)));
    let size: usize = data
        .0
        .iter()
        .map(|(key, text)| key.len().saturating_add(text.len()))
        .sum();
    if SIZE_MAX < size {
        let message = format!("`{base}` is {size} bytes, and a ConfigMap holds {SIZE_MAX}");
        objects.out.refuse(span, message, "too large");
    }
    let object = ConfigMap {
        api_version: "v1",
        kind: "ConfigMap",
        metadata: Metadata {
            name: name.as_str().into(),
            ..metadata
        },
        immutable: true,
        data: Data(data),
    };
    objects.add("ConfigMap", &name, &object);
    name
}

/// What the digest is of: each part with its length, so that no two contents read the same.
pub(crate) fn content(data: &Entries<'_>) -> String {
    let parts = data
        .0
        .iter()
        .map(|(key, text)| format!("{} {key} {} {text}\n", key.len(), text.len()));
    parts.collect()
}
