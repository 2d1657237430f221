//! What a build does not see.

use loadline_compiler::model::Build;

use super::recipe::Recipe;
use super::view::{Ignore, Spans};
use crate::escape::dockerfile as escape;
use crate::output::Output;

/// History, secrets of the developer's machine, settings of editors, and files that describe the deployment: a change of
/// those must not build anything again.
const ALWAYS: &[&str] = &[
    "**/.git",
    "**/.env",
    "**/.env.*",
    "**/.DS_Store",
    "**/.idea",
    "**/.vscode",
    "**/Dockerfile",
    "**/*.load",
];

pub(crate) fn view(recipe: &Recipe, build: &Build, out: &mut Output) -> Ignore {
    let span = Spans::of(build).output;
    let patterns = ALWAYS
        .iter()
        .chain(recipe.local)
        .map(|pattern| out.escaped(span, escape::own(pattern)));
    let patterns = patterns.collect();
    let built = !recipe.steps.is_empty();
    let products = recipe
        .products
        .iter()
        .filter(|_| built)
        .map(|path| out.escaped(span, escape::ignored(path)))
        .collect();
    Ignore { patterns, products }
}
