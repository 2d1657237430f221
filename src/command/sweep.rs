//! `loadline sweep`

mod cells;
mod job;

mod merging;
mod recording;
mod searching;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use loadline_compiler::source::Sources;
use loadline_simulator::report::{Style as Layout, sweep as shown};
use loadline_simulator::scenario::Scenario;
use loadline_simulator::sweep::{Axis, Cell, Mode, Question, Row, Shard, Steps, Sweep, cells as steps};
use loadline_simulator::{Span, study};
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

use super::session::{Session, merged};
use super::simulate::{can_be_written, take_for_granted, wanted, what_if};
use super::{print, remark};
use crate::cli::{AnswerFormat, Format, SweepArgs, SweepCommand};
use crate::exit::{Exit, Problem};
use crate::files::Location;
use crate::progress::Bar;
use crate::report::{self, Report, Style};
use cells::{Prepared, Texts};
use recording::Recorded;

pub(crate) fn run(arguments: &SweepArgs, style: Style) -> Result<Exit, Problem> {
    if let Some(SweepCommand::Merge(merge)) = &arguments.command {
        return merging::run(merge, style);
    }
    if let Some(out) = &arguments.out {
        can_be_written(out)?;
    }
    let (axes, mode) = axes(arguments)?;
    let all = steps(&axes, mode).map_err(|message| Problem::new(format!("--vary: {message}")))?;
    let shard = arguments.shard.as_deref().map(Shard::parse).transpose();
    let shard = shard.map_err(|message| Problem::new(format!("--shard: {message}")))?;
    let base = match Base::read(arguments, style)? {
        Ok(base) => base,
        Err(exit) => return Ok(exit),
    };
    let question = Question {
        scenario: base.scenario.clone(),
        asked: what_if::typed(&arguments.question.what_if),
        spec_sha256: String::new(),
        seed: arguments.question.seed.unwrap_or(base.seed),
        runs: arguments.question.runs.unwrap_or(base.runs).max(1),
        mode,
        axes,
    };
    if let Some(shards) = arguments.emit_job {
        return job::emit(arguments, &base, &question, &all, shards);
    }
    let sweep = if mode == Mode::Largest {
        searching::search(&base, question, arguments)?
    } else {
        grid(&base, question, &all, shard, arguments)?
    };
    give(&sweep, arguments.format, arguments.out.as_deref(), style)?;
    let fails = arguments.must_hold && sweep.shard.is_none() && !sweep.succeeds();
    Ok(if fails { Exit::Findings } else { Exit::Clean })
}

/// What is varied, and how.
fn axes(arguments: &SweepArgs) -> Result<(Vec<Axis>, Mode), Problem> {
    if let Some(range) = &arguments.largest {
        let axis = Axis::parse_range(range).map_err(|message| Problem::new(format!("--largest {range}: {message}")))?;
        return Ok((vec![axis], Mode::Largest));
    }
    let mode = if arguments.one_at_a_time {
        Mode::OneAtATime
    } else {
        Mode::Grid
    };
    let mut axes: Vec<Axis> = Vec::new();
    for vary in &arguments.vary {
        let axis = Axis::parse(vary).map_err(|message| Problem::new(format!("--vary {vary}: {message}")))?;
        if axes.iter().any(|known| known.path == axis.path) {
            return Err(Problem::new(format!("--vary {vary}: `{}` is varied twice", axis.path)));
        }
        axes.push(axis);
    }
    if axes.is_empty() {
        let message =
            "say what is varied: `--vary api.scale=3..20`, or what is searched: `--largest traffic=50%..300%`";
        return Err(Problem::new(message));
    }
    Ok((axes, mode))
}

/// The spec as it is, which says what the scenario is.
struct Base {
    location: Location,
    environment: String,
    scenario: String,
    seed: u64,
    runs: u64,
    /// Every text that was read for it.
    texts: BTreeMap<String, String>,
}

