//! The subcommands, one file each.

mod check;
mod session;

pub(crate) use session::Environment;

use crate::cli::{Cli, Color, Command};
use crate::exit::{Exit, Problem};
use crate::report::Style;

pub(crate) fn run(cli: Cli) -> Result<Exit, Problem> {
    let style = style(cli.color);
    match cli.command {
        Command::Check(arguments) => check::run(&arguments, style),
    }
}

/// How text is laid out: on a terminal in its width and with colour, anywhere else always the same.
fn style(color: Color) -> Style {
    use std::io::IsTerminal as _;
    let terminal = std::io::stdout().is_terminal();
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    Style {
        color: match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => terminal && !refused,
        },
        width: Style::WIDTH,
    }
}
