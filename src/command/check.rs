//! `loadline check`

use std::io::Write as _;

use loadline_compiler::source::Sources;

use super::session::{Session, merged};
use crate::cli::CheckArgs;
use crate::exit::{Exit, Problem};
use crate::report::{self, Report, Style};

pub(crate) fn run(arguments: &CheckArgs, style: Style) -> Result<Exit, Problem> {
    let sources = Sources::new();
    let mut session = Session::open(&sources, &arguments.project)?;
    let environments = session.judge();
    let report = Report::new(
        &sources,
        &session.location,
        &environments,
        merged(&environments),
    );
    let mut out = std::io::stdout().lock();
    out.write_all(report::render(&report, arguments.format, style).as_bytes())?;
    out.flush()?;
    Ok(if report.has_errors() {
        Exit::Findings
    } else {
        Exit::Clean
    })
}
