//! How available a workload can be at most: the product of what it cannot do without.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use loadline_grammar::Span;

use crate::model::{Model, SessionPlace, ThingId, Workload};
use crate::quantity::{Amount, Ratio};

/// Availabilities are multiplied with twelve decimal places.
const ONE: u128 = 1_000_000_000_000;

/// Something that a workload cannot do without, and how available it is declared to be.
#[derive(Clone, Copy, Debug)]
pub struct Factor {
    /// What.
    pub thing: ThingId,
    /// The part of requests that need it.
    pub share: Amount,
    /// What is declared.
    pub declared: Ratio,
    /// Where.
    pub span: Span,
    /// The part of the time that it is there, apart from outages of stores that are counted themselves.
    available: u128,
}

/// The upper bound and its terms.
#[derive(Clone, Debug)]
pub struct Ceiling {
    /// Every term, in the order of the model.
    pub factors: Vec<Factor>,
    product: u128,
}

/// The bounds of all workloads that promise an availability, found together: each needs what others need.
#[derive(Debug)]
pub struct Ceilings<'m> {
    model: &'m Model,
    needs: BTreeMap<ThingId, Needs>,
}

impl<'m> Ceilings<'m> {
    /// Of a model.
    #[must_use]
    pub fn of(model: &'m Model) -> Self {
        let promising = model.workloads.iter().map(|workload| workload.id);
        let promising = promising.filter(|id| promise(model, *id).is_some());
        let needs = promising.map(|id| (id, Needs::of(model, id))).collect();
        Self { model, needs }
    }

    /// Of a workload that promises an availability. Outages of different things are taken to be independent; one of a thing
    /// that is needed in several ways counts once. What declares nothing counts as always there.
    #[must_use]
    pub fn get(&self, workload: ThingId) -> Option<Ceiling> {
        let needs = self.needs.get(&workload)?;
        let mut factors: Vec<Factor> = Vec::new();
        for (&thing, &share) in &needs.stores {
            let store = self.model.store(thing);
            if let Some(declared) = store.and_then(|store| store.availability.as_ref()) {
                let available = widened(declared.value);
                factors.push(Factor {
                    thing,
                    share,
                    declared: declared.value,
                    span: declared.span,
                    available,
                });
            }
        }
        for (&thing, &share) in &needs.promised {
            // What a promise contains already must not be taken off twice.
            let mut others = needs.promised.keys().filter(|other| **other != thing);
            if others.any(|other| {
                self.needs
                    .get(other)
                    .is_some_and(|inside| inside.services.contains(&thing))
            }) {
                continue;
            }
            let (Some((declared, span)), Some(inside)) = (promise(self.model, thing), self.needs.get(&thing)) else {
                continue;
            };
            let stores = product_of_stores(self.model, inside);
            let available = (widened(declared) * ONE / stores.max(1)).min(ONE);
            factors.push(Factor {
                thing,
                share,
                declared,
                span,
                available,
            });
        }
        factors.sort_by_key(|factor| factor.thing);
        let product = factors
            .iter()
            .fold(ONE, |product, factor| times(product, factor.weighed()));
        Some(Ceiling { factors, product })
    }
}

impl Ceiling {
    /// Whether it is less than what is wanted.
    #[must_use]
    pub fn is_below(&self, wanted: Ratio) -> bool {
        self.product < widened(wanted)
    }

    /// As a ratio, rounded down: what can be promised.
    #[must_use]
    pub fn ratio(&self) -> Ratio {
        Ratio::millionths(u64::try_from(self.product / (ONE / 1_000_000)).unwrap_or_default())
    }
}

impl Factor {
    /// Only the requests that need it fail with it.
    fn weighed(&self) -> u128 {
        let share = u128::from(self.share.in_millionths());
        ONE - (ONE - self.available) * share / 1_000_000
    }
}

/// What a workload cannot do without, through however many calls, and the part of its requests that need it.
#[derive(Debug, Default)]
struct Needs {
    stores: BTreeMap<ThingId, Amount>,
    /// Services that promise an availability, reached without passing through another that does.
    promised: BTreeMap<ThingId, Amount>,
    /// All services.
    services: BTreeSet<ThingId>,
}

impl Needs {
    /// The largest share first: no share is more than one, so the first visit of a thing is that of its largest share.
    fn of(model: &Model, start: ThingId) -> Self {
        let mut needs = Self::default();
        let mut done: BTreeSet<(ThingId, bool)> = BTreeSet::new();
        let mut open = BinaryHeap::from([(Amount::ONE, start, false)]);
        while let Some((share, thing, is_beyond)) = open.pop() {
            if !done.insert((thing, is_beyond)) {
                continue;
            }
            if thing.kind.is_store() {
                let known = needs.stores.entry(thing).or_insert(share);
                *known = (*known).max(share);
                continue;
            }
            let promises = thing != start && promise(model, thing).is_some();
            if thing != start {
                needs.services.insert(thing);
            }
            if promises && !is_beyond {
                needs.promised.insert(thing, share);
            }
            let Some(workload) = model.workload(thing) else {
                continue;
            };
            for (next, part) in hard(workload) {
                open.push((share.times(part), next, is_beyond || promises));
            }
        }
        needs.promised.remove(&start);
        needs
    }
}

/// What a workload itself cannot do without.
fn hard(workload: &Workload) -> Vec<(ThingId, Amount)> {
    let share = |per_request: Amount| per_request.min(Amount::ONE);
    let calls = workload
        .calls
        .iter()
        .filter(|call| call.is_waited_for() && !call.optional.value);
    let calls = calls.map(|call| (call.callee.id, share(call.per_request.value)));
    let uses = workload
        .uses
        .iter()
        .map(|uses| (uses.store.id, share(uses.per_request.value)));
    let sessions = workload
        .sessions
        .iter()
        .filter(|sessions| sessions.place.value == SessionPlace::Cache);
    let sessions = sessions.filter_map(|sessions| sessions.cache.as_ref().map(|cache| (cache.id, Amount::ONE)));
    calls.chain(uses).chain(sessions).collect()
}

fn promise(model: &Model, thing: ThingId) -> Option<(Ratio, Span)> {
    let availability = model.workload(thing)?.slo.as_ref()?.availability.as_ref()?;
    Some((availability.value, availability.span))
}

fn product_of_stores(model: &Model, needs: &Needs) -> u128 {
    let declared = needs
        .stores
        .keys()
        .filter_map(|store| model.store(*store)?.availability.as_ref());
    declared.fold(ONE, |product, availability| times(product, widened(availability.value)))
}

fn widened(ratio: Ratio) -> u128 {
    u128::from(ratio.in_millionths()).saturating_mul(1_000_000).min(ONE)
}

/// Rounded up: a bound from above.
fn times(one: u128, other: u128) -> u128 {
    (one * other).div_ceil(ONE)
}
