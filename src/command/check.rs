//! `loadline check`

mod against;

use loadline_compiler::source::Sources;

use super::print;
use super::session::{Session, merged};
use crate::cli::CheckArgs;
use crate::exit::{Exit, Problem};
use crate::report::{self, Report, Style};

pub(crate) fn run(arguments: &CheckArgs, style: Style) -> Result<Exit, Problem> {
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
    Ok(if report.has_errors() {
        Exit::Findings
    } else {
        Exit::Clean
    })
}
