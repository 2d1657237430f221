//! The scripts that ask real programs about an output: `scripts/validate/TARGET DIRECTORY…`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::generated;
use crate::harness::{Case, root, run_in};

/// What the scripts exit with when the program is missing.
const CANNOT: i32 = 2;

/// What each script must refuse: a directory for each script, and in it one for each example.
const BAD: &str = "tests/validators/bad";

/// Asks the program of a target; `None`, and a word about it, when it is missing.
#[track_caller]
pub(crate) fn judge(target: &str, arguments: &[PathBuf]) -> Option<(bool, String)> {
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

/// The output of every example, of every spec of the corpus and of every generated one for a target, in every environment.
fn outputs(target: &str) -> Vec<PathBuf> {
    let generated = generated::all().iter().filter(|spec| spec.compiles());
    let generated = generated.flat_map(|spec| of_target(&spec.directory.join("out"), target));
    by_hand(target).into_iter().chain(generated).collect()
}

/// The same without the generated ones.
fn by_hand(target: &str) -> Vec<PathBuf> {
    let examples = subdirectories(&root().join("examples"));
    let written = examples.iter().flat_map(|example| subdirectories(example));
    let all = written.chain(corpus().iter().cloned());
    all.flat_map(|output| of_target(&output, target)).collect()
}

/// The output for a target, in every environment.
fn of_target(output: &Path, target: &str) -> Vec<PathBuf> {
    if !output.join("loadline.manifest.json").is_file() {
        return Vec::new();
    }
    let environments = subdirectories(output).into_iter();
    environments
        .map(|path| path.join(target))
        .filter(|path| path.is_dir())
        .collect()
}

/// What the corpus compiles to, compiled once. It stays, to be looked at.
fn corpus() -> &'static [PathBuf] {
    static COMPILED: OnceLock<Vec<PathBuf>> = OnceLock::new();
    COMPILED.get_or_init(|| {
        let below = Path::new(env!("CARGO_TARGET_TMPDIR")).join("corpus");
        let _ = std::fs::remove_dir_all(&below);
        let compiled = crate::corpus::specs().into_iter().map(|spec| {
            let out = below.join(Path::new(&spec).file_stem().unwrap());
            let run = run_in(&root(), &["compile", &spec, "-o", out.to_str().unwrap()], "");
            assert_eq!(run.code, 0, "{spec}: {}", run.shown());
            out
        });
        compiled.collect()
    })
}

/// A validator that refuses nothing proves nothing, so each has to refuse its bad examples first.
#[track_caller]
pub(crate) fn refuses_the_bad_examples(validator: &str) {
    for bad in subdirectories(&root().join(BAD).join(validator)) {
        if let Some((good, _)) = judge(validator, std::slice::from_ref(&bad)) {
            assert!(!good, "{} was taken for good", bad.display());
        }
    }
}

/// Everything that is written for a target, in one run of its program.
#[track_caller]
fn accepts_what_is_written(target: &str) {
    refuses_the_bad_examples(target);
    let outputs = outputs(target);
    assert!(!outputs.is_empty(), "nothing is written for {target}");
    if let Some((good, said)) = judge(target, &outputs) {
        assert!(good, "{said}");
    }
}

/// The same by a script that takes one directory.
#[track_caller]
fn accepts_one_by_one(target: &str) {
    refuses_the_bad_examples(target);
    let outputs = outputs(target);
    assert!(!outputs.is_empty(), "nothing is written for {target}");
    for output in outputs {
        if let Some((good, said)) = judge(target, std::slice::from_ref(&output)) {
            assert!(good, "{}: {said}", output.display());
        }
    }
}

#[test]
fn hadolint_accepts_the_dockerfiles() {
    accepts_what_is_written("docker");
}

#[test]
fn docker_compose_accepts_the_compose_files() {
    accepts_what_is_written("compose");
}

#[test]
fn systemd_accepts_the_units() {
    accepts_what_is_written("systemd");
}

#[test]
fn pm2_accepts_the_ecosystem_files() {
    accepts_what_is_written("pm2");
}

/// The daemon of PM2 is a unit of systemd.
#[test]
fn systemd_accepts_the_units_of_pm2() {
    if let Some((good, said)) = judge("systemd", &outputs("pm2")) {
        assert!(good, "{said}");
    }
}

