//! Memory of an instance, and what is inside it.

use loadline_grammar::ast::{Value, ValueKind};

use crate::lower::{Bounds, Cx, Scalar, Val};
use crate::quantity::Bytes;
use crate::schema::{Kind, block};

block! {
    /// Memory of one instance: request..limit, and the parts that must fit below the limit together.
    pub struct Memory("memory") {
        head {
            /// `512Mi` for both, or `512Mi..1Gi` for request and limit.
            size: Option<Val<Bounds<Bytes>>>,
        }
        /// The runtime's heap, for Node V8's old space: a size, `auto` for the largest that keeps the headroom, or
        /// `runtime` (the default) for no flag at all, where the runtime's own rule applies.
        heap: Val<Heap> = Heap::Runtime,
        /// The young generation, which V8 keeps beside the old space; three times the semi-space when left out.
        young: Option<Val<Bytes>>,
        /// Buffers and array buffers: they live outside the heap.
        external: Option<Val<Bytes>>,
        /// Code, libraries, addons and allocator overhead; replaces the measured baseline of the runtime.
        native: Option<Val<Bytes>>,
        /// Stacks of further threads, together.
        stack: Option<Val<Bytes>>,
        /// An agent that runs inside the instance (tracing, profiling), once.
        agent: Option<Val<Bytes>>,
    }
}

impl Memory {
    /// What the instance is guaranteed.
    #[must_use]
    pub fn request(&self) -> Option<Bytes> {
        self.size.as_ref().map(|size| size.low)
    }

    /// Above this the kernel kills it.
    #[must_use]
    pub fn limit(&self) -> Option<Bytes> {
        self.size.as_ref().map(|size| size.high)
    }

    /// Where the limit is written, or else the block.
    #[must_use]
    pub fn limit_span(&self) -> loadline_grammar::Span {
        self.size.as_ref().map_or(self.span, |size| size.span)
    }
}

/// The heap of one process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heap {
    /// The largest that keeps the headroom; `None` until it is computed, and when nothing fits.
    Auto(Option<Bytes>),
    /// No flag: the runtime decides.
    Runtime,
    /// So much.
    Size(Bytes),
}

impl Heap {
    /// The size that a flag sets; `None` when there is no flag.
    #[must_use]
    pub const fn flag(self) -> Option<Bytes> {
        match self {
            Self::Auto(size) => size,
            Self::Size(size) => Some(size),
            Self::Runtime => None,
        }
    }
}

impl Scalar for Heap {
    const KIND: Kind = Kind::new("a size", "384Mi").or(&[
        ("auto", "The largest heap that keeps the headroom below the limit."),
        ("runtime", "No flag: the runtime's own default applies."),
    ]);

    fn read(value: &Value<'_>, cx: &mut Cx<'_>) -> Option<Self> {
        let value = cx.follow(value)?;
        match &value.kind {
            ValueKind::Word("auto") => Some(Self::Auto(None)),
            ValueKind::Word("runtime") => Some(Self::Runtime),
            _ => <Bytes as Scalar>::read(value, cx).map(Self::Size),
        }
    }

    fn show(&self) -> String {
        match self {
            Self::Auto(None) => "auto".to_owned(),
            Self::Runtime => "runtime".to_owned(),
            Self::Auto(Some(size)) | Self::Size(size) => size.to_string(),
        }
    }

    fn in_unit(&self, unit: &str) -> Option<String> {
        self.flag().and_then(|size| Scalar::in_unit(&size, unit))
    }
}

block! {
    /// Worker threads inside each process. In V8 each has a heap of its own.
    pub struct Threads("threads") {
        head {
            /// How many.
            count: Val<u64>,
        }
        /// The heap of each.
        heap: Option<Val<Bytes>>,
    }
}
