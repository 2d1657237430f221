//! `loadline simulate`

pub(super) mod places;
mod setting;
pub(super) mod what_if;

use std::fs;
use std::ops::Range;
use std::path::Path;

use loadline_compiler::diagnostic::{alternatives, counted};
use loadline_compiler::model::{self, Model};
use loadline_compiler::source::Sources;
use loadline_compiler::suggest;
use loadline_simulator::outcome::{Figures, Place};
use loadline_simulator::report::{self as shown, Report as Answers, Style as Layout, TraceFormat};
use loadline_simulator::scenario::Scenario;
use loadline_simulator::study;
use loadline_simulator::system::Refusal;
use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};

use super::session::{Session, merged};
use super::{print, remark};
use crate::cli::{AnswerFormat, Format, SimulateArgs};
use crate::exit::{Exit, Problem};
use crate::progress::Bar;
use crate::report::{self, Report, Style};
use places::Places;

pub(crate) fn run(arguments: &SimulateArgs, style: Style) -> Result<Exit, Problem> {
    let sources = Sources::new();
    let mut session = Session::open(&sources, &arguments.question.project, &arguments.question.resolve)?;
    let asked = what_if::asked(&arguments.question.what_if, &mut session.project)?;
    let name = session.only_environment()?;
    let environments = [session.judge_one(&name)];
    let report = Report::new(&sources, &session.location, &environments, merged(&environments));
    let [environment] = &environments;
    if let Some(problem) = asked
        .as_ref()
        .and_then(|asked| what_if::wrong(asked, &environment.diagnostics))
    {
        return Err(problem);
    }
    // Findings of the rules do not keep anybody from asking what would happen.
    if report.has_unread() {
        remark(&report::render(&report, Format::Text, style));
        return Ok(Exit::Findings);
    }
    let mut names: Vec<String> = Vec::new();
    // Asked for twice, it is answered once.
    for name in &arguments.scenarios {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names.extend(asked.iter().map(|asked| asked.scenario.clone()));
    let wanted = wanted(&environment.model, &names)?;
    let places = Places {
        sources: &sources,
        location: &session.location,
        asked: asked.as_ref(),
    };
    let locate = |place: Place| places.locate(place);
    one_file(arguments, &wanted)?;
    for path in [&arguments.html, &arguments.trace].into_iter().flatten() {
        can_be_written(path)?;
    }
    if let (Some(path), true) = (&arguments.html, arguments.html == arguments.trace) {
        let path = path.display();
        return Err(Problem::new(format!(
            "--html and --trace are both to be written into {path}; name two files"
        )));
    }
    let mut studies = Vec::new();
    for scenario in wanted {
        let scenario = match Scenario::of(&environment.model, scenario) {
            Ok(scenario) => scenario,
            Err(refusals) => return Err(refused(&refusals, places)),
        };
        assume(&scenario.assumptions, places);
        let seed = arguments.question.seed.unwrap_or(scenario.seed);
        let runs = match arguments.run {
            Some(run) => run..run.saturating_add(1),
            None => 0..arguments.question.runs.unwrap_or(scenario.runs).max(1),
        };
        // The worst one is run again, to be told.
        let length = scenario.longest();
        let bar = Bar::of_runs(runs.end.saturating_sub(runs.start).saturating_add(1), length);
        let figures = all_runs(&scenario, seed, runs, &bar);
        let replay = |run: u64| replay(arguments, &scenario.name, seed, run);
        studies.push(bar.run(length, |watch| study::study(&scenario, seed, figures, replay, watch)));
    }
    let answers: Vec<Answers<'_>> = studies.iter().map(|study| Answers::new(study, &locate)).collect();
    for answer in &answers {
        write_files(arguments, answer)?;
    }
    let layout = Layout {
        color: style.color,
        width: style.width,
    };
    let texts: Vec<String> = match arguments.format {
        AnswerFormat::Text => answers.iter().map(|answer| answer.text(layout)).collect(),
        AnswerFormat::Json => vec![shown::json(&answers)],
        AnswerFormat::Markdown => answers.iter().map(|answer| answer.markdown()).collect(),
    };
    print(&texts.join("\n"))?;
    let passes = answers.iter().all(Answers::passes);
    Ok(if passes { Exit::Clean } else { Exit::Findings })
}

/// A page and a trace are of one scenario.
fn one_file(arguments: &SimulateArgs, wanted: &[&model::Scenario]) -> Result<(), Problem> {
    if wanted.len() < 2 || (arguments.html.is_none() && arguments.trace.is_none()) {
        return Ok(());
    }
    let names: Vec<String> = wanted
        .iter()
        .map(|scenario| format!("`{}`", scenario.name.value.0))
        .collect();
    let names = alternatives(&names);
    Err(Problem::new(format!(
        "--html and --trace are of one scenario; name {names}"
    )))
}

/// The scenarios that were asked for: all of them, when none was named.
pub(super) fn wanted<'m>(model: &'m Model, names: &[String]) -> Result<Vec<&'m model::Scenario>, Problem> {
    if model.scenarios.is_empty() {
        return Err(Problem::new(
            "the project has no scenario; write one: `scenario bad-deploy { at 30s { rollout api { errors 5% } } }`, or ask \
             with options: `--rollout api@30s:errors=5%`",
        ));
    }
    if names.is_empty() {
        return Ok(model.scenarios.iter().collect());
    }
    let all = || model.scenarios.iter().map(|scenario| scenario.name.value.0.as_str());
    let found = names.iter().map(|name| {
        let found = model.scenarios.iter().find(|scenario| scenario.name.value.0 == *name);
        found.ok_or_else(|| {
            let near =
                suggest::nearest(name, all()).map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            // Without a word that is near: those that there are.
            let names: Vec<String> = all().map(|name| format!("`{name}`")).collect();
            let near = if near.is_empty() {
                format!("; the project has {}", names.join(", "))
            } else {
                near
            };
            Problem::new(format!("there is no scenario `{name}`{near}"))
        })
    });
    found.collect()
}

