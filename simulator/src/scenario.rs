//! From a model and a scenario of it to what is simulated: a system, and what happens to it.
//!
//! Everything that stands in the way is said at its place; nothing is left out in silence.

mod changes;
mod edges;
mod entries;
mod events;
mod expect;
mod jobs;
mod laws;
mod nodes;
mod places;
mod probes;
mod services;
mod stores;
mod traffic;
mod users;
mod written;

use std::collections::{BTreeMap, BTreeSet};

use loadline_compiler::model::{self, Model, ThingId, ThingKind, Until};

use crate::control_plane::Settings;
use crate::engine::{Happening, Plan};
use crate::outcome::{Names, Place};
use crate::system::{Places, Refusal, System};
use crate::{Span, Tick};
pub use expect::Expected;

/// A run that does not settle ends after this.
const HORIZON: Span = Span::from_micros(3_600_000_000);

/// What a scenario comes to.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// What it is called.
    pub name: String,
    /// The system, with all revisions that the scenario brings.
    pub system: System,
    /// What happens to it.
    pub plan: Plan,
    /// What is expected.
    pub expected: Vec<Expected>,
    /// What is taken for granted where the spec is silent.
    pub assumptions: Vec<Refusal>,
    /// How often it is run, unless somebody says otherwise.
    pub runs: u64,
    /// Where luck begins, unless somebody says otherwise.
    pub seed: u64,
}

impl Scenario {
    /// The most time that a run takes.
    #[must_use]
    pub const fn longest(&self) -> Span {
        self.plan.end.since(Tick::START)
    }

    /// A scenario of a model.
    ///
    /// # Errors
    /// What cannot be simulated as it is written.
    pub fn of(model: &Model, scenario: &model::Scenario) -> Result<Self, Vec<Refusal>> {
        let mut reading = Reading::new(model);
        reading.stores();
        reading.nodes();
        reading.services();
        reading.jobs();
        reading.calls();
        reading.entries(scenario);
        let happenings = reading.events(scenario);
        reading.steps_of_changes();
        let (traffic, groups) = reading.traffic(scenario);
        let users = reading.users(scenario, &traffic);
        let expected = reading.expected(scenario);
        if !reading.refusals.is_empty() {
            return Err(reading.refusals);
        }
        let (end, until_settled) = match scenario.until.value {
            Until::Settled => (Tick::START.plus(HORIZON), true),
            Until::Time(time) => (Tick::START.plus(time.into()), false),
        };
        for late in happenings.iter().filter(|happening| end <= happening.at) {
            reading.assumptions.push(Refusal {
                place: late.place.unwrap_or(place(scenario.name.span)),
                message: format!("`{}` never happens: the run ends before", late.text),
                help: "let it end later: `until`".to_owned(),
            });
        }
        Ok(Self {
            name: scenario.name.value.0.clone(),
            system: reading.system,
            plan: Plan {
                traffic,
                users,
                groups,
                happenings,
                end,
                until_settled,
                warm_up: Tick::START,
                told: false,
            },
            expected,
            assumptions: reading.assumptions,
            runs: scenario.runs.value.max(1),
            seed: scenario.seed.value,
        })
    }
}

/// A model that is being read.
struct Reading<'m> {
    model: &'m Model,
    system: System,
    /// Services and workers by their names in the model.
    services: BTreeMap<ThingId, usize>,
    /// Databases, caches and externals.
    stores: BTreeMap<ThingId, usize>,
    queues: BTreeMap<ThingId, usize>,
    /// Clusters by their nodes.
    groups: BTreeMap<ThingId, usize>,
    /// The edges by which clients come, by whom they want.
    entries: BTreeMap<ThingId, usize>,
    /// The changes that are migrated, by their places in the model.
    migrated: BTreeMap<usize, changes::Migrated>,
    /// Tables by their stores and names.
    tables: changes::Tables,
    /// Revisions that changes deploy, by their services and versions: in several changes it is one.
    deployed: BTreeMap<(usize, String), usize>,
    /// Uses, by where they are written, of which it was said that they may touch any table.
    unsaid: BTreeSet<u32>,
    refusals: Vec<Refusal>,
    assumptions: Vec<Refusal>,
}

impl<'m> Reading<'m> {
    fn new(model: &'m Model) -> Self {
        let cluster = model.clusters.first();
        let version = cluster.and_then(|cluster| cluster.version.as_ref());
        let (major, minor) = version
            .and_then(|version| version.value.major_minor())
            .unwrap_or((1, 34));
        let mut control_plane = Settings::of_version(major, minor);
        control_plane.log = false;
        if let Some(cluster) = cluster {
            control_plane.qps = cluster.control_plane.qps.value;
            control_plane.burst = cluster.control_plane.burst.value;
            control_plane.lag = cluster.control_plane.lag.value.into();
        }
        let endpoints = cluster.map(|cluster| &cluster.endpoints);
        let second = Span::from_micros(1_000_000);
        let system = System {
            services: Vec::new(),
            stores: Vec::new(),
            queues: Vec::new(),
            edges: Vec::new(),
            groups: Vec::new(),
            changes: Vec::new(),
            tables: Vec::new(),
            control_plane,
            endpoint_add: endpoints.map_or(second, |endpoints| endpoints.add.value.into()),
            endpoint_remove: endpoints.map_or(second, |endpoints| endpoints.remove.value.into()),
            names: Names::default(),
            places: Places::default(),
        };
        Self {
            model,
            system,
            services: BTreeMap::new(),
            stores: BTreeMap::new(),
            queues: BTreeMap::new(),
            groups: BTreeMap::new(),
            entries: BTreeMap::new(),
            migrated: BTreeMap::new(),
            tables: changes::Tables::new(),
            deployed: BTreeMap::new(),
            unsaid: BTreeSet::new(),
            refusals: Vec::new(),
            assumptions: Vec::new(),
        }
    }

    fn refuse(&mut self, span: loadline_grammar::Span, message: impl Into<String>, help: impl Into<String>) {
        self.refusals.push(Refusal {
            place: place(span),
            message: message.into(),
            help: help.into(),
        });
    }

    fn assume(&mut self, span: loadline_grammar::Span, message: impl Into<String>, help: impl Into<String>) {
        self.assumptions.push(Refusal {
            place: place(span),
            message: message.into(),
            help: help.into(),
        });
    }

    /// The service that a thing is, if it is one.
    fn service(&self, id: ThingId) -> Option<usize> {
        self.services.get(&id).copied()
    }

    fn is_service(id: ThingId) -> bool {
        matches!(id.kind, ThingKind::Service | ThingKind::Worker)
    }
}

/// A place in the spec.
const fn place(span: loadline_grammar::Span) -> Place {
    Place {
        start: span.start,
        end: span.end,
    }
}

/// What happens in the order of time; what is written first comes first.
fn in_order(mut happenings: Vec<Happening>) -> Vec<Happening> {
    happenings.sort_by_key(|happening| happening.at);
    happenings
}
