//! Asks the real tools about whole outputs, by the scripts of `scripts/validate`.

#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "the tests run real programs"
)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::output::Output;
use crate::testing::missing;

/// The scripts say that they could not judge.
const CANNOT: i32 = 2;

/// Fails with what the tool says; passes, loudly, where there is no such tool.
pub(crate) fn accepts(tool: &str, out: &Output) {
    assert!(!out.has_errors(), "{:?}", out.diagnostics);
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("loadline-judged-{}-{number}", std::process::id());
    let place = std::env::temp_dir().join(name);
    let _ = std::fs::remove_dir_all(&place);
    for artifact in &out.artifacts {
        let path = place.join(&artifact.path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, artifact.contents("loadline.load")).unwrap();
    }
    let (code, said) = run(tool, &place);
    let _ = std::fs::remove_dir_all(&place);
    if code == CANNOT {
        missing(&said);
    } else {
        assert_eq!(code, 0, "{said}");
    }
}

fn run(tool: &str, directory: &Path) -> (i32, String) {
    let script = root().join("scripts/validate").join(tool);
    let Ok(output) = Command::new(script).arg(directory).output() else {
        return (CANNOT, format!("scripts/validate/{tool} cannot be run"));
    };
    let said = [output.stdout, output.stderr].concat();
    // No code: ended by a signal. `env` exits with 127 when there is no such interpreter.
    let code = match output.status.code().unwrap_or(1) {
        127 => CANNOT,
        code => code,
    };
    (code, String::from_utf8_lossy(&said).into_owned())
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
