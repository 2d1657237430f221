//! What every object has: a kind, a name, labels and annotations.

use std::borrow::Cow;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

/// Names with values, in the order they are added, each name once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Entries<'a>(pub(crate) Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'a> Entries<'a> {
    /// Adds an entry; an earlier one of the same name loses.
    pub(crate) fn set(&mut self, name: impl Into<Cow<'a, str>>, value: impl Into<Cow<'a, str>>) {
        let (name, value) = (name.into(), value.into());
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name, value)),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Entries<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name.as_ref(), value.as_ref())?;
        }
        map.end()
    }
}

/// An object that consists of a specification.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Object<'a, S> {
    pub(crate) api_version: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) metadata: Metadata<'a>,
    pub(crate) spec: S,
}

/// Name, labels and annotations of an object.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Metadata<'a> {
    pub(crate) name: Cow<'a, str>,
    pub(crate) namespace: &'a str,
    pub(crate) labels: Entries<'a>,
    #[serde(skip_serializing_if = "Entries::is_empty")]
    pub(crate) annotations: Entries<'a>,
}

/// Labels and annotations of pods that a controller makes.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct PodMetadata<'a> {
    pub(crate) labels: Entries<'a>,
    #[serde(skip_serializing_if = "Entries::is_empty")]
    pub(crate) annotations: Entries<'a>,
}

/// Pods by their labels.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Selector<'a> {
    #[serde(skip_serializing_if = "Entries::is_empty")]
    pub(crate) match_labels: Entries<'a>,
}

/// A number, or a part in whole percent.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum IntOrPercent {
    Count(u64),
    Percent(String),
}
