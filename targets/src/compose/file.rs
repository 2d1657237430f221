//! The compose file as types. Source: the Compose Specification, <https://github.com/compose-spec/compose-spec>.

use std::collections::BTreeMap;

use serde::Serialize;

use super::text::Text;

/// The whole file.
#[derive(Debug, Default, Serialize)]
pub(crate) struct File {
    pub(crate) name: Text,
    pub(crate) services: BTreeMap<String, Service>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) networks: BTreeMap<&'static str, Network>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) volumes: BTreeMap<String, Nothing>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) configs: BTreeMap<String, FromFile>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) secrets: BTreeMap<String, FromFile>,
}

/// Containers of one kind.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Service {
    pub(crate) image: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) build: Option<Build>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) profiles: Vec<Text>,
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) init: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) entrypoint: Vec<Text>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) command: Vec<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) working_dir: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hostname: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) network_mode: Option<Text>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) networks: BTreeMap<&'static str, Attachment>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) ports: Vec<Port>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) expose: Vec<Text>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) environment: BTreeMap<String, Text>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) configs: Vec<Grant>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) secrets: Vec<Grant>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) volumes: Vec<Mount>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) depends_on: BTreeMap<String, Dependency>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) healthcheck: Option<Healthcheck>,
    pub(crate) restart: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stop_signal: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stop_grace_period: Option<Text>,
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) read_only: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) cap_drop: Vec<Text>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) cap_add: Vec<Text>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) security_opt: Vec<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) deploy: Option<Deploy>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) labels: BTreeMap<String, Text>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) annotations: BTreeMap<String, Text>,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Build {
    pub(crate) context: Text,
    pub(crate) dockerfile: Text,
}

/// `{}`: everything by default.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Nothing {}

#[derive(Debug, Default, Serialize)]
pub(crate) struct Network {
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) internal: bool,
}

#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Attachment {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) aliases: Vec<Text>,
}

#[derive(Debug, Serialize)]
pub(crate) struct FromFile {
    pub(crate) file: Text,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Port {
    pub(crate) target: u16,
    pub(crate) published: Text,
    pub(crate) protocol: Text,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Grant {
    pub(crate) source: Text,
    pub(crate) target: Text,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Mount {
    #[serde(rename = "type")]
    pub(crate) kind: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source: Option<Text>,
    pub(crate) target: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tmpfs: Option<Tmpfs>,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Tmpfs {
    /// In bytes.
    pub(crate) size: u64,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Dependency {
    pub(crate) condition: Condition,
}

/// What a service waits for before it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum Condition {
    /// The container runs.
    #[serde(rename = "service_started")]
    Started,
    /// Its health check passes.
    #[serde(rename = "service_healthy")]
    Healthy,
    /// It ended well.
    #[serde(rename = "service_completed_successfully")]
    Completed,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Healthcheck {
    pub(crate) test: Vec<Text>,
    pub(crate) interval: Text,
    pub(crate) timeout: Text,
    pub(crate) retries: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) start_period: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) start_interval: Option<Text>,
}

#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Deploy {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) replicas: Option<u64>,
    #[serde(skip_serializing_if = "Resources::is_empty")]
    pub(crate) resources: Resources,
}

#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Resources {
    #[serde(skip_serializing_if = "Amounts::is_empty")]
    pub(crate) limits: Amounts,
    #[serde(skip_serializing_if = "Amounts::is_empty")]
    pub(crate) reservations: Amounts,
}

#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Amounts {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cpus: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) memory: Option<Text>,
}

impl Deploy {
    /// Nothing when there is nothing in it.
    pub(crate) fn some(self) -> Option<Self> {
        (self.replicas.is_some() || !self.resources.is_empty()).then_some(self)
    }
}

impl Resources {
    fn is_empty(&self) -> bool {
        self.limits.is_empty() && self.reservations.is_empty()
    }
}

impl Amounts {
    fn is_empty(&self) -> bool {
        self.cpus.is_none() && self.memory.is_none()
    }
}

fn is_false(flag: &bool) -> bool {
    !*flag
}
