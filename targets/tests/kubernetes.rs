//! The objects of every example, judged by real readers and validators: `scripts/install-tools` installs them.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "the tools read files, and the library itself touches none"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

use loadline_compiler::model::{Model, TargetName};
use loadline_compiler::project::{self, Loader, ReadError};
use loadline_compiler::source::Sources;

/// One spec in memory, and two texts for the files that it mounts.
struct Memory {
    spec: String,
    mounted: String,
    lines: String,
}

impl Loader for Memory {
    fn read(&mut self, path: &str) -> Result<String, ReadError> {
        match path {
            "loadline.load" => Ok(self.spec.clone()),
            "lines.txt" => Ok(self.lines.clone()),
            _ => Ok(self.mounted.clone()),
        }
    }
}

fn model(spec: &str, mounted: &str) -> Model {
    let sources = Sources::new();
    let mut loader = Memory {
        spec: spec.to_owned(),
        mounted: mounted.to_owned(),
        lines: lines(),
    };
    let project = project::load(&sources, &mut loader, "loadline.load").unwrap();
    assert!(project.diagnostics().is_empty(), "{:?}", project.diagnostics());
    project.resolve(None, &mut loader).model
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The Python that the tools were installed for.
fn python() -> Option<PathBuf> {
    let python = root().join(".tools/python/bin/python");
    if !python.exists() {
        let required = std::env::var("LOADLINE_TOOLS").is_ok_and(|tools| tools == "required");
        assert!(!required, "no validator is there: run scripts/install-tools");
        eprintln!("SKIPPED: no validator is there (scripts/install-tools)");
        return None;
    }
    Some(python)
}

/// An empty directory of this test's own.
fn scratch(name: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&directory);
    std::fs::create_dir_all(&directory).unwrap();
    directory
}

fn write(model: &Model, directory: &Path) {
    let output = loadline_targets::emit(model, TargetName::Kubernetes);
    assert!(!output.has_errors(), "{:?}", output.diagnostics);
    for artifact in &output.artifacts {
        let path = directory.join(&artifact.path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, artifact.contents("loadline.load")).unwrap();
    }
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    let (out, errors) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{out}{errors}");
}

#[test]
fn the_validators_find_nothing() {
    if python().is_none() {
        return;
    }
    let directory = scratch("kubernetes-examples");
    let mut validate = Command::new(root().join("scripts/validate/kubernetes"));
    let examples = std::fs::read_dir(root().join("targets/tests/kubernetes")).unwrap();
    for example in examples {
        let path = example.unwrap().path();
        let spec = std::fs::read_to_string(&path).unwrap();
        let own = directory.join(path.file_stem().unwrap());
        write(&model(&spec, "{ \"theme\": \"dark\" }\n"), &own);
        validate.arg(own);
    }
    run(&mut validate);
}

/// What some reader of YAML takes for something else than text, or what breaks careless writers.
const AWKWARD: &[&str] = &[
    "yes",
    "no",
    "on",
    "off",
    "y",
    "n",
    "Y",
    "N",
    "True",
    "FALSE",
    "null",
    "Null",
    "~",
    "",
    "NaN",
    ".nan",
    ".inf",
    "-.Inf",
    "1_000",
    "1.0",
    "1.",
    ".5",
    "-1",
    "+1",
    "0x1F",
    "0o17",
    "017",
    "0b11",
    "1e3",
    "1E3",
    "1e+3",
    "12:30:45",
    "190:20:30",
    "2024-01-01",
    "2024-01-01T00:00:00Z",
    "<<",
    "=",
    "!",
    "!!str a",
    "&a",
    "*a",
    "- a",
    "-",
    "--- a",
    "---",
    "...",
    "? a",
    "?",
    "a: b",
    "a:",
    ":a",
    ": ",
    "#x",
    "a #x",
    "a# x",
    "%a",
    "@a",
    "`a`",
    "{a: b}",
    "{}",
    "[a]",
    "[]",
    ",",
    "|",
    ">",
    "|-",
    "'",
    "''",
    "\"",
    "\"a\"",
    "'a'",
    "\\",
    "\\n",
    "a\\",
    " a",
    "a ",
    "  ",
    "\t",
    "a\tb",
    "\ta",
    "a\n",
    "\na",
    "a\nb",
    "a\n\nb\n\n",
    "a\n b\n",
    "\n",
    "a\r\nb",
    "\r",
    "é",
    "naïve ü",
    "日本語",
    "😀",
    "\u{1F468}\u{200D}\u{1F469}",
    "a\u{a0}b",
    "\u{200b}",
    "\u{feff}a",
    "\u{2028}",
    "\u{2029}a",
    "\u{85}",
    "\u{7f}",
    "\u{1}",
    "\u{1b}[0m",
    "\u{e000}",
    "\u{fffd}",
    "\u{10ffff}",
];

