//! The command line: parses arguments, calls the library, prints. The only place with files, colour and exit codes.

mod cli;
mod command;
mod diff;
mod exit;
mod files;
mod git;
mod manifest;
mod outputs;
mod progress;
mod report;
mod templates;
mod today;
mod tree;

use std::process::ExitCode;

use clap::Parser as _;

#[expect(clippy::print_stderr, reason = "the one place that says why nothing could be run")]
fn main() -> ExitCode {
    let arguments = cli::Cli::parse();
    match command::run(arguments) {
        Ok(exit) => exit.into(),
        Err(problem) => {
            // A closed pipe (`loadline check | head`) is the reader's choice, not a failure.
            if problem.is_broken_pipe() {
                return exit::Exit::Clean.into();
            }
            eprintln!("loadline: {problem}");
            exit::Exit::CouldNotRun.into()
        }
    }
}
