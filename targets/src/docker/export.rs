//! The files of a site: a build that ends in nothing but them.

use loadline_compiler::model::{Build, Site};
use loadline_compiler::values::Val;

use super::recipe::{self, Moved};
use super::view::{self, Spans, View};
use super::wanted::Wanted;
use super::{ignore, image};
use crate::output::Output;

/// Only inside the build.
const DIRECTORY: &str = "/app";

pub(crate) fn view(site: &Site, build: &Build, out: &mut Output) -> View {
    let wanted = Wanted::new(build, None, None, DIRECTORY);
    let recipe = recipe::site(&wanted);
    let context = build.context.as_ref().map_or(".", |context| &context.value);
    let how = format!(
        "docker build --file <this file> --output {}-files {}",
        site.name.value,
        recipe::shell_word(context)
    );
    let directory = Val::by_default(DIRECTORY, build.span);
    let mut dockerfile = view::stages(&recipe, build, &directory, &how, out);
    if let Some(output) = &build.output {
        out.escape(output, |path| view::relative(path));
    }
    dockerfile.export = recipe.output.first().map(|output| {
        let moved = Moved {
            from: format!("{}/", output.from.trim_end_matches('/')),
            to: "/".to_owned(),
        };
        let source = image::source(&recipe);
        view::copy(&moved, source, DIRECTORY, None, Spans::of(build).output, out)
    });
    // An image has more than its output; a site does not.
    let further = [
        build.files.as_ref().map(|files| files.span),
        build.assets.as_ref().map(|files| files.span),
    ];
    for span in further.into_iter().flatten() {
        out.not_expressible(
            span,
            "the build of a site ends in its `output`, and nothing else",
            "left out",
        );
    }
    View {
        dockerfile,
        ignore: ignore::view(&recipe, build, out),
    }
}