#[test]
fn nginx_accepts_the_configurations() {
    accepts_what_is_written("nginx");
}

#[test]
fn promtool_accepts_the_alerts() {
    accepts_what_is_written("alerts");
}

#[test]
fn bash_shellcheck_and_shfmt_accept_the_release_scripts() {
    accepts_what_is_written("release");
}

#[test]
fn readers_accept_the_runbooks() {
    accepts_one_by_one("runbook");
}

#[test]
fn the_schema_accepts_the_workflows() {
    accepts_one_by_one("ci");
}

/// Its bad examples say what must be found in them, so the script itself tries them.
#[test]
fn the_schemas_accept_the_kubernetes_objects() {
    if let Some((good, said)) = judge("kubernetes", &["--self-test".into()]) {
        assert!(good, "{said}");
    }
    if let Some((good, said)) = judge("kubernetes", &by_hand("kubernetes")) {
        assert!(good, "{said}");
    }
}

/// What is written for an older cluster must be known there.
#[test]
fn the_schemas_accept_the_generated_kubernetes_objects() {
    let mut arguments = vec!["--no-style".into()];
    for spec in generated::all().iter().filter(|spec| spec.compiles()) {
        arguments.extend(["--since".into(), spec.version.unwrap_or(generated::OLDEST).into()]);
        arguments.extend(of_target(&spec.directory.join("out"), "kubernetes"));
    }
    if let Some((good, said)) = judge("kubernetes", &arguments) {
        assert!(good, "{said}");
    }
}

/// Which rules of common linters the objects follow, and which they do not, is a page.
#[test]
fn the_page_of_practices_is_generated() {
    let practice = root().join("scripts/validate/practice.py");
    let output = Command::new("python3").arg("-B").arg(practice).output();
    match output {
        Ok(output) => {
            let table = String::from_utf8(output.stdout).unwrap();
            let head = "# Rules of common linters\n\n\
                Kubernetes objects that `loadline compile` writes, by the rules of kube-score 1.20, kube-linter 0.8 and Polaris 10.2.\n\
                Every output in the tests is judged by these rules and by every control of the Pod Security Standards, `restricted`.\n\n";
            crate::harness::same_file("docs/linters.md", &format!("{head}{table}"));
        }
        Err(error) => missing(&format!("python3: {error}")),
    }
}

#[test]
fn our_own_scripts_are_sound_and_formatted() {
    refuses_the_bad_examples("shell");
    let ours = ["scripts", ".ci", "tests/run", "tests/live/platform/systemctl"].map(|path| root().join(path));
    if let Some((good, said)) = judge("shell", &ours) {
        assert!(good, "{said}");
    }
}

#[test]
fn every_yaml_file_is_sound() {
    refuses_the_bad_examples("yaml");
    let ours = [
        "docs",
        "examples",
        "action.yml",
        ".yamllint.yaml",
        "tests/validators/good",
    ];
    let mut all: Vec<PathBuf> = ours.iter().map(|path| root().join(path)).collect();
    all.extend(
        outputs("compose")
            .into_iter()
            .filter(|path| !path.starts_with(root().join("examples"))),
    );
    if let Some((good, said)) = judge("yaml", &all) {
        assert!(good, "{said}");
    }
}

/// A script that has refused nothing may be one that looks at nothing.
#[test]
fn every_validator_has_bad_examples() {
    for entry in std::fs::read_dir(root().join("scripts/validate")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() && path.extension().is_none() {
            let bad = root().join(BAD).join(path.file_name().unwrap());
            assert!(
                bad.is_dir() && !subdirectories(&bad).is_empty(),
                "{} has none",
                path.display()
            );
        }
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
            let bad = root().join(BAD).join("sarif/absolute-path/log.sarif");
            if let Some((good, said)) = judge("sarif", &arguments[1..]) {
                assert!(good, "{said}");
                assert!(!judge("sarif", &[bad]).unwrap().0, "takes anything");
            }
        }
        let other = root().join(BAD).join("json/not-of-the-schema/document.json");
        let other = [arguments[0].clone(), other];
        if let (Some((good, said)), Some((other_good, _))) = (judge("json", &arguments), judge("json", &other)) {
            assert!(good, "{said}");
            assert!(!other_good, "{schema} takes anything");
        }
    }
}
