//! What pipelines take from this repository: the action's script, the hooks of pre-commit, the recipes.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::harness::{Case, root};

const SOUND: &str = "database orders-db { engine postgres 16; max_connections 100; reserve 10 }
service api {
  image  \"ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000\"
  memory 512Mi
  uses   orders-db { pool 5 }
}
";

/// A run of the action in a pull request that changes the spec from what was committed to what lies there.
fn action(case: &Case, variables: &[(&str, &str)]) -> Output {
    let binary = Path::new(env!("CARGO_BIN_EXE_loadline")).parent().unwrap();
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap());
    Command::new(root().join("scripts/ci/github"))
        .current_dir(case.path(""))
        .env("PATH", path)
        .env("RUNNER_TEMP", case.path("temp"))
        .env("GITHUB_STEP_SUMMARY", case.path("temp/summary.md"))
        .env("GITHUB_OUTPUT", case.path("temp/output"))
        .env_remove("GITHUB_EVENT_NAME")
        .env_remove("GITHUB_EVENT_PATH")
        .env_remove("CI_MERGE_REQUEST_DIFF_BASE_SHA")
        .envs(variables.iter().copied())
        .output()
        .unwrap()
}

fn repository() -> Case {
    let case = Case::spec(SOUND).file(".gitignore", "temp\n").file("temp/output", "");
    case.git("init --quiet");
    case.commit();
    case
}

#[test]
fn the_action_annotates_sums_up_and_leaves_sarif() {
    let case = repository();
    let base = case.git("rev-parse HEAD");
    case.write("loadline.load", &SOUND.replace("pool 5", "pool 500"));
    let head = case.commit();
    let event =
        format!("{{\"pull_request\": {{\"base\": {{\"sha\": \"{base}\"}}, \"head\": {{\"sha\": \"{head}\"}}}}}}");
    case.write("temp/event.json", &event);
    let event = case.path("temp/event.json");
    let pull = [
        ("GITHUB_EVENT_NAME", "pull_request"),
        ("GITHUB_EVENT_PATH", event.to_str().unwrap()),
    ];
    let run = action(&case, &pull);
    let log = String::from_utf8(run.stdout).unwrap();
    assert_eq!(run.status.code(), Some(1), "{log}");
    assert!(
        log.contains("::error file=loadline.load,line=1,endLine=1,col="),
        "{log}"
    );
    assert!(log.contains("new since"), "{log}");
    assert!(
        case.read("temp/summary.md").contains("Margins that change since"),
        "{log}"
    );
    let sarif: serde_json::Value = serde_json::from_str(&case.read("temp/loadline.sarif")).unwrap();
    assert_eq!(sarif["runs"][0]["results"][0]["baselineState"], "new");
    let output = case.read("temp/output");
    assert!(
        output.contains("exit-code=1\n") && output.contains("/loadline.sarif\n"),
        "{output}"
    );

    // The base's own errors are not the pull request's.
    let same = [pull[0], pull[1], ("LOADLINE_AGAINST", "HEAD")];
    assert_eq!(action(&case, &same).status.code(), Some(0));
    // Elsewhere the spec is judged alone.
    assert_eq!(action(&case, &[]).status.code(), Some(1));
    let unformatted = Case::spec("service  api { image \"a:1\"; memory 512Mi }\n").file("temp/output", "");
    assert_eq!(action(&unformatted, &[]).status.code(), Some(1));
    assert_eq!(
        action(&unformatted, &[("LOADLINE_FMT", "false")]).status.code(),
        Some(0)
    );
    assert_eq!(
        action(
            &unformatted,
            &[("LOADLINE_FMT", "false"), ("LOADLINE_VERIFY", "deploy")]
        )
        .status
        .code(),
        Some(1)
    );
}

#[test]
fn what_cannot_be_judged_is_no_success() {
    let case = repository();
    let run = action(&case, &[("LOADLINE_PATH", "nowhere")]);
    assert_eq!(run.status.code(), Some(2));
    assert!(case.read("temp/summary.md").contains("could not run"));
    let sarif: serde_json::Value = serde_json::from_str(&case.read("temp/loadline.sarif")).unwrap();
    assert_eq!(sarif["runs"][0]["invocations"][0]["executionSuccessful"], false);
}

/// The cache must not give back what was built from something else.
#[test]
fn the_digest_covers_the_sources() {
    let digest = |folder: &Path| {
        let script = root().join("scripts/ci/digest");
        let output = Command::new(script).arg(folder).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let case = Case::new()
        .file("Cargo.toml", "")
        .file("Cargo.lock", "")
        .file("src/main.rs", "")
        .file("grammar/a.rs", "")
        .file("compiler/a.rs", "")
        .file("simulator/a.rs", "")
        .file("targets/templates/a.j2", "");
    let before = digest(&case.path(""));
    assert_eq!(before.trim().len(), "digest=".len() + 64, "{before}");
    case.write("targets/templates/a.j2", "other");
    assert_ne!(digest(&case.path("")), before);
}

/// Commands in hooks and recipes are commands that there are.
#[test]
fn recipes_call_what_there_is() {
    let case = Case::spec(SOUND);
    case.git("init --quiet");
    case.commit();
    case.run("compile -o deploy");
    let files = [
        ".pre-commit-hooks.yaml",
        "docs/ci/gitlab-ci.yml",
        "docs/ci/README.md",
        "scripts/ci/github",
    ];
    let mut commands = 0;
    for file in files {
        let text = fs::read_to_string(root().join(file)).unwrap();
        for line in text.lines() {
            let line = line.trim().trim_start_matches("- ").trim_start_matches("entry: ");
            let Some(arguments) = line.strip_prefix("loadline ") else {
                continue;
            };
            let arguments = arguments.split(['>', '|']).next().unwrap();
            let arguments = arguments
                .replace("FETCH_HEAD", "HEAD")
                .replace("$LOADLINE_AGAINST", "--against HEAD");
            if arguments.contains('$') {
                continue;
            }
            let run = case.run(&arguments);
            assert!(run.code < 2, "{file}: {line}: {}", run.shown());
            commands += 1;
        }
    }
    assert!(7 < commands, "{commands}");
}

#[test]
fn recipes_are_sound_yaml() {
    let tool = root().join(".tools/python/bin/yamllint");
    let files = [
        "action.yml",
        ".pre-commit-hooks.yaml",
        "docs/ci/github.yml",
        "docs/ci/gitlab-ci.yml",
        "docs/ci/pre-commit-config.yaml",
    ];
    let style = "{extends: relaxed, rules: {line-length: disable}}";
    match Command::new(&tool)
        .args(["--strict", "-d", style])
        .args(files)
        .current_dir(root())
        .output()
    {
        Ok(output) => assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout)),
        Err(error) => crate::tools::missing(&format!("{}: {error}", tool.display())),
    }
}
