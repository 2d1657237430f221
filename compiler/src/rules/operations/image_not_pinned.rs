//! `image-not-pinned`

use loadline_grammar::Span;

use crate::diagnostic::{Diagnostic, Severity};
use crate::model::{Requirement, ThingId, Workload};
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// An image is named so that it cannot change: by digest in production, and elsewhere at least by a tag other than
    /// `latest`. A tag without digest is a note outside production, and so is a build without `version`.
    /// ## Why
    /// A tag can be moved. Two instances of one rollout then run different code, a rollback brings back something else than
    /// what ran, and staging tests other bytes than production runs.
    /// ## Source
    /// The OCI distribution specification: tags are mutable, digests are not. hadolint DL3006 and DL3007, kube-linter
    /// `latest-tag`.
    ///
    /// ```loadline,bad
    /// service api {
    ///   image  "ghcr.io/acme/api:latest"
    ///   memory 512Mi
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    /// }
    /// ```
    908 "image-not-pinned" Warning, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let model = context.model;
    let strict = model.is_production() || model.required(Requirement::Digests).is_some();
    for workload in &model.workloads {
        let own = workload.image.iter().map(|image| (&image.value.0, image.span));
        let beside = workload.sidecar.iter().filter_map(|sidecar| sidecar.image.as_ref());
        let before = workload.before.iter().filter_map(|before| before.image.as_ref());
        let others = beside.chain(before).map(|image| (&image.value.0, image.span));
        for (image, span) in own.chain(others) {
            found.extend(judge(image, span, workload.id, strict));
        }
        if !model.platform(workload).is_host() {
            found.extend(unversioned(workload, strict));
        }
    }
}

/// What is built here is called by its version.
fn unversioned(workload: &Workload, strict: bool) -> Option<Diagnostic> {
    if workload.image.is_some() || workload.build.is_none() || workload.version.is_some() {
        return None;
    }
    let message = format!(
        "`{}` is built without a `version`, so its image is called `latest`",
        workload.name.value
    );
    let severity = if strict { Severity::Warning } else { Severity::Note };
    Some(
        Diagnostic::new(&RULE, message, workload.name.span, "two builds have the same name")
            .at(severity)
            .help("write `version 1.0.0`, and raise it with each release")
            .about(workload.id),
    )
}

fn judge(image: &str, span: Span, thing: ThingId, strict: bool) -> Option<Diagnostic> {
    if image.contains("@sha256:") {
        return None;
    }
    // The colon of a registry's port stands before the last slash.
    let tag = image
        .rsplit('/')
        .next()
        .and_then(|name| name.split_once(':'))
        .map(|(_, tag)| tag);
    let (label, severity) = match tag {
        None => ("no tag means `latest`", Severity::Warning),
        Some("latest") => ("whatever is newest when the instance starts", Severity::Warning),
        Some(_) if strict => ("a tag can be moved", Severity::Warning),
        Some(_) => ("a tag can be moved", Severity::Note),
    };
    let message = format!("the image `{image}` is not pinned by digest");
    let help = match severity {
        Severity::Warning => "write `NAME@sha256:DIGEST`: the digest that the pipeline pushed",
        _ => "in production write `NAME@sha256:DIGEST`",
    };
    Some(
        Diagnostic::new(&RULE, message, span, label)
            .at(severity)
            .help(help)
            .about(thing),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ThingKind;

    #[test]
    fn tags_are_found_behind_ports() {
        let thing = ThingId::new(ThingKind::Service, 0);
        let severity = |image: &str, strict| judge(image, Span::default(), thing, strict).map(|found| found.severity);
        assert_eq!(severity("localhost:5000/api", false), Some(Severity::Warning));
        assert_eq!(severity("localhost:5000/api:1.2", false), Some(Severity::Note));
        assert_eq!(severity("api:1.2", true), Some(Severity::Warning));
        assert_eq!(severity("api:latest", false), Some(Severity::Warning));
        assert_eq!(severity("api:1.2@sha256:abc", true), None);
    }
}
