//! What the templates print: every decision is made, every string is escaped.

use loadline_compiler::model::Build;
use loadline_compiler::values::Val;
use loadline_grammar::Span;
use serde::Serialize;

use super::recipe::{Moved, Recipe, Variable};
use crate::escape::dockerfile as escape;
use crate::output::Output;
use crate::template::Escaped;

pub(crate) struct View {
    pub(crate) dockerfile: Dockerfile,
    pub(crate) ignore: Ignore,
}

#[derive(Serialize)]
pub(crate) struct Dockerfile {
    pub(crate) how_to_build: Escaped,
    pub(crate) toolchain: Escaped,
    pub(crate) build_env: Vec<Pair>,
    pub(crate) directory: Escaped,
    pub(crate) deps: Option<Deps>,
    pub(crate) build: Option<Steps>,
    pub(crate) assets: Option<Copy>,
    pub(crate) export: Option<Copy>,
    pub(crate) image: Option<Image>,
}

#[derive(Serialize)]
pub(crate) struct Pair {
    pub(crate) name: Escaped,
    pub(crate) value: Escaped,
}

#[derive(Serialize)]
pub(crate) struct Deps {
    prepare: Vec<Escaped>,
    manifests: Vec<Escaped>,
    caches: Vec<Escaped>,
    install: Escaped,
    prune: Option<Escaped>,
}

#[derive(Serialize)]
pub(crate) struct Steps {
    caches: Vec<Escaped>,
    steps: Vec<Escaped>,
    prune: Option<Escaped>,
}

#[derive(Serialize)]
pub(crate) struct Copy {
    flags: Escaped,
    paths: Escaped,
}

#[derive(Serialize)]
pub(crate) struct Image {
    pub(crate) base: Escaped,
    pub(crate) labels: Vec<Pair>,
    pub(crate) env: Vec<Pair>,
    pub(crate) uid: u64,
    pub(crate) gid: u64,
    pub(crate) volumes: Vec<Escaped>,
    pub(crate) copies: Vec<Copy>,
    pub(crate) ports: Vec<u16>,
    pub(crate) stop_signal: Option<Escaped>,
    pub(crate) healthcheck: Option<Healthcheck>,
    pub(crate) command: Escaped,
}

#[derive(Serialize)]
pub(crate) struct Healthcheck {
    pub(crate) flags: Escaped,
    pub(crate) command: Escaped,
}

#[derive(Serialize)]
pub(crate) struct Ignore {
    pub(crate) patterns: Vec<Escaped>,
    pub(crate) products: Vec<Escaped>,
}

/// Where the texts of a recipe come from, for findings.
#[derive(Clone, Copy)]
pub(crate) struct Spans {
    pub(crate) base: Span,
    pub(crate) install: Span,
    pub(crate) steps: Span,
    pub(crate) output: Span,
}

impl Spans {
    pub(crate) fn of(build: &Build) -> Self {
        fn of<T>(value: Option<&Val<T>>, build: &Build) -> Span {
            value.map_or(build.span, |value| value.span)
        }
        Self {
            base: of(build.base.as_ref(), build),
            // Without an install command of its own the first step may be one.
            install: build
                .install
                .as_ref()
                .map_or_else(|| of(build.steps.as_ref(), build), |install| install.span),
            steps: of(build.steps.as_ref(), build),
            output: of(build.output.as_ref(), build),
        }
    }
}

/// The stages before the last one.
pub(crate) fn stages(
    recipe: &Recipe,
    build: &Build,
    directory: &Val<&str>,
    how_to_build: &str,
    out: &mut Output,
) -> Dockerfile {
    let spans = Spans::of(build);
    let builds = !recipe.steps.is_empty();
    let prune = recipe
        .prune
        .as_ref()
        .map(|prune| out.escaped(spans.install, escape::step(prune)));
    // Without a build stage what is not needed goes in the stage that brought it.
    let (deps_prune, build_prune) = if builds { (None, prune) } else { (prune, None) };
    Dockerfile {
        how_to_build: out.escaped(build.span, escape::comment(how_to_build)),
        toolchain: out.escaped(spans.base, escape::image(&recipe.toolchain)),
        build_env: pairs(&recipe.build_env, build.span, out),
        directory: out.escape(directory, |path| escape::directory(path)),
        deps: recipe.install.as_ref().map(|install| Deps {
            prepare: steps(&recipe.prepare, spans.install, out),
            manifests: manifests(&recipe.manifests, spans.install, out),
            caches: steps(&recipe.install_caches, spans.install, out),
            install: out.escaped(spans.install, escape::step(install)),
            prune: deps_prune,
        }),
        // Every step is a line of its own: it is cached on its own, and a failure names it. hadolint's hint to join
        // them (DL3059) is about the size of images, and this stage is in none.
        build: builds.then(|| Steps {
            caches: steps(&recipe.build_caches, spans.steps, out),
            steps: steps(&recipe.steps, spans.steps, out),
            prune: build_prune,
        }),
        assets: None,
        export: None,
        image: None,
    }
}

