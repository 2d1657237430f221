//! `not-checked`

use crate::diagnostic::{Diagnostic, Severity};
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// What is asked for is looked at by this version. A scenario is read and kept but not run, which is a note.
    /// ## Why
    /// What nothing looks at seems to hold.
    /// ## Source
    /// The rules of this version; `loadline explain --list` names them all.
    ///
    /// ```loadline,bad
    /// scenario night { until 10m }
    /// ```
    ///
    /// ```loadline,good
    /// policy safe { require online_migrations }
    /// ```
    925 "not-checked" Warning, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for scenario in &context.model.scenarios {
        let message = format!("scenario `{}` is not run by this version", scenario.name.value);
        found.push(
            Diagnostic::new(&RULE, message, scenario.span, "read, but nothing follows from it")
                .at(Severity::Note)
                .on("scenario"),
        );
    }
}