impl Base {
    fn read(arguments: &SweepArgs, style: Style) -> Result<Result<Self, Exit>, Problem> {
        let sources = Sources::new();
        let location = Location::find(&arguments.question.project)?;
        let recorded = Recorded::new();
        let loader = recorded.loader(&location);
        let mut session = Session::load(&sources, location.clone(), loader, &arguments.question.resolve)?;
        let asked = what_if::asked(&arguments.question.what_if, &mut session.project)?;
        let environment = session.only_environment()?;
        let judged = [session.judge_one(&environment)];
        let report = Report::new(&sources, &session.location, &judged, merged(&judged));
        if let Some(problem) = asked
            .as_ref()
            .and_then(|asked| what_if::wrong(asked, &judged[0].diagnostics))
        {
            return Err(problem);
        }
        if report.has_unread() {
            remark(&report::render(&report, Format::Text, style));
            return Ok(Err(Exit::Findings));
        }
        let [judged] = &judged;
        let names = arguments.scenario.iter().cloned();
        let names: Vec<String> = names.chain(asked.map(|asked| asked.scenario)).collect();
        if let [scenario, _] = names.as_slice() {
            return Err(Problem::new(format!(
                "a sweep is of one scenario: name `{scenario}`, or say with options what happens"
            )));
        }
        let found = wanted(&judged.model, &names)?;
        let [scenario] = found.as_slice() else {
            let all: Vec<String> = found
                .iter()
                .map(|scenario| format!("`{}`", scenario.name.value.0))
                .collect();
            return Err(Problem::new(format!("name the scenario: {}", all.join(", "))));
        };
        if arguments.largest.is_some() && scenario.expect.is_empty() {
            let message =
                "the scenario expects nothing, so there is nothing that could hold; write `expect availability >= 99%`";
            return Err(Problem::new(format!("--largest: {message}")));
        }
        Ok(Ok(Self {
            environment,
            scenario: scenario.name.value.0.clone(),
            seed: scenario.seed.value,
            runs: scenario.runs.value,
            location,
            texts: recorded.texts(),
        }))
    }
}

/// All cells of a grid, with the runs of one part, or all.
fn grid(
    base: &Base,
    mut question: Question,
    all: &[Steps],
    shard: Option<Shard>,
    arguments: &SweepArgs,
) -> Result<Sweep, Problem> {
    let prepared: Vec<Result<Prepared, Problem>> = all
        .par_iter()
        .map(|steps| cells::prepare(base, &question.axes, steps, arguments))
        .collect();
    // In the order of cells: of several problems the first is said, not that of the quickest thread.
    let prepared: Result<Vec<Prepared>, Problem> = prepared.into_iter().collect();
    let prepared = prepared?;
    let mut texts = Texts::of(base);
    for each in &prepared {
        texts.add(&each.more);
    }
    question.spec_sha256 = texts.digest(base, arguments);
    // What is said of several cells is said once.
    let mut remarks: Vec<String> = Vec::new();
    for own in prepared.iter().flat_map(|each| &each.remarks) {
        if !remarks.contains(own) {
            remarks.push(own.clone());
        }
    }
    take_for_granted(&remarks);
    let runs = question.runs;
    let with_runs = |cell: usize| (0..runs).filter(move |run| shard.is_none_or(|shard| shard.has(cell, *run, runs)));
    let work: Vec<(usize, u64)> = prepared
        .iter()
        .enumerate()
        .filter(|(_, each)| each.scenario.is_ok())
        .flat_map(|(cell, _)| with_runs(cell).map(move |run| (cell, run)))
        .collect();
    let longest = |cell: usize| {
        let scenario = prepared.get(cell).and_then(|each| each.scenario.as_ref().ok());
        scenario.map_or(Span::ZERO, Scenario::longest)
    };
    let length = (0..prepared.len()).map(longest).max().unwrap_or(Span::ZERO);
    let bar = Bar::of_runs(work.len() as u64, length);
    // Each run is a function of its cell and number, so threads change nothing but the time.
    let rows: Vec<(usize, Row)> = work
        .par_iter()
        .filter_map(|(cell, run)| {
            let scenario = prepared.get(*cell)?.scenario.as_ref().ok()?;
            let outcome = bar.run(length, |watch| study::run(scenario, question.seed, *run, watch));
            Some((*cell, Row::of(scenario, &outcome.figures)))
        })
        .collect();
    drop(bar);
    let mut rows = rows.into_iter().peekable();
    let cells = all.iter().zip(prepared).enumerate().map(|(place, (steps, each))| {
        let mut cell = Cell::new(question.values(steps), each.scenario.as_ref().map_err(Clone::clone));
        while let Some((_, row)) = rows.next_if(|(cell, _)| *cell == place) {
            cell.runs.push(row);
        }
        cell
    });
    let cells = cells.collect();
    Ok(Sweep { question, shard, cells })
}

/// Prints or writes a result.
fn give(sweep: &Sweep, format: Option<AnswerFormat>, out: Option<&Path>, style: Style) -> Result<(), Problem> {
    let part = sweep.shard.is_some();
    let format = match format {
        Some(AnswerFormat::Text | AnswerFormat::Markdown) if part => {
            return Err(Problem::new(
                "--format: a part of a sweep is written as JSON, for `loadline sweep merge`",
            ));
        }
        Some(format) => format,
        None if part => AnswerFormat::Json,
        None => AnswerFormat::Text,
    };
    let layout = Layout {
        color: style.color && out.is_none(),
        width: style.width,
    };
    let text = match format {
        AnswerFormat::Text => shown::text(sweep, layout),
        AnswerFormat::Json => shown::json(sweep),
        AnswerFormat::Markdown => shown::markdown(sweep),
    };
    match out {
        None => print(&text),
        Some(path) => {
            fs::write(path, text).map_err(|error| Problem::io(path, &error))?;
            remark(&format!("wrote {}\n", path.display()));
            Ok(())
        }
    }
}