/// Those at the top in one instruction; one in a directory by itself, since `COPY` forgets directories.
fn manifests(files: &[String], span: Span, out: &mut Output) -> Vec<Escaped> {
    let (top, inner): (Vec<&str>, Vec<&str>) = files.iter().map(String::as_str).partition(|file| !file.contains('/'));
    let mut copies = Vec::new();
    if !top.is_empty() {
        copies.push(out.escaped(span, escape::copy(&top, "./")));
    }
    for file in inner {
        let copy = relative(file).and_then(|()| escape::copy(&[file], &format!("./{file}")));
        copies.push(out.escaped(span, copy));
    }
    copies
}

fn steps(commands: &[String], span: Span, out: &mut Output) -> Vec<Escaped> {
    commands
        .iter()
        .map(|command| out.escaped(span, escape::step(command)))
        .collect()
}

/// Variables of the image.
pub(crate) fn pairs(variables: &[Variable], span: Span, out: &mut Output) -> Vec<Pair> {
    let pair = |variable: &Variable| match variable {
        Variable::Plain(name, value) => (escape::own(name), escape::value(value)),
        Variable::Path(directory) => (escape::own("PATH"), escape::path_after(directory)),
    };
    variables
        .iter()
        .map(|variable| {
            let (name, value) = pair(variable);
            Pair {
                name: out.escaped(span, name),
                value: out.escaped(span, value),
            }
        })
        .collect()
}

/// Where a copy takes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The directory on the developer's machine.
    Context,
    /// The stage that installed the dependencies.
    Deps,
    /// The stage that built.
    Build,
}

/// A `COPY` of something into the working directory of a stage, for a user if one is given.
pub(crate) fn copy(
    moved: &Moved,
    source: Source,
    directory: &str,
    owner: Option<(u64, u64)>,
    span: Span,
    out: &mut Output,
) -> Copy {
    let stage = match source {
        Source::Context => "",
        Source::Deps => "--from=deps ",
        Source::Build => "--from=build ",
    };
    let owner = owner.map_or_else(String::new, |(user, group)| format!("--chown={user}:{group} "));
    // In a stage the path is that of its file system, in the context it is relative.
    let from = match source {
        Source::Context => moved.from.clone(),
        Source::Deps | Source::Build => absolute(&moved.from, directory),
    };
    let to = if moved.to.starts_with('/') {
        moved.to.clone()
    } else if moved.to == "." {
        "./".to_owned()
    } else if moved.from.contains(['*', '?']) {
        // Several files go into the directory that they are in.
        match moved.to.rsplit_once('/') {
            Some((parent, _)) => format!("./{parent}/"),
            None => "./".to_owned(),
        }
    } else {
        format!("./{}", moved.to)
    };
    Copy {
        flags: out.escaped(span, escape::own(&format!("{stage}{owner}"))),
        paths: out.escaped(span, escape::copy(&[&from], &to)),
    }
}

fn absolute(path: &str, directory: &str) -> String {
    let directory = directory.trim_end_matches('/');
    match path {
        "." => format!("{directory}/"),
        path if path.starts_with('/') => path.to_owned(),
        path => format!("{directory}/{path}"),
    }
}

/// A path of `build` stays inside its context.
pub(crate) fn relative(path: &str) -> Result<(), String> {
    if path.starts_with('/') || path.contains('\\') || path.split('/').any(|part| part == "..") {
        return Err(format!("`{path}` is not a path inside the build's context"));
    }
    Ok(())
}
