//! `loadline man`

use clap::CommandFactory as _;

use super::print;
use crate::cli::{Cli, ManArgs};
use crate::exit::{Exit, Problem};

pub(crate) fn run(arguments: &ManArgs) -> Result<Exit, Problem> {
    let mut whole = Cli::command();
    whole.build();
    let command = match &arguments.command {
        None => whole,
        Some(name) => match whole.find_subcommand(name) {
            Some(command) => command.clone(),
            None => {
                return Err(Problem::new(format!(
                    "there is no command `{name}`; `loadline --help` lists them"
                )));
            }
        },
    };
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page)?;
    print(&String::from_utf8_lossy(&page))?;
    Ok(Exit::Clean)
}
