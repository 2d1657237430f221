//! The arguments. What stands here is what `--help`, the man page and the completions say.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use loadline_compiler::values::Date;

use crate::today;

/// One spec for a system's deployment: checked, compiled, in which all numbers agree.
#[derive(Debug, Parser)]
#[command(
    name = "loadline",
    version,
    propagate_version = true,
    arg_required_else_help = true
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// When to use colour; NO_COLOR is respected.
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, hide_default_value = true)]
    pub(crate) color: Color,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Check(CheckArgs),
}

/// Which project, and how it is resolved.
#[derive(Clone, Debug, Args)]
pub(crate) struct ProjectArgs {
    /// A directory with a loadline.load, or a file
    #[arg(default_value = ".")]
    pub(crate) path: PathBuf,

    /// Only this environment; `base` is what stands outside environments. May repeat
    #[arg(long = "env", value_name = "NAME")]
    pub(crate) environments: Vec<String>,

    /// Set a value over the spec: api.scale=5, orders-db.max_connections=500. May repeat
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub(crate) sets: Vec<String>,

    /// What "today" means to rules about dates, instead of the project's `as_of` or the current date
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = today::parse)]
    pub(crate) today: Option<Date>,
}

/// Judge the spec: parse, resolve, run every rule
///
/// Looks at the base and at every environment, and says once what holds in all of them.
/// Exits with 0 when nothing is at error level, with 1 when something is, and with 2 when
/// the spec could not be read.
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) project: ProjectArgs,

    /// How findings are printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

/// How findings are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// With the source and every term of the sum
    Text,
    /// One line each
    Short,
    /// One document with a published schema
    Json,
    /// SARIF 2.1.0
    Sarif,
    /// Annotations of GitHub Actions
    Github,
    /// JUnit XML
    Junit,
    /// A summary for a pull request
    Markdown,
}
