//! The jobs: the spec is judged, sources are tested, images are built, scanned and pushed, archives are packed.

use std::collections::BTreeMap;

use super::file::{Defaults, Directory, Job, Step, Value, Values};
use super::pins;
use super::unit::Unit;
use crate::escape::github::Inert;

/// Images of GitHub have Docker, git and rustup.
const RUNNER: &str = "ubuntu-24.04";

/// Minutes after which a job is stuck.
const MINUTES: u64 = 30;

/// What is merged is kept; what is only proposed is not.
const ON_PUSH: &str = "${{ github.event_name == 'push' }}";

fn job(name: &str, steps: Vec<Step>) -> Job {
    Job {
        name: Inert::of(name),
        needs: Vec::new(),
        condition: None,
        runs_on: RUNNER,
        container: None,
        permissions: BTreeMap::from([("contents", "read")]),
        timeout_minutes: MINUTES,
        env: Values::new(),
        defaults: None,
        steps,
    }
}

fn checkout(depth: u64) -> Step {
    Step::uses(
        pins::CHECKOUT,
        Values::from([
            ("fetch-depth", Value::Number(depth)),
            ("persist-credentials", Value::Off),
        ]),
    )
}

/// The spec is formatted, nothing is found in it, and the outputs are what it says.
pub(crate) fn spec() -> Job {
    let mut built = Step::uses(
        pins::CACHE,
        Values::from([
            ("path", Value::Own("~/.cargo/bin/loadline")),
            (
                "key",
                Value::Own("loadline-${{ runner.os }}-${{ runner.arch }}-${{ vars.LOADLINE_REVISION }}"),
            ),
        ]),
    );
    built.id = Some("built");
    let from = Values::from([
        ("REPOSITORY", Value::Own("${{ vars.LOADLINE_REPOSITORY }}")),
        ("REVISION", Value::Own("${{ vars.LOADLINE_REVISION }}")),
    ]);
    let install = Step::run("Install loadline", INSTALL, from).when("${{ steps.built.outputs.cache-hit != 'true' }}");
    let step = |name, run| Step::run(name, run, Values::new());
    // A pull request is built as a merge, whose first parent is the base.
    let steps = vec![
        checkout(2),
        built,
        install,
        step("Format", "loadline fmt --check ."),
        step("Check the change", "loadline check . --format github --against auto")
            .when("${{ github.event_name == 'pull_request' }}"),
        step("Check", "loadline check . --format github").when(ON_PUSH),
        step("Verify the outputs", "loadline compile . --verify -o deploy"),
    ];
    job("Spec", steps)
}

const INSTALL: &str = "\
rustup toolchain install stable --profile minimal --no-self-update
cargo +stable install --locked --git \"${REPOSITORY:?set the variable LOADLINE_REPOSITORY of this repository}\" \\
  --rev \"${REVISION:?set the variable LOADLINE_REVISION of this repository, a commit}\" loadline
";

/// Installs exactly what is locked, and runs the tests, in the image that the Dockerfile builds in.
pub(crate) fn test(unit: &Unit<'_>, name: &str) -> Option<Job> {
    let tests = unit.test.as_ref()?;
    let mut steps = prepared(unit);
    steps.push(command("Test", tests));
    let mut job = job(name, steps);
    inside(&mut job, unit);
    Some(job)
}

fn prepared(unit: &Unit<'_>) -> Vec<Step> {
    let mut steps = vec![checkout(1)];
    for prepare in &unit.recipe.prepare {
        steps.push(command("Prepare", prepare));
    }
    for path in unit.paths() {
        let directory = Values::from([("DIRECTORY", Value::text(path))]);
        steps.push(Step::run(
            "Find programs",
            "echo \"$DIRECTORY\" >>\"$GITHUB_PATH\"",
            directory,
        ));
    }
    if let Some(install) = &unit.recipe.install {
        steps.push(command("Install", install));
    }
    steps
}

fn inside(job: &mut Job, unit: &Unit<'_>) {
    job.container = Some(Inert::of(&unit.recipe.toolchain));
    job.env = unit
        .variables()
        .map(|(name, value)| (name, Value::Own(value)))
        .collect();
    if unit.context != "." {
        job.defaults = Some(Defaults {
            run: Directory {
                working_directory: Inert::of(unit.context),
            },
        });
    }
}

/// A command of the spec, or of a recipe: it is never a part of the workflow's own commands. A checkout in a container
/// belongs to somebody else, and Go asks git about it.
fn command(name: &'static str, command: &str) -> Step {
    let env = Values::from([
        ("COMMAND", Value::text(command)),
        ("GOFLAGS", Value::Own("-buildvcs=false")),
    ]);
    let env = if command.split_whitespace().any(|word| word == "go") {
        env
    } else {
        env.into_iter().filter(|(name, _)| *name == "COMMAND").collect()
    };
    Step::run(name, "sh -euc \"$COMMAND\"", env)
}

