//! The project itself.

use super::patch::Patch;
use crate::lower::{Date, Name, Pairs, ProjectPath, Text, Val};
use crate::schema::{block, words};

words! {
    /// An output that the compiler can write.
    pub enum TargetName("a target") {
        /// Dockerfiles and what the build may see.
        Docker = "docker",
        /// A compose file for one machine.
        Compose = "compose",
        /// Kubernetes objects with a kustomization per environment.
        Kubernetes = "kubernetes",
        /// Units, timers, and the users and directories they need.
        Systemd = "systemd",
        /// An ecosystem file for PM2.
        Pm2 = "pm2",
        /// Configuration of the gateways.
        Nginx = "nginx",
        /// Release scripts for host services.
        Release = "release",
        /// Prometheus rules.
        Alerts = "alerts",
        /// One page per service for whoever is on call.
        Runbook = "runbook",
        /// A workflow that checks, verifies and builds.
        Ci = "ci",
    }
}

words! {
    /// Which rollouts may run at the same time.
    pub enum Deploys("an order of deploys") {
        /// One service after the other.
        Sequential = "sequential",
        /// Callees before callers; services of one wave together.
        Waves = "waves",
        /// Everything at once.
        Parallel = "parallel",
    }
}

block! {
    /// The system as a whole: who owns it, where its images are, what is written for it.
    pub struct Project("project") {
        head {
            /// Name of the system; part of labels and image names.
            name: Option<Val<Name>>,
        }
        /// The team that answers for it; becomes a label and stands in runbooks.
        owner: Option<Val<Text>>,
        /// Where the runbooks are: a URL.
        runbook: Option<Val<Text>>,
        /// Prefix of the images that are built from source: `ghcr.io/acme`.
        registry: Option<Val<Text>>,
        /// What "today" means to rules that depend on dates, such as the end of life of a runtime.
        as_of: Option<Val<Date>>,
        /// When versions of Node.js get support, instead of the table that is built in: a file in the format of `schedule.json` of
        /// the nodejs/Release repository.
        node_schedule: Option<Val<ProjectPath>>,
        /// What `compile` writes when `--target` does not say.
        targets: Option<Val<Vec<TargetName>>>,
        /// Which rollouts may run at the same time; decides how many instances hold connections at once.
        deploys: Val<Deploys> = Deploys::Waves,
        /// Labels on everything that takes labels.
        labels: Pairs<Text>,
        /// A change to one structured output: `patch kubernetes "deployment/api" { … }`.
        patch: Vec<Patch>,
        /// A folder with text templates that replace the built-in ones of the same name.
        templates: Option<Val<ProjectPath>>,
    }
}

impl Project {
    /// The name, or `project`.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name.as_ref().map_or("project", |name| &name.value)
    }

    /// Whether the only place to run that the project names is a compose file.
    #[must_use]
    pub fn wants_only_compose(&self) -> bool {
        let targets = self
            .targets
            .as_ref()
            .map_or(&[][..], |targets| targets.value.as_slice());
        let runs =
            |target: &TargetName| matches!(target, TargetName::Kubernetes | TargetName::Systemd | TargetName::Pm2);
        targets.contains(&TargetName::Compose) && !targets.iter().any(runs)
    }
}
