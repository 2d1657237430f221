//! Things: what has a name in the one namespace of a project.

/// The kinds of thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ThingKind {
    /// Serves requests.
    Service,
    /// Consumes a queue.
    Worker,
    /// Runs to its end.
    Job,
    /// Static frontend.
    Site,
    /// Entry point.
    Gateway,
    /// Shared configuration.
    ConfigSet,
    /// Relational or document database.
    Database,
    /// Cache.
    Cache,
    /// Message queue.
    Queue,
    /// Somebody else's service.
    External,
    /// Machines.
    Host,
    /// Kubernetes cluster.
    Cluster,
}

impl ThingKind {
    /// All kinds, in the order of the reference.
    pub const ALL: [Self; 12] = [
        Self::Service,
        Self::Worker,
        Self::Job,
        Self::Site,
        Self::Gateway,
        Self::ConfigSet,
        Self::Database,
        Self::Cache,
        Self::Queue,
        Self::External,
        Self::Host,
        Self::Cluster,
    ];

    /// The keyword that declares one.
    #[must_use]
    pub const fn keyword(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Worker => "worker",
            Self::Job => "job",
            Self::Site => "site",
            Self::Gateway => "gateway",
            Self::ConfigSet => "config_set",
            Self::Database => "database",
            Self::Cache => "cache",
            Self::Queue => "queue",
            Self::External => "external",
            Self::Host => "host",
            Self::Cluster => "cluster",
        }
    }

    /// The kind that a keyword declares.
    #[must_use]
    pub fn from_keyword(keyword: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.keyword() == keyword)
    }

    /// `a service`, `an external`.
    #[must_use]
    pub fn with_article(self) -> String {
        let article = if self == Self::External { "an" } else { "a" };
        format!("{article} {}", self.keyword())
    }

    /// Service, worker or job.
    #[must_use]
    pub const fn is_workload(self) -> bool {
        matches!(self, Self::Service | Self::Worker | Self::Job)
    }

    /// Database, cache, queue or external.
    #[must_use]
    pub const fn is_store(self) -> bool {
        matches!(self, Self::Database | Self::Cache | Self::Queue | Self::External)
    }

    /// Which of the model's lists holds it.
    const fn list(self) -> u8 {
        match self {
            Self::Service | Self::Worker | Self::Job => 0,
            Self::Database | Self::Cache | Self::Queue | Self::External => 1,
            Self::Site => 2,
            Self::Gateway => 3,
            Self::ConfigSet => 4,
            Self::Host => 5,
            Self::Cluster => 6,
        }
    }

    /// Whether things of both kinds are kept in one list of the model.
    pub(crate) const fn same_list(self, other: Self) -> bool {
        self.list() == other.list()
    }
}

/// A thing of the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ThingId {
    /// Its kind.
    pub kind: ThingKind,
    place: u32,
}

impl ThingId {
    pub(crate) const fn new(kind: ThingKind, place: u32) -> Self {
        Self { kind, place }
    }

    /// Its place in the model's list of its kind.
    #[must_use]
    pub const fn place(self) -> usize {
        self.place as usize
    }
}
