//! The scripts that ask real programs about an output: `scripts/validate/TARGET DIRECTORY…`.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::harness::{Case, root};

/// What the scripts exit with when the program is missing.
const CANNOT: i32 = 2;

/// Asks the program of a target; `None`, and a word about it, when it is missing.
#[track_caller]
fn judge(target: &str, arguments: &[PathBuf]) -> Option<(bool, String)> {
    let script = root().join("scripts/validate").join(target);
    let output = Command::new(&script).args(arguments).output();
    let (code, said) = match output {
        Ok(output) => {
            let said = [output.stdout, output.stderr].concat();
            (output.status.code(), String::from_utf8_lossy(&said).into_owned())
        }
        Err(error) => (Some(CANNOT), error.to_string()),
    };
    // `env` exits with 127 where there is no such interpreter.
    if matches!(code, Some(CANNOT | 127)) {
        missing(&format!("{target} {arguments:?}: {said}"));
        return None;
    }
    Some((code == Some(0), said))
}

/// A program is missing: the test passes and says so, unless `LOADLINE_TOOLS=required` is in the environment.
#[track_caller]
pub(crate) fn missing(what: &str) {
    let required = std::env::var("LOADLINE_TOOLS").is_ok_and(|tools| tools == "required");
    assert!(!required, "{what} (scripts/install-tools)");
    eprintln!("NOT TESTED: {what} (scripts/install-tools)");
}

#[track_caller]
fn subdirectories(path: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    found.sort();
    assert!(!found.is_empty(), "{}", path.display());
    found
}

/// The output of every example for a target, in every environment.
fn outputs(target: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for example in subdirectories(&root().join("examples")) {
        for output in subdirectories(&example) {
            if output.join("loadline.manifest.json").is_file() {
                let environments = subdirectories(&output).into_iter();
                found.extend(environments.map(|path| path.join(target)).filter(|path| path.is_dir()));
            }
        }
    }
    found
}

/// A validator that refuses nothing proves nothing, so each has to refuse its bad examples first.
#[track_caller]
fn accepts_the_examples(target: &str) {
    for bad in subdirectories(&root().join("tests/validators/bad").join(target)) {
        if let Some((good, _)) = judge(target, std::slice::from_ref(&bad)) {
            assert!(!good, "{} was taken for good", bad.display());
        }
    }
    let outputs = outputs(target);
    assert!(!outputs.is_empty(), "no example writes {target}");
    for output in outputs {
        if let Some((good, said)) = judge(target, std::slice::from_ref(&output)) {
            assert!(good, "{}: {said}", output.display());
        }
    }
}

#[test]
fn hadolint_accepts_the_dockerfiles() {
    accepts_the_examples("docker");
}

#[test]
fn docker_compose_accepts_the_compose_files() {
    accepts_the_examples("compose");
}

#[test]
fn systemd_accepts_the_units() {
    accepts_the_examples("systemd");
}

#[test]
fn pm2_accepts_the_ecosystem_files() {
    accepts_the_examples("pm2");
}

#[test]
fn nginx_accepts_the_configurations() {
    accepts_the_examples("nginx");
}

#[test]
fn bash_shellcheck_and_shfmt_accept_the_release_scripts() {
    accepts_the_examples("release");
}

/// All at once: the schemas take a second to load.
#[test]
fn the_schemas_accept_the_kubernetes_objects() {
    if let Some((good, said)) = judge("kubernetes", &["--self-test".into()]) {
        assert!(good, "{said}");
    }
    let outputs = outputs("kubernetes");
    assert!(3 < outputs.len());
    if let Some((good, said)) = judge("kubernetes", &outputs) {
        assert!(good, "{said}");
    }
}

#[test]
fn shellcheck_accepts_our_own_scripts() {
    let mut scripts = Vec::new();
    for folder in ["scripts", "scripts/validate", ".ci", "tests", "tests/live"] {
        for entry in std::fs::read_dir(root().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            if text.starts_with("#!/usr/bin/env bash") || text.starts_with("#!/bin/sh") {
                scripts.push(path);
            }
        }
    }
    scripts.sort();
    assert!(5 < scripts.len());
    match Command::new("shellcheck").args(&scripts).output() {
        Ok(output) => assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout)),
        Err(error) => missing(&format!("shellcheck: {error}")),
    }
}

/// A repository in which something is new, something is fixed and something stays as it was.
fn compared() -> Case {
    let case = Case::spec(
        "database orders-db { engine postgres 16; max_connections 100 }
         service api { image \"a:1\"; memory 512Mi; uses orders-db { pool 5 } }
         service web { image \"b:1\" }",
    );
    case.git("init --quiet");
    case.commit();
    case.write(
        "loadline.load",
        "database orders-db { engine postgres 16; max_connections 100 }
         service web { image \"b:2\"; memory 512Mi; uses orders-db { pool 200 } }",
    );
    case
}

/// Findings, none, and a file that does not parse: each is a document of its schema.
#[test]
fn reports_follow_their_schemas() {
    let case = Case::new()
        .file("broken.load", "service {{{ [")
        .file("empty.load", "")
        .file(
            "allowed.load",
            "service api { image \"api:1\"; allow memory-limit-missing \"measured by hand\" }\n",
        );
    for (format, schema) in [
        ("json", "docs/schema/check.schema.json"),
        ("sarif", "tests/schemas/sarif-2.1.0.json"),
    ] {
        let mut arguments = vec![root().join(schema)];
        let examples = ["orders", "platform", "api-gateway", "pxl", "payments"]
            .map(|example| root().join("examples").join(example).join("broken.load"));
        let own = ["broken.load", "empty.load", "allowed.load", "nowhere.load"];
        let specs = examples.into_iter().chain(own.map(|name| case.path(name)));
        for (index, spec) in specs.enumerate() {
            let run = case.run_with(&["check", spec.to_str().unwrap(), "--format", format], "");
            let report = format!("{index}.{format}");
            case.write(&report, &run.stdout);
            arguments.push(case.path(&report));
        }
        let compared = compared();
        for all in ["", "--all"] {
            let run = compared.run(&format!("check --against HEAD --format {format} {all}"));
            let report = format!("compared{all}.{format}");
            case.write(&report, &run.stdout);
            arguments.push(case.path(&report));
        }
        if format == "sarif" {
            case.write("bad.sarif", &case.read("0.sarif").replace("file:///", "/"));
            if let Some((good, said)) = judge("sarif", &arguments[1..]) {
                assert!(good, "{said}");
                assert!(!judge("sarif", &[case.path("bad.sarif")]).unwrap().0, "takes anything");
            }
        }
        case.write("other.json", "{\"schema_version\": 1, \"version\": \"1\"}");
        let other = [arguments[0].clone(), case.path("other.json")];
        if let (Some((good, said)), Some((other_good, _))) = (judge("json", &arguments), judge("json", &other)) {
            assert!(good, "{said}");
            assert!(!other_good, "{schema} takes anything");
        }
    }
}
