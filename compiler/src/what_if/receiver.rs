//! Who gets traffic that names nobody: the only gateway, or the only service.

use loadline_grammar::ast::Entry;

use super::argument::Part;
use super::{Problem, Word};
use crate::lower::value_text;
use crate::project::Project;

pub(super) fn only<'t>(word: Word, text: &str, rate: &Part<'t>, project: &'t Project<'_>) -> Result<Part<'t>, Problem> {
    let gateways = named(project, "gateway");
    let services = named(project, "service");
    let range = rate.range.clone();
    let (gateways, services) = (gateways.as_slice(), services.as_slice());
    let (message, known) = match (gateways, services) {
        ([one], _) | ([], [one]) => {
            return Ok(Part {
                text: one,
                range: range.start..range.start,
            });
        }
        ([], []) => ("there is nothing that serves requests", services),
        ([], services) => ("there is no gateway, and more than one service", services),
        (gateways, _) => ("there is more than one gateway", gateways),
    };
    let message = match known {
        [] => message.to_owned(),
        _ => format!("{message}: who gets the traffic?"),
    };
    let found = Problem::new(word, text, range, message, "to whom?");
    Err(match known.first() {
        Some(first) => {
            let names: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
            let names = crate::diagnostic::alternatives(&names);
            found.help(format!(
                "name one of {names}: `{} {first}={}`",
                word.option(),
                rate.text
            ))
        }
        None => found.help(format!(
            "messages come onto a queue: `{} mail={}`",
            word.option(),
            rate.text
        )),
    })
}

/// Names of a kind, in the order they are written.
fn named<'t>(project: &'t Project<'_>, keyword: &str) -> Vec<&'t str> {
    let own = project.files.iter().flat_map(|file| &file.entries);
    let own = own.filter(|entry: &&Entry<'_>| entry.key.text == keyword);
    own.filter_map(|entry| entry.values.first().and_then(value_text))
        .collect()
}
