//! The image of a workload.

use loadline_compiler::model::{Model, Workload};

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
