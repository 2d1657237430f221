//! What is built and tested: a workload or a site, by the recipe that its Dockerfile is made of.

use loadline_compiler::model::{Build, Language, Model, Workload};

use crate::docker::recipe::{self, Recipe, Variable};
use crate::docker::wanted::Wanted;

/// Something of the project that is built.
pub(crate) struct Unit<'m> {
    pub(crate) name: &'m str,
    /// The directory of its sources, in the repository.
    pub(crate) context: &'m str,
    pub(crate) recipe: Recipe,
    /// What runs its tests, by the convention of its runtime.
    pub(crate) test: Option<String>,
    /// The image's name without tag and digest, where it becomes one.
    pub(crate) image: Option<String>,
    /// The files that it leaves, where it becomes an archive.
    pub(crate) files: Vec<String>,
}

impl<'m> Unit<'m> {
    pub(crate) fn of_workload(model: &Model, workload: &'m Workload, build: &'m Build) -> Self {
        let language = workload
            .runtime
            .as_ref()
            .map_or(Language::Binary, |runtime| runtime.language.value);
        let run = workload.run.as_ref().map(|run| &run.value);
        let wanted = Wanted::new(build, workload.runtime.as_ref(), run, "/app");
        let recipe = recipe::recipe(language, &wanted);
        let on_host = model.platform(workload).is_host();
        Self {
            name: &workload.name.value,
            context: context(build),
            test: test(language, &recipe),
            image: (!on_host).then(|| nameless(&crate::image::image(model, workload))),
            files: files(&recipe, on_host),
            recipe,
        }
    }

    pub(crate) fn of_site(name: &'m str, build: &'m Build) -> Self {
        let recipe = recipe::site(&Wanted::new(build, None, None, "/app"));
        Self {
            name,
            context: context(build),
            test: test(Language::Node, &recipe),
            image: None,
            files: files(&recipe, true),
            recipe,
        }
    }

    /// Environment of the build.
    pub(crate) fn variables(&self) -> impl Iterator<Item = (&'static str, &'static str)> + '_ {
        self.recipe.build_env.iter().filter_map(|variable| match variable {
            Variable::Plain(name, value) => Some((*name, *value)),
            Variable::Path(_) => None,
        })
    }

    /// Directories in front of `PATH`.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.recipe.build_env.iter().filter_map(|variable| match variable {
            Variable::Path(path) => Some(*path),
            Variable::Plain(..) => None,
        })
    }
}

fn context(build: &Build) -> &str {
    let context = build.context.as_ref().map_or(".", |context| context.value.0.as_str());
    context
        .strip_prefix("./")
        .filter(|rest| !rest.is_empty())
        .unwrap_or(context)
}

/// What is packed for a host: what the image would have, from where the build leaves it.
fn files(recipe: &Recipe, wanted: bool) -> Vec<String> {
    if !wanted {
        return Vec::new();
    }
    let all = recipe.output.iter().chain(&recipe.kept);
    let mut files: Vec<String> = all.map(|moved| moved.from.clone()).collect();
    files.sort();
    files.dedup();
    files
}

/// `ghcr.io/acme/api` of `ghcr.io/acme/api:2.1@sha256:…`.
fn nameless(image: &str) -> String {
    let name = image.split('@').next().unwrap_or(image);
    let last = name.rfind('/').map_or(0, |at| at.saturating_add(1));
    let (folder, last) = name.split_at_checked(last).unwrap_or(("", name));
    format!("{folder}{}", last.split(':').next().unwrap_or(last))
}

fn test(language: Language, recipe: &Recipe) -> Option<String> {
    let commands = recipe.install.iter().chain(&recipe.steps);
    let mut words = commands.flat_map(|command| command.split_whitespace());
    let mut by = |tools: &[&'static str], default: &'static str| {
        let found = words.find_map(|word| {
            let name = word.rsplit('/').next().unwrap_or(word);
            tools.iter().find(|tool| **tool == name)
        });
        found.copied().unwrap_or(default)
    };
    Some(match language {
        Language::Node => {
            let manager = by(&["npm", "pnpm", "yarn", "bun"], "npm");
            match manager {
                "npm" => "npm run lint --if-present\nnpm run typecheck --if-present\nnpm test".to_owned(),
                // `bun test` is a runner of its own; the script of the project is meant.
                other => format!("{other} run test"),
            }
        }
        Language::Python => "python -m pytest".to_owned(),
        Language::Go => "go vet ./...\ngo test ./...".to_owned(),
        Language::Rust => "cargo test --locked".to_owned(),
        Language::Dotnet => "dotnet test".to_owned(),
        Language::Jvm => match by(&["gradle", "gradlew", "mvnw", "mvn"], "mvn") {
            "gradle" => "gradle check".to_owned(),
            "gradlew" => "./gradlew check".to_owned(),
            "mvnw" => "./mvnw --batch-mode verify".to_owned(),
            _ => "mvn --batch-mode verify".to_owned(),
        },
        Language::Binary => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_tag_and_digest_and_keep_the_port() {
        assert_eq!(nameless("localhost:5000/a/api:1.0"), "localhost:5000/a/api");
        assert_eq!(nameless("ghcr.io/acme/api@sha256:00"), "ghcr.io/acme/api");
        assert_eq!(nameless("api:1"), "api");
        assert_eq!(nameless("localhost:5000/api"), "localhost:5000/api");
    }
}
