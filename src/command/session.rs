//! A project on disk, loaded and resolved for the environments that were asked for.

use std::mem::ManuallyDrop;
use std::path::Path;

use loadline_compiler::diagnostic::Diagnostic;
use loadline_compiler::model::Model;
use loadline_compiler::project::{self, Project};
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
    loader: DiskLoader,
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
        let mut loader = DiskLoader::new(&location);
        let loaded = project::load(sources, &mut loader, &location.file);
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

    /// Resolves and judges every environment that was asked for: the base and all of them by default.
    pub(crate) fn judge(&mut self) -> Vec<Environment> {
        self.environments
            .clone()
            .iter()
            .map(|name| self.judge_one(name))
            .collect()
    }

    /// Resolves and judges one environment.
    pub(crate) fn judge_one(&mut self, name: &str) -> Environment {
        let environment = (name != BASE).then_some(name);
        let checked = self
            .project
            .check(environment, &mut self.loader, |model| today::today(self.today, model));
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