/// Builds the image, lists what is in it, and looks for what is known to be vulnerable. What is pushed later are these
/// bytes.
pub(crate) fn image(unit: &Unit<'_>, environment: &str, needs: Vec<String>) -> Job {
    let dockerfile = format!("deploy/{environment}/docker/{}/Dockerfile", unit.name);
    let image = || ("IMAGE", Value::Own("local/built:${{ github.sha }}"));
    let keep = Values::from([
        ("name", Value::text(&format!("image-{}", unit.name))),
        ("path", Value::Own("out/")),
        ("if-no-files-found", Value::Own("error")),
        ("retention-days", Value::Number(7)),
    ]);
    let mut job = job(
        &format!("Image {}", unit.name),
        vec![
            checkout(1),
            Step::run(
                "Build",
                BUILD,
                Values::from([
                    image(),
                    ("DOCKERFILE", Value::text(&dockerfile)),
                    ("CONTEXT", Value::text(unit.context)),
                ]),
            ),
            Step::run(
                "List what is in it",
                SBOM,
                Values::from([image(), ("SYFT", Value::Own(pins::SYFT))]),
            ),
            Step::run("Scan", SCAN, Values::from([("GRYPE", Value::Own(pins::GRYPE))])),
            Step::uses(pins::UPLOAD, keep).when(ON_PUSH),
        ],
    );
    job.needs = needs;
    job
}

const BUILD: &str = "\
docker build --file \"$DOCKERFILE\" --tag \"$IMAGE\" \"$CONTEXT\"
mkdir out
docker save --output out/image.tar \"$IMAGE\"
";

const SBOM: &str = "\
docker run --rm --network none --volume \"$PWD/out:/out:ro\" \"$SYFT\" \\
  scan docker-archive:/out/image.tar --output cyclonedx-json >out/sbom.cdx.json
";

/// What cannot be mended yet stops nobody.
const SCAN: &str = "\
docker run --rm --volume \"$PWD/out:/out:ro\" \"$GRYPE\" sbom:/out/sbom.cdx.json --only-fixed --fail-on critical
";

/// Pushes what was scanned, under the commit, and says by which digest it is deployed.
pub(crate) fn push(unit: &Unit<'_>, image: &str) -> Job {
    let host = registry(image);
    let github = host == "ghcr.io";
    let (user, password) = if github {
        ("${{ github.actor }}", "${{ github.token }}")
    } else {
        ("${{ vars.REGISTRY_USER }}", "${{ secrets.REGISTRY_PASSWORD }}")
    };
    let fetch = Values::from([
        ("name", Value::text(&format!("image-{}", unit.name))),
        ("path", Value::Own("out/")),
    ]);
    let mut job = job(
        &format!("Push {}", unit.name),
        vec![
            Step::uses(pins::DOWNLOAD, fetch),
            Step::run(
                "Log in",
                "echo \"$PASSWORD\" | docker login \"$REGISTRY\" --username \"$REGISTRY_USER\" --password-stdin",
                Values::from([
                    ("REGISTRY", Value::text(host)),
                    ("REGISTRY_USER", Value::Own(user)),
                    ("PASSWORD", Value::Own(password)),
                ]),
            ),
            Step::run(
                "Push",
                PUSH,
                Values::from([
                    ("IMAGE", Value::text(image)),
                    ("BUILT", Value::Own("local/built:${{ github.sha }}")),
                ]),
            ),
        ],
    );
    job.needs = vec![format!("image-{}", unit.name)];
    job.condition = Some(ON_PUSH);
    job.permissions = if github {
        BTreeMap::from([("packages", "write")])
    } else {
        BTreeMap::new()
    };
    job
}

const PUSH: &str = "\
docker load --input out/image.tar
docker tag \"$BUILT\" \"$IMAGE:$GITHUB_SHA\"
docker push \"$IMAGE:$GITHUB_SHA\"
digest=$(docker inspect --format '{{index .RepoDigests 0}}' \"$IMAGE:$GITHUB_SHA\")
echo \"For every environment: \\`image \\\"$digest\\\"\\`\" >>\"$GITHUB_STEP_SUMMARY\"
";

/// Who keeps the image. Source: distribution/reference, `splitDockerDomain`.
fn registry(image: &str) -> &str {
    let first = image.split_once('/').map(|(first, _)| first);
    first
        .filter(|first| first.contains(['.', ':']) || *first == "localhost")
        .unwrap_or("docker.io")
}

/// Packs what a host is given: one archive for all hosts and environments.
pub(crate) fn archive(unit: &Unit<'_>, needs: Vec<String>) -> Job {
    let mut steps = prepared(unit);
    for step in &unit.recipe.steps {
        steps.push(command("Build", step));
    }
    if let Some(prune) = &unit.recipe.prune {
        steps.push(command("Leave out what only the build needed", prune));
    }
    let files = Values::from([("FILES", Value::text(&unit.files.join("\n")))]);
    steps.push(Step::run("Pack", PACK, files));
    steps.push(
        Step::uses(
            pins::UPLOAD,
            Values::from([
                ("name", Value::text(&format!("archive-{}", unit.name))),
                ("path", Value::Own("release.tar.gz")),
                ("if-no-files-found", Value::Own("error")),
            ]),
        )
        .when(ON_PUSH),
    );
    let mut job = job(&format!("Archive {}", unit.name), steps);
    inside(&mut job, unit);
    job.needs = needs;
    job
}

/// Beside the sources at last: they may be what is packed.
const PACK: &str = "\
echo \"$FILES\" | tar --create --gzip --file \"$RUNNER_TEMP/release.tar.gz\" --verbatim-files-from --files-from -
mv \"$RUNNER_TEMP/release.tar.gz\" \"$GITHUB_WORKSPACE/release.tar.gz\"
sha256sum \"$GITHUB_WORKSPACE/release.tar.gz\" >>\"$GITHUB_STEP_SUMMARY\"
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registries_are_told_from_folders() {
        assert_eq!(registry("ghcr.io/acme/api"), "ghcr.io");
        assert_eq!(registry("localhost/api"), "localhost");
        assert_eq!(registry("acme/api"), "docker.io");
        assert_eq!(registry("api"), "docker.io");
    }
}
