//! A workflow of GitHub Actions: judges the spec, tests the sources, and makes of them one artifact for all environments.

mod file;
mod jobs;
mod pins;
#[cfg(test)]
mod tests;
mod unit;

use std::collections::BTreeMap;

use loadline_compiler::model::{Model, TargetName};

use crate::artifact::Artifact;
use crate::escape::github::Inert;
use crate::output::Output;
use crate::yaml;
use file::{Concurrency, Job, Jobs, Push, Triggers, Workflow};
use unit::Unit;

const INTRODUCTION: &str = "\
# A copy of it is .github/workflows/loadline.yml. The project is the root of the repository, its outputs are in deploy/.
# Variables of the repository: LOADLINE_REPOSITORY, where loadline comes from, and LOADLINE_REVISION, a commit of it.
# What others wrote is pinned by commit or digest. Texts of the spec stand in `env` only, never in a command or expression.
";

pub(crate) fn emit(model: &Model, out: &mut Output) {
    let units = units(model, out);
    let mut tests: BTreeMap<String, Job> = BTreeMap::new();
    let mut artifacts: Vec<(String, Job)> = Vec::new();
    for (index, unit) in units.iter().enumerate() {
        let mut needs = vec!["spec".to_owned()];
        // What is built from the same sources in the same way is tested once.
        let same = |other: &&Unit<'_>| is_tested_alike(other, unit);
        let first = units.iter().take(index.saturating_add(1)).find(same).unwrap_or(unit);
        let test = format!("test-{}", first.name);
        if first.name == unit.name {
            let alike: Vec<&str> = units.iter().filter(same).map(|unit| unit.name).collect();
            if let Some(job) = jobs::test(unit, &format!("Test {}", alike.join(", "))) {
                tests.insert(test.clone(), job);
            }
        }
        if tests.contains_key(&test) {
            needs.push(test);
        }
        match &unit.image {
            Some(image) => {
                let job = jobs::image(unit, model.environment_name(), needs);
                artifacts.push((format!("image-{}", unit.name), job));
                if image.contains('/') {
                    artifacts.push((format!("push-{}", unit.name), jobs::push(unit, image)));
                }
            }
            None => artifacts.push((format!("archive-{}", unit.name), jobs::archive(unit, needs))),
        }
    }
    let mut all = vec![("spec".to_owned(), jobs::spec())];
    all.extend(tests);
    all.extend(artifacts);
    write(model, Jobs(all), out);
}

fn is_tested_alike(one: &Unit<'_>, other: &Unit<'_>) -> bool {
    let key = |unit: &Unit<'_>| {
        (
            unit.context.to_owned(),
            unit.recipe.toolchain.clone(),
            unit.recipe.install.clone(),
            unit.test.clone(),
        )
    };
    key(one) == key(other)
}

fn units<'m>(model: &'m Model, out: &mut Output) -> Vec<Unit<'m>> {
    let dockerfiles = crate::default_targets(model).contains(&TargetName::Docker);
    let mut units = Vec::new();
    for workload in &model.workloads {
        let said = out.said();
        match &workload.build {
            Some(build) => {
                let unit = Unit::of_workload(model, workload, build);
                if unit.test.is_none() {
                    let message = "no convention says how a `binary` is tested";
                    out.remark(
                        workload.span,
                        message,
                        "its tests are yours to add, in a workflow of your own",
                    );
                }
                match &unit.image {
                    Some(_) if !dockerfiles => {
                        let message = "the image is built from the Dockerfile of the target `docker`";
                        out.not_expressible(build.span, message, "no image is built without that target");
                    }
                    Some(image) if !image.contains('/') => {
                        let message = "the name of the image says no registry";
                        out.remark(workload.span, message, "it is built and scanned, and not pushed");
                        units.push(unit);
                    }
                    _ => units.push(unit),
                }
            }
            None if workload.image.is_none() => {
                let message = "nothing says how it is built";
                out.remark(workload.span, message, "without `build` the pipeline leaves it out");
            }
            None => {}
        }
        out.about(said, workload.id);
    }
    let sites = model.sites.iter().filter_map(|site| {
        let build = site.build.as_ref()?;
        Some(Unit::of_site(&site.name.value, build))
    });
    units.extend(sites);
    units
}

fn write(model: &Model, jobs: Jobs, out: &mut Output) {
    let workflow = Workflow {
        name: Inert::of(model.project.name()),
        on: Triggers {
            pull_request: BTreeMap::new(),
            push: Push { branches: ["main"] },
        },
        permissions: BTreeMap::new(),
        concurrency: Concurrency {
            group: "${{ github.workflow }}-${{ github.ref }}",
            cancel_in_progress: "${{ github.event_name == 'pull_request' }}",
        },
        jobs,
    };
    match yaml::document(&workflow) {
        Ok(document) => out.push(Artifact::new("loadline.yml", format!("{INTRODUCTION}{document}"))),
        Err(error) => out.refuse(model.project.span, error, "cannot be written"),
    }
}
