//! Memory that runs out: of the instance, and of the heap inside it.
//!
//! Source of the metrics: cAdvisor (`container_memory_working_set_bytes`, what the kernel compares with the limit but for
//! caches it can drop); Prometheus' client libraries (`process_resident_memory_bytes`); OpenTelemetry's semantic conventions
//! for V8 and the JVM.

use loadline_compiler::budget::MemorySum;
use loadline_compiler::model::{Language, Platform, Workload};
use loadline_compiler::quantity::{Bytes, Duration};

use super::proof::{Proof, Series, TestFile};
use super::subject::{Said, Severity, Subject, instance, instance_labels, matchers};
use crate::escape::prometheus::Piece;

/// So long, and it is no spike.
const LASTING: Duration = Duration::minutes(15);

/// Tenths of the heap that may be in use after a collection.
const HEAP_TENTHS: u64 = 9;

pub(crate) fn add(subject: &mut Subject<'_>, workload: &Workload, tests: &mut TestFile) {
    if workload.is_job() {
        return;
    }
    if let Some(sum) = MemorySum::of(subject.model, workload) {
        headroom(subject, workload, &sum, tests);
    }
    heap(subject, workload, tests);
}

fn headroom(subject: &mut Subject<'_>, workload: &Workload, sum: &MemorySum, tests: &mut TestFile) {
    let own = matchers(subject.model, workload);
    let platform = subject.model.platform(workload);
    let in_containers = matches!(platform, Platform::Kubernetes(_));
    // Outside of containers each process says it of itself.
    let (metric, parts) = if in_containers {
        ("container_memory_working_set_bytes", 1)
    } else {
        ("process_resident_memory_bytes", sum.processes)
    };
    let most = sum.limit.minus(sum.required()).divided(parts);
    let series = format!("{metric}{{{own}}}");
    let expr = if in_containers {
        format!("max by (namespace, pod) ({series}) > {}", most.get())
    } else {
        format!("{series} > {}", most.get())
    };
    let (limit, share) = (sum.limit.divided(parts).about(), sum.headroom.to_string());
    let expected = sum.total().divided(parts).about();
    let label = if in_containers { "pod" } else { "instance" };
    let test = series.replace('}', &format!(",{label}=\"a\"}}"));
    subject.alert(
        Said {
            alert: "MemoryHeadroomLow",
            severity: Severity::Ticket,
            expr,
            lasting: Some(LASTING),
            labels: &[],
            summary: &[
                instance(subject.model, workload),
                Piece::Text(" is close to its memory limit"),
            ],
            description: &[
                Piece::Code("{{ $value | humanize1024 }}B"),
                Piece::Text(" of "),
                Piece::Text(&limit),
                Piece::Text(" are in use; "),
                Piece::Text(&share),
                Piece::Text(" should stay free. The spec expects at most "),
                Piece::Text(&expected),
                Piece::Text("."),
            ],
            proof: threshold(&test, most, true),
        },
        tests,
    );
}

fn heap(subject: &mut Subject<'_>, workload: &Workload, tests: &mut TestFile) {
    let heap = workload.memory.as_ref().and_then(|memory| memory.heap.flag());
    let language = workload.runtime.as_ref().map(|runtime| runtime.language.value);
    let (metric, picked, one) = match language {
        // The young generation is beside what the flag limits.
        Some(Language::Node) => (
            "v8js_memory_heap_used_bytes",
            "v8js_heap_space_name!=\"new_space\"",
            "v8js_heap_space_name=\"old_space\"",
        ),
        Some(Language::Jvm) => (
            "jvm_memory_used_after_last_gc_bytes",
            "jvm_memory_type=\"heap\"",
            "jvm_memory_type=\"heap\"",
        ),
        _ => return,
    };
    let Some(heap) = heap else { return };
    let most = heap.times(HEAP_TENTHS).divided(10);
    let own = matchers(subject.model, workload);
    let by = instance_labels(subject.model, workload);
    let size = heap.to_string();
    subject.alert(
        Said {
            alert: "HeapNearlyFull",
            severity: Severity::Ticket,
            expr: format!("sum by ({by}) ({metric}{{{own},{picked}}}) > {}", most.get()),
            lasting: Some(LASTING),
            labels: &[],
            summary: &[instance(subject.model, workload), Piece::Text(" has little heap left")],
            description: &[
                Piece::Code("{{ $value | humanize1024 }}B"),
                Piece::Text(" of a heap of "),
                Piece::Text(&size),
                Piece::Text(" are in use: collections take more and more time, then the process ends."),
            ],
            proof: threshold(&format!("{metric}{{{own},{one},instance=\"a\"}}"), most, true),
        },
        tests,
    );
}

/// Fires above a value and not at it, for alerts that wait [`LASTING`]; `exclusive` says that the value itself is good.
pub(super) fn threshold(series: &str, most: Bytes, exclusive: bool) -> Proof {
    let above = most.get().saturating_add(u64::from(exclusive));
    let at = most.get().saturating_sub(u64::from(!exclusive));
    let minutes = 20;
    Proof {
        minutes,
        firing: vec![Series::constant(series, above, minutes)],
        quiet: vec![
            ("at the limit", vec![Series::constant(series, at, minutes)]),
            (
                "in a spike",
                vec![Series::samples(series, format!("{at}x10 {above}x5 {at}x5"))],
            ),
        ],
    }
}
