//! The Java virtual machine: Maven by default, Gradle where the commands name it.

use super::{Moved, Recipe};
use crate::docker::wanted::Wanted;

/// The version where none is given: a long-term support release.
const VERSION: &str = "21";

pub(crate) fn recipe(wanted: &Wanted<'_>) -> Recipe {
    let (install, steps) = wanted.commands(|command| command.contains("dependency:"));
    let names = |tool: &str| {
        install
            .iter()
            .chain(steps.iter().flatten())
            .flat_map(|command| command.split_whitespace())
            .any(|word| word == tool || word.ends_with(&format!("/{tool}")))
    };
    let version = wanted.version_or(VERSION);
    let by_gradle = names("gradle") || names("gradlew");
    // A wrapper brings its own tool, and has no command that only downloads what the manifests list.
    let (toolchain, default_install) = if names("gradle") {
        (format!("gradle:8-jdk{version}"), "")
    } else if names("gradlew") || names("mvnw") {
        (format!("eclipse-temurin:{version}-jdk-noble"), "")
    } else {
        (
            format!("maven:3.9-eclipse-temurin-{version}"),
            "mvn --batch-mode dependency:go-offline",
        )
    };
    let (manifests, products) = if by_gradle {
        (GRADLE, "build")
    } else {
        (MAVEN, "target")
    };
    let install = install.unwrap_or_else(|| default_install.to_owned());
    let jar = wanted.script(&[".jar"]);
    let output = wanted.output().or(jar).unwrap_or(products);
    Recipe {
        toolchain,
        base: format!("eclipse-temurin:{version}-jre-noble"),
        manifests: manifests.iter().map(|file| (*file).to_owned()).collect(),
        install: (!install.is_empty()).then_some(install),
        // Tests are the pipeline's: an image is built from what passed them.
        steps: steps.unwrap_or_else(|| vec!["mvn --batch-mode package -DskipTests".to_owned()]),
        output: vec![Moved::same(output)],
        local: &["**/.gradle"],
        products: vec![products.to_owned()],
        ..Recipe::default()
    }
}

const MAVEN: &[&str] = &["pom.xml"];

const GRADLE: &[&str] = &["build.gradle*", "settings.gradle*", "gradle.properties*"];
