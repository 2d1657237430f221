//! `loadline explain`

use loadline_compiler::rules::{ALL, FAMILIES, Rule};
use loadline_compiler::suggest;

use super::print;
use crate::cli::ExplainArgs;
use crate::exit::{Exit, Problem};

pub(crate) fn run(arguments: &ExplainArgs) -> Result<Exit, Problem> {
    if arguments.list {
        print(&list())?;
        return Ok(Exit::Clean);
    }
    let name = arguments.rule.as_deref().unwrap_or_default();
    let Some(rule) = Rule::find(name) else {
        let near = suggest::nearest(name, ALL.iter().map(|rule| rule.name));
        let hint = near.map_or_else(
            || "`loadline explain --list` names them all".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        return Err(Problem::new(format!("there is no rule `{name}`; {hint}")));
    };
    print(&page(rule))?;
    Ok(Exit::Clean)
}

/// A rule's page with its heading, as it stands in `docs/rules/`.
pub(crate) fn page(rule: &Rule) -> String {
    let (code, name, severity) = (rule.code_text(), rule.name, rule.severity.word());
    format!("# {code} {name} ({severity})\n\n{}", rule.page())
}

fn list() -> String {
    let mut out = String::new();
    for (hundreds, _, title) in FAMILIES {
        let rules: Vec<&&Rule> = ALL.iter().filter(|rule| rule.code / 100 == *hundreds).collect();
        if rules.is_empty() {
            continue;
        }
        out.push_str(&format!("{title}\n"));
        for rule in rules {
            let (code, name, severity) = (rule.code_text(), rule.name, rule.severity.word());
            out.push_str(&format!("  {code} {name:<36} {severity}\n"));
        }
    }
    out
}
