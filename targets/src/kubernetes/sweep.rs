//! A sweep of the simulator as an Indexed Job: each of its pods computes one part.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;

use super::config_map::{self, ConfigMap, Data};
use super::container::Container;
use super::job::{JobSpec, KEPT_SECONDS};
use super::metadata::{Entries, Metadata, Object, PodMetadata};
use super::names::{short_digest, within};
use super::network_policy;
use super::pod::{self, PodTemplate};
use super::resources;
use super::service_account::ServiceAccount;
use super::subject::identity;
use super::volume::{Mount, Volume};
use crate::escape::kubernetes as escape;
use crate::yaml;

/// Where the spec is mounted.
const SPEC: &str = "/spec";

/// Where results go, if there is a place for them.
const RESULTS: &str = "/results";

/// Pods of an Indexed Job are called `JOB-INDEX`, which is their host name: with four digits it has to fit into a label.
/// Source: batch/v1 `ValidateJob`, `maxParallelismForIndexedJob` and the name of the last pod.
const NAME_MAX: usize = 52;

/// How often a pod is started again: a part that fails once may have lost its node, one that fails three times fails.
const RETRIES: u64 = 3;

/// A sweep that a cluster is to compute.
#[derive(Clone, Debug)]
pub struct SweepJob<'a> {
    /// The scenario's name.
    pub scenario: &'a str,
    /// Where the objects live.
    pub namespace: &'a str,
    /// The image that has `loadline`.
    pub image: &'a str,
    /// Storage for the results; the logs of the pods, if there is none.
    pub claim: Option<&'a str>,
    /// How many parts there are.
    pub parts: u64,
    /// The file of the spec to begin with.
    pub file: &'a str,
    /// Every text of the spec by its path.
    pub texts: &'a BTreeMap<String, String>,
    /// What `loadline sweep` is asked, besides the part.
    pub arguments: Vec<String>,
}

impl SweepJob<'_> {
    /// Four objects in one file: the spec, an account without rights, a policy without network, and the Job.
    ///
    /// # Errors
    /// A sentence, when a name cannot be one in Kubernetes or the spec does not fit into a ConfigMap.
    pub fn emit(&self) -> Result<String, String> {
        for name in [Some(self.namespace), self.claim].into_iter().flatten() {
            escape::subdomain(name)?;
        }
        let data = self.data();
        let size: usize = data
            .0
            .iter()
            .map(|(key, text)| key.len().saturating_add(text.len()))
            .sum();
        if config_map::SIZE_MAX < size {
            let most = config_map::SIZE_MAX;
            return Err(format!(
                "the texts of the spec are {size} bytes, and a ConfigMap holds {most}"
            ));
        }
        let spec_name = format!("sweep-spec-{}", short_digest(&config_map::content(&data)));
        let asked = format!(
            "{spec_name} {} {:?} {} {:?}",
            self.image, self.claim, self.parts, self.arguments
        );
        let name = within(format!("sweep-{}-{}", self.scenario, short_digest(&asked)), NAME_MAX);
        let name = escape::subdomain(&name)?;
        let spec = ConfigMap {
            api_version: "v1",
            kind: "ConfigMap",
            metadata: self.metadata(&spec_name, name),
            immutable: true,
            data: Data(&data),
        };
        let account = ServiceAccount::new(self.metadata(name, name));
        let isolation = network_policy::isolation(self.metadata(name, name), identity(name.into()));
        let job = Object {
            api_version: "batch/v1",
            kind: "Job",
            metadata: self.metadata(name, name),
            spec: self.job(name, &spec_name, &data)?,
        };
        Ok([
            document(&spec)?,
            document(&account)?,
            document(&isolation)?,
            document(&job)?,
        ]
        .join("---\n"))
    }

    /// Keys have no `/`, so each text gets a number and the last part of its path.
    fn data(&self) -> Entries<'_> {
        let mut data = Entries::default();
        for (number, (path, text)) in self.texts.iter().enumerate() {
            let last = path.rsplit('/').next().unwrap_or_default();
            let safe = |character: char| {
                let good = character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.');
                if good { character } else { '_' }
            };
            let last: String = last.chars().take(100).map(safe).collect();
            data.set(format!("{number}-{last}"), text.as_str());
        }
        data
    }

    fn metadata<'m>(&'m self, name: &'m str, part_of: &'m str) -> Metadata<'m> {
        Metadata {
            name: name.into(),
            namespace: self.namespace,
            labels: identity(part_of.into()),
            annotations: Entries::default(),
        }
    }

    fn job<'m>(&'m self, name: &'m str, spec_name: &str, data: &'m Entries<'m>) -> Result<JobSpec<'m>, String> {
        let mut container = Container::new("sweep", self.image);
        container.command = vec!["loadline".into(), "sweep".into()];
        for argument in &self.arguments {
            container.args.push(escape::expanded(argument.as_str().into())?);
        }
        let project = escape::expanded(format!("{SPEC}/{}", self.file).into())?;
        container.args.push(format!("--project={project}").into());
        // The controller sets the variable in every container. Source: batch/v1 `JobCompletionIndexAnnotation`, KEP-2214.
        container
            .args
            .push(format!("--shard=$(JOB_COMPLETION_INDEX)/{}", self.parts).into());
        container.volume_mounts.push(mount("spec", SPEC, true));
        let keys = data.0.iter().map(|(key, _)| key.as_ref());
        let files = keys.zip(self.texts.keys().map(String::as_str));
        let mut volumes = vec![Volume::config_map_at("spec", spec_name.to_owned(), files)];
        if let Some(claim) = self.claim {
            container
                .args
                .push(format!("--out={RESULTS}/{name}-$(JOB_COMPLETION_INDEX).json").into());
            container.volume_mounts.push(mount("results", RESULTS, false));
            volumes.push(Volume::claim("results", claim));
        }
        // As many threads as it has processors, and results are the same with any number.
        container.resources = Some(resources::fixed("1", "1Gi"));
        let template = PodTemplate {
            metadata: PodMetadata {
                labels: identity(name.into()),
                annotations: Entries::default(),
            },
            spec: pod::of_its_own(name, vec![container], volumes),
        };
        Ok(JobSpec {
            parallelism: Some(self.parts),
            completions: Some(self.parts),
            completion_mode: Some("Indexed"),
            ttl_seconds_after_finished: Some(KEPT_SECONDS),
            ..JobSpec::once(RETRIES.saturating_mul(self.parts), template)
        })
    }
}

fn mount<'m>(name: &'m str, path: &'m str, read_only: bool) -> Mount<'m> {
    Mount {
        name: Cow::Borrowed(name),
        mount_path: Cow::Borrowed(path),
        sub_path: None,
        read_only: read_only.then_some(true),
    }
}

fn document<T: Serialize>(object: &T) -> Result<String, String> {
    yaml::document(object).map_err(|error| format!("an object could not be written: {error}"))
}
