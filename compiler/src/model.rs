//! The resolved model: every thing of a project with all settings filled in, each value with its origin.
//!
//! The structs are declared with `block!`, so that this module is at the same time the settings
//! table of the language. Nothing in here judges; that is the rules' business.

mod change;
mod cluster;
mod config_set;
mod distribution;
mod env;
mod events;
mod expect;
mod flags;
mod gateway;
mod graph;
mod health;
mod host;
mod listen;
mod load;
mod memory;
mod migrate;
mod parts;
mod patch;
mod placement;
mod policy;
mod project;
mod queueing;
mod rollout;
mod runtime;
mod scale;
mod scenario;
mod security;
mod series;
mod shutdown;
mod sibling;
mod site;
mod store;
mod thing;
mod traffic;
mod uses;
mod workload;

pub use change::*;
pub use cluster::*;
pub use config_set::*;
pub use distribution::*;
pub use env::*;
pub use events::*;
pub use expect::*;
pub use flags::FlagsBy;
pub use gateway::*;
pub use graph::*;
pub use health::*;
pub use host::*;
pub use listen::*;
pub use load::*;
pub use memory::*;
pub use migrate::*;
pub use parts::*;
pub use patch::*;
pub use placement::*;
pub use policy::*;
pub use project::*;
pub use queueing::*;
pub use rollout::*;
pub use runtime::*;
pub use scale::*;
pub use scenario::*;
pub use security::*;
pub use series::*;
pub use shutdown::*;
pub use sibling::*;
pub use site::*;
pub use store::*;
pub use thing::*;
pub use traffic::*;
pub use uses::*;
pub use workload::*;

use crate::facts::node_schedule::NodeSchedule;
use crate::lower::{Lower, Val, Walk};

/// A whole project in one environment.
#[derive(Clone, Debug)]
pub struct Model {
    /// The environment it was resolved for; `None` is the base.
    pub environment: Option<String>,
    /// The project block, or its defaults.
    pub project: Project,
    /// Services, workers and jobs, in the order they are written.
    pub workloads: Vec<Workload>,
    /// Static frontends.
    pub sites: Vec<Site>,
    /// Entry points.
    pub gateways: Vec<Gateway>,
    /// Shared configuration.
    pub config_sets: Vec<ConfigSet>,
    /// Databases, caches, queues and externals.
    pub stores: Vec<Store>,
    /// Machines.
    pub hosts: Vec<Host>,
    /// Kubernetes clusters.
    pub clusters: Vec<Cluster>,
    /// Schema changes.
    pub changes: Vec<Change>,
    /// What-ifs.
    pub scenarios: Vec<Scenario>,
    /// Policies; all of them hold.
    pub policies: Vec<Policy>,
    /// Who calls, uses and feeds whom.
    pub graph: Graph,
    /// When versions of Node.js get support.
    pub node_schedule: NodeSchedule,
    /// Texts of the project's files that workloads mount, by path relative to the project.
    pub files: std::collections::BTreeMap<String, String>,
    /// Measured values that distributions are drawn from, by file.
    pub samples: Samples,
    /// Recorded rates of traffic, by file.
    pub series: Series,
}

impl Model {
    /// The environment's name as it stands in paths: `base` when there is none.
    #[must_use]
    pub fn environment_name(&self) -> &str {
        self.environment.as_deref().unwrap_or("base")
    }

    /// Whether this is what users depend on: an environment named `production` or `prod`, or by policy.
    #[must_use]
    pub fn is_production(&self) -> bool {
        let named = matches!(self.environment.as_deref(), Some("production" | "prod"));
        named
            || self
                .policies
                .iter()
                .any(|policy| policy.requires(Requirement::Production).is_some())
    }

    /// Whether its loads and promises are meant. Environments other than production inherit them and are smaller.
    #[must_use]
    pub fn is_under_load(&self) -> bool {
        self.environment.is_none() || self.is_production()
    }

    /// The workload with this id.
    #[must_use]
    pub fn workload(&self, id: ThingId) -> Option<&Workload> {
        if id.kind.is_workload() {
            self.workloads.get(id.place())
        } else {
            None
        }
    }

    /// The store with this id.
    #[must_use]
    pub fn store(&self, id: ThingId) -> Option<&Store> {
        if id.kind.is_store() {
            self.stores.get(id.place())
        } else {
            None
        }
    }

    /// The site with this id.
    #[must_use]
    pub fn site(&self, id: ThingId) -> Option<&Site> {
        if id.kind == ThingKind::Site {
            self.sites.get(id.place())
        } else {
            None
        }
    }

    /// The gateway with this id.
    #[must_use]
    pub fn gateway(&self, id: ThingId) -> Option<&Gateway> {
        if id.kind == ThingKind::Gateway {
            self.gateways.get(id.place())
        } else {
            None
        }
    }

    /// The host with this id.
    #[must_use]
    pub fn host(&self, id: ThingId) -> Option<&Host> {
        if id.kind == ThingKind::Host {
            self.hosts.get(id.place())
        } else {
            None
        }
    }

    /// The cluster with this id.
    #[must_use]
    pub fn cluster(&self, id: ThingId) -> Option<&Cluster> {
        if id.kind == ThingKind::Cluster {
            self.clusters.get(id.place())
        } else {
            None
        }
    }

