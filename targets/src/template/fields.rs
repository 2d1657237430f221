//! What a template may use: `docs/targets/templates.md`, from the views that the specs of the repository make.

#![expect(
    clippy::disallowed_methods,
    reason = "a test reads the specs and writes the page; the library itself touches no file"
)]

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use loadline_compiler::model::{Model, TargetName};
use loadline_compiler::project::{self, Loader, ReadError};
use loadline_compiler::source::Sources;
use minijinja::Value;
use minijinja::value::ValueKind;

use crate::TEMPLATES;

/// Field and what it was, of every template.
type Seen = BTreeMap<String, BTreeMap<String, BTreeSet<&'static str>>>;

thread_local! {
    static SEEN: RefCell<Seen> = RefCell::default();
}

/// Notes the fields of a view.
pub(super) fn note(template: &str, view: &Value) {
    SEEN.with_borrow_mut(|seen| {
        let fields = seen.entry(template.to_owned()).or_default();
        walk("", view, fields);
    });
}

fn walk(path: &str, value: &Value, fields: &mut BTreeMap<String, BTreeSet<&'static str>>) {
    let kind = match value.kind() {
        ValueKind::Map => {
            for key in value.try_iter().unwrap() {
                let inner = if path.is_empty() {
                    key.to_string()
                } else {
                    format!("{path}.{key}")
                };
                walk(&inner, &value.get_item(&key).unwrap(), fields);
            }
            if path.is_empty() {
                return;
            }
            "block"
        }
        ValueKind::Seq | ValueKind::Iterable => {
            for item in value.try_iter().unwrap() {
                walk(&format!("{path}[]"), &item, fields);
            }
            "list"
        }
        ValueKind::Bool => "flag",
        ValueKind::Number => "number",
        ValueKind::None | ValueKind::Undefined => "nothing",
        ValueKind::String if value.is_safe() => "text",
        ValueKind::String => "a word to compare with, which does not print",
        other => panic!("{path} is {other:?}"),
    };
    fields.entry(path.to_owned()).or_default().insert(kind);
}

struct Disk(PathBuf);

impl Loader for Disk {
    fn read(&mut self, path: &str) -> Result<String, ReadError> {
        std::fs::read_to_string(self.0.join(path)).map_err(|_| ReadError::NotFound)
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn model(path: &Path) -> Model {
    let sources = Sources::new();
    let mut disk = Disk(path.parent().unwrap().to_owned());
    let project = project::load(&sources, &mut disk, path.file_name().unwrap().to_str().unwrap()).unwrap();
    project.resolve(None, &mut disk).model
}

fn page(seen: &Seen) -> String {
    let mut out = String::from(
        "# What a template may use\n\nGenerated from the views that the specs of the repository make. How a template is replaced is in the \
         [guide](../guides/own-templates.md). `[]` is each element of a list; what may be *nothing* is asked for with `{% if %}` first.\n",
    );
    for path in TEMPLATES {
        out.push_str(&format!(
            "\n## {path}\n\n[Ours](../../targets/templates/{path})\n\n| field | |\n|---|---|\n"
        ));
        let fields = seen
            .get(*path)
            .unwrap_or_else(|| panic!("no spec is written with {path}"));
        for (field, kinds) in fields {
            let kinds: Vec<&str> = kinds.iter().copied().collect();
            out.push_str(&format!("| `{field}` | {} |\n", kinds.join(" or ")));
        }
    }
    out
}

#[test]
fn the_fields_of_every_template_are_documented() {
    let corpus = std::fs::read_dir(root().join("tests/corpus")).unwrap();
    let mut specs: Vec<PathBuf> = corpus.map(|entry| entry.unwrap().path()).collect();
    specs.retain(|path| path.extension().is_some_and(|extension| extension == "load"));
    specs.extend(["platform", "api-gateway", "pxl"].map(|name| root().join(format!("examples/{name}/loadline.load"))));
    specs.push(root().join("targets/src/template/everything.load"));
    specs.sort();
    SEEN.with_borrow_mut(BTreeMap::clear);
    for spec in specs {
        let model = model(&spec);
        for target in TargetName::ALL {
            let _ = crate::emit(&model, *target);
        }
    }
    let text = SEEN.with_borrow(page);
    let file = root().join("docs/targets/templates.md");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&file, &text).unwrap();
    }
    let found = std::fs::read_to_string(&file).unwrap();
    assert!(
        found == text,
        "docs/targets/templates.md is stale: run the tests with UPDATE=1, and read the change"
    );
}