/// Each run is a function of its number: they are run on all cores, and stand in their order.
fn all_runs(scenario: &Scenario, seed: u64, runs: Range<u64>, bar: &Bar) -> Vec<Figures> {
    let figures = runs.into_par_iter().map(|run| {
        bar.run(scenario.longest(), |watch| {
            study::run(scenario, seed, run, watch).figures
        })
    });
    figures.collect()
}

fn replay(arguments: &SimulateArgs, scenario: &str, seed: u64, run: u64) -> String {
    let mut words = vec!["loadline simulate".to_owned()];
    let what_if = what_if::typed(&arguments.question.what_if);
    // What was asked on the command line is its options, a scenario of the spec is its name.
    let named = arguments.scenarios.iter().any(|name| name == scenario);
    if named || what_if.is_empty() {
        words.push(scenario.to_owned());
    } else {
        words.extend(what_if);
    }
    if arguments.question.project != Path::new(".") {
        let project = arguments.question.project.display().to_string();
        words.push(format!("--project {}", what_if::as_typed(&project)));
    }
    words.extend(
        arguments
            .question
            .resolve
            .environments
            .iter()
            .map(|name| format!("--env {name}")),
    );
    words.extend(
        arguments
            .question
            .resolve
            .sets
            .iter()
            .map(|set| format!("--set {}", what_if::quoted(set))),
    );
    words.push(format!("--seed {seed} --run {run}"));
    words.join(" ")
}

fn write_files(arguments: &SimulateArgs, answer: &Answers<'_>) -> Result<(), Problem> {
    if let Some(path) = &arguments.html {
        write(path, &answer.html())?;
    }
    if let Some(path) = &arguments.trace {
        let format = TraceFormat::of_file(&path.to_string_lossy());
        write(path, &answer.trace(format).unwrap_or_default())?;
    }
    Ok(())
}

/// Said before anything runs, rather than after an hour.
pub(super) fn can_be_written(path: &Path) -> Result<(), Problem> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if path.is_dir() {
        return Err(Problem::new(format!(
            "{} is a directory; name a file in it",
            path.display()
        )));
    }
    if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
        return Err(Problem::new(format!(
            "{}: there is no directory {}",
            path.display(),
            folder.display()
        )));
    }
    // What is there is left as it is, and what is not there is not there afterwards.
    let is_new = !path.exists();
    let opened = fs::OpenOptions::new().append(true).create(true).open(path);
    opened.map_err(|error| Problem::io(path, &error))?;
    if is_new {
        fs::remove_file(path).map_err(|error| Problem::io(path, &error))?;
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<(), Problem> {
    fs::write(path, text).map_err(|error| Problem::io(path, &error))?;
    remark(&format!("wrote {}\n", path.display()));
    Ok(())
}

/// Why nothing is run.
fn refused(refusals: &[Refusal], places: Places<'_>) -> Problem {
    let all: Vec<String> = refusals.iter().map(|refusal| places.said(refusal)).collect();
    Problem::new(format!("this cannot be simulated:\n{}", all.join("\n")))
}

/// What is taken for granted, before anything runs.
fn assume(assumptions: &[Refusal], places: Places<'_>) {
    let all: Vec<String> = assumptions.iter().map(|assumption| places.said(assumption)).collect();
    take_for_granted(&all);
}

pub(super) fn take_for_granted(all: &[String]) {
    if !all.is_empty() {
        let count = counted(all.len() as u64, "remark");
        remark(&format!("{count} on what is simulated:\n{}\n", all.join("\n")));
    }
}
