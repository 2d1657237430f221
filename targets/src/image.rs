//! The image of a workload.

use loadline_compiler::model::{Model, Workload};
use loadline_grammar::Span;

use crate::output::Output;

/// The image: as given, or where the build of the project pushes it: `REGISTRY/PROJECT-NAME:VERSION`.
pub(crate) fn image(model: &Model, workload: &Workload) -> String {
    if let Some(image) = &workload.image {
        return image.value.0.clone();
    }
    let name = &workload.name.value;
    let version = workload.version.as_ref().map_or("latest", |version| &version.value.0);
    let project = model
        .project
        .name
        .as_ref()
        .map_or_else(String::new, |project| format!("{}-", project.value));
    match &model.project.registry {
        Some(registry) => format!("{}/{project}{name}:{version}", registry.value.trim_end_matches('/')),
        None => format!("{project}{name}:{version}"),
    }
}

/// An error at its place unless the image of a workload can be pulled by that name.
pub(crate) fn judge(model: &Model, workload: &Workload, out: &mut Output) {
    let registry = model.project.registry.as_ref();
    let span = match (&workload.image, registry, &workload.version) {
        (Some(image), _, _) => image.span,
        (None, Some(registry), _) if reference(&registry.value).is_err() => registry.span,
        (None, _, Some(version)) => version.span,
        (None, _, None) => workload.span,
    };
    judge_reference(&image(model, workload), span, out);
}

/// The same of an image that is written.
pub(crate) fn judge_reference(image: &str, span: Span, out: &mut Output) {
    out.escaped(span, reference(image).map(|_| ()));
}

/// What can be the reference to an image: `[HOST[:PORT]/]PATH[:TAG][@DIGEST]`. Nothing in it means anything to a Dockerfile or
/// a shell. A server stores a Deployment with any text here, and no pod of it ever starts.
/// Source: the grammar in distribution/reference.
pub(crate) fn reference(text: &str) -> Result<&str, String> {
    let (named, digest) = match text.split_once('@') {
        Some((named, digest)) => (named, Some(digest)),
        None => (text, None),
    };
    let slash = named.rfind('/').map_or(0, |slash| slash.saturating_add(1));
    let (path, tag) = match named.get(slash..).and_then(|last| last.split_once(':')) {
        Some((last, tag)) => (
            named.get(..slash.saturating_add(last.len())).unwrap_or(named),
            Some(tag),
        ),
        None => (named, None),
    };
    let path = match path.split_once('/') {
        Some((host, rest)) if is_host(host) => rest,
        _ => path,
    };
    if path.split('/').all(is_component) && tag.is_none_or(is_tag) && digest.is_none_or(is_digest) {
        Ok(text)
    } else {
        Err(format!("`{text}` is no reference to an image"))
    }
}

/// Told from a part of the path by a dot, a port or a capital, as Docker does.
fn is_host(text: &str) -> bool {
    let (name, port) = text.split_once(':').unwrap_or((text, "1"));
    let known = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let host = name
        .split('.')
        .all(|label| !label.is_empty() && label.chars().all(known) && !label.starts_with('-') && !label.ends_with('-'));
    let told = text.contains(['.', ':']) || text == "localhost" || text.contains(|c: char| c.is_ascii_uppercase());
    host && told && !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit())
}

/// Lower case letters and digits, with `.`, `_`, `__` or dashes between them.
fn is_component(text: &str) -> bool {
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let between = text.split(is_word).filter(|between| !between.is_empty());
    let mut good =
        between.map(|between| matches!(between, "." | "_" | "__") || between.bytes().all(|byte| byte == b'-'));
    text.starts_with(is_word) && text.ends_with(is_word) && good.all(|good| good)
}

fn is_tag(text: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let known = |c: char| is_word(c) || matches!(c, '.' | '-');
    text.len() <= 128 && text.starts_with(is_word) && text.chars().all(known)
}

/// By its characters: how long it is depends on the algorithm.
fn is_digest(text: &str) -> bool {
    let known = |c: char| c.is_ascii_alphanumeric();
    text.split_once(':').is_some_and(|(algorithm, hash)| {
        !algorithm.is_empty() && algorithm.chars().all(known) && !hash.is_empty() && hash.chars().all(known)
    })
}

#[cfg(test)]
mod tests {
    use super::reference;

    #[test]
    fn references_are_what_a_registry_takes() {
        for good in [
            "a:1",
            "nginx",
            "registry.example.com:5000/acme/shop:2.0-rc.1",
            "localhost/a__b/c-d.e:_x",
            "Registry.example.com/a@sha256:6f1c5b",
            "a/b/c@sha256:00ff",
        ] {
            assert_eq!(reference(good), Ok(good));
        }
        for bad in [
            "",
            " a:1",
            "a:1 ",
            "Acme/Web:::",
            "ghcr.io/Acme/web:1",
            "a:",
            "a@",
            "a@sha256",
            "a//b",
            "-a",
            "a..b",
            "a:$TAG",
            "a\n",
            "é",
        ] {
            assert!(reference(bad).is_err(), "{bad}");
        }
    }
}
