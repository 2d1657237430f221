//! The system of `examples/orders` as it is run: the example's own program, with the commands and environments that were emitted.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::harness::{Case, root, run_in};
use crate::tools::missing;

pub(crate) const SPEC: &str = "examples/orders";

/// The example's program, as its image holds it; `None` where what it needs is missing.
pub(crate) fn program() -> Option<Case> {
    let packages = root().join(".tools/orders/node_modules");
    if !packages.is_dir() {
        missing("the packages of examples/orders");
        return None;
    }
    let case = Case::new();
    std::os::unix::fs::symlink(packages, case.path("node_modules")).unwrap();
    for (from, to) in [("src", "dist"), ("migrations", "dist/migrations")] {
        fs::create_dir_all(case.path(to)).unwrap();
        for entry in fs::read_dir(root().join(SPEC).join(from)).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), case.path(to).join(entry.file_name())).unwrap();
        }
    }
    Some(case)
}

/// Compiles the example; the directory of its objects.
pub(crate) fn compiled(case: &Case) -> PathBuf {
    let out = case.path("deploy");
    let arguments = ["compile", SPEC, "--env", "base", "-o", out.to_str().unwrap()];
    let run = run_in(&root(), &arguments, "");
    assert_eq!(run.code, 0, "{}", run.shown());
    out.join("base/kubernetes")
}

/// The object in the file that begins like this.
#[track_caller]
pub(crate) fn object(files: &Path, prefix: &str) -> Value {
    let mut entries = fs::read_dir(files).unwrap().map(|entry| entry.unwrap().path());
    let is_it = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().starts_with(prefix);
    let path = entries.find(is_it).unwrap_or_else(|| panic!("no {prefix}"));
    serde_yaml::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

#[track_caller]
pub(crate) fn container(files: &Path, prefix: &str, kind: &str) -> Value {
    object(files, prefix)["spec"]["template"]["spec"][kind][0].clone()
}

pub(crate) fn env(container: &Value, name: &str) -> String {
    let variables = container["env"].as_array().unwrap();
    let variable = variables.iter().find(|variable| variable["name"] == name).unwrap();
    variable["value"].as_str().unwrap().to_owned()
}

/// The strings of a list.
pub(crate) fn words(list: &Value) -> Vec<String> {
    let words = list.as_array().unwrap().iter();
    words.map(|word| word.as_str().unwrap().to_owned()).collect()
}

/// The container's command in its environment: its own values, the address of the database, and what the test decides.
pub(crate) fn command(case: &Case, container: &Value, url: &str, own: &[(&str, String)]) -> Command {
    let words = words(&container["command"]);
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).current_dir(case.path(""));
    for variable in container["env"].as_array().unwrap() {
        if let Some(value) = variable["value"].as_str() {
            command.env(variable["name"].as_str().unwrap(), value);
        }
    }
    command
        .env("DATABASE_URL", url)
        .envs(own.iter().map(|(name, value)| (name, value)));
    command
}
