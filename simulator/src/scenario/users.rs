//! Who asks: how many users there are, and where it makes a difference.

use loadline_compiler::facts::users::ASKS_EVERY;
use loadline_compiler::model::{self, SessionPlace as Kept, ThingId, Workload};

use super::{Reading, place};
use crate::Tick;
use crate::chance::Rates;
use crate::engine::Users;
use crate::system::{Callee, SessionPlace, Sessions, Use};

impl<'m> Reading<'m> {
    /// The sessions of a service, as far as they can be lost.
    pub(super) fn sessions(&self, workload: &'m Workload) -> Option<Sessions> {
        let sessions = workload.sessions.as_ref()?;
        let kept = match sessions.place.value {
            Kept::Memory => SessionPlace::Memory,
            Kept::Cache => {
                let store = self.model.store(sessions.cache.as_ref()?.id)?;
                SessionPlace::Cache(*self.stores.get(&store.id).filter(|_| store.is_volatile())?)
            }
            Kept::None | Kept::Token => return None,
        };
        Some(Sessions {
            place: place(sessions.place.span),
            kept,
        })
    }

    /// Each request reads its session, also where the spec does not say that the service uses the cache.
    pub(super) fn reads_sessions(&mut self, workload: &'m Workload) {
        let cache = workload.sessions.as_ref().and_then(|sessions| sessions.cache.as_ref());
        let Some(cache) = cache else { return };
        let (Some(service), Some(store)) = (self.service(workload.id), self.stores.get(&cache.id).copied()) else {
            return;
        };
        let Some(service) = self.system.services.get_mut(service) else {
            return;
        };
        if service
            .uses
            .iter()
            .any(|used| used.store == store && used.per_request != 0)
        {
            return;
        }
        service.uses.push(Use::unlimited(place(cache.span), store));
    }

    /// How many users there are by each way where that makes a difference.
    pub(super) fn users(&mut self, scenario: &'m model::Scenario, traffic: &[(usize, Rates)]) -> Vec<Users> {
        self.tell_who_is_told_apart();
        let mut all = Vec::new();
        let entries: Vec<(ThingId, usize)> = self.entries.iter().map(|(id, entry)| (*id, *entry)).collect();
        for (id, entry) in entries {
            if self.system.edges.get(entry).is_some_and(|edge| edge.knows_users) {
                all.extend(self.users_by(scenario, traffic, (id, entry)));
            }
        }
        all
    }

    fn users_by(
        &mut self,
        scenario: &'m model::Scenario,
        traffic: &[(usize, Rates)],
        (id, entry): (ThingId, usize),
    ) -> Vec<Users> {
        let events = scenario
            .at
            .iter()
            .flat_map(|at| at.traffic.iter().map(move |event| (at.time.value, event)));
        let events: Vec<_> = events.filter(|(_, event)| event.users.is_some()).collect();
        let mut said: Vec<Users> = Vec::new();
        for (at, event) in events {
            if let (Some(to), Some(users)) = (self.target(event), &event.users)
                && to == entry
            {
                said.push(Users {
                    edge: entry,
                    from: Tick::START.plus(at.into()),
                    count: users.value,
                });
            }
        }
        said.sort_by_key(|users| users.from);
        let workload = self.model.workload(id);
        let users = workload.and_then(|workload| workload.load.users.as_ref());
        let count = match users {
            Some(users) => users.value,
            None => self.users_of_rate(traffic, (id, entry), said.is_empty()),
        };
        let first = Users {
            edge: entry,
            from: Tick::START,
            count,
        };
        std::iter::once(first).chain(said).collect()
    }

    /// As many as come to the highest rate if each asks now and then.
    fn users_of_rate(&mut self, traffic: &[(usize, Rates)], (id, entry): (ThingId, usize), is_said: bool) -> u64 {
        let rates = traffic.iter().find(|(edge, _)| *edge == entry);
        let most = rates.map_or(0, |(_, rates)| rates.most_within(ASKS_EVERY.into()));
        if most != 0
            && is_said
            && let Some(workload) = self.model.workload(id)
        {
            let name = &workload.name.value;
            let message =
                format!("{most} users ask `{name}`, each once in {ASKS_EVERY}: how many there are is not known");
            self.assume(workload.name.span, message, "say how many: `load { users 2_000 }`");
        }
        most.max(1)
    }

    /// Whose requests they are is told along ways to whom keeps sessions, or sends each user to a place of his own.
    fn tell_who_is_told_apart(&mut self) {
        let mut knows: Vec<bool> = self
            .system
            .services
            .iter()
            .map(|service| service.sessions.is_some())
            .collect();
        // As often as the longest way through the graph needs.
        for _ in 0..knows.len() {
            for (service, _) in self.system.services.iter().enumerate() {
                let calls = self
                    .system
                    .edges
                    .iter()
                    .filter(|edge| edge.caller == Some(service) && edge.waited_for);
                let callees = calls.filter_map(|edge| match edge.callee {
                    Callee::Service(callee) => Some(callee),
                    Callee::Store(_) | Callee::Queue(_) => None,
                });
                let passes_on = callees.into_iter().any(|callee| knows.get(callee) == Some(&true));
                if let Some(knows) = knows.get_mut(service).filter(|_| passes_on) {
                    *knows = true;
                }
            }
        }
        for edge in &mut self.system.edges {
            let Callee::Service(callee) = edge.callee else { continue };
            let is_asked = knows.get(callee) == Some(&true) && edge.waited_for;
            let is_sticky = edge.sticky || edge.nginx.as_ref().is_some_and(crate::gateway::Upstream::is_sticky);
            edge.knows_users = is_asked || is_sticky;
        }
    }
}

#[cfg(test)]
mod tests;
