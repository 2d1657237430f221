//! Who waits for whom when everything starts.

use std::collections::BTreeMap;

use loadline_compiler::model::{CallKind, EdgeKind, Model, ThingId, Workload};

use super::file::{Condition, Dependency};
use super::{health, store};

/// Dependencies between services, without cycles: compose refuses a file with one.
#[derive(Debug, Default)]
pub(crate) struct Order(BTreeMap<String, BTreeMap<String, Condition>>);

impl Order {
    /// Lets `from` wait for `to`, unless `to` already waits for `from`. Says whether it does.
    pub(crate) fn add(&mut self, from: &str, to: &str, condition: Condition) -> bool {
        if self.reaches(to, from) {
            return false;
        }
        let waits = self.0.entry(from.to_owned()).or_default();
        waits.entry(to.to_owned()).or_insert(condition);
        true
    }

    fn reaches(&self, from: &str, to: &str) -> bool {
        let mut open = vec![from];
        let mut seen: Vec<&str> = Vec::new();
        while let Some(next) = open.pop() {
            if next == to {
                return true;
            }
            if !seen.contains(&next) {
                seen.push(next);
                let further = self.0.get(next).into_iter().flat_map(BTreeMap::keys);
                open.extend(further.map(String::as_str));
            }
        }
        false
    }

    /// What a service waits for.
    pub(crate) fn of(&mut self, service: &str) -> BTreeMap<String, Dependency> {
        let waits = self.0.remove(service).unwrap_or_default();
        waits
            .into_iter()
            .map(|(name, condition)| (name, Dependency { condition }))
            .collect()
    }
}

/// What waiting for a workload means.
pub(crate) fn condition(workload: &Workload) -> Condition {
    if workload.is_job() {
        Condition::Completed
    } else if health::has_check(workload) {
        Condition::Healthy
    } else {
        Condition::Started
    }
}

/// The container of a thing, and what waiting for it means; `None` when it has none.
pub(crate) fn target(model: &Model, id: ThingId) -> Option<(String, Condition)> {
    if let Some(workload) = model.workload(id) {
        return Some((workload.name.value.0.clone(), condition(workload)));
    }
    let container = store::container(model, id)?;
    Some((container.to_owned(), Condition::Healthy))
}

/// The stores that a workload uses, for one of its services.
pub(crate) fn add_stores(model: &Model, workload: &Workload, service: &str, order: &mut Order) {
    for edge in model.graph.edges().filter(|edge| edge.from == workload.id) {
        let is_store = matches!(edge.kind, EdgeKind::Uses | EdgeKind::Publishes | EdgeKind::Consumes);
        if let Some((container, condition)) = target(model, edge.to).filter(|_| is_store) {
            order.add(service, &container, condition);
        }
    }
}

/// The services that a workload cannot do without.
///
/// Services that call each other in a circle are healthy systems: none of them waits for another of its circle.
pub(crate) fn add_calls(model: &Model, order: &mut Order) {
    let waves = model.graph.waves(|_| true);
    let wave_of = |id: ThingId| waves.iter().position(|wave| wave.contains(&id));
    for edge in model.graph.edges() {
        let needs = EdgeKind::Call {
            kind: CallKind::Call,
            optional: false,
        };
        let (Some(from), Some(to)) = (model.workload(edge.from), model.workload(edge.to)) else {
            continue;
        };
        if edge.kind == needs && wave_of(edge.to) < wave_of(edge.from) {
            order.add(&from.name.value, &to.name.value, condition(to));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_circle_is_closed() {
        let mut order = Order::default();
        assert!(order.add("a", "b", Condition::Started));
        assert!(order.add("b", "c", Condition::Started));
        assert!(!order.add("c", "a", Condition::Started));
        assert!(!order.add("a", "a", Condition::Started));
        assert_eq!(order.of("a").len(), 1);
        assert!(order.of("c").is_empty());
    }
}