    /// The config set with this id.
    #[must_use]
    pub fn config_set(&self, id: ThingId) -> Option<&ConfigSet> {
        if id.kind == ThingKind::ConfigSet {
            self.config_sets.get(id.place())
        } else {
            None
        }
    }

    /// The name of a thing.
    #[must_use]
    pub fn name(&self, id: ThingId) -> &str {
        let name: Option<&Val<crate::lower::Name>> = match id.kind {
            ThingKind::Service | ThingKind::Worker | ThingKind::Job => self.workload(id).map(|thing| &thing.name),
            ThingKind::Database | ThingKind::Cache | ThingKind::Queue | ThingKind::External => {
                self.store(id).map(|thing| &thing.name)
            }
            ThingKind::Site => self.site(id).map(|thing| &thing.name),
            ThingKind::Gateway => self.gateway(id).map(|thing| &thing.name),
            ThingKind::ConfigSet => self.config_set(id).map(|thing| &thing.name),
            ThingKind::Host => self.host(id).map(|thing| &thing.name),
            ThingKind::Cluster => self.cluster(id).map(|thing| &thing.name),
        };
        name.map_or("", |name| name)
    }

    /// Where a workload runs.
    #[must_use]
    pub fn platform(&self, workload: &Workload) -> Platform {
        match workload.place {
            Some(place) if place.kind == ThingKind::Host => {
                let own = workload.runs_on.as_ref().and_then(|runs_on| runs_on.process.as_ref());
                let of_host = self.host(place).and_then(|host| host.process.as_ref());
                match own.or(of_host).map(|process| process.value) {
                    Some(ProcessManager::Pm2) => Platform::Pm2(place),
                    Some(ProcessManager::Systemd) | None => Platform::Systemd(place),
                }
            }
            Some(place) => Platform::Kubernetes(Some(place)),
            None if self.project.wants_only_compose() => Platform::Compose,
            None => Platform::Kubernetes(None),
        }
    }

    /// Visits every value of a thing.
    pub fn walk(&self, id: ThingId, to: &mut dyn Walk) {
        match id.kind {
            ThingKind::Service | ThingKind::Worker | ThingKind::Job => {
                walk_in(self.workload(id).map(|thing| &thing.settings), to)
            }
            ThingKind::Database | ThingKind::Cache | ThingKind::Queue | ThingKind::External => {
                walk_in(self.store(id).map(|thing| &thing.settings), to);
            }
            ThingKind::Site => walk_in(self.site(id).map(|thing| &thing.settings), to),
            ThingKind::Gateway => walk_in(self.gateway(id).map(|thing| &thing.settings), to),
            ThingKind::ConfigSet => walk_in(self.config_set(id).map(|thing| &thing.settings), to),
            ThingKind::Host => walk_in(self.host(id).map(|thing| &thing.settings), to),
            ThingKind::Cluster => walk_in(self.cluster(id).map(|thing| &thing.settings), to),
        }
    }

    /// Visits every value of the project block.
    pub fn walk_project(&self, to: &mut dyn Walk) {
        Lower::walk(&self.project, to);
    }

    /// Every thing, in the order of the reference and then as written.
    pub fn things(&self) -> impl Iterator<Item = ThingId> + '_ {
        let workloads = self.workloads.iter().map(|thing| thing.id);
        let sites = self.sites.iter().map(|thing| thing.id);
        let gateways = self.gateways.iter().map(|thing| thing.id);
        let config_sets = self.config_sets.iter().map(|thing| thing.id);
        let stores = self.stores.iter().map(|thing| thing.id);
        let hosts = self.hosts.iter().map(|thing| thing.id);
        let clusters = self.clusters.iter().map(|thing| thing.id);
        workloads
            .chain(sites)
            .chain(gateways)
            .chain(config_sets)
            .chain(stores)
            .chain(hosts)
            .chain(clusters)
    }

    /// Workloads that depend on a thing, in the order they are written.
    pub fn callers(&self, thing: ThingId) -> impl Iterator<Item = &Workload> {
        let dependents = self.graph.dependents(thing).into_iter();
        dependents.filter_map(|dependent| self.workload(dependent))
    }

    /// Gateways that route to a thing, in the order they are written.
    pub fn entrances(&self, thing: ThingId) -> impl Iterator<Item = &Gateway> {
        let dependents = self.graph.dependents(thing).into_iter();
        dependents.filter_map(|dependent| self.gateway(dependent))
    }

    /// The value of a named requirement, from whichever policy makes it.
    #[must_use]
    pub fn required(&self, requirement: Requirement) -> Option<&Require> {
        self.policies.iter().find_map(|policy| policy.requires(requirement))
    }
}

fn walk_in(block: Option<&impl Lower>, to: &mut dyn Walk) {
    if let Some(block) = block {
        block.walk(to);
    }
}

/// What runs the processes of a workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Platform {
    /// Pods of a cluster; of the only imaginable one when the spec declares none.
    Kubernetes(Option<ThingId>),
    /// Units of a host.
    Systemd(ThingId),
    /// Processes of a PM2 daemon on a host.
    Pm2(ThingId),
    /// Containers of a compose file.
    Compose,
}

impl Platform {
    /// Whether processes run directly on a host, without containers.
    #[must_use]
    pub const fn is_host(self) -> bool {
        matches!(self, Self::Systemd(_) | Self::Pm2(_))
    }
}
