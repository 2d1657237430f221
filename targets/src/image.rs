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

/// What can be the reference to an image, by its characters: nothing in it means anything to a Dockerfile or a shell.
pub(crate) fn reference(text: &str) -> Result<&str, String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | ':' | '@');
    let first = text.starts_with(|c: char| c.is_ascii_alphanumeric());
    if first && text.chars().all(allowed) {
        Ok(text)
    } else {
        Err(format!("`{text}` is no reference to an image"))
    }
}
