//! Exit codes, and what keeps a command from running at all.

use std::fmt;
use std::io;
use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Nothing at error level.
    Clean,
    /// Findings at error level, or outputs that differ.
    Findings,
    /// Wrong usage, or input that cannot be read.
    CouldNotRun,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Clean => 0,
            Exit::Findings => 1,
            Exit::CouldNotRun => 2,
        })
    }
}

/// Wrong usage, or something that cannot be read or written: one sentence for the user.
#[derive(Debug)]
pub(crate) enum Problem {
    /// Says what is wrong and what to do.
    Message(String),
    /// Standard output is closed.
    BrokenPipe,
}

impl Problem {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self::Message(message.into())
    }

    /// `path: what the system said`
    pub(crate) fn io(path: &std::path::Path, error: &io::Error) -> Self {
        Self::Message(format!("{}: {error}", path.display()))
    }

    pub(crate) fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::BrokenPipe)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message(message) => f.write_str(message),
            Self::BrokenPipe => f.write_str("standard output is closed"),
        }
    }
}

/// Writing to standard output.
impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::BrokenPipe;
        }
        Self::Message(format!("standard output: {error}"))
    }
}
