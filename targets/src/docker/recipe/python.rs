//! CPython: dependencies in a virtual environment, which is one directory to copy.

use super::{Moved, Recipe, Variable};
use crate::docker::wanted::Wanted;

/// The version where none is given.
const VERSION: &str = "3.13";

const ENVIRONMENT: &str = "/opt/venv";
const PROGRAMS: &str = "/opt/venv/bin";

const LOCAL: &[&str] = &[
    "**/__pycache__",
    "**/.venv",
    "**/venv",
    "**/.pytest_cache",
    "**/.mypy_cache",
    "**/.ruff_cache",
];

pub(crate) fn recipe(wanted: &Wanted<'_>) -> Recipe {
    let (install, steps) = wanted.commands(installs);
    let image = format!("python:{}-slim-bookworm", wanted.version_or(VERSION));
    // A written command may read any of the files that are usual; the default reads one.
    let manifests = install
        .as_ref()
        .map_or_else(|| vec!["requirements.txt".to_owned()], |install| manifests(install));
    let install = install.unwrap_or_else(|| "pip install --requirement requirements.txt".to_owned());
    let install = (!install.is_empty()).then_some(install);
    let mut build_env = Vec::new();
    let mut kept = Vec::new();
    if install.is_some() {
        build_env.push(Variable::Plain("VIRTUAL_ENV", ENVIRONMENT));
        build_env.push(Variable::Path(PROGRAMS));
        kept.push(Moved::same(ENVIRONMENT));
    }
    let mut env = build_env.clone();
    // The file system is read-only, and a log line must not wait in a buffer when the process is killed.
    env.push(Variable::Plain("PYTHONDONTWRITEBYTECODE", "1"));
    env.push(Variable::Plain("PYTHONUNBUFFERED", "1"));
    Recipe {
        toolchain: image.clone(),
        base: image,
        build_env,
        env,
        prepare: vec![format!("python -m venv {ENVIRONMENT}")],
        manifests,
        install_caches: vec!["/root/.cache/pip".to_owned()],
        kept,
        install,
        // Python has nothing to build as a rule.
        steps: steps.unwrap_or_default(),
        // Imports reach across the whole directory, wherever the program stands in it.
        output: vec![Moved::same(wanted.output().unwrap_or("."))],
        local: LOCAL,
        ..Recipe::default()
    }
}

/// The usual files, each if it is there, and those that the command names.
fn manifests(install: &str) -> Vec<String> {
    let usual = [
        "requirements*.txt",
        "pyproject.toml*",
        "uv.lock*",
        "poetry.lock*",
        "Pipfile*",
        "setup.py*",
        "setup.cfg*",
    ];
    let mut files: Vec<String> = usual.map(str::to_owned).into();
    let mut words = install.split_whitespace();
    while let Some(word) = words.next() {
        if matches!(word, "-r" | "--requirement" | "-c" | "--constraint")
            && let Some(file) = words.next().filter(|file| file.contains('/'))
        {
            files.push(file.trim_start_matches("./").to_owned());
        }
    }
    files
}

fn installs(command: &str) -> bool {
    [
        "pip install",
        "python -m pip install",
        "uv sync",
        "uv pip",
        "poetry install",
        "pipenv",
    ]
    .iter()
    .any(|installer| command.starts_with(installer))
}
