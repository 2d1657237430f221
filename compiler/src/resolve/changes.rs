//! Changes of schemas: what the table of settings cannot say about their steps.

use crate::diagnostic::Diagnostic;
use crate::lower::Cx;
use crate::model::Model;
use crate::rules::syntax;

pub(crate) fn check(model: &Model, cx: &mut Cx<'_>) {
    for change in &model.changes {
        let steps = change.expand.iter().chain(&change.backfill).chain(&change.contract);
        for step in steps {
            let counts = [("batch", &step.batch), ("rows", &step.rows)];
            for (name, count) in counts {
                if let Some(count) = count.as_ref().filter(|count| count.value == 0) {
                    let message = format!("`{name}` cannot be 0");
                    let rule = &syntax::value_out_of_range::RULE;
                    cx.report(Diagnostic::new(rule, message, count.span, "more than nothing"));
                }
            }
            let limit = step.timeout.as_ref().filter(|limit| !limit.value.is_zero());
            if let (Some(takes), Some(limit)) = (&step.takes, limit)
                && limit.value < takes.value
            {
                let message = format!("a statement that takes {} is ended after {}", takes.value, limit.value);
                let rule = &syntax::value_out_of_range::RULE;
                let found = Diagnostic::new(rule, message, takes.span, "never done");
                cx.report(found.label(limit.span, "over by then").help("raise `timeout`"));
            }
        }
    }
}
