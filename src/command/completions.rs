//! `loadline completions`

use clap::CommandFactory as _;

use super::print;
use crate::cli::{Cli, CompletionsArgs};
use crate::exit::{Exit, Problem};

pub(crate) fn run(arguments: &CompletionsArgs) -> Result<Exit, Problem> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "loadline", &mut script);
    print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Clean)
}
