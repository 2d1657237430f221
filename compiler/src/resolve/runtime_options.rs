//! Flags of the runtime where the command line does not carry them.
//!
//! With the image's own entry point, or with a command that starts the runtime itself (`npm start`), there is no place
//! between runtime and file. Then the flags go into the variable from which the runtime reads further options.

use crate::lower::{From, Pair, Val};
use crate::model::{FlagsBy, Model, Template, TemplatePart, Workload};

const WHY: &str = "the heap flag, which the command line cannot carry";

pub(crate) fn write(model: &mut Model) {
    let wanted: Vec<Option<Template>> = model
        .workloads
        .iter()
        .map(|workload| options(model, workload))
        .collect();
    for (workload, options) in model.workloads.iter_mut().zip(wanted) {
        let (Some(options), Some(name)) = (options, workload.options_variable()) else {
            continue;
        };
        let span = workload
            .memory
            .as_ref()
            .map_or(workload.span, |memory| memory.heap.span);
        let from = From::Derived(WHY);
        let env = &mut workload.settings.env.0;
        match env.iter_mut().find(|pair| pair.name.value == name) {
            Some(pair) => pair.value.value = options,
            None => env.push(Pair {
                name: Val {
                    value: name.to_owned(),
                    span,
                    from,
                },
                value: Val {
                    value: options,
                    span,
                    from,
                },
            }),
        }
    }
}

/// The variable's value with the flags behind what stands in it.
fn options(model: &Model, workload: &Workload) -> Option<Template> {
    if workload.flags_by(model) != FlagsBy::Environment {
        return None;
    }
    if let Some(value) = workload.heap_value() {
        return Some(Template::text(value));
    }
    let flags = workload.runtime_flags().join(" ");
    let Some(present) = workload.options(model) else {
        return Some(Template::text(flags));
    };
    let mut parts = present.value.parts.clone();
    parts.push(TemplatePart::Text(format!(" {flags}")));
    Some(Template {
        parts: crate::model::joined(parts),
    })
}
