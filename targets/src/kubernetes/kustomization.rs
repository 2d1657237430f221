//! The list of a cluster's objects: `kubectl apply -k DIRECTORY`.

use std::collections::BTreeSet;

use serde::Serialize;

use super::objects::Objects;
use super::place::Place;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Kustomization<'a> {
    api_version: &'static str,
    kind: &'static str,
    namespace: &'a str,
    resources: BTreeSet<String>,
}

pub(crate) fn emit(place: &Place<'_>, objects: &mut Objects<'_, '_>) {
    let list = Kustomization {
        api_version: "kustomize.config.k8s.io/v1beta1",
        kind: "Kustomization",
        namespace: place.namespace,
        resources: objects.files().clone(),
    };
    objects.write("kustomization.yaml", &list);
}
