//! A project on disk, loaded and resolved for the environments that were asked for.

use std::mem::ManuallyDrop;
use std::path::Path;

use loadline_compiler::diagnostic::Diagnostic;
use loadline_compiler::model::Model;
use loadline_compiler::project::{self, Loader, Project};
use loadline_compiler::rules;
use loadline_compiler::source::Sources;
use loadline_compiler::values::Date;

use crate::cli::ResolveArgs;
use crate::exit::Problem;
use crate::files::{DiskLoader, Location};
use crate::today;

/// The name of what stands outside environments.
pub(crate) const BASE: &str = "base";

/// A project that was read.
///
/// The tree and the models live as long as the process, which ends soon after them: they are not given back piece by piece,
/// which is 3 % of the instructions of a check.
pub(crate) struct Session<'s> {
    pub(crate) location: Location,
    pub(crate) project: ManuallyDrop<Project<'s>>,
    loader: Box<dyn Loader>,
    environments: Vec<String>,
    /// Those that were asked for by name.
    asked: Vec<String>,
    today: Option<Date>,
}

/// One environment, resolved and judged.
pub(crate) struct Environment {
    pub(crate) name: String,
    pub(crate) model: ManuallyDrop<Model>,
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// Findings that were silenced, each with the reason.
    pub(crate) silenced: Vec<(Diagnostic, String)>,
    pub(crate) today: Date,
}

impl<'s> Session<'s> {
    pub(crate) fn open(sources: &'s Sources, path: &Path, arguments: &ResolveArgs) -> Result<Self, Problem> {
        let location = Location::find(path)?;
        let loader = Box::new(DiskLoader::new(&location));
        Self::load(sources, location, loader, arguments)
    }

    /// A project that some loader reads: from disk, or from a revision of git.
    pub(crate) fn load(
        sources: &'s Sources,
        location: Location,
        mut loader: Box<dyn Loader>,
        arguments: &ResolveArgs,
    ) -> Result<Self, Problem> {
        let loaded = project::load(sources, loader.as_mut(), &location.file);
        let shown = format!("{}{}", location.prefix, location.file);
        let mut project = loaded.map_err(|error| Problem::new(error.message(&shown)))?;
        for set in &arguments.sets {
            let Some((path, value)) = set.split_once('=') else {
                return Err(Problem::new(format!("--set {set}: write `--set path=value`")));
            };
            project
                .set(path.trim(), value.trim())
                .map_err(|message| Problem::new(format!("--set {set}: {message}")))?;
        }
        let known = project.environments();
        for wanted in &arguments.environments {
            if wanted != BASE && !known.contains(&wanted.as_str()) {
                let all: Vec<&str> = std::iter::once(BASE).chain(known.iter().copied()).collect();
                return Err(Problem::new(format!(
                    "there is no environment `{wanted}`; there is {}",
                    all.join(", ")
                )));
            }
        }
        let all = || {
            std::iter::once(BASE)
                .chain(known.iter().copied())
                .map(str::to_owned)
                .collect()
        };
        let environments = if arguments.environments.is_empty() {
            all()
        } else {
            arguments.environments.clone()
        };
        Ok(Self {
            location,
            project: ManuallyDrop::new(project),
            loader,
            environments,
            asked: arguments.environments.clone(),
            today: arguments.today,
        })
    }

    /// The one environment that a command can look at: the base unless one was asked for.
    pub(crate) fn only_environment(&self) -> Result<String, Problem> {
        match self.asked.as_slice() {
            [] => Ok(BASE.to_owned()),
            [one] => Ok(one.clone()),
            several => Err(Problem::new(format!(
                "--env {}: this command looks at one environment; name one",
                several.join(" --env ")
            ))),
        }
    }

    /// The environments that were asked for: the base and all of them by default.
    pub(crate) fn environments(&self) -> Vec<String> {
        self.environments.clone()
    }

    /// The day that rules about dates take as today.
    pub(crate) fn today_of_base(&mut self) -> Date {
        let resolved = self.project.resolve(None, self.loader.as_mut());
        today::today(self.today, &resolved.model)
    }

    /// Resolves and judges every environment that was asked for.
    pub(crate) fn judge(&mut self) -> Vec<Environment> {
        let names = self.environments();
        names.iter().map(|name| self.judge_one(name)).collect()
    }

    /// Resolves and judges one environment.
    pub(crate) fn judge_one(&mut self, name: &str) -> Environment {
        self.judge_after(name, None)
    }

    /// Resolves and judges one environment as what replaces the revision that runs.
    pub(crate) fn judge_after(&mut self, name: &str, running: Option<&Model>) -> Environment {
        let environment = (name != BASE).then_some(name);
        let today = self.today;
        let today = |model: &Model| today::today(today, model);
        let loader = self.loader.as_mut();
        let checked = self.project.check_after(environment, running, loader, today);
        Environment {
            name: name.to_owned(),
            silenced: checked.judged.silenced,
            diagnostics: checked.judged.diagnostics,
            today: checked.today,
            model: ManuallyDrop::new(checked.model),
        }
    }
}

/// Findings of all environments as one list.
pub(crate) fn merged(environments: &[Environment]) -> Vec<Diagnostic> {
    let judged = environments
        .iter()
        .map(|environment| (environment.name.clone(), environment.diagnostics.clone()));
    rules::merge_environments(judged.collect())
}
