//! What is left of each limit, before and after.

use crate::budget::connections::{Clients, Transition, supply};
use crate::budget::memory::MemorySum;
use crate::budget::shutdown::ShutdownSum;
use crate::diagnostic::thousands;
use crate::model::{Model, Store, Workload};
use crate::quantity::{Bytes, Duration};

/// A limit that something comes near to, in two revisions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Margin {
    /// The store or workload.
    pub name: String,
    /// Which limit.
    pub kind: MarginKind,
    /// In the revision that runs; `None` when it has no such thing.
    pub before: Option<Level>,
    /// In the new revision; `None` when it has no such thing any more.
    pub after: Option<Level>,
    /// The most that is asked for while one replaces the other, where that is counted.
    pub during: Option<u64>,
}

/// The limits that are compared, with the unit of their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MarginKind {
    /// Connections of a store.
    Connections,
    /// Bytes of one instance.
    Memory,
    /// Milliseconds until an instance is killed.
    Shutdown,
}

/// How much is asked for, of how much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    /// In the worst case.
    pub worst: u64,
    /// There is so much.
    pub limit: u64,
}

impl MarginKind {
    /// Lower case, as printed.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Connections => "connections",
            Self::Memory => "memory",
            Self::Shutdown => "shutdown",
        }
    }

    /// A number of this kind as people write it.
    #[must_use]
    pub fn show(self, number: u64) -> String {
        match self {
            Self::Connections => thousands(number),
            Self::Memory => Bytes::new(number).to_string(),
            Self::Shutdown => Duration::millis(number).to_string(),
        }
    }
}

impl MarginKind {
    /// What is left of a limit; below zero what is missing.
    #[must_use]
    pub fn left(self, level: Level) -> String {
        match level.limit.checked_sub(level.worst) {
            Some(left) => self.show(left),
            None => format!("−{}", self.show(level.worst - level.limit)),
        }
    }
}

impl Margin {
    /// Whether the two revisions differ in it, or the way from one to the other asks for more than both.
    #[must_use]
    pub fn has_changed(&self) -> bool {
        let most = self.before.max_worst(self.after);
        self.before != self.after || self.during.is_some_and(|during| most < during)
    }

    /// `480 → 620 of 470`, `480 of 470 → 620 of 500`, `new: 20 of 470`, with what is left: `, margin −10 → −150`.
    #[must_use]
    pub fn shown(&self) -> String {
        let show = |number| self.kind.show(number);
        let left = |level: Level| self.kind.left(level);
        let mut text = match (self.before, self.after) {
            (Some(before), Some(after)) => {
                let levels = if before.limit == after.limit {
                    format!(
                        "{} → {} of {}",
                        show(before.worst),
                        show(after.worst),
                        show(after.limit)
                    )
                } else {
                    format!(
                        "{} of {} → {} of {}",
                        show(before.worst),
                        show(before.limit),
                        show(after.worst),
                        show(after.limit)
                    )
                };
                format!("{levels}, margin {} → {}", left(before), left(after))
            }
            (None, Some(after)) => format!(
                "new: {} of {}, margin {}",
                show(after.worst),
                show(after.limit),
                left(after)
            ),
            (Some(before), None) => format!("was {} of {}, and is gone", show(before.worst), show(before.limit)),
            (None, None) => String::new(),
        };
        let most = self.before.max_worst(self.after);
        if let Some(during) = self.during.filter(|during| most < *during) {
            text.push_str(&format!("; {} while one revision replaces the other", show(during)));
        }
        text
    }
}

trait Worst {
    fn max_worst(self, other: Self) -> u64;
}

impl Worst for Option<Level> {
    fn max_worst(self, other: Self) -> u64 {
        let worst = |level: Self| level.map_or(0, |level| level.worst);
        worst(self).max(worst(other))
    }
}

/// Every margin of two revisions, in the order of the new one. Of what is gone only stores are listed: nobody shares the
/// limits of others.
#[must_use]
pub fn margins(old: &Model, new: &Model) -> Vec<Margin> {
    let transition = Transition::new(old, new);
    let mut margins = Vec::new();
    for store in &new.stores {
        let before = same_store(old, store);
        margins.push(Margin {
            name: store.name.value.0.clone(),
            kind: MarginKind::Connections,
            before: before.and_then(|before| connections(transition.old(), before)),
            after: connections(transition.new_clients(), store),
            during: transition.worst(store.id).map(|moment| moment.total),
        });
    }
    let gone = old.stores.iter().filter(|store| same_store(new, store).is_none());
    margins.extend(gone.map(|store| Margin {
        name: store.name.value.0.clone(),
        kind: MarginKind::Connections,
        before: connections(transition.old(), store),
        after: None,
        during: None,
    }));
    for kind in [MarginKind::Memory, MarginKind::Shutdown] {
        let level = |model: &Model, workload: &Workload| match kind {
            MarginKind::Memory => memory(model, workload),
            _ => Some(shutdown(workload)),
        };
        for workload in &new.workloads {
            let before = same_workload(old, workload).and_then(|before| level(old, before));
            margins.push(Margin {
                name: workload.name.value.0.clone(),
                kind,
                before,
                after: level(new, workload),
                during: None,
            });
        }
    }
    margins.retain(|margin| margin.before.is_some() || margin.after.is_some());
    margins
}

fn same_store<'m>(model: &'m Model, other: &Store) -> Option<&'m Store> {
    let same = |store: &&Store| store.id.kind == other.id.kind && store.name.value == other.name.value;
    model.stores.iter().find(same)
}

fn same_workload<'m>(model: &'m Model, other: &Workload) -> Option<&'m Workload> {
    let same = |workload: &&Workload| workload.name.value == other.name.value;
    model.workloads.iter().find(same)
}

fn connections(clients: &Clients<'_>, store: &Store) -> Option<Level> {
    Some(Level {
        worst: clients.demand(store.id)?.worst.total,
        limit: supply(store)?.usable(),
    })
}

fn memory(model: &Model, workload: &Workload) -> Option<Level> {
    let sum = MemorySum::of(model, workload).filter(|sum| !sum.terms.is_empty())?;
    Some(Level {
        worst: sum.total().get(),
        limit: sum.limit.get(),
    })
}

fn shutdown(workload: &Workload) -> Level {
    let sum = ShutdownSum::of(workload);
    Level {
        worst: sum.needed().ceil_millis(),
        limit: sum.grace.ceil_millis(),
    }
}
