//! A workload on a cluster: what all its objects share.

use std::borrow::Cow;

use loadline_compiler::model::Workload;
use loadline_compiler::values::{Pairs, Text};

use super::metadata::{Entries, Metadata, PodMetadata, Selector};
use super::place::Place;
use crate::escape::kubernetes as escape;
use crate::output::Output;

/// Label of what the pods are; with [`INSTANCE`] it selects them.
const NAME: &str = "app.kubernetes.io/name";
/// Label of which installation they are: the name of the object that makes them.
const INSTANCE: &str = "app.kubernetes.io/instance";
/// Documentation of an object. Source: Kubernetes' well-known annotations.
const DESCRIPTION: &str = "kubernetes.io/description";

/// A workload on a cluster, with its labels and annotations.
pub(crate) struct Subject<'m> {
    pub(crate) place: &'m Place<'m>,
    pub(crate) workload: &'m Workload,
    pub(crate) name: &'m str,
    /// Besides name and instance.
    labels: Entries<'m>,
    /// As the user wrote them.
    annotations: Entries<'m>,
    /// Its owner, where that is no label.
    owner: Option<&'m str>,
    /// Its version, where that is a label.
    version: Option<&'m str>,
}

impl<'m> Subject<'m> {
    pub(crate) fn new(place: &'m Place<'m>, workload: &'m Workload, out: &mut Output) -> Self {
        let mut labels = project_labels(place);
        let name = workload.name.value.0.as_str();
        add_labels(&mut labels, &workload.labels, Some(name), out);
        let mut annotations = Entries::default();
        for pair in &workload.annotations {
            out.escape(&pair.name, |key| escape::label_key(key).map(|_| ()));
            annotations.set(pair.name.value.as_str(), pair.value.value.0.as_str());
        }
        let owner = place.model.project.owner.as_ref();
        let owner = owner.map(|owner| owner.value.0.as_str());
        let version = workload.version.as_ref();
        let version = version.map(|version| version.value.0.as_str());
        Self {
            place,
            workload,
            name,
            labels,
            annotations,
            owner: owner.filter(|owner| escape::label_value(owner).is_err()),
            version: version.filter(|version| escape::label_value(version).is_ok()),
        }
    }

    /// The labels that select the pods called `name`. They never change: a controller's selector cannot.
    pub(crate) fn selector(&self, name: impl Into<Cow<'m, str>>) -> Selector<'m> {
        Selector {
            match_labels: identity(name.into()),
        }
    }

    /// All labels of what is called `name`.
    pub(crate) fn labels(&self, name: impl Into<Cow<'m, str>>) -> Entries<'m> {
        with_identity(name.into(), &self.labels)
    }

    /// Of an object that belongs to the workload.
    pub(crate) fn metadata(&self, name: impl Into<Cow<'m, str>>) -> Metadata<'m> {
        Metadata {
            name: name.into(),
            namespace: self.place.namespace,
            labels: self.labels(self.name),
            annotations: Entries::default(),
        }
    }

    /// The same with the user's annotations: for Services, whose load balancers are told by them.
    pub(crate) fn annotated(&self, name: impl Into<Cow<'m, str>>) -> Metadata<'m> {
        Metadata {
            annotations: self.annotations.clone(),
            ..self.metadata(name)
        }
    }

    /// Of the object that makes the pods. What documents does not stand on the pods: it must not roll them.
    pub(crate) fn controller(&self, name: impl Into<Cow<'m, str>>) -> Metadata<'m> {
        let mut metadata = self.annotated(name);
        self.add_version(&mut metadata.labels);
        let documentation = self.workload.documentation.trim();
        if !documentation.is_empty() {
            metadata.annotations.set(DESCRIPTION, documentation);
        }
        if let Some(owner) = self.owner {
            metadata.annotations.set("owner", owner);
        }
        metadata
    }

    /// Of the pods called `name`.
    pub(crate) fn pods(&self, name: impl Into<Cow<'m, str>>) -> PodMetadata<'m> {
        let mut labels = self.labels(name);
        self.add_version(&mut labels);
        PodMetadata {
            labels,
            annotations: self.annotations.clone(),
        }
    }

    /// On the pods and what makes them only: a new version must not change every object.
    fn add_version(&self, labels: &mut Entries<'m>) {
        const VERSION: &str = "app.kubernetes.io/version";
        let own = labels.0.iter().any(|(name, _)| name == VERSION);
        if let Some(version) = self.version.filter(|_| !own) {
            labels.set(VERSION, version);
        }
    }
}

/// Labels of an object that belongs to no workload.
pub(crate) fn plain<'m>(place: &Place<'m>, name: impl Into<Cow<'m, str>>) -> Metadata<'m> {
    let name = name.into();
    Metadata {
        labels: with_identity(name.clone(), &project_labels(place)),
        name,
        namespace: place.namespace,
        annotations: Entries::default(),
    }
}

/// Reports labels of the project that cannot be labels: once, not for every workload.
pub(crate) fn check_project_labels(place: &Place<'_>, out: &mut Output) {
    add_labels(&mut Entries::default(), &place.model.project.labels, None, out);
}

pub(crate) fn identity(name: Cow<'_, str>) -> Entries<'_> {
    Entries(vec![(NAME.into(), name.clone()), (INSTANCE.into(), name)])
}

fn with_identity<'m>(name: Cow<'m, str>, others: &Entries<'m>) -> Entries<'m> {
    let mut labels = identity(name);
    labels.0.extend(others.0.iter().cloned());
    labels
}

fn project_labels<'m>(place: &Place<'m>) -> Entries<'m> {
    let project = &place.model.project;
    let mut labels = Entries::default();
    if let Some(name) = &project.name {
        labels.set("app.kubernetes.io/part-of", name.value.0.as_str());
    }
    labels.set("app.kubernetes.io/managed-by", "loadline");
    if let Some(owner) = &project.owner
        && escape::label_value(&owner.value.0).is_ok()
    {
        labels.set("owner", owner.value.0.as_str());
    }
    for pair in project.labels.iter().filter(|pair| !selects(&pair.name.value)) {
        labels.set(pair.name.value.as_str(), pair.value.value.0.as_str());
    }
    labels
}

fn selects(key: &str) -> bool {
    matches!(key, NAME | INSTANCE)
}

fn add_labels<'m>(to: &mut Entries<'m>, pairs: &'m Pairs<Text>, of: Option<&str>, out: &mut Output) {
    for pair in pairs {
        let key = pair.name.value.as_str();
        if selects(key) {
            let stays = of.map_or_else(|| "each".to_owned(), |name| format!("`{name}`"));
            out.not_expressible(
                pair.name.span,
                format!("on Kubernetes the label `{key}` selects the pods and is not free"),
                format!("it stays the name of {stays}"),
            );
            continue;
        }
        out.escape(&pair.name, |key| escape::label_key(key).map(|_| ()));
        out.escape(&pair.value, |value| escape::label_value(value).map(|_| ()));
        to.set(key, pair.value.value.0.as_str());
    }
}
