//! How runtimes other than Node size their heaps, and what a process needs besides.

use super::node;
use crate::budget::VisibleMemory;
use crate::model::{Language, Runtime};
use crate::quantity::Bytes;

/// Whether threads of a process see the same objects, and so the same pool. Worker threads of Node do not: each has a heap and
/// modules of its own (Node's documentation, "Worker threads").
#[must_use]
pub const fn threads_share_memory(language: Language) -> bool {
    match language {
        Language::Python | Language::Jvm | Language::Go | Language::Dotnet | Language::Rust => true,
        Language::Node | Language::Binary => false,
    }
}

/// Whether one process computes on several cores at once. Node does so in worker threads only, Python not at all while its
/// interpreter has one lock (the default up to 3.14); of a binary nothing is assumed.
#[must_use]
pub const fn computes_in_parallel(language: Language) -> bool {
    match language {
        Language::Jvm | Language::Go | Language::Dotnet | Language::Rust => true,
        Language::Node | Language::Python | Language::Binary => false,
    }
}

/// What an idle process takes besides its heap; `None` where nothing was measured that holds for real programs: declare
/// `native` then.
///
/// A Java program is one of those: an idle HTTP server takes 49 to 61 MiB (17 and 25, measured), a large framework several
/// times that for its classes and compiled code.
#[must_use]
pub fn baseline(runtime: &Runtime) -> Option<(Bytes, &'static str)> {
    match runtime.language.value {
        Language::Node => Some((node::BASELINE, "idle Node process, measured on 18 to 26")),
        // 19.5 MiB of its own, 29 MiB resident; Python 3.11, gunicorn 27.0, Flask 3.1. Uvicorn with FastAPI takes 38.
        Language::Python => Some((Bytes::mib(20), "idle worker process of gunicorn, measured on 3.11")),
        // `GOMEMLIMIT` holds for all that Go's runtime manages, stacks included; for the rest the Go GC guide advises 5 to 10 %
        // of headroom, which is there anyway.
        Language::Go => Some((Bytes::ZERO, "part of Go's own limit")),
        Language::Jvm | Language::Dotnet | Language::Rust | Language::Binary => None,
    }
}

/// What a heap may grow to when nothing sets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DefaultHeap {
    /// To this, and no further.
    Size(Bytes),
    /// As far as the program needs: nothing knows of a limit.
    Unlimited,
}

/// The default of a runtime other than Node; `None` where there is no heap to speak of, or nothing is known.
#[must_use]
pub fn default_heap(language: Language, visible: VisibleMemory) -> Option<DefaultHeap> {
    match language {
        Language::Jvm => visible.size().map(|size| DefaultHeap::Size(of_jvm(size))),
        Language::Dotnet => Some(match visible {
            VisibleMemory::Limit(limit) => DefaultHeap::Size(of_dotnet(limit)),
            VisibleMemory::Machine(_) => DefaultHeap::Unlimited,
        }),
        // golang/go#75164: the proposal to take the container's limit is open.
        Language::Go => Some(DefaultHeap::Unlimited),
        Language::Node | Language::Python | Language::Rust | Language::Binary => None,
    }
}

/// `MaxHeapSize` of 64-bit HotSpot, 96 MiB × 1.3 in whole steps of 2 MiB.
const JVM_SMALL: Bytes = Bytes::mib(126);
/// The same before it is rounded up, in KiB: half of the memory is compared with this.
const JVM_SMALL_KIB: u64 = 96 * 1024 * 13 / 10;

/// A quarter of the memory (`MaxRAMPercentage`), half of it in less than 250 MiB (`MinRAMPercentage`), 126 MiB between.
/// Measured on 17 and 25; source: OpenJDK, `Arguments::set_heap_size`.
fn of_jvm(memory: Bytes) -> Bytes {
    let half = memory.divided(2);
    if half.get() <= JVM_SMALL_KIB * 1024 {
        half
    } else {
        memory.divided(4).max(JVM_SMALL)
    }
}

/// `GCHeapHardLimit`: three quarters of the container's limit, and 20 MB at least. Source: dotnet/docs,
/// runtime-config/garbage-collector, "Heap hard limit percent".
fn of_dotnet(limit: Bytes) -> Bytes {
    let share = limit.get() / 4 * 3;
    Bytes::new(share.max(20_000_000))
}

/// How a runtime is told the size of its heap by a variable that holds nothing else: its name, and the value.
///
/// Sources: Go package runtime, `GOMEMLIMIT`, from 1.19 on; dotnet/docs, runtime-config/garbage-collector: values of
/// environment variables are hexadecimal.
#[must_use]
pub fn heap_variable(language: Language, heap: Bytes) -> Option<(&'static str, String)> {
    match language {
        Language::Go => Some(("GOMEMLIMIT", format!("{}MiB", heap.in_mib()))),
        Language::Dotnet => Some(("DOTNET_GCHeapHardLimit", format!("{:X}", heap.floor_mib().get()))),
        _ => None,
    }
}

/// From this version on Go has `GOMEMLIMIT`.
pub const GO_HAS_LIMIT_FROM: (u64, u64) = (1, 19);

#[cfg(test)]
mod tests {
    use super::*;

    /// `MaxHeapSize` in MiB as measured on 17 and 25, by memory in MiB.
    const MEASURED: &[(u64, u64)] = &[
        (128, 64),
        (200, 100),
        (256, 126),
        (300, 126),
        (512, 128),
        (1024, 256),
        (2048, 512),
        (4096, 1024),
    ];

    #[test]
    fn the_heap_of_the_jvm_is_what_was_measured() {
        for &(memory, heap) in MEASURED {
            assert_eq!(of_jvm(Bytes::mib(memory)), Bytes::mib(heap), "{memory}");
        }
    }

    #[test]
    fn dotnet_takes_three_quarters_of_a_container() {
        let of = |visible| default_heap(Language::Dotnet, visible);
        let limit = VisibleMemory::Limit(Bytes::mib(512));
        assert_eq!(of(limit), Some(DefaultHeap::Size(Bytes::mib(384))));
        let tiny = VisibleMemory::Limit(Bytes::mib(16));
        assert_eq!(of(tiny), Some(DefaultHeap::Size(Bytes::new(20_000_000))));
        assert_eq!(of(VisibleMemory::Machine(None)), Some(DefaultHeap::Unlimited));
    }

    #[test]
    fn a_variable_says_how_large_a_heap_may_be() {
        let of = |language| heap_variable(language, Bytes::mib(300)).map(|(_, value)| value);
        assert_eq!(of(Language::Go).as_deref(), Some("300MiB"));
        assert_eq!(of(Language::Dotnet).as_deref(), Some("12C00000"));
        assert_eq!(of(Language::Jvm), None);
    }
}
