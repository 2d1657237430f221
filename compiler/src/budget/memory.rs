//! What one instance can need of memory, term by term.

use loadline_grammar::Span;

use super::instances;
use super::visible_memory::VisibleMemory;
use crate::facts::node::{self, HeapDefault};
use crate::facts::runtimes::{self, DefaultHeap};
use crate::model::{Heap, Memory, Model, Requirement, Workload};
use crate::quantity::{Bytes, Ratio};

/// Part of the limit that must stay free when no policy says otherwise.
pub const HEADROOM_DEFAULT: Ratio = Ratio::percent(10);

/// One part of the sum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// What it is: `V8 old space`.
    pub what: String,
    /// Of one process (or of the instance, for what is there once).
    pub each: Bytes,
    /// How often: processes, or 1.
    pub times: u64,
    /// Where it is written, or the block that it is a default of.
    pub span: Span,
    /// It comes from a table, not from the spec.
    pub assumed: bool,
}

impl Term {
    /// All of it.
    #[must_use]
    pub const fn total(&self) -> Bytes {
        self.each.times(self.times)
    }

    /// `384Mi: V8 old space`, `2 × 50Mi: baseline`
    #[must_use]
    pub fn text(&self) -> String {
        match self.times {
            1 => format!("{}: {}", self.each, self.what),
            times => format!("{} = {times} processes × {}: {}", self.total(), self.each, self.what),
        }
    }
}

/// What one instance can need, and what it may have.
#[derive(Clone, Debug)]
pub struct MemorySum {
    /// Above this the kernel kills it.
    pub limit: Bytes,
    /// What the runtime sizes itself by.
    pub visible: VisibleMemory,
    /// The parts.
    pub terms: Vec<Term>,
    /// Part of the limit that must stay free.
    pub headroom: Ratio,
    /// Processes of the instance.
    pub processes: u64,
}

impl MemorySum {
    /// Of a workload; `None` when it has no memory limit.
    #[must_use]
    pub fn of(model: &Model, workload: &Workload) -> Option<Self> {
        let memory = workload.memory.as_ref()?;
        let limit = memory.limit()?;
        let processes = instances::processes(model, workload).max(1);
        let visible = VisibleMemory::of(model, workload, limit);
        Some(Self {
            limit,
            visible,
            terms: terms(workload, memory, visible, processes),
            headroom: headroom(model),
            processes,
        })
    }

    /// All parts together.
    #[must_use]
    pub fn total(&self) -> Bytes {
        self.terms.iter().fold(Bytes::ZERO, |sum, term| sum.plus(term.total()))
    }

    /// What must stay free, rounded down to whole bytes.
    #[must_use]
    pub fn required(&self) -> Bytes {
        Bytes::new(self.headroom.floor_of(self.limit.get()))
    }

    /// What stays free; nothing when the parts do not even fit.
    #[must_use]
    pub fn free(&self) -> Bytes {
        self.limit.minus(self.total())
    }

    /// Whether the parts do not fit below the limit.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.limit < self.total()
    }

    /// Whether they fit but leave less than required.
    #[must_use]
    pub fn is_tight(&self) -> bool {
        !self.is_over() && self.free() < self.required()
    }

    /// The largest heap for which everything fits with the headroom, in whole mebibytes; `None` when nothing is left.
    #[must_use]
    pub fn largest_heap(&self) -> Option<Bytes> {
        let others = self
            .terms
            .iter()
            .filter(|term| !is_heap(term))
            .fold(Bytes::ZERO, |sum, term| sum.plus(term.total()));
        let room = self
            .limit
            .minus(self.required())
            .minus(others)
            .divided(self.processes)
            .floor_mib();
        (Bytes::ZERO < room).then_some(room)
    }

    /// The smallest limit in whole mebibytes that leaves the headroom for these parts.
    #[must_use]
    pub fn sufficient_limit(&self) -> Bytes {
        let free = Ratio::ONE
            .in_millionths()
            .saturating_sub(self.headroom.in_millionths())
            .max(1);
        let needed = u128::from(self.total().get()) * u128::from(Ratio::ONE.in_millionths());
        let exact = needed.div_ceil(u128::from(free));
        Bytes::new(u64::try_from(exact).unwrap_or(u64::MAX)).ceil_mib()
    }
}

