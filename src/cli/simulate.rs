//! The arguments of `loadline simulate`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::ResolveArgs;

/// Ask what if: run scenarios of the spec, and say what breaks first and why
#[derive(Debug, Args)]
#[command(after_help = "Example: loadline simulate bad-deploy --runs 200 --html report.html\n\
                  docs/simulator.md says what is simulated, and what is not.")]
pub(crate) struct SimulateArgs {
    /// Scenarios by name; all of the project when left out
    #[arg(value_name = "SCENARIO")]
    pub(crate) scenarios: Vec<String>,

    #[command(flatten)]
    pub(crate) question: QuestionArgs,

    /// Only this run, from 0: shows again what a report was about
    #[arg(long, value_name = "N", conflicts_with = "runs")]
    pub(crate) run: Option<u64>,

    /// How answers are printed
    #[arg(long, value_enum, default_value_t = AnswerFormat::Text)]
    pub(crate) format: AnswerFormat,

    /// Write one page with charts, which needs nothing else
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,

    /// Write what happened in the run that is told: `.jsonl` for JSON lines, anything else for Perfetto and Chrome
    #[arg(long, value_name = "FILE")]
    pub(crate) trace: Option<PathBuf>,
}

/// What is asked, of which spec, and how often: of one spec, and of each cell of a sweep.
#[derive(Clone, Debug, Args)]
pub(crate) struct QuestionArgs {
    /// A directory with a loadline.load, or a file
    #[arg(long, value_name = "PATH", default_value = ".")]
    pub(crate) project: PathBuf,

    #[command(flatten)]
    pub(crate) resolve: ResolveArgs,

    #[command(flatten)]
    pub(crate) what_if: WhatIfArgs,

    /// How often it is run, each time with other luck; what the scenario says when left out
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub(crate) runs: Option<u64>,

    /// Where luck begins; what the scenario says when left out
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
}

/// A scenario on the command line. `@AT` is when, 30s when left out; `+FOR` is for how long.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "What if, without a scenario")]
pub(crate) struct WhatIfArgs {
    /// Requests from outside: 800/s, api=800/s@30s+2m, api=2_000/s:ramp=5m. May repeat, as all of these
    #[arg(long, value_name = "[THING=]RATE[@AT][+FOR]")]
    pub(crate) traffic: Vec<String>,

    /// A new revision: api, api@30s:errors=5%,slower=50%,boot=never
    #[arg(long, value_name = "THING[@AT]")]
    pub(crate) rollout: Vec<String>,

    /// Back to the revision before
    #[arg(long, value_name = "THING[@AT]")]
    pub(crate) rollback: Vec<String>,

    /// A thing is away: orders-db@60s+20s, api:share=10%
    #[arg(long, value_name = "THING[@AT][+FOR]")]
    pub(crate) fail: Vec<String>,

    /// A thing is slower: orders-db@60s+20s:by=300%
    #[arg(long, value_name = "THING[@AT][+FOR]")]
    pub(crate) slow: Vec<String>,

    /// Instances accept requests and work on none: api@60s+10s
    #[arg(long, value_name = "THING[@AT][+FOR]")]
    pub(crate) stall: Vec<String>,

    /// Two things cannot reach each other: api,orders-db@60s+20s
    #[arg(long, value_name = "ONE,OTHER[@AT][+FOR]")]
    pub(crate) partition: Vec<String>,

    /// Instances end without warning: api@60s:count=2
    #[arg(long, value_name = "THING[@AT]")]
    pub(crate) kill: Vec<String>,

    /// A node is emptied: prod@90s:node=2
    #[arg(long, value_name = "PLACE[@AT]")]
    pub(crate) drain: Vec<String>,

    /// The number of instances is set by hand: api=12@60s
    #[arg(long, value_name = "THING=REPLICAS[@AT]")]
    pub(crate) scale: Vec<String>,

    /// Instances lose memory: api@30s:memory=1Mi,every=1s
    #[arg(long, value_name = "THING[@AT]")]
    pub(crate) leak: Vec<String>,

    /// A step of a change, or all that are left: full-name@60s:all
    #[arg(long, value_name = "CHANGE[.STEP][@AT]")]
    pub(crate) migrate: Vec<String>,

    /// What must hold: 'availability api >= 99.5%'
    #[arg(long, value_name = "EXPECTATION")]
    pub(crate) expect: Vec<String>,

    /// When a run ends: 10m, or settled
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<String>,
}

/// How answers of the simulator are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum AnswerFormat {
    /// For people
    Text,
    /// For programs; its schema is in docs/schema
    Json,
    /// For a pull request
    Markdown,
}
