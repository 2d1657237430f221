//! An executable about which nothing is assumed: it is built by the steps, or brought along.

use super::{Moved, Recipe};
use crate::docker::wanted::{Wanted, file_name};
use crate::escape::shell;

/// A C library and a shell, whatever the executable turns out to need.
const BASE: &str = "debian:bookworm-slim";

pub(crate) fn recipe(wanted: &Wanted<'_>) -> Recipe {
    let (install, steps) = wanted.commands(|_| false);
    let mut all: Vec<String> = install.filter(|install| !install.is_empty()).into_iter().collect();
    all.extend(steps.unwrap_or_default());
    Recipe {
        toolchain: BASE.to_owned(),
        base: BASE.to_owned(),
        steps: all,
        output: vec![output(wanted)],
        ..Recipe::default()
    }
}

/// The executable among the files of the build, and where `run` looks for it.
pub(crate) fn output(wanted: &Wanted<'_>) -> Moved {
    let place = wanted.executable_place();
    match (wanted.output(), place) {
        // The written output is the executable itself, by its name.
        (Some(output), Some(place)) if file_name(output) == file_name(&place) => Moved {
            from: output.to_owned(),
            to: place,
        },
        (Some(output), _) => Moved::same(output),
        (None, Some(place)) => Moved {
            from: if place.starts_with('/') {
                file_name(&place).to_owned()
            } else {
                place.clone()
            },
            to: place,
        },
        (None, None) => Moved::same("."),
    }
}

/// A word of a shell's line. Paths of a project hold no NUL.
pub(crate) fn shell_word(text: &str) -> String {
    shell::word(text).unwrap_or_default().as_str().to_owned()
}
