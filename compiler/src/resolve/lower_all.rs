//! Every block to its struct.

use loadline_grammar::Span;

use super::collect::{Collected, Item, Kind};
use super::layers;
use crate::lower::{Cx, Lower, Merged};
use crate::model::{
    Change, Cluster, ConfigSet, Gateway, Graph, Host, Model, Project, Site, Store, ThingId, ThingKind, Workload,
};

pub(crate) fn lower_all(collected: &Collected<'_>, environment: Option<&str>, cx: &mut Cx<'_>) -> Model {
    let mut model = empty(environment, cx);
    for item in &collected.items {
        cx.subject = item.id;
        let merged = layers::merged(item, collected, cx);
        let span = item.entry.head_span();
        match (item.kind, item.id) {
            (Kind::Thing(kind), Some(id)) => thing(kind, id, item, &merged, &mut model, cx),
            (Kind::Project, _) => {
                if let Some(project) = Project::lower_merged(&merged, span, cx) {
                    model.project = project;
                }
            }
            (Kind::Change, _) => model
                .changes
                .extend(Lower::lower_merged(&merged, span, cx).map(|settings| Change {
                    documentation: documentation(item),
                    settings,
                    files: Vec::new(),
                    schema: None,
                })),
            (Kind::Scenario, _) => model.scenarios.extend(Lower::lower_merged(&merged, span, cx)),
            (Kind::Policy, _) => model.policies.extend(Lower::lower_merged(&merged, span, cx)),
            _ => {}
        }
    }
    cx.subject = None;
    model
}

fn thing(kind: ThingKind, id: ThingId, item: &Item<'_>, merged: &Merged<'_>, model: &mut Model, cx: &mut Cx<'_>) {
    let span = item.entry.head_span();
    let documentation = documentation(item);
    // A thing whose name does not read cannot be kept, but its place must be: identifiers count on it. It keeps a
    // placeholder with all defaults; the name was reported.
    macro_rules! keep {
        ($list:ident, $wrap:expr) => {
            if let Some(settings) =
                Lower::lower_merged(merged, span, cx).or_else(|| Lower::lower_merged(&placeholder(), span, cx))
            {
                model.$list.push($wrap(settings));
            }
        };
    }
    match kind {
        ThingKind::Service | ThingKind::Worker | ThingKind::Job => {
            keep!(workloads, |settings| Workload {
                id,
                documentation,
                place: None,
                queue_clients: Vec::new(),
                settings
            });
        }
        ThingKind::Database | ThingKind::Cache | ThingKind::Queue | ThingKind::External => {
            keep!(stores, |settings| Store {
                id,
                documentation,
                settings
            });
        }
        ThingKind::Site => keep!(sites, |settings| Site {
            id,
            documentation,
            settings
        }),
        ThingKind::Gateway => keep!(gateways, |settings| Gateway {
            id,
            documentation,
            place: None,
            settings
        }),
        ThingKind::ConfigSet => keep!(config_sets, |settings| ConfigSet {
            id,
            documentation,
            settings
        }),
        ThingKind::Host => keep!(hosts, |settings| Host {
            id,
            documentation,
            settings
        }),
        ThingKind::Cluster => keep!(clusters, |settings| Cluster {
            id,
            documentation,
            settings
        }),
    }
}

fn documentation(item: &Item<'_>) -> String {
    item.entry.documentation().collect::<Vec<_>>().join("\n")
}

/// `service unnamed {}`: what stands in the place of a thing whose head does not read.
fn placeholder() -> Merged<'static> {
    use loadline_grammar::ast::{Entry, Key, Value, ValueKind};
    static ENTRY: std::sync::OnceLock<Entry<'static>> = std::sync::OnceLock::new();
    let entry = ENTRY.get_or_init(|| Entry {
        span: Span::default(),
        key: Key {
            span: Span::default(),
            text: "service",
            quoted: false,
        },
        values: vec![Value {
            span: Span::default(),
            kind: ValueKind::Word("unnamed"),
        }],
        block: None,
        lead: Vec::new(),
        trail: None,
        spaced: false,
    });
    Merged {
        first: Some(entry),
        valued: Some(entry),
        blocks: Vec::new(),
    }
}

fn empty(environment: Option<&str>, cx: &mut Cx<'_>) -> Model {
    let project = match Project::lower_merged(&Merged::new(&[]), Span::default(), cx) {
        Some(project) => project,
        None => unreachable!("nothing in a project is required"),
    };
    Model {
        environment: environment.map(str::to_owned),
        project,
        workloads: Vec::new(),
        sites: Vec::new(),
        gateways: Vec::new(),
        config_sets: Vec::new(),
        stores: Vec::new(),
        hosts: Vec::new(),
        clusters: Vec::new(),
        changes: Vec::new(),
        scenarios: Vec::new(),
        policies: Vec::new(),
        graph: Graph::default(),
        node_schedule: Default::default(),
        files: std::collections::BTreeMap::new(),
        samples: Default::default(),
        series: Default::default(),
    }
}
