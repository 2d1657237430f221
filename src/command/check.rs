//! `loadline check`

mod against;
mod fix;

use loadline_compiler::diagnostic::{Diagnostic, Severity};
use loadline_compiler::source::Sources;

use super::session::{Session, merged};
use super::{check_sql, print};
use crate::cli::CheckArgs;
use crate::exit::{Exit, Problem};
use crate::report::{self, Report, Style};

/// What keeps a check from running is said in the format that was asked for too: what reads it expects a document.
pub(crate) fn run(arguments: &CheckArgs, style: Style) -> Result<Exit, Problem> {
    let result = judge(arguments, style);
    if let Err(Problem::Message(message)) = &result {
        print(&report::failure::render(message, arguments.format))?;
    }
    result
}

fn judge(arguments: &CheckArgs, style: Style) -> Result<Exit, Problem> {
    if arguments.sql.is_some() {
        return check_sql::run(arguments, style);
    }
    if arguments.fix || arguments.diff {
        return fix::run(arguments, style);
    }
    let sources = Sources::new();
    let mut session = Session::open(&sources, &arguments.project.path, &arguments.project.resolve)?;
    let (environments, comparison) = match &arguments.against {
        None => (session.judge(), None),
        Some(revision) => {
            let (environments, comparison) = against::judge(&mut session, revision, arguments.all)?;
            (environments, Some(comparison))
        }
    };
    let report = Report::new(&sources, &session.location, &environments, merged(&environments)).against(comparison);
    print(&report::render(&report, arguments.format, style))?;
    Ok(report.exit())
}

/// What says that the spec was not read as a whole: then the model has holes, and no rule was asked.
fn is_unread(found: &Diagnostic) -> bool {
    found.rule.code < 100 && found.rule.severity == Severity::Error
}
