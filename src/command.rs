//! The subcommands, one file each.

mod check;
mod check_sql;
mod compile;
mod completions;
mod conform;
mod explain;
mod fmt;
mod graph;
mod init;
mod man;
mod session;
mod show;
mod simulate;
mod sweep;

pub(crate) use session::Environment;

use crate::cli::{Cli, Color, Command};
use crate::exit::{Exit, Problem};
use crate::report::Style;

pub(crate) fn run(cli: Cli) -> Result<Exit, Problem> {
    let style = style(cli.color);
    match cli.command {
        Command::Init(arguments) => init::run(&arguments),
        Command::Check(arguments) => check::run(&arguments, style),
        Command::Compile(arguments) => compile::run(&arguments, style),
        Command::Fmt(arguments) => fmt::run(&arguments, style),
        Command::Show(arguments) => show::run(&arguments, style),
        Command::Graph(arguments) => graph::run(&arguments, style),
        Command::Simulate(arguments) => simulate::run(&arguments, style),
        Command::Sweep(arguments) => sweep::run(&arguments, style),
        Command::Conform(arguments) => conform::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Completions(arguments) => completions::run(&arguments),
        Command::Man(arguments) => man::run(&arguments),
    }
}

/// How text is laid out: the same everywhere but for colour, which follows the terminal.
fn style(color: Color) -> Style {
    use std::io::IsTerminal as _;
    let terminal = std::io::stdout().is_terminal();
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let color = match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => terminal && !refused,
    };
    Style {
        color,
        width: Style::WIDTH,
        notes: false,
    }
}

/// Writes a result to standard output.
fn print(text: &str) -> Result<(), Problem> {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}

/// Says something about the work itself, on standard error.
#[expect(clippy::print_stderr, reason = "progress and remarks belong there")]
fn remark(text: &str) {
    eprint!("{text}");
}
