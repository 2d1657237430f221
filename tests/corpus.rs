//! The systems in `tests/corpus/`: what a good engineer would deploy, of many shapes. Nothing is found in them.

use std::fs;

use crate::harness::{Case, are_formatted, notes_of, root, run_in};

const CORPUS: &str = "tests/corpus";

/// What a target cannot write although it is right to ask for it: PM2 has no word for a check after the reload.
const NOT_EXPRESSIBLE: &[&str] = &["PM2 does not verify a release"];

/// A first spec says little. It gets no more notes than this, so that none is overlooked.
const NOTES_OF_A_FIRST_SPEC: usize = 2;

pub(crate) fn specs() -> Vec<String> {
    let entries = fs::read_dir(root().join(CORPUS)).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut specs: Vec<String> = names
        .filter(|name| name.ends_with(".load"))
        .map(|name| format!("{CORPUS}/{name}"))
        .collect();
    specs.sort();
    assert!(specs.len() >= 40, "{} specs", specs.len());
    specs
}

#[test]
fn nothing_is_found() {
    let noisy: Vec<String> = specs().iter().filter_map(|spec| notes_of(spec).err()).collect();
    assert!(noisy.is_empty(), "{}", noisy.join("\n"));
}

#[test]
fn a_first_spec_gets_few_notes() {
    for spec in specs().iter().filter(|spec| spec.contains("/tiny-")) {
        let notes = notes_of(spec).unwrap();
        assert!(notes.len() <= NOTES_OF_A_FIRST_SPEC, "{spec}: {notes:?}");
    }
}

#[test]
fn every_file_is_formatted() {
    let mut paths = specs();
    for entry in fs::read_dir(root().join(CORPUS).join("shared")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "load") {
            paths.push(path.to_str().unwrap().to_owned());
        }
    }
    are_formatted(&paths);
}

#[test]
fn each_compiles_without_warnings() {
    for spec in specs() {
        let out = Case::new();
        let directory = out.path("out");
        let run = run_in(&root(), &["compile", &spec, "-o", directory.to_str().unwrap()], "");
        assert_eq!(run.code, 0, "{spec}: {}", run.shown());
        assert!(!out.tree("out").is_empty(), "{spec}: {}", run.shown());
        let warnings = run.stderr.lines().filter_map(|line| line.trim().strip_prefix("⚠ "));
        let other: Vec<&str> = warnings.filter(|warning| !NOT_EXPRESSIBLE.contains(warning)).collect();
        assert!(other.is_empty(), "{spec}: {other:?}");
    }
}
