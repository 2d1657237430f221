//! What a reader of the repository relies on, checked.

use std::fs;
use std::path::{Path, PathBuf};

use crate::harness::root;

/// Lines of a file outside its tests; beyond this it is two things.
const LINES_MAX: usize = 400;

fn rust_files() -> Vec<PathBuf> {
    let mut files = Vec::new();
    for folder in ["src", "grammar/src", "compiler/src", "simulator/src", "targets/src"] {
        collect(&root().join(folder), &mut files);
    }
    files.sort();
    files
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().display().to_string()
}

#[test]
fn dependencies_run_one_way() {
    let manifest = |name: &str| fs::read_to_string(root().join(name).join("Cargo.toml")).unwrap();
    let depends = |name: &str| {
        let text = manifest(name);
        let own = text.split("[dependencies]").nth(1).unwrap();
        let own = own.split("\n[").next().unwrap().to_owned();
        let crates = ["grammar", "compiler", "simulator", "targets"];
        crates
            .into_iter()
            .filter(|other| own.contains(&format!("loadline-{other}")))
            .collect::<Vec<_>>()
    };
    assert_eq!(depends("grammar"), Vec::<&str>::new());
    assert_eq!(depends("compiler"), ["grammar"]);
    assert_eq!(depends("simulator"), ["grammar", "compiler"]);
    assert_eq!(depends("targets"), ["grammar", "compiler"]);
    assert_eq!(depends("."), ["grammar", "compiler", "simulator", "targets"]);
}

#[test]
fn files_are_short() {
    let mut long = Vec::new();
    for path in rust_files() {
        let text = fs::read_to_string(&path).unwrap();
        let lines = text.lines().take_while(|line| *line != "#[cfg(test)]").count();
        if LINES_MAX < lines {
            long.push(format!("{} ({lines} lines)", shown(&path)));
        }
    }
    assert!(
        long.is_empty(),
        "more than {LINES_MAX} lines outside tests: {}",
        long.join(", ")
    );
}

#[test]
fn nothing_is_left_over() {
    let marks = [
        concat!("todo", "!("),
        concat!("unimplemented", "!("),
        concat!("dbg", "!("),
        concat!("FIX", "ME"),
        concat!("XX", "X"),
    ];
    for path in rust_files() {
        let text = fs::read_to_string(&path).unwrap();
        for mark in marks {
            assert!(!text.contains(mark), "{} has `{mark}`", shown(&path));
        }
        assert!(!text.contains("#[ignore"), "{} leaves a test out", shown(&path));
    }
}

#[test]
fn every_file_begins_by_saying_what_it_is() {
    for path in rust_files() {
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("//! "), "{} has no first sentence", shown(&path));
    }
}

#[test]
fn every_module_is_used() {
    for path in rust_files() {
        let stem = path.file_stem().unwrap().to_str().unwrap();
        if matches!(stem, "lib" | "main") {
            continue;
        }
        // `a/b.rs` is declared in `a.rs`, or in the crate's root.
        let folder = path.parent().unwrap();
        let parents = [
            folder.with_extension("rs"),
            folder.join("lib.rs"),
            folder.join("main.rs"),
        ];
        let declared = parents
            .iter()
            .filter_map(|parent| fs::read_to_string(parent).ok())
            .any(|text| {
                text.lines()
                    .any(|line| line.trim_end().ends_with(&format!("mod {stem};")))
            });
        assert!(declared, "{} is declared nowhere", shown(&path));
    }
}

#[test]
fn templates_print_only_escaped_values() {
    let folder = root().join("targets/templates");
    let mut files = Vec::new();
    fn all(folder: &Path, files: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                all(&path, files)
            } else {
                files.push(path)
            }
        }
    }
    all(&folder, &mut files);
    assert!(!files.is_empty());
    for path in files {
        let text = fs::read_to_string(&path).unwrap();
        for forbidden in ["|safe", "| safe", "autoescape"] {
            assert!(
                !text.contains(forbidden),
                "{} goes around the escape: {forbidden}",
                shown(&path)
            );
        }
    }
}

/// What the README calls the test command is what the pipeline runs.
#[test]
fn the_pipeline_runs_the_test_command() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    assert!(readme.contains("```sh\ntests/run\n```"));
    let pipeline = fs::read_to_string(root().join(".ci/run")).unwrap();
    assert_eq!(pipeline.lines().last(), Some("tests/run"));
}

#[test]
fn licences_and_guides_are_there() {
    for file in [
        "LICENSE-MIT",
        "LICENSE-APACHE",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "README.md",
        "docs/architecture.md",
        ".ci/run",
    ] {
        assert!(root().join(file).is_file(), "{file}");
    }
}
