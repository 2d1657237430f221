//! What a spec says about a build, before a runtime's defaults are filled in.

use loadline_compiler::model::{Build, Runtime};
use loadline_compiler::values::{Command, Version};

/// The settings that a recipe starts from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'m> {
    build: &'m Build,
    version: Option<&'m Version>,
    run: Option<&'m Command>,
    /// Base image, instead of the runtime's own.
    pub(crate) base: Option<&'m str>,
    /// The directory that everything is in.
    pub(crate) directory: &'m str,
}

/// A program that is found by its name alone stands where every `PATH` looks.
const PROGRAMS: &str = "/usr/local/bin";

impl<'m> Wanted<'m> {
    pub(crate) fn new(
        build: &'m Build,
        runtime: Option<&'m Runtime>,
        run: Option<&'m Command>,
        directory: &'m str,
    ) -> Self {
        Self {
            build,
            version: runtime
                .and_then(|runtime| runtime.version.as_ref())
                .map(|version| &version.value),
            run,
            base: build.base.as_ref().map(|base| base.value.0.as_str()),
            directory,
        }
    }

    /// The version as it stands in image tags.
    pub(crate) fn version_or(&self, default: &'m str) -> &'m str {
        self.version.map_or(default, |version| version.0.as_str())
    }

    /// The first number of the version.
    pub(crate) fn major(&self) -> Option<u64> {
        self.version.and_then(Version::major)
    }

    /// Install command and steps, where they are written; `installs` knows an installer when it sees one.
    ///
    /// A first step that only installs is taken for the install command: many write both as one list, and only the
    /// install can be a layer of its own.
    pub(crate) fn commands(&self, installs: impl Fn(&str) -> bool) -> (Option<String>, Option<Vec<String>>) {
        let install = self.build.install.as_ref().map(|install| install.value.0.clone());
        let steps = self.build.steps.as_ref().map(|steps| {
            let texts = steps.value.iter().map(|step| step.0.clone());
            texts.collect::<Vec<String>>()
        });
        let first = steps.as_ref().and_then(|steps| steps.first());
        let first_installs = first.is_some_and(|step| {
            let last = step.rsplit("&&").next().unwrap_or(step).trim();
            installs(last)
        });
        if install.is_none() && first_installs {
            let mut steps = steps.unwrap_or_default();
            return (Some(steps.remove(0)), Some(steps));
        }
        (install, steps)
    }

    /// The written output, without `./`.
    pub(crate) fn output(&self) -> Option<&'m str> {
        self.build.output.as_ref().map(|output| inside(&output.value.0))
    }

    /// The file that an interpreter starts: `run "dist/server.mjs"`, or the first argument with one of these endings.
    /// Relative to the working directory; `None` when it is somewhere else.
    pub(crate) fn script(&self, endings: &[&str]) -> Option<&'m str> {
        let file = match self.run? {
            Command::File(file) => file.as_str(),
            Command::Arguments(words) => words
                .iter()
                .find(|word| endings.iter().any(|ending| word.ends_with(ending)))?,
        };
        self.relative(file)
    }

    /// The executable that is started.
    pub(crate) fn executable(&self) -> Option<&'m str> {
        self.run?.words().first().map(String::as_str)
    }

    /// Where the image must have the executable, so that `run` finds it.
    pub(crate) fn executable_place(&self) -> Option<String> {
        let program = self.executable()?;
        Some(match self.relative(program) {
            Some(relative) if program.contains('/') => relative.to_owned(),
            Some(name) => format!("{PROGRAMS}/{name}"),
            None => program.to_owned(),
        })
    }

    fn relative(&self, path: &'m str) -> Option<&'m str> {
        if let Some(rest) = path.strip_prefix(self.directory) {
            return rest.strip_prefix('/');
        }
        (!path.starts_with('/')).then(|| inside(path))
    }
}

/// The last part of a path.
pub(crate) fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Everything but the last part of a path, or `.`.
pub(crate) fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or(".", |(parent, _)| parent)
}

/// The first part of a path, if there are several.
pub(crate) fn top(path: &str) -> Option<&str> {
    path.split_once('/').map(|(top, _)| top)
}

fn inside(path: &str) -> &str {
    let inner = path.trim_start_matches("./").trim_end_matches('/');
    if inner.is_empty() { "." } else { inner }
}
