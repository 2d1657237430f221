//! `loadline show`

mod budget;
mod table;

use loadline_compiler::model::{Model, ThingId};
use loadline_compiler::source::Sources;
use loadline_compiler::suggest;

use super::session::{Environment, Session, merged};
use super::{print, remark};
use crate::cli::{Format, ShowArgs, ShowFormat};
use crate::exit::{Exit, Problem};
use crate::report::{self, Report, Style};

pub(crate) fn run(arguments: &ShowArgs, style: Style) -> Result<Exit, Problem> {
    let sources = Sources::new();
    let mut session = Session::open(&sources, &arguments.project, &arguments.resolve)?;
    let name = session.only_environment()?;
    let environments = [session.judge_one(&name)];
    let report = Report::new(&sources, &session.location, &environments, merged(&environments));
    // Findings of the rules do not keep values from being shown: one looks at them to mend it.
    if report.has_unread() {
        remark(&report::render(&report, Format::Text, style));
        return Ok(Exit::Findings);
    }
    let [environment] = &environments;
    let Some(path) = &arguments.value else {
        print(&names(&environment.model))?;
        return Ok(Exit::Clean);
    };
    let (name, rest) = path
        .split_once('.')
        .map_or((path.as_str(), ""), |(name, rest)| (name, rest));
    let shown = Shown {
        session: &session,
        environment,
        report: &report,
    };
    let rows = match thing(&environment.model, name) {
        Some(id) => table::rows(&shown, Some(id), name, rest),
        None if name == "project" => table::rows(&shown, None, name, rest),
        None => return Err(unknown_name(&environment.model, name)),
    };
    if rows.is_empty() {
        return Err(unknown_value(&environment.model, &shown, name, rest));
    }
    let text = match arguments.format {
        ShowFormat::Json => table::json(&rows),
        ShowFormat::Text => {
            let mut text = table::text(&rows);
            if let (Some(id), true) = (thing(&environment.model, name), rest.is_empty()) {
                text.push_str(&budget::text(&environment.model, id));
            }
            text
        }
    };
    print(&text)?;
    Ok(Exit::Clean)
}

/// What is shown, and where it comes from.
pub(crate) struct Shown<'s> {
    session: &'s Session<'s>,
    environment: &'s Environment,
    report: &'s Report<'s>,
}

fn thing(model: &Model, name: &str) -> Option<ThingId> {
    model.things().find(|id| model.name(*id) == name)
}

fn names(model: &Model) -> String {
    let mut out = String::new();
    for id in model.things() {
        out.push_str(&format!("{:<11} {}\n", id.kind.keyword(), model.name(id)));
    }
    out
}

fn unknown_name(model: &Model, name: &str) -> Problem {
    let names: Vec<&str> = model.things().map(|id| model.name(id)).chain(["project"]).collect();
    match suggest::nearest(name, names) {
        Some(near) => Problem::new(format!("there is no `{name}`; did you mean `{near}`?")),
        None => Problem::new(format!("there is no `{name}`; `loadline show` lists what there is")),
    }
}

fn unknown_value(model: &Model, shown: &Shown<'_>, name: &str, rest: &str) -> Problem {
    let id = thing(model, name);
    let all = table::rows(shown, id, name, "");
    let paths: Vec<&str> = all
        .iter()
        .filter_map(|row| row.path.split_once('.').map(|(_, rest)| rest))
        .collect();
    match suggest::nearest(rest, paths) {
        Some(near) => Problem::new(format!("`{name}` has no value `{rest}`; did you mean `{name}.{near}`?")),
        None => Problem::new(format!(
            "`{name}` has no value `{rest}`; `loadline show {name}` lists what it has"
        )),
    }
}
