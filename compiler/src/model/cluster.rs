//! Kubernetes clusters.

use loadline_grammar::ast::{Value, ValueKind};

use super::parts::Allow;
use super::thing::ThingId;
use crate::lower::{Cx, Name, Scalar, Text, Val, Version};
use crate::quantity::{Bytes, Cpu, Duration, Ratio};
use crate::schema::{Kind, block, words};

words! {
    /// Who carries out canary and blue-green rollouts.
    pub enum RolloutController("a rollout controller") {
        /// Argo Rollouts is installed in the cluster.
        Argo = "argo",
    }
}

block! {
    /// A Kubernetes cluster, or the part of one that the project may use.
    pub struct ClusterSettings("cluster") {
        head {
            /// Its name.
            name: Val<Name>,
        }
        /// Nodes.
        nodes: Option<Val<u64>>,
        /// Cores of each node.
        cpu: Option<Val<Cpu>>,
        /// Memory of each node.
        memory: Option<Val<Bytes>>,
        /// What the system itself needs of each node.
        reserve: Option<Val<Reserve>>,
        /// Availability zones.
        zones: Val<u64> = 1,
        /// Namespace of the objects; the project's name when left out.
        namespace: Option<Val<Name>>,
        /// Version of Kubernetes: decides which fields are written and how long an instance counts as new.
        version: Option<Val<Version>>,
        /// Who carries out canary and blue-green rollouts; a plain Deployment cannot.
        rollouts: Option<Val<RolloutController>>,
        /// Ingress class, when a gateway does not name its own.
        ingress_class: Option<Val<Text>>,
        /// Speed of the controllers; for the simulator.
        control_plane: ControlPlane,
        /// How long it takes until traffic follows; for the simulator.
        endpoints: Endpoints,
        /// How often scaling is decided, and on what difference; for the simulator.
        autoscaler: Autoscaler,
        /// How long a new pod waits for its image; for the simulator, where every node has it unless this says otherwise.
        image_pull: Val<Duration> = Duration::ZERO,
        /// Silences one rule here; the reason is required.
        allow: Vec<Allow>,
    }
}

/// A cluster with all its settings.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// Which thing it is.
    pub id: ThingId,
    /// The `##` comments before its block.
    pub documentation: String,
    /// Its settings.
    pub settings: ClusterSettings,
}

impl std::ops::Deref for Cluster {
    type Target = ClusterSettings;

    fn deref(&self) -> &ClusterSettings {
        &self.settings
    }
}

block! {
    /// Speed of the controllers.
    pub struct ControlPlane("control_plane") {
        /// Requests per second of the controller's client.
        qps: Val<u64> = 20,
        /// So many more at once.
        burst: Val<u64> = 30,
        /// How late controllers see a change.
        lag: Val<Duration> = Duration::millis(20),
        /// From created to bound to a node. A default of the model.
        scheduling: Val<Duration> = Duration::millis(300),
    }
}

block! {
    /// From what the cluster knows to where requests go.
    pub struct Endpoints("endpoints") {
        /// From ready to the first request. A default of the model: controllers and kube-proxy (`minSyncPeriod` 1 s) together.
        add: Val<Duration> = Duration::seconds(1),
        /// From not ready, or terminating, to the last request; until then a pod that stops is still sent some.
        remove: Val<Duration> = Duration::seconds(1),
        /// The same for a load balancer outside of the cluster, on top. Nothing unless it is said: those that send to every node,
        /// and leave the rest to the cluster, have nothing to take away.
        deregister: Val<Duration> = Duration::ZERO,
    }
}

block! {
    /// The horizontal pod autoscaler. The defaults are those of the controller manager's flags.
    pub struct Autoscaler("autoscaler") {
        /// `--horizontal-pod-autoscaler-sync-period`.
        every: Val<Duration> = Duration::seconds(15),
        /// A difference up to this part changes nothing: `--horizontal-pod-autoscaler-tolerance`.
        tolerance: Val<Ratio> = Ratio::percent(10),
    }
}

/// A part, or an amount, that is kept back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reserve {
    /// Such a part of everything.
    Ratio(Ratio),
    /// So much memory.
    Memory(Bytes),
}

impl Scalar for Reserve {
    const KIND: Kind = Kind::new("a ratio or a size", "10%");

    fn read(value: &Value<'_>, cx: &mut Cx<'_>) -> Option<Self> {
        let value = cx.follow(value)?;
        match &value.kind {
            ValueKind::Quantity(text) if !text.ends_with('%') => <Bytes as Scalar>::read(value, cx).map(Self::Memory),
            _ => <Ratio as Scalar>::read(value, cx).map(Self::Ratio),
        }
    }

    fn show(&self) -> String {
        match self {
            Self::Ratio(ratio) => ratio.to_string(),
            Self::Memory(memory) => memory.to_string(),
        }
    }
}
