//! What nginx itself says: it is started with what is written here. Without nginx these tests say so and prove nothing;
//! `scripts/install-tools nginx` installs it.
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "a tool is run, in tests only"
)]

pub(crate) mod machine;
mod strings;
mod traffic;

use std::path::{Path, PathBuf};
use std::process::Command;

use super::tests::{For, SPECS, output};
use machine::{Directory, nginx_version};

#[test]
fn nginx_takes_every_spec() {
    let Some(version) = nginx_version() else {
        return;
    };
    let mut judged = 0;
    for (name, wanted, spec) in SPECS {
        let fits = match wanted {
            For::Any => true,
            For::Old => version < (1, 25, 1),
            For::New => (1, 29, 7) <= version,
        };
        if !fits {
            eprintln!("not judged: `{name}` is for another nginx than {version:?}");
            continue;
        }
        let directory = Directory::new();
        directory.write(&output(spec));
        let (good, said) = validate(directory.path());
        assert!(good, "{name}: {said}");
        judged += 1;
    }
    assert!(2 <= judged);
}

fn validate(directory: &Path) -> (bool, String) {
    let run = Command::new(root().join("scripts/validate/nginx"))
        .arg(directory)
        .output()
        .expect("the script runs");
    let said = String::from_utf8_lossy(&run.stderr).into_owned();
    (run.status.success(), said)
}

/// Of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
