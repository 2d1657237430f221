//! The arguments. What stands here is what `--help`, the man page and the completions say.

mod simulate;
mod sweep;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use loadline_compiler::model::TargetName;
use loadline_compiler::values::Date;

use crate::today;
pub(crate) use simulate::{AnswerFormat, QuestionArgs, SimulateArgs, WhatIfArgs};
pub(crate) use sweep::{MergeArgs, SweepArgs, SweepCommand};

/// One spec for a system's deployment: checked, and compiled to files in which all numbers agree.
///
/// A `.load` file says once what a system runs: services, workers, jobs, datastores, who calls whom, how an
/// instance starts, serves and stops, how the schema changes, how it rolls out. `check` does the arithmetic
/// across all of it, `compile` writes Dockerfiles, Kubernetes manifests, systemd units, PM2 and nginx
/// configuration from it.
#[derive(Debug, Parser)]
#[command(
    name = "loadline",
    version,
    propagate_version = true,
    arg_required_else_help = true,
    after_help = "Start with `loadline init`, then `loadline check` and `loadline compile -o deploy`.\n\
                  Exit codes: 0 nothing at error level, 1 findings or differences, 2 wrong usage or unreadable input."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// When to use colour; NO_COLOR is respected
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
    Init(InitArgs),
    Check(CheckArgs),
    Compile(CompileArgs),
    Fmt(FmtArgs),
    Show(ShowArgs),
    Graph(GraphArgs),
    Simulate(SimulateArgs),
    Sweep(SweepArgs),
    Conform(ConformArgs),
    Explain(ExplainArgs),
    Completions(CompletionsArgs),
    Man(ManArgs),
}

/// Which project, and how it is resolved.
#[derive(Clone, Debug, Args)]
pub(crate) struct ProjectArgs {
    /// A directory with a loadline.load, or a file
    #[arg(default_value = ".")]
    pub(crate) path: PathBuf,

    #[command(flatten)]
    pub(crate) resolve: ResolveArgs,
}

/// How a project is resolved.
#[derive(Clone, Debug, Args)]
pub(crate) struct ResolveArgs {
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

/// Write a small working project
///
/// Writes DIR/loadline.load with one service and its database, ready for `loadline check`. An existing file is
/// never overwritten.
#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// Where
    #[arg(default_value = ".")]
    pub(crate) dir: PathBuf,
}

/// Judge the spec: parse, resolve, run every rule
///
/// Looks at the base and at every environment, and says once what holds in all of them. Each finding shows the terms
/// of its sum; `loadline explain RULE` shows the rule's page.
///
/// Exits with 0 when nothing is at error level, with 1 when something is, and with 2 when the spec could not be read. With
/// --against REVISION only errors that the revision does not have count, unless --all is given; a revision that cannot be
/// read is 2.
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) project: ProjectArgs,

    /// How findings are printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,

    /// Draw notes with their source and advice, too; else text has a line for each
    #[arg(long)]
    pub(crate) notes: bool,

    /// Judge the change from a git revision: report what it does not have already, what is fixed, how margins changed, and
    /// the rollout from it to this spec. `auto` takes the base of the pull or merge request from the pipeline
    #[arg(long, value_name = "REVISION")]
    pub(crate) against: Option<String>,

    /// With --against, report (and fail on) what the revision has too
    #[arg(long, requires = "against")]
    pub(crate) all: bool,

    /// Apply what rules offer to mend and format the files that are touched; print what changed. An edit is left out if it
    /// would bring another finding, in any environment
    #[arg(long, conflicts_with_all = ["against", "sets"])]
    pub(crate) fix: bool,

    /// Print what --fix would change, and write nothing; findings that would be left go to standard error
    #[arg(long, conflicts_with_all = ["against", "sets"])]
    pub(crate) diff: bool,

    /// Judge a folder of migrations instead of a spec: Prisma, Flyway, *.up.sql, Diesel, or plain SQL files in the order of
    /// their names; or one SQL file
    #[arg(long, value_name = "DIR", conflicts_with_all = ["path", "environments", "sets", "against", "fix", "diff"])]
    pub(crate) sql: Option<PathBuf>,

    /// The server that the migrations of --sql run on; PostgreSQL in the newest version that is known when left out
    #[arg(long, value_name = "NAME VERSION", requires = "sql")]
    pub(crate) engine: Option<String>,
}

/// Check, then write the targets
///
/// Writes DIR/ENVIRONMENT/TARGET/… for the base and every environment, and DIR/loadline.manifest.json with the digest of
/// each file. All or nothing: the new tree is put together beside the old one and takes its place in one step.
/// Files that are not in the manifest are left alone, files edited by hand are not overwritten without --force, and what
/// the spec no longer produces is removed.
#[derive(Debug, Args)]
pub(crate) struct CompileArgs {
    #[command(flatten)]
    pub(crate) project: ProjectArgs,

