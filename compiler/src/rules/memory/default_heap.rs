//! A heap that is left to a runtime other than Node.

use super::heap_not_capped::RULE;
use crate::budget::memory::MemorySum;
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::runtimes::{self, DefaultHeap};
use crate::model::{Language, Memory, Workload};

/// An error when the default exceeds what fits, and else a note where it wastes memory, or knows no limit.
pub(super) fn check(workload: &Workload, memory: &Memory, sum: &MemorySum) -> Option<Diagnostic> {
    let language = workload.runtime.as_ref()?.language.value;
    let (name, word) = (&workload.name.value, language.word());
    let span = memory.limit_span();
    let fits = sum.largest_heap();
    let found = match runtimes::default_heap(language, sum.visible)? {
        DefaultHeap::Size(default) if fits.is_none_or(|fits| fits < default) => {
            let message = format!(
                "`{name}` does not cap its heap: {word} lets it grow to {} in {}",
                default.about(),
                sum.limit
            );
            let found = Diagnostic::new(&RULE, message, span, format!("its default {}", sum.visible.text()));
            super::sum::explain(found, workload, sum)
                .at(Severity::Error)
                .help(match fits {
                    Some(fits) => format!(
                        "`heap {fits}` fits with {} headroom, which `heap auto` computes",
                        sum.headroom
                    ),
                    None => format!("raise the limit to {}, and cap the heap", sum.sufficient_limit()),
                })
        }
        // Most of what is not heap is not known, and three quarters are what people set by hand.
        DefaultHeap::Size(_) if language != Language::Jvm => return None,
        DefaultHeap::Size(default) => {
            let message = format!(
                "`{name}` leaves its heap to the JVM, which takes {} of {}",
                default.about(),
                sum.limit
            );
            let help = "write `heap auto` and what the rest needs as `native`: three quarters for the heap are usual";
            Diagnostic::new(&RULE, message, span, format!("its default {}", sum.visible.text()))
                .at(Severity::Note)
                .help(help)
        }
        DefaultHeap::Unlimited => {
            let message = format!("`{name}` does not tell {word} that it may use {}", sum.limit);
            Diagnostic::new(&RULE, message, span, "its collector does not know of this limit")
                .at(Severity::Note)
                .help(match fits {
                    Some(fits) => {
                        format!("`heap auto` sets {fits}: near it the collector works harder before the kernel acts")
                    }
                    None => "write `heap SIZE`".to_owned(),
                })
        }
    };
    Some(found.about(workload.id).on("memory"))
}