/// Awkward texts that can be lines of a block.
fn lines() -> String {
    let hidden = |c: char| c.is_control() && c != '\t' && c != '\n';
    let bare = |c: char| !hidden(c) && !matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}');
    let visible = |text: &&&str| text.chars().all(bare);
    AWKWARD.iter().filter(visible).copied().collect::<Vec<_>>().join("\n")
}

/// As a string of the language.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' | '$' => out.extend(['\\', character]),
            ' '..='~' => out.push(character),
            other => out.push_str(&format!("\\u{{{:x}}}", u32::from(other))),
        }
    }
    out.push('"');
    out
}

/// Every awkward text as a variable, as shared configuration, as an annotation, as an argument and as a file's text;
/// those that are valid names and labels as such.
#[test]
fn awkward_texts_come_back() {
    let Some(python) = python() else { return };
    let directory = scratch("kubernetes-awkward");
    let list = |make: &dyn Fn(usize, &str) -> String| {
        let lines = AWKWARD.iter().enumerate();
        lines
            .map(|(index, text)| make(index, text))
            .collect::<Vec<String>>()
            .join("\n    ")
    };
    let keys = ["on", "no", "y", "null", "True", "_1", "N", "off"];
    let spec = format!(
        "project shop\ncluster prod {{ version 1.34 }}\n\
         config_set shared {{\n  env {{\n    {}\n    {}\n  }}\n}}\n\
         service api {{\n  image \"a:1\"\n  env_from shared\n  env {{\n    {}\n  }}\n  annotations {{\n    {}\n  }}\n  \
         labels {{ on \"no\"; y \"1_000\"; null \"1e3\"; t \"2024-01-01\" }}\n  args [{}]\n  {}\n}}\n",
        list(&|index, text| format!("V{index} {}", quoted(text))),
        keys.map(|key| format!("{key} {}", quoted(key))).join("\n    "),
        list(&|index, text| format!("V{index} {}", quoted(text))),
        list(&|index, text| format!("A{index} {}", quoted(text))),
        AWKWARD.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(", "),
        ["/on", "/1e3", "/0x1f", "/2024/01/01", "/null", "/12/30/45", "/1"]
            .map(|path| format!("file \"{path}\" from \"mounted.txt\""))
            .join("\n  ")
            + "\n  file \"/lines\" from \"lines.txt\"",
    );
    let mounted = AWKWARD.join("\u{1}\n");
    write(&model(&spec, &mounted), &directory);

    let check = r#"
import json, pathlib, sys
sys.path.insert(0, sys.argv[1])
sys.dont_write_bytecode = True
import readers
directory = pathlib.Path(sys.argv[2])
awkward, keys, mounted, lines = json.loads((directory / "expected.json").read_text(encoding="utf-8"))
documents = {path.name: readers.read(path)[0] for path in directory.glob("*.yaml")}
deployment = documents["deployment-api.yaml"]
container = deployment["spec"]["template"]["spec"]["containers"][0]
env = {variable["name"]: variable["value"] for variable in container["env"]}
shared = next(d["data"] for n, d in documents.items() if n.startswith("configmap-shared"))
files = next(d["data"] for n, d in documents.items() if n.startswith("configmap-api-files"))
for place in (deployment["metadata"], deployment["spec"]["template"]["metadata"]):
    assert place["labels"].items() >= {"on": "no", "y": "1_000", "null": "1e3", "t": "2024-01-01"}.items()
    assert [place["annotations"][f"A{i}"] for i in range(len(awkward))] == awkward
assert [env[f"V{i}"] for i in range(len(awkward))] == awkward
assert [shared[f"V{i}"] for i in range(len(awkward))] == awkward
assert [shared[key] for key in keys] == keys
assert container["args"] == awkward
assert files.pop("lines") == lines
assert any("\n  lines: |" in path.read_text(encoding="utf-8") for path in directory.glob("configmap-*"))
assert sorted(files) == sorted(["on", "1e3", "0x1f", "2024-01-01", "null", "12-30-45", "1"]), files
assert set(files.values()) == {mounted}
"#;
    let expected = serde_json::json!([AWKWARD, keys, mounted, lines()]);
    std::fs::write(directory.join("expected.json"), expected.to_string()).unwrap();
    let scripts = root().join("scripts/validate");
    run(Command::new(python).arg("-c").arg(check).arg(scripts).arg(&directory));
}
