//! What-ifs that are asked on the command line, without a scenario in the spec.

use loadline_compiler::diagnostic::{Diagnostic, Severity};
use loadline_compiler::project::Project;
use loadline_compiler::what_if::{Ask, Asked, Word, ask};

use crate::cli::WhatIfArgs;
use crate::exit::Problem;

/// What is asked, if anything is.
pub(in crate::command) fn asked(arguments: &WhatIfArgs, project: &mut Project<'_>) -> Result<Option<Asked>, Problem> {
    let words = words(arguments);
    if words.is_empty() {
        return Ok(None);
    }
    ask(project, &Ask { words }).map(Some).map_err(|problems| {
        let all: Vec<String> = problems.iter().map(ToString::to_string).collect();
        Problem::new(all.join("\n"))
    })
}

/// What is wrong with what was asked, as far as the spec shows it.
pub(in crate::command) fn wrong(asked: &Asked, diagnostics: &[Diagnostic]) -> Option<Problem> {
    let errors = diagnostics.iter().filter(|found| found.severity == Severity::Error);
    let all: Vec<String> = errors
        .filter_map(|found| asked.problem(found))
        .map(|problem| problem.to_string())
        .collect();
    (!all.is_empty()).then(|| Problem::new(all.join("\n")))
}

/// The options, as they would be typed again.
pub(in crate::command) fn typed(arguments: &WhatIfArgs) -> Vec<String> {
    let words = words(arguments);
    words
        .iter()
        .map(|(word, text)| format!("{} {}", word.option(), quoted(text)))
        .collect()
}

/// As one would type it: between quotes only where it has to be.
pub(in crate::command) fn as_typed(text: &str) -> String {
    let is_plain = |sign: char| sign.is_ascii_alphanumeric() || "/._-+@=,:%".contains(sign);
    if !text.is_empty() && text.chars().all(is_plain) {
        text.to_owned()
    } else {
        quoted(text)
    }
}

/// As a shell takes it for one word, whatever is in it.
pub(in crate::command) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// Each option with its argument.
pub(in crate::command) fn words(arguments: &WhatIfArgs) -> Vec<(Word, String)> {
    let each = [
        (Word::Traffic, &arguments.traffic),
        (Word::Rollout, &arguments.rollout),
        (Word::Rollback, &arguments.rollback),
        (Word::Fail, &arguments.fail),
        (Word::Slow, &arguments.slow),
        (Word::Stall, &arguments.stall),
        (Word::Partition, &arguments.partition),
        (Word::Kill, &arguments.kill),
        (Word::Drain, &arguments.drain),
        (Word::Scale, &arguments.scale),
        (Word::Leak, &arguments.leak),
        (Word::Migrate, &arguments.migrate),
        (Word::Expect, &arguments.expect),
    ];
    let given = each
        .into_iter()
        .flat_map(|(word, texts)| texts.iter().map(move |text| (word, text.clone())));
    let until = arguments.until.iter().map(|text| (Word::Until, text.clone()));
    given.chain(until).collect()
}
