//! `not-checked`

use crate::diagnostic::{Diagnostic, Severity};
use crate::model::Requirement;
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// What is asked for is looked at by this version: a requirement of a policy has a rule that reads it. A scenario is read
    /// and kept but not run, which is a note.
    /// ## Why
    /// A requirement that nothing looks at seems to hold.
    /// ## Source
    /// The rules of this version; `loadline explain --list` names them all.
    ///
    /// ```loadline,bad
    /// policy safe { require online_migrations }
    /// ```
    ///
    /// ```loadline,good
    /// policy safe { require digests }
    /// ```
    925 "not-checked" Warning, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for require in context.model.policies.iter().flat_map(|policy| &policy.require) {
        let Some(missing) = unread(require.requirement.value) else {
            continue;
        };
        let message = format!(
            "`require {}` is not checked by this version",
            require.requirement.word()
        );
        found.push(
            Diagnostic::new(&RULE, message, require.requirement.span, missing)
                .help("leave it out until it is, and review for it by hand"),
        );
    }
    for scenario in &context.model.scenarios {
        let message = format!("scenario `{}` is not run by this version", scenario.name.value);
        found.push(
            Diagnostic::new(&RULE, message, scenario.span, "read, but nothing follows from it").at(Severity::Note),
        );
    }
}

/// What is missing to judge a requirement; `None` where a rule reads it.
const fn unread(requirement: Requirement) -> Option<&'static str> {
    match requirement {
        Requirement::OnlineMigrations => Some("there is no rule about locks yet"),
        Requirement::MemoryHeadroom
        | Requirement::CpuUtilization
        | Requirement::RolloverSafe
        | Requirement::Rollback
        | Requirement::Digests
        | Requirement::Production => None,
    }
}
