//! `artifact-differs-between-environments`

use crate::diagnostic::Diagnostic;
use crate::model::Sibling;
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// Every environment that is deployed runs the same bytes of a workload: one image, or one build.
    ///
    /// Environments called `dev`, `development`, `local`, `test` or `ci`, and those that are only a compose file, are not compared.
    /// Nor are environments that say which other `version` they deploy.
    /// ## Why
    /// What was tested in staging is not what production runs. A build that depends on its environment can fail in one of
    /// them alone, and does so in the last one.
    /// ## Source
    /// The Twelve-Factor App, V: one build, many releases. Configuration differs by environment, the artifact does not.
    ///
    /// ```loadline,bad
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    /// }
    /// environment staging {
    ///   service api { image "ghcr.io/acme/api-staging@sha256:1111111111111111111111111111111111111111111111111111111111111111" }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   env    BACKEND "https://backend.example.com"
    /// }
    /// environment staging {
    ///   service api { env BACKEND "https://backend.staging.example.com" }
    /// }
    /// ```
    710 "artifact-differs-between-environments" Error, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let deployed = Sibling::deployed(context.siblings);
    for workload in &context.model.workloads {
        let name = &workload.name.value;
        let versions = deployed
            .iter()
            .filter_map(|sibling| Some((sibling, sibling.workload(name)?)));
        let mut artifacts = versions.filter_map(|(sibling, own)| Some((sibling, own, own.artifact.as_ref()?)));
        let Some((first, of_first, (artifact, span))) = artifacts.next() else {
            continue;
        };
        let differs = artifacts.find(|(_, own, (other, _))| {
            let other_version = own.version.is_some() && of_first.version.is_some() && own.version != of_first.version;
            other != artifact && !other_version
        });
        let Some((second, _, (_, other))) = differs else {
            continue;
        };
        let message = format!(
            "`{name}` does not run the same in {} as in {}",
            first.name(),
            second.name()
        );
        found.push(
            Diagnostic::new(&RULE, message, *other, format!("in {}", second.name()))
                .label(*span, format!("in {}", first.name()))
                .help("name the image once, and say what differs with `env` and `secret`")
                .about(workload.id),
        );
    }
}
