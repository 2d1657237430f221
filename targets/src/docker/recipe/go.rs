//! Go: one static executable in an image with nothing else.

use super::{Moved, Recipe, Variable};
use crate::docker::recipe::binary;
use crate::docker::wanted::{Wanted, file_name};

/// The version where none is given.
const VERSION: &str = "1.26";

/// Certificates, time zones and a user table; no shell and no C library, which `CGO_ENABLED=0` makes unnecessary.
const BASE: &str = "gcr.io/distroless/static-debian12:nonroot";

pub(crate) fn recipe(wanted: &Wanted<'_>) -> Recipe {
    let (install, steps) = wanted.commands(|command| command.starts_with("go mod download"));
    let install = install.unwrap_or_else(|| "go mod download".to_owned());
    let name = wanted.executable().map_or("app", file_name);
    let built = format!("/out/{name}");
    let output = match (&steps, wanted.output()) {
        (None, None) => Moved {
            from: built.clone(),
            to: wanted.executable_place().unwrap_or_else(|| name.to_owned()),
        },
        _ => binary::output(wanted),
    };
    Recipe {
        toolchain: format!("golang:{}-bookworm", wanted.version_or(VERSION)),
        base: BASE.to_owned(),
        build_env: vec![Variable::Plain("CGO_ENABLED", "0")],
        // Without dependencies there is no go.sum.
        manifests: vec!["go.mod".to_owned(), "go.sum*".to_owned()],
        install: (!install.is_empty()).then_some(install),
        steps: steps.unwrap_or_else(|| vec![format!("go build -trimpath -o {} .", binary::shell_word(&built))]),
        build_caches: vec!["/root/.cache/go-build".to_owned()],
        output: vec![output],
        ..Recipe::default()
    }
}
