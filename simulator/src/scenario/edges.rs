//! Who calls whom, and how.

use loadline_compiler::model::{CallKind, Calls, ThingKind, Workload};

use super::{Reading, place, places};
use crate::edge::{Backoff, BreakerSettings};
use crate::system::{Callee, Edge};

/// Millionths of one.
const ONE: u64 = 1_000_000;

impl Reading<'_> {
    pub(super) fn calls(&mut self) {
        let model = self.model;
        for workload in &model.workloads {
            let Some(caller) = self.service(workload.id) else {
                continue;
            };
            for calls in workload.calls.iter().filter(|calls| calls.is_request()) {
                self.call(caller, workload, calls);
            }
        }
        self.refuse_circles();
    }

    fn call(&mut self, caller: usize, workload: &Workload, calls: &Calls) {
        let id = calls.callee.value.id;
        let callee = match id.kind {
            ThingKind::Site => return,
            ThingKind::External => self.stores.get(&id).copied().map(Callee::Store),
            _ => self.service(id).map(Callee::Service),
        };
        let Some(callee) = callee else {
            let message = format!(
                "calls of `{}` to `{}` are not simulated",
                workload.name.value, calls.callee.value.name
            );
            self.refuse(calls.span, message, "services, workers and externals can be called");
            return;
        };
        let edge = Edge {
            place: place(calls.span),
            caller: Some(caller),
            callee,
            timeout: calls.timeout.as_ref().map(|timeout| timeout.value.into()),
            retries: u32::try_from(calls.retries.value).unwrap_or(u32::MAX),
            only_unsent: false,
            backoff: calls.backoff.as_ref().map_or(Backoff::NONE, |backoff| {
                Backoff::new(backoff.low.into(), backoff.high.into())
            }),
            budget: calls.retry_budget.as_ref().map(|budget| budget.value),
            breaker: calls
                .breaker
                .as_ref()
                .map(|breaker| BreakerSettings::new(breaker.threshold.value, breaker.over.value.into())),
            per_request: calls.per_request.value.in_millionths(),
            waited_for: calls.kind.value == CallKind::Call,
            optional: calls.optional.value,
            passes_deadline: calls.propagate_deadline.value,
            nginx: None,
            sticky: false,
            knows_users: false,
            reads: None,
            kept: None,
        };
        let number = self.system.edges.len();
        self.system.edges.push(edge);
        self.system.places.edges.push(places::of_calls(calls));
        if let Some(service) = self.system.services.get_mut(caller) {
            service.calls.push(number);
        }
        if let Some(names) = self.system.names.calls.get_mut(caller) {
            names.push(calls.callee.value.name.clone());
        }
    }

    /// A request that calls itself at least once in the end never ends.
    fn refuse_circles(&mut self) {
        let count = self.system.services.len();
        for start in 0..count {
            if self.calls_back(start, start, ONE, count)
                && let Some(service) = self.system.services.get(start)
            {
                let name = self.system.names.services.get(start).cloned().unwrap_or_default();
                let message = format!("a request to `{name}` calls `{name}` again at least once, and so never ends");
                self.refusals.push(crate::system::Refusal {
                    place: service.place,
                    message,
                    help: "say how many requests make the call: `per_request 0.1`".to_owned(),
                });
                return;
            }
        }
    }

    /// Whether one request at `from` comes to at least one at `to`, within so many calls.
    fn calls_back(&self, from: usize, to: usize, times: u64, depth: usize) -> bool {
        let Some(service) = self.system.services.get(from).filter(|_| depth != 0) else {
            return false;
        };
        service
            .calls
            .iter()
            .filter_map(|edge| self.system.edges.get(*edge))
            .any(|edge| {
                let Callee::Service(callee) = edge.callee else {
                    return false;
                };
                let times = u128::from(times) * u128::from(edge.per_request) / u128::from(ONE);
                let times = u64::try_from(times).unwrap_or(u64::MAX);
                ONE <= times && (callee == to || self.calls_back(callee, to, times, depth - 1))
            })
    }
}
