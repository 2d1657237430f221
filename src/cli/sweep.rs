//! The arguments of `loadline sweep`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{AnswerFormat, QuestionArgs};

/// Ask many what-ifs side by side: vary values of the spec, and see where a scenario still holds
///
/// Each cell of the grid is the spec with other values, and is run as `loadline simulate` would run it, with the same luck in
/// all cells: what differs comes from the values. All cores are used; how many there are changes nothing but the time.
///
/// PATH is whatever --set takes, or `traffic`, a factor on all traffic of the scenario. VALUES are `a,b,c`; `3..20`, in
/// steps of one; `1ms..5ms:1ms` with a step; a value in braces is itself: `{3..20}` is the range of an autoscaler.
///
/// A value that cannot be read ends the sweep with 2. A cell that cannot be simulated is said in the result, and the others
/// go on. A sweep is a question: it exits with 0 whatever the answer, unless --must-hold is given.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples: loadline sweep bad-deploy --vary api.scale=3..8 --vary traffic=50%..200%:50% --runs 100\n          \
                  loadline sweep bad-deploy --largest traffic=50%..1000%:10%\n          \
                  loadline sweep --traffic 800/s --expect 'p95 api < 300ms' --vary api.scale=3..8\n\
                  docs/guides/sweeps.md shows results, and how many machines share one."
)]
pub(crate) struct SweepArgs {
    #[command(subcommand)]
    pub(crate) command: Option<SweepCommand>,

    /// The scenario; may be left out if the project has only one, or if options say what happens
    pub(crate) scenario: Option<String>,

    /// What is varied: api.scale=3..20, orders-db.latency=1ms,5ms, traffic=50%..300%:50%. May repeat: all combinations
    #[arg(long, value_name = "PATH=VALUES")]
    pub(crate) vary: Vec<String>,

    /// Vary one value at a time instead of all combinations; the spec as it is comes first
    #[arg(long)]
    pub(crate) one_at_a_time: bool,

    /// Search for the largest value at which all expectations hold, by halving
    #[arg(long, value_name = "PATH=LOW..HIGH[:STEP]", conflicts_with_all = ["vary", "one_at_a_time", "shard"])]
    pub(crate) largest: Option<String>,

    #[command(flatten)]
    pub(crate) question: QuestionArgs,

    /// Only one of N parts of the runs, from 0: 0/3, 1/3, 2/3. Written as JSON, for `loadline sweep merge`
    #[arg(long, value_name = "I/N")]
    pub(crate) shard: Option<String>,

    /// How the result is printed; text when left out
    #[arg(long, value_enum)]
    pub(crate) format: Option<AnswerFormat>,

    /// Write the result into a file
    #[arg(short = 'o', long = "out", value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,

    /// Exit with 1 if an expectation fails in some cell, or a cell cannot be simulated; with --largest, if not even the least
    /// value holds
    #[arg(long)]
    pub(crate) must_hold: bool,

    /// Run nothing; write Kubernetes objects that compute the sweep in so many parts: an Indexed Job, with the spec in a
    /// ConfigMap
    #[arg(long, value_name = "PARTS", requires = "image", conflicts_with_all = ["largest", "shard", "format", "must_hold"],
          value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub(crate) emit_job: Option<u64>,

    /// With --emit-job: the image that has `loadline`, by digest or version
    #[arg(long, requires = "emit_job")]
    pub(crate) image: Option<String>,

    /// With --emit-job: where the objects live
    #[arg(long, requires = "emit_job", default_value = "default", hide_default_value = true)]
    pub(crate) namespace: String,

    /// With --emit-job: a PersistentVolumeClaim into which each part writes its result; the log of its pod when left out
    #[arg(long, value_name = "NAME", requires = "emit_job")]
    pub(crate) claim: Option<String>,
}

/// What else is done with sweeps.
#[derive(Debug, Subcommand)]
pub(crate) enum SweepCommand {
    Merge(MergeArgs),
}

/// Put the parts of a sweep together, byte for byte what one machine would have written
///
/// The files may come in any order. Parts of different sweeps, missing and doubled ones are errors. A whole result in JSON is
/// shown again in another format.
#[derive(Debug, Args)]
pub(crate) struct MergeArgs {
    /// Results of `loadline sweep --shard I/N`
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,

    /// How the result is printed; text when left out
    #[arg(long, value_enum)]
    pub(crate) format: Option<AnswerFormat>,

    /// Write the result into a file
    #[arg(short = 'o', long = "out", value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,

    /// Exit with 1 if an expectation fails in some cell, or a cell cannot be simulated
    #[arg(long)]
    pub(crate) must_hold: bool,
}
