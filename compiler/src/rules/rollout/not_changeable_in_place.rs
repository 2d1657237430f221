//! `not-changeable-in-place`

use super::replaced;
use crate::budget::replacement::is_in_place;
use crate::diagnostic::{Diagnostic, listed};
use crate::model::{Platform, Volume, VolumeKind, Workload};
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// What Kubernetes does not let anyone change in an object that exists stays as it is in the revision that runs: the
    /// persistent volumes of a workload, by name and size.
    ///
    /// Judged with `check --against REVISION` only. Jobs and configuration carry a digest in their names, and selectors hold
    /// nothing but the name of the workload: those can change.
    /// ## Why
    /// The API server refuses the whole object, so that nothing of the change is rolled out.
    /// ## Source
    /// Kubernetes API validation of `StatefulSet`: "updates to statefulset spec for fields other than 'replicas', 'ordinals',
    /// 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are
    /// forbidden"; volumes are its `volumeClaimTemplates`.
    ///
    /// ```loadline,bad
    /// cluster prod { version 1.33 }
    /// service search {
    ///   image   "ghcr.io/acme/search@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory  512Mi
    ///   scale   3
    ///   volume  index "/var/lib/index" { kind persistent; size 20Gi }
    /// }
    /// ```
    /// ```loadline,running
    /// cluster prod { version 1.33 }
    /// service search {
    ///   image   "ghcr.io/acme/search@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory  512Mi
    ///   scale   3
    ///   volume  index "/var/lib/index" { kind persistent; size 10Gi }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// cluster prod { version 1.33 }
    /// service search {
    ///   image   "ghcr.io/acme/search@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory  512Mi
    ///   scale   5
    ///   volume  index "/srv/index" { kind persistent; size 10Gi }
    ///   volume  cache "/var/cache" { size 1Gi }
    /// }
    /// ```
    /// ```loadline,running
    /// cluster prod { version 1.33 }
    /// service search {
    ///   image   "ghcr.io/acme/search@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory  512Mi
    ///   scale   3
    ///   volume  index "/var/lib/index" { kind persistent; size 10Gi }
    /// }
    /// ```
    724 "not-changeable-in-place" Error, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (before, now) in replaced(context) {
        if !matches!(now.model.platform(now.workload), Platform::Kubernetes(_)) || !now.workload.is_stateful() {
            continue;
        }
        // A new object is made beside the old one: that is another finding.
        if is_in_place(before, now) {
            found.extend(claims(before.workload, now.workload));
        }
    }
}

fn claims(old: &Workload, new: &Workload) -> Option<Diagnostic> {
    let name = &new.name.value;
    let mut changes: Vec<String> = Vec::new();
    let mut place = new.name.span;
    for volume in persistent(new) {
        let before = persistent(old).find(|before| before.name.value == volume.name.value);
        let size = |volume: &Volume| volume.size.as_ref().map(|size| size.value);
        let change = match before {
            None => format!("`{}` is added", volume.name.value),
            Some(before) if size(before) != size(volume) => {
                let shown = |volume: &Volume| size(volume).map_or("no size".to_owned(), |size| size.to_string());
                format!(
                    "`{}` goes from {} to {}",
                    volume.name.value,
                    shown(before),
                    shown(volume)
                )
            }
            Some(_) => continue,
        };
        if changes.is_empty() {
            place = volume.size.as_ref().map_or(volume.span, |size| size.span);
        }
        changes.push(change);
    }
    let gone = persistent(old).filter(|before| persistent(new).all(|volume| volume.name.value != before.name.value));
    changes.extend(gone.map(|before| format!("`{}` is removed", before.name.value)));
    if changes.is_empty() {
        return None;
    }
    let message = format!(
        "the persistent volumes of `{name}` cannot change while its StatefulSet exists: {}",
        listed(&changes)
    );
    Some(
        Diagnostic::new(&RULE, message, place, "refused by the API server")
            .about(new.id)
            .help(format!(
                "delete the StatefulSet without its pods first (`kubectl delete statefulset {name} --cascade=orphan`) and resize the claims by hand, or keep them as they are"
            )),
    )
}

fn persistent(workload: &Workload) -> impl Iterator<Item = &Volume> {
    let volumes = workload.volume.iter();
    volumes.filter(|volume| volume.kind.value == VolumeKind::Persistent)
}
