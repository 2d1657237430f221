//! Models for tests.

use loadline_compiler::diagnostic::Severity;
use loadline_compiler::model::Model;
use loadline_compiler::project::{self, Loader, ReadError};
use loadline_compiler::source::Sources;

use crate::Output;

/// A test for each spec: what a function makes of its name and text is a snapshot.
macro_rules! gives {
    ($made:ident; $( $(#[doc = $doc:literal])* $name:ident: $spec:literal; )+) => {
        $(
            $(#[doc = $doc])*
            #[test]
            fn $name() {
                insta::assert_snapshot!(stringify!($name), $made(stringify!($name), $spec));
            }
        )+
    };
}
pub(crate) use gives;

/// A project that exists in memory: path and text.
struct Files(Vec<(String, String)>);

impl Loader for Files {
    fn read(&mut self, path: &str) -> Result<String, ReadError> {
        let file = self.0.iter().find(|(name, _)| name == path);
        file.map(|(_, text)| text.clone()).ok_or(ReadError::NotFound)
    }
}

/// The model of a spec without mistakes.
pub(crate) fn model(spec: &str) -> Model {
    model_with(spec, &[])
}

/// The same with further files.
pub(crate) fn model_with(spec: &str, files: &[(&str, &str)]) -> Model {
    let mut all = vec![("loadline.load".to_owned(), spec.to_owned())];
    all.extend(
        files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), (*text).to_owned())),
    );
    let sources = Sources::new();
    let mut loader = Files(all);
    let project = project::load(&sources, &mut loader, "loadline.load").expect("the spec is there");
    let resolution = project.resolve(None, &mut loader);
    let found = project.diagnostics().iter().chain(&resolution.diagnostics);
    let errors: Vec<String> = found
        .filter(|found| found.severity == Severity::Error)
        .map(|found| format!("{}: {}", sources.place(found.span()), found.message))
        .collect();
    assert!(errors.is_empty(), "the spec has mistakes:\n{}", errors.join("\n"));
    resolution.model
}

/// Input and every output in one text, so that a snapshot shows both.
pub(crate) fn shown(spec: &str, output: &Output) -> String {
    let mut out = format!("{}\n", spec.trim());
    for diagnostic in &output.diagnostics {
        let label = diagnostic.labels.first().map_or("", |label| &label.text);
        out.push_str(&format!(
            "\n!! {}: {} [{label}]\n",
            diagnostic.severity.word(),
            diagnostic.message
        ));
    }
    for artifact in &output.artifacts {
        let mode = if artifact.executable { " (executable)" } else { "" };
        out.push_str(&format!("\n===== {}{mode}\n{}", artifact.path, artifact.body));
    }
    out
}

/// Asks the validator of a target about an output.
#[expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "real programs read files"
)]
#[track_caller]
pub(crate) fn validated(target: &str, name: &str, output: &Output) {
    let script = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../scripts/validate")
        .join(target);
    let folder = std::env::temp_dir().join(format!("loadline-{target}-{}-{name}", std::process::id()));
    for artifact in &output.artifacts {
        let path = folder.join(&artifact.path);
        std::fs::create_dir_all(path.parent().unwrap_or(&folder)).expect("a directory");
        std::fs::write(path, artifact.contents("loadline.load")).expect("a file");
    }
    let judged = std::process::Command::new(script).arg(&folder).output();
    std::fs::remove_dir_all(&folder).expect("the directory is there");
    let judged = judged.expect("bash");
    let said = [judged.stdout, judged.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    if judged.status.code() == Some(2) {
        missing(&said);
    } else {
        assert!(judged.status.success(), "{said}");
    }
}

/// A test cannot ask a real program. It passes and says so, unless `LOADLINE_TOOLS=required` is in the environment.
#[expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "a test says what it did not do"
)]
#[track_caller]
pub(crate) fn missing(what: &str) {
    let required = std::env::var("LOADLINE_TOOLS").is_ok_and(|tools| tools == "required");
    assert!(!required, "{what} (scripts/install-tools)");
    eprintln!("NOT TESTED: {what} (scripts/install-tools)");
}
