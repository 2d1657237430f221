//! Rust: one executable in an image with a C library and nothing else.

use super::{Moved, Recipe, Variable};
use crate::docker::recipe::binary;
use crate::docker::wanted::{Wanted, file_name};

/// The version where none is given.
const VERSION: &str = "1.95";

/// The C library of the same Debian release that the toolchain links against.
const BASE: &str = "gcr.io/distroless/cc-debian12:nonroot";

const TARGET: &str = "/var/cache/target";

/// Cargo resolves nothing without the sources of the package, so dependencies are no layer of their own here; its
/// downloads and compiled crates are kept in caches instead. `cargo install` takes the executables out of them.
pub(crate) fn recipe(wanted: &Wanted<'_>) -> Recipe {
    let (install, steps) = wanted.commands(|_| false);
    let by_default = steps.is_none();
    let name = wanted.executable().map_or("app", file_name);
    let mut all: Vec<String> = install.filter(|install| !install.is_empty()).into_iter().collect();
    all.extend(steps.unwrap_or_else(|| vec!["cargo install --locked --no-track --path . --root /out".to_owned()]));
    let output = if by_default && wanted.output().is_none() {
        Moved {
            from: format!("/out/bin/{name}"),
            to: wanted.executable_place().unwrap_or_else(|| name.to_owned()),
        }
    } else {
        binary::output(wanted)
    };
    let mut caches = vec!["/usr/local/cargo/registry".to_owned()];
    let mut build_env = Vec::new();
    // Written steps leave their result in `target`, which a cache would take away.
    if by_default {
        caches.push(TARGET.to_owned());
        build_env.push(Variable::Plain("CARGO_TARGET_DIR", TARGET));
    }
    Recipe {
        toolchain: format!("rust:{}-bookworm", wanted.version_or(VERSION)),
        base: BASE.to_owned(),
        build_env,
        steps: all,
        build_caches: caches,
        output: vec![output],
        products: vec!["target".to_owned()],
        ..Recipe::default()
    }
}
