//! What the Dockerfile of a runtime is made of: what `build` says, and defaults for what it does not say.

mod binary;
mod dotnet;
mod go;
mod jvm;
mod node;
mod python;
mod rust;

use loadline_compiler::model::Language;

pub(crate) use binary::shell_word;

use crate::docker::wanted::Wanted;

/// How sources become an image. Every path is relative to the working directory, or absolute inside the build.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Recipe {
    /// The image with compilers and package managers.
    pub(crate) toolchain: String,
    /// The image that the program runs in.
    pub(crate) base: String,
    /// Environment of the build.
    pub(crate) build_env: Vec<Variable>,
    /// Environment of the program.
    pub(crate) env: Vec<Variable>,
    /// Run before anything is copied.
    pub(crate) prepare: Vec<String>,
    /// Files that say what the dependencies are; those that may be missing end with `*`.
    pub(crate) manifests: Vec<String>,
    /// Installs the dependencies with nothing but the manifests; without it there is no layer of their own.
    pub(crate) install: Option<String>,
    /// Directories that are kept between installs and belong to no image.
    pub(crate) install_caches: Vec<String>,
    /// Commands that build.
    pub(crate) steps: Vec<String>,
    /// Directories that are kept between builds and belong to no image.
    pub(crate) build_caches: Vec<String>,
    /// Takes away what only the build needed.
    pub(crate) prune: Option<String>,
    /// What the dependencies left and the program needs.
    pub(crate) kept: Vec<Moved>,
    /// The program.
    pub(crate) output: Vec<Moved>,
    /// Patterns of files that are made on the developer's machine and never wanted in a build.
    pub(crate) local: &'static [&'static str],
    /// Directories that the steps make: a stale one of the developer's machine must not get into the image.
    pub(crate) products: Vec<String>,
}

/// A variable of the image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Variable {
    /// Its name and value.
    Plain(&'static str, &'static str),
    /// `PATH` with a directory in front.
    Path(&'static str),
}

/// Something that is copied from a stage (or the context) into the image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Moved {
    /// Where it is.
    pub(crate) from: String,
    /// Where it goes.
    pub(crate) to: String,
}

impl Moved {
    /// To the same path.
    pub(crate) fn same(path: impl Into<String>) -> Self {
        let path = path.into();
        Self {
            from: path.clone(),
            to: path,
        }
    }
}

/// The recipe of a runtime.
pub(crate) fn recipe(language: Language, wanted: &Wanted<'_>) -> Recipe {
    let mut recipe = match language {
        Language::Node => node::recipe(wanted),
        Language::Python => python::recipe(wanted),
        Language::Go => go::recipe(wanted),
        Language::Rust => rust::recipe(wanted),
        Language::Jvm => jvm::recipe(wanted),
        Language::Dotnet => dotnet::recipe(wanted),
        Language::Binary => binary::recipe(wanted),
    };
    if let Some(base) = wanted.base {
        // Interpreters run and build in the same image, so that native modules fit; compilers keep their own.
        if matches!(language, Language::Node | Language::Python | Language::Binary) {
            base.clone_into(&mut recipe.toolchain);
        }
        base.clone_into(&mut recipe.base);
    }
    recipe
}

/// The recipe of a static frontend: Node's tools unless the commands are clearly of something else.
pub(crate) fn site(wanted: &Wanted<'_>) -> Recipe {
    let mut recipe = node::site(wanted);
    if let Some(base) = wanted.base {
        base.clone_into(&mut recipe.toolchain);
    }
    recipe
}
