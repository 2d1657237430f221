//! `secret-in-build`

use super::secrets;
use crate::diagnostic::Diagnostic;
use crate::model::{Build, Workload};
use crate::rules::{Context, rule};
use crate::values::{Text, Val};

rule! {
    /// ## What it checks
    /// No command of a build holds a secret, and no file that usually does is put into the image.
    /// ## Why
    /// What a build sees stays in the layers of the image and in its history, and everybody who may pull it can read it. A later
    /// step that removes the file does not take it out.
    /// ## Source
    /// BuildKit's `SecretsUsedInArgOrEnv`, hadolint DL3064. Names of files: dotenv, OpenSSH, git, curl.
    ///
    /// ```loadline,bad
    /// service api {
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   runtime node 24
    ///   run     "dist/server.mjs"
    ///   memory  512Mi { heap auto }
    ///   build   { steps ["NPM_TOKEN=0a1b2c npm ci", "npm run build"]; output "dist" }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// service api {
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   runtime node 24
    ///   run     "dist/server.mjs"
    ///   memory  512Mi { heap auto }
    ///   build   { steps ["npm run build"]; output "dist" }
    /// }
    /// ```
    902 "secret-in-build" Error, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for workload in &context.model.workloads {
        let Some(build) = &workload.build else { continue };
        found.extend(commands(workload, build));
        found.extend(files(workload, build));
    }
}

fn commands(workload: &Workload, build: &Build) -> Vec<Diagnostic> {
    let steps = build
        .steps
        .iter()
        .flat_map(|steps| steps.value.iter().map(|step| (step, steps.span)));
    let install = build.install.iter().map(|install| (&install.value, install.span));
    let judged = install.chain(steps).filter_map(|(command, span)| {
        let words: Vec<&str> = command.0.split_whitespace().collect();
        let (_, why) = secrets::of_words(&words)?;
        let message = format!("the build of `{}` holds a secret in plain text", workload.name.value);
        let found = Diagnostic::new(&RULE, message, span, why)
            .help("mount it into the step that needs it (`RUN --mount=type=secret`), in a pipeline of your own")
            .about(workload.id);
        Some(found)
    });
    judged.collect()
}

fn files(workload: &Workload, build: &Build) -> Vec<Diagnostic> {
    let named = |list: &'_ Option<Val<Vec<Text>>>| -> Vec<(String, loadline_grammar::Span)> {
        let all = list
            .iter()
            .flat_map(|list| list.value.iter().map(|file| (file.0.clone(), list.span)));
        all.collect()
    };
    let suspicious = named(&build.files).into_iter().filter(|(file, _)| holds_secrets(file));
    let judged = suspicious.map(|(file, span)| {
        let message = format!("the image of `{}` would contain `{file}`", workload.name.value);
        Diagnostic::new(&RULE, message, span, "usually holds secrets")
            .help("leave it out, and mount it: `file \"/path\" from secret \"vault:PATH#KEY\"`")
            .about(workload.id)
    });
    judged.collect()
}

/// By its name alone: the file itself is not read.
fn holds_secrets(path: &str) -> bool {
    let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let sample = ["example", "sample", "template", "dist", "defaults"];
    let dotenv = name == ".env" || name.strip_prefix(".env.").is_some_and(|kind| !sample.contains(&kind));
    let known = [
        "id_rsa",
        "id_ecdsa",
        "id_ed25519",
        ".netrc",
        ".git-credentials",
        ".ssh",
        ".aws",
    ];
    let ends = [".key", ".p12", ".pfx"];
    dotenv || known.contains(&name) || ends.iter().any(|end| name.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::holds_secrets;

    #[test]
    fn files_that_usually_hold_secrets() {
        for path in [
            ".env",
            "config/.env.production",
            "deploy/id_rsa",
            "tls/server.key",
            ".aws/",
        ] {
            assert!(holds_secrets(path), "{path}");
        }
        for path in [
            ".env.example",
            "environment.ts",
            "keys.json",
            "public",
            "ca.pem",
            "id_rsa.pub",
        ] {
            assert!(!holds_secrets(path), "{path}");
        }
    }
}
