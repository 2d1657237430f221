//! The names of steps, and what `after` refers to.

use std::collections::BTreeMap;

use loadline_grammar::Span;

use crate::diagnostic::Diagnostic;
use crate::lower::{Cx, Val};
use crate::migrations::find_step;
use crate::model::{Change, Model, Word};
use crate::rules::syntax;
use crate::suggest;

pub(crate) fn check(model: &Model, cx: &mut Cx<'_>) {
    for change in &model.changes {
        names(change, cx);
        let steps = change.steps();
        for after in steps.iter().flat_map(|step| step.after()) {
            if find_step(&model.changes, after).is_none() {
                cx.report(unknown(model, after));
            }
        }
    }
}

/// A name that `as` gives must not be that of another step.
fn names(change: &Change, cx: &mut Cx<'_>) {
    let mut known: BTreeMap<String, Span> = BTreeMap::new();
    let steps = change.steps();
    for (name, step) in change.step_names().into_iter().zip(&steps) {
        let span = step.given_name().map_or(step.span(), |name| name.span);
        if let Some(first) = known.get(&name) {
            let message = format!("two steps of `{}` are called `{name}`", change.name.value);
            let found = Diagnostic::new(&syntax::duplicate_name::RULE, message, span, "the second")
                .label(*first, "the first")
                .help("give one of them another name: `as NAME` behind its values");
            cx.report(found);
        } else {
            known.insert(name, span);
        }
    }
}

fn unknown(model: &Model, after: &Val<Word>) -> Diagnostic {
    let rule = &syntax::unknown_reference::RULE;
    let found = |message: String, label: &str| Diagnostic::new(rule, message, after.span, label.to_owned());
    let Some((name, step)) = after.split_once('.') else {
        let message = format!("`{}` does not name a step", after.0);
        return found(message, "a change, a dot, a step")
            .help("write `after CHANGE.STEP`, as in `after names.contract`");
    };
    let Some(change) = model.changes.iter().find(|change| *change.name.value == *name) else {
        let message = format!("there is no change `{name}`");
        let near = suggest::nearest(name, model.changes.iter().map(|change| change.name.value.0.as_str()));
        let found = found(message, "not declared");
        return match near {
            Some(near) => found.help(format!("did you mean `{near}.{step}`?")),
            None => found,
        };
    };
    let names = change.step_names();
    let message = format!("change `{name}` has no step `{step}`");
    let found = found(message, "no such step").label(change.name.span, "this change");
    let named: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match suggest::nearest(step, names.iter().map(String::as_str)) {
        Some(near) => found.help(format!("did you mean `{name}.{near}`?")),
        None => found.help(format!("its steps are {}", crate::diagnostic::listed(&named))),
    }
}
