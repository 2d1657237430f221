//! The image of a service, worker or job.

use loadline_compiler::model::{Build, Language, Model, VolumeKind, Workload};
use loadline_compiler::values::Val;

use super::recipe::{self, Moved, Recipe};
use super::view::{self, Copy, Image, Source, Spans, View};
use super::wanted::Wanted;
use super::{health, ignore, labels, stop_signal, user};
use crate::escape::dockerfile as escape;
use crate::output::Output;
use crate::template::Escaped;

/// Where the program is, when the spec says nothing.
const DIRECTORY: &str = "/app";

pub(crate) fn view(model: &Model, workload: &Workload, build: &Build, out: &mut Output) -> View {
    let directory = workload.working_dir.as_ref().map_or_else(
        || Val::by_default(DIRECTORY, build.span),
        |directory| Val::written(directory.value.0.as_str(), directory.span),
    );
    let language = workload
        .runtime
        .as_ref()
        .map_or(Language::Binary, |runtime| runtime.language.value);
    let run = workload.run.as_ref().map(|run| &run.value);
    let wanted = Wanted::new(build, workload.runtime.as_ref(), run, directory.value);
    let subject = Subject {
        model,
        workload,
        build,
        recipe: recipe::recipe(language, &wanted),
        directory: directory.value,
    };
    let how = how_to_build(&crate::image::image(model, workload), build);
    let mut dockerfile = view::stages(&subject.recipe, build, &directory, &how, out);
    dockerfile.assets = subject.assets(out);
    let base = if subject.recipe.base == subject.recipe.toolchain {
        dockerfile.toolchain.clone()
    } else {
        out.escaped(Spans::of(build).base, escape::image(&subject.recipe.base))
    };
    dockerfile.image = Some(subject.image(base, out));
    View {
        dockerfile,
        ignore: ignore::view(&subject.recipe, build, out),
    }
}

/// What an image is made from.
struct Subject<'m> {
    model: &'m Model,
    workload: &'m Workload,
    build: &'m Build,
    recipe: Recipe,
    directory: &'m str,
}

impl Subject<'_> {
    fn image(&self, base: Escaped, out: &mut Output) -> Image {
        let (model, workload) = (self.model, self.workload);
        let (uid, gid) = user(workload);
        let run = workload.run.as_ref().map_or(self.build.span, |run| run.span);
        let volumes = workload
            .volume
            .iter()
            .filter(|volume| volume.kind.value == VolumeKind::Persistent);
        let mut ports: Vec<u16> = Vec::new();
        for listen in &workload.listen {
            if !ports.contains(&listen.port.0) {
                ports.push(listen.port.0);
            }
        }
        Image {
            base,
            labels: labels::view(model, workload, out),
            env: view::pairs(&self.recipe.env, self.build.span, out),
            uid,
            gid,
            volumes: volumes
                .map(|volume| out.escape(&volume.path, |path| escape::directory(path)))
                .collect(),
            copies: self.copies(out),
            ports,
            stop_signal: stop_signal(workload).map(|signal| out.escaped(run, escape::own(signal.word()))),
            healthcheck: health::view(model, workload, out),
            command: out.escaped(run, escape::exec(&workload.argv())),
        }
    }

    /// Dependencies first, since they change least; then the program and the further files.
    fn copies(&self, out: &mut Output) -> Vec<Copy> {
        let spans = Spans::of(self.build);
        let owner = Some(user(self.workload));
        let source = source(&self.recipe);
        let kept = match source {
            Source::Context => Source::Deps,
            built => built,
        };
        let mut copies = Vec::new();
        for moved in &self.recipe.kept {
            let copy = view::copy(moved, kept, self.directory, owner, spans.install, out);
            copies.push(copy);
        }
        if let Some(output) = &self.build.output {
            out.escape(output, |path| view::relative(path));
        }
        for moved in &self.recipe.output {
            let copy = view::copy(moved, source, self.directory, owner, spans.output, out);
            copies.push(copy);
        }
        if let Some(files) = &self.build.files {
            for path in &files.value {
                let path = path.trim_start_matches("./").trim_end_matches('/');
                out.escaped(files.span, view::relative(path));
                let moved = Moved::same(path);
                let copy = view::copy(&moved, source, self.directory, owner, files.span, out);
                copies.push(copy);
            }
        }
        copies
    }

    /// The files that the gateway serves itself, as a stage of their own.
    fn assets(&self, out: &mut Output) -> Option<Copy> {
        let assets = self.build.assets.as_ref()?;
        let path = assets.value.trim_start_matches("./").trim_end_matches('/');
        out.escaped(assets.span, view::relative(path));
        let moved = Moved {
            from: format!("{path}/"),
            to: "/".to_owned(),
        };
        let source = source(&self.recipe);
        let copy = view::copy(&moved, source, self.directory, None, assets.span, out);
        Some(copy)
    }
}

/// Where the program comes from: the build stage, or, when nothing is built, the context itself.
pub(crate) fn source(recipe: &Recipe) -> Source {
    if recipe.steps.is_empty() {
        Source::Context
    } else {
        Source::Build
    }
}

fn how_to_build(image: &str, build: &Build) -> String {
    let context = build.context.as_ref().map_or(".", |context| &context.value);
    // A digest is what a build gives, not what it is given.
    let tag = if image.contains('@') {
        String::new()
    } else {
        format!(" --tag {image}")
    };
    let context = recipe::shell_word(context);
    format!("docker build --file <this file>{tag} {context}")
}
