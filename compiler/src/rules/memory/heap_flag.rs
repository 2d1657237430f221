//! A heap that is counted, but that nothing sets; and a sum that lacks what nobody measured.

use super::heap_not_capped::RULE;
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::node::HeapDefault;
use crate::facts::runtimes;
use crate::model::{FlagsBy, Heap, Memory, Workload};
use crate::rules::Context;

/// Of a workload whose heap is given.
pub(super) fn check(context: &Context<'_>, workload: &Workload) -> Vec<Diagnostic> {
    let Some((memory, size)) = workload
        .memory
        .as_ref()
        .and_then(|memory| Some((memory, memory.heap.flag()?)))
    else {
        return Vec::new();
    };
    let name = &workload.name.value;
    let span = memory.heap.span;
    let counted = format!("`{name}` counts {size} of heap");
    let variable = workload.options_variable().unwrap_or_default();
    let flags = workload.runtime_flags();
    let value = workload.heap_value().map(|value| format!("{variable}={value}"));
    let flag = value
        .as_deref()
        .or(flags.first().map(String::as_str))
        .unwrap_or_default();
    let mut found: Vec<Diagnostic> = Vec::new();
    match workload.flags_by(context.model) {
        FlagsBy::Contradicted(other) => {
            let message = format!("{counted}, but `{variable}` says `{other}`");
            let at = workload.options(context.model).map_or(span, |options| options.span);
            found.push(
                Diagnostic::new(&RULE, message, span, format!("`{flag}`"))
                    .at(Severity::Error)
                    .label(at, "reaches the process instead")
                    .help(match value {
                        Some(_) => format!("leave `{variable}` out: it is written"),
                        None => format!("leave the option out of `{variable}`: it is added there"),
                    }),
            );
        }
        FlagsBy::Nobody(why) => found.push(
            Diagnostic::new(&RULE, format!("{counted}, and no flag sets it"), span, why)
                .at(Severity::Error)
                .help(match value {
                    Some(_) => "declare what the process needs as `native` instead",
                    None => "name the file in `run`: the flag then stands before it",
                }),
        ),
        FlagsBy::Nothing => found.push(unknown_runtime(workload, memory, &counted)),
        FlagsBy::CommandLine | FlagsBy::Environment | FlagsBy::Declared => {}
    }
    if found.is_empty() {
        found.extend(not_measured(workload, memory));
    }
    found
        .into_iter()
        .map(|found| found.about(workload.id).on("memory"))
        .collect()
}

/// `heap auto` is a promise to set it; a size may be what the program sets itself.
fn unknown_runtime(workload: &Workload, memory: &Memory, counted: &str) -> Diagnostic {
    let is_auto = matches!(memory.heap.value, Heap::Auto(_));
    let why = match &workload.runtime {
        Some(runtime) => format!("no flag for it is known with `{}`", runtime.language.word()),
        None => "the runtime is not told".to_owned(),
    };
    let severity = if is_auto { Severity::Error } else { Severity::Warning };
    let message = format!("{counted}, and no flag sets it");
    let found = Diagnostic::new(&RULE, message, memory.heap.span, why).at(severity);
    found.help(match &workload.runtime {
        Some(_) => "leave `heap` out and declare what the process needs as `native`",
        None => "name it: `runtime node 24`",
    })
}

/// Parts of the sum for which there is neither a declaration nor a measured number.
fn not_measured(workload: &Workload, memory: &Memory) -> Option<Diagnostic> {
    let (runtime, name) = (workload.runtime.as_ref()?, &workload.name.value);
    let (message, part) = match runtime.major().filter(|_| runtime.is_node()) {
        Some(major) if memory.young.is_none() && HeapDefault::of(major, memory.limit()).is_none() => (
            format!("how large the young generation of Node {major} gets in `{name}` is not known"),
            "young",
        ),
        _ if memory.native.is_none() && runtimes::baseline(runtime).is_none() => (
            format!(
                "what {} needs besides the heap of `{name}` is not known",
                runtime.language.word()
            ),
            "native",
        ),
        _ => return None,
    };
    let label = format!("counted without `{part}`");
    let found = Diagnostic::new(&RULE, message, memory.heap.span, label).at(Severity::Warning);
    Some(found.help(format!("measure it, and write `{part} SIZE` beside `heap`")))
}