/// The headroom that the policies require.
#[must_use]
pub fn headroom(model: &Model) -> Ratio {
    let required = model
        .required(Requirement::MemoryHeadroom)
        .and_then(|require| require.value.as_ref());
    required.map_or(HEADROOM_DEFAULT, |value| value.value)
}

const HEAP: &str = "heap";
const OLD_SPACE: &str = "V8 old space";

fn is_heap(term: &Term) -> bool {
    term.what.starts_with(HEAP) || term.what.starts_with(OLD_SPACE)
}

fn terms(workload: &Workload, memory: &Memory, visible: VisibleMemory, processes: u64) -> Vec<Term> {
    let mut terms: Vec<Term> = Vec::new();
    let mut add = |what: String, each: Bytes, times: u64, span: Span, assumed: bool| {
        if each != Bytes::ZERO {
            terms.push(Term {
                what,
                each,
                times,
                span,
                assumed,
            });
        }
    };
    let major = workload
        .runtime
        .as_ref()
        .filter(|runtime| runtime.is_node())
        .and_then(crate::model::Runtime::major);
    let v8 = major.and_then(|major| HeapDefault::of(major, visible.size()));

    let heap_name = if v8.is_some() { OLD_SPACE } else { HEAP };
    match (memory.heap.value, v8) {
        (Heap::Size(size) | Heap::Auto(Some(size)), _) => {
            add(
                heap_name.to_owned(),
                size,
                processes,
                memory.heap.span,
                !memory.heap.is_written(),
            );
        }
        (Heap::Runtime, Some(v8)) => {
            let major = major.unwrap_or_default();
            add(
                format!("{OLD_SPACE}, Node {major}'s default {}", visible.text()),
                v8.old_space,
                processes,
                memory.heap.span,
                true,
            );
        }
        (Heap::Runtime, None) => {
            let language = workload.runtime.as_ref().map(|runtime| runtime.language);
            let default = language.and_then(|language| runtimes::default_heap(language.value, visible));
            if let (Some(language), Some(DefaultHeap::Size(size))) = (language, default) {
                let what = format!("{HEAP}, the default of {} {}", language.word(), visible.text());
                add(what, size, processes, memory.heap.span, true);
            }
        }
        (Heap::Auto(None), _) => {}
    }
    match (&memory.young, v8) {
        (Some(young), _) => add("young generation".to_owned(), young.value, processes, young.span, false),
        (None, Some(v8)) => add(
            "young generation, 3 semi-spaces".to_owned(),
            v8.young(),
            processes,
            memory.span,
            true,
        ),
        (None, None) => {}
    }
    match (&memory.native, workload.runtime.as_ref().and_then(runtimes::baseline)) {
        (Some(native), _) => add(
            "code, libraries and addons".to_owned(),
            native.value,
            processes,
            native.span,
            false,
        ),
        (None, Some((baseline, what))) => add(format!("baseline ({what})"), baseline, processes, memory.span, true),
        (None, None) => {}
    }
    if let Some(external) = &memory.external {
        add(
            "buffers outside the heap".to_owned(),
            external.value,
            processes,
            external.span,
            false,
        );
    }
    if let Some(stack) = &memory.stack {
        add("thread stacks".to_owned(), stack.value, processes, stack.span, false);
    }
    if let Some(threads) = &workload.threads {
        let count = threads.count.value;
        let heap = threads.heap.as_ref().map(|heap| heap.value);
        let each = heap.or_else(|| major.map(node::idle_worker)).unwrap_or(Bytes::ZERO);
        let stack = if major.is_some() {
            node::WORKER_STACK
        } else {
            Bytes::ZERO
        };
        let span = threads.heap.as_ref().map_or(threads.span, |heap| heap.span);
        let what = format!("{count} worker threads with heap and stack");
        add(what, each.plus(stack).times(count), processes, span, heap.is_none());
    }
    for volume in workload
        .volume
        .iter()
        .filter(|volume| volume.kind.value == crate::model::VolumeKind::Memory)
    {
        if let Some(size) = &volume.size {
            add(
                format!("volume `{}` in memory", volume.name.value),
                size.value,
                1,
                size.span,
                false,
            );
        }
    }
    if let Some(agent) = &memory.agent {
        add("agent".to_owned(), agent.value, 1, agent.span, false);
    }
    terms
}