    /// Where to write, or `-` for standard output (one target of one environment)
    #[arg(short = 'o', long = "out", value_name = "DIR", default_value = "deploy")]
    pub(crate) out: PathBuf,

    /// Only these targets, instead of those of the project: docker, compose, kubernetes, systemd, pm2, nginx
    #[arg(long = "target", value_name = "NAME,…", value_delimiter = ',', value_parser = target)]
    pub(crate) targets: Vec<TargetName>,

    /// Write nothing; say which files differ from what the spec compiles to, and exit with 1 if any does
    #[arg(long)]
    pub(crate) verify: bool,

    /// Overwrite and remove files that were edited by hand
    #[arg(long, conflicts_with = "verify")]
    pub(crate) force: bool,
}

/// Format spec files
///
/// One style, no options. Formats the project's file and everything it imports, or the files named.
/// `-` reads standard input and writes standard output.
#[derive(Debug, Args)]
pub(crate) struct FmtArgs {
    /// Files, directories with a loadline.load, or `-`
    #[arg(default_value = ".")]
    pub(crate) paths: Vec<PathBuf>,

    /// Write nothing; show what would change, and exit with 1 if anything would
    #[arg(long)]
    pub(crate) check: bool,
}

/// Show resolved values, and where each came from
///
/// `loadline show api` prints everything about api, `loadline show api.memory` a part of it, and `loadline show` the
/// names there are.
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// NAME, or NAME.SETTING…: api, api.memory.heap, api.uses.orders-db.pool
    pub(crate) value: Option<String>,

    /// A directory with a loadline.load, or a file
    #[arg(short, long, value_name = "PATH", default_value = ".")]
    pub(crate) project: PathBuf,

    #[command(flatten)]
    pub(crate) resolve: ResolveArgs,

    /// How it is printed
    #[arg(long, value_enum, default_value_t = ShowFormat::Text)]
    pub(crate) format: ShowFormat,
}

/// How values are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ShowFormat {
    /// A line each
    Text,
    /// One document
    Json,
}

/// Print the service graph
#[derive(Debug, Args)]
pub(crate) struct GraphArgs {
    #[command(flatten)]
    pub(crate) project: ProjectArgs,

    /// In which language
    #[arg(long, value_enum, default_value_t = GraphFormat::Dot)]
    pub(crate) format: GraphFormat,
}

/// Languages of graphs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum GraphFormat {
    /// Graphviz
    Dot,
    /// Mermaid
    Mermaid,
}

/// Replay recorded rollouts of a real control plane, and say where the simulated one differs
///
/// Each FILE is one recording, as JSON lines: a line `case` with the version of Kubernetes, replicas, surge, unavailable and
/// delays; then what was done to the Deployment (`act`) and what was seen of it (`rs`, `pod`, `dep`, `counts`), each with `t`,
/// the seconds since the start; a line `summary` at the end. The replay is given how long each pod took to become ready and
/// to end, and what was done; how many pods there are of which revision, and when, has to come out by itself.
///
/// Equal: the fewest ready pods, the largest sum and the end of what ReplicaSets are asked for, whether it completes and keeps
/// its deadline, where it settles after a pause, a resume or a scaling, and each step if pods become ready one after the
/// other. Within bounds: peaks and times, which depend on how busy the machine was. Beyond 30 replicas the rate of calls
/// decides: peaks within 5 %, times within 20 %, steps not compared.
///
/// Exits with 0 when all agree, with 1 when one does not, and with 2 when one cannot be read: a field, an act or a revision that
/// is not known is said with its line, never passed over.
#[derive(Debug, Args)]
#[command(
    arg_required_else_help = true,
    after_help = "Example: loadline conform recordings/*.jsonl\n\
                  The recordings in tests/recordings/ of Loadline's repository show the format; docs/simulator.md describes it."
)]
pub(crate) struct ConformArgs {
    /// Recordings
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,

    /// How verdicts are printed
    #[arg(long, value_enum, default_value_t = ShowFormat::Text)]
    pub(crate) format: ShowFormat,
}

/// Show a rule's page: what it checks, why, and a spec that it refuses
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(crate) struct ExplainArgs {
    /// A rule by name or code: pool-overcommit, LL201
    #[arg(required_unless_present = "list")]
    pub(crate) rule: Option<String>,

    /// List all rules
    #[arg(long)]
    pub(crate) list: bool,
}

/// Print a completion script for a shell
#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

/// Print the manual page, or that of a command
#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// The command; all of loadline when left out
    pub(crate) command: Option<String>,
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

fn target(text: &str) -> Result<TargetName, String> {
    let known = || {
        TargetName::ALL
            .iter()
            .map(|target| target.word())
            .collect::<Vec<_>>()
            .join(", ")
    };
    let found = TargetName::ALL.iter().copied().find(|target| target.word() == text);
    found.ok_or_else(|| format!("there is no target `{text}`; there is {}", known()))
}
