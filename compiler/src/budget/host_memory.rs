//! Memory of everything on one host while it is being released.

use loadline_grammar::Span;

use super::instances;
use crate::model::{Host, Memory, MigrateWhen, Model, Platform};
use crate::quantity::Bytes;

/// Memory of everything on one host while it is being released, and what the host has.
#[derive(Clone, Debug)]
pub struct HostSum {
    /// Memory of one machine.
    pub memory: Bytes,
    /// What the operating system needs of it.
    pub reserve: Bytes,
    /// Each workload on the machine.
    pub terms: Vec<HostTerm>,
}

/// One workload on a host.
#[derive(Clone, Debug)]
pub struct HostTerm {
    /// Its name.
    pub name: String,
    /// Where its memory is written.
    pub span: Span,
    /// Memory of one unit: an instance, or on PM2 a process.
    pub each: Bytes,
    /// Units on one machine, in the middle of a release.
    pub units: u64,
    /// How many of those are there only in the middle of a release.
    pub extra: u64,
}

impl HostTerm {
    /// All of it.
    #[must_use]
    pub const fn total(&self) -> Bytes {
        self.each.times(self.units)
    }

    /// `3584Mi = 7 × 512Mi`, the units as they are to be called; no equation where a share had to be rounded.
    #[must_use]
    pub fn text(&self, units: &str) -> String {
        let (total, each) = (self.total().to_string(), self.each.to_string());
        if each == self.each.about() && total == self.total().about() {
            return format!("{total} = {units} × {each}");
        }
        format!("{}: {units} × {}", self.total().about(), self.each.about())
    }
}

impl HostSum {
    /// Of a host; `None` when its memory is not declared.
    #[must_use]
    pub fn of(model: &Model, host: &Host) -> Option<Self> {
        let memory = host.memory.as_ref()?.value;
        let mut terms: Vec<HostTerm> = Vec::new();
        for workload in model
            .workloads
            .iter()
            .filter(|workload| workload.place == Some(host.id))
        {
            let Some(limit) = workload.memory.as_ref().and_then(Memory::limit) else {
                continue;
            };
            let span = workload.memory.as_ref().map_or(workload.span, Memory::limit_span);
            let processes = instances::processes(model, workload).max(1);
            // A unit runs once at a time.
            let scale = if workload.is_job() { 1 } else { workload.scale.max() };
            let (each, units, extra) = match model.platform(workload) {
                Platform::Pm2(_) if !workload.is_job() => {
                    // The same count as for connections.
                    let reload = instances::reload(model, workload);
                    let extra = reload.extra.saturating_add(reload.candidates);
                    (limit.divided(processes), reload.processes, extra)
                }
                _ => (limit, scale, instances::candidates(model, workload)),
            };
            terms.push(HostTerm {
                name: workload.name.value.0.clone(),
                span,
                each,
                units,
                extra,
            });
        }
        // PM2 reloads two apps of a file at a time: the two that add most.
        let mut by_extra: Vec<usize> = (0..terms.len()).collect();
        by_extra.sort_by_key(|&index| std::cmp::Reverse(terms.get(index).map(|term| term.each.times(term.extra))));
        for (rank, index) in by_extra.into_iter().enumerate() {
            if let Some(term) = terms.get_mut(index) {
                term.extra = if rank < 2 { term.extra } else { 0 };
                term.units += term.extra;
            }
        }
        beside_migration(model, host, &mut terms);
        Some(Self {
            memory,
            reserve: host.reserve.value,
            terms,
        })
    }

    /// All of it, the reserve included.
    #[must_use]
    pub fn total(&self) -> Bytes {
        self.terms.iter().fold(self.reserve, |sum, term| sum.plus(term.total()))
    }
}

/// A migration is a unit of its own with the limit of its workload, before or after what a reload starts: the larger of the
/// two counts.
fn beside_migration(model: &Model, host: &Host, terms: &mut Vec<HostTerm>) {
    let migrating = model.workloads.iter().filter(|workload| {
        let runs =
            |migrate: &crate::model::Migrate| migrate.run.is_some() && migrate.when.value != MigrateWhen::OnStart;
        model.platform(workload) == Platform::Systemd(host.id) && workload.migrate.as_ref().is_some_and(runs)
    });
    let limited = migrating.filter_map(|workload| {
        let memory = workload.memory.as_ref()?;
        Some((memory.limit()?, memory.limit_span(), workload.name.value.0.as_str()))
    });
    let Some((each, span, name)) = limited.max_by_key(|(limit, _, _)| *limit) else {
        return;
    };
    let extra = |term: &HostTerm| term.each.times(term.extra);
    if each <= terms.iter().map(extra).fold(Bytes::ZERO, Bytes::plus) {
        return;
    }
    for term in terms.iter_mut() {
        term.units -= term.extra;
        term.extra = 0;
    }
    terms.push(HostTerm {
        name: format!("migration of {name}"),
        span,
        each,
        units: 1,
        extra: 1,
    });
}
