//! The environments of a project, as far as they are compared with one another.

use std::collections::BTreeMap;

use loadline_grammar::Span;

use super::{collect, lower_all};
use crate::lower::{Cx, Val};
use crate::model::{Build, Model, Sibling, SiblingWorkload, Workload};
use crate::project::Project;

/// Of the base and of every environment, when there are environments.
pub(crate) fn siblings(project: &Project<'_>) -> Vec<Sibling> {
    let environments = project.environments();
    if environments.is_empty() {
        return Vec::new();
    }
    let all = std::iter::once(None).chain(environments.into_iter().map(Some));
    all.map(|environment| {
        let collected = collect::collect(project, environment);
        // What is wrong is reported when the environment itself is resolved.
        let mut cx = Cx::new(project.sources, &collected.names, &collected.lets);
        sibling(&lower_all::lower_all(&collected, environment, &mut cx))
    })
    .collect()
}

fn sibling(model: &Model) -> Sibling {
    Sibling {
        environment: model.environment.clone(),
        is_production: model.is_production(),
        is_laptop: is_laptop(model),
        workloads: model.workloads.iter().map(|workload| of(model, workload)).collect(),
    }
}

/// Where people try things out: by its name, or since it is only a compose file.
fn is_laptop(model: &Model) -> bool {
    let name = model.environment.as_deref();
    matches!(name, Some("dev" | "development" | "local" | "test" | "ci")) || model.project.wants_only_compose()
}

fn of(model: &Model, workload: &Workload) -> SiblingWorkload {
    let mut variables: BTreeMap<String, Span> = BTreeMap::new();
    let shared = workload.env_from.iter().filter_map(|set| model.config_set(set.id));
    for pairs in shared.map(|set| &set.env).chain(std::iter::once(&workload.env)) {
        variables.extend(pairs.iter().map(|pair| (pair.name.value.clone(), pair.name.span)));
    }
    let secrets = workload.secret.iter();
    variables.extend(secrets.map(|secret| (secret.name.0.clone(), secret.name.span)));
    // What is declared is judged in each environment by itself, and has its default.
    for config in &workload.config {
        variables.remove(&config.name.0);
    }
    SiblingWorkload {
        name: workload.name.value.0.clone(),
        version: workload.version.as_ref().map(|version| version.value.clone()),
        artifact: artifact(workload),
        variables,
    }
}

/// What the bytes that run are made of, and where that is written.
fn artifact(workload: &Workload) -> Option<(String, Span)> {
    if let Some(image) = &workload.image {
        return Some((image.0.clone(), image.span));
    }
    let build = workload.build.as_ref()?;
    Some((recipe(build), build.span))
}

fn recipe(build: &Build) -> String {
    let text = |text: &Option<Val<crate::lower::Text>>| text.as_ref().map_or(String::new(), |text| text.0.clone());
    let list = |list: &Option<Val<Vec<crate::lower::Text>>>| {
        let words = list
            .iter()
            .flat_map(|list| list.value.iter().map(|text| text.0.as_str()));
        words.collect::<Vec<_>>().join(", ")
    };
    let context = build
        .context
        .as_ref()
        .map_or(String::new(), |context| context.to_string());
    let parts = [
        context,
        text(&build.base),
        text(&build.install),
        list(&build.steps),
        text(&build.output),
        list(&build.files),
    ];
    let said: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    format!("a build of {}", said.join("; "))
}
