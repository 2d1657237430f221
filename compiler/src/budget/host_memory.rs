//! Memory of everything on one host while it is being released.

use loadline_grammar::Span;

use super::instances;
use crate::model::{Host, Memory, Model, Platform};
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
            let scale = if workload.is_job() {
                workload.parallel.value
            } else {
                workload.scale.max()
            };
            let (each, units, extra) = match model.platform(workload) {
                Platform::Pm2(_) if !workload.is_job() => {
                    // The same count as for connections.
                    let reload = instances::reload(model, workload);
                    let extra = reload.extra.saturating_add(reload.candidates);
                    (limit.divided(processes), reload.processes, extra)
                }
                _ => (limit, scale, 0),
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
