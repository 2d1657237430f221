//! From a combination of values to what is simulated.

use std::collections::BTreeMap;
use std::mem::ManuallyDrop;

use loadline_compiler::diagnostic::Diagnostic;
use loadline_compiler::source::Sources;
use loadline_simulator::outcome::Place;
use loadline_simulator::scenario::Scenario;
use loadline_simulator::sweep::{Axis, Steps, TRAFFIC, factor};

use super::Base;
use super::recording::Recorded;
use crate::cli::SweepArgs;
use crate::command::session::{Session, merged};
use crate::command::simulate::places::Places;
use crate::command::simulate::what_if;
use crate::exit::Problem;
use crate::files::{Location, digest};
use crate::report::Report;

/// A cell, ready to be run, or why it cannot be.
pub(super) struct Prepared {
    pub(super) scenario: Result<Scenario, Vec<String>>,
    /// What was read for it, and not for the spec as it is: a value may name a file.
    pub(super) more: BTreeMap<String, String>,
    /// What is taken for granted, in words.
    pub(super) remarks: Vec<String>,
}

/// Reads the project again with the values of a cell: settings that follow from others follow them here, too.
pub(super) fn prepare(base: &Base, axes: &[Axis], steps: &Steps, arguments: &SweepArgs) -> Result<Prepared, Problem> {
    let sources = Sources::new();
    let recorded = Recorded::new();
    let loader = recorded.loader(&base.location);
    let mut session = Session::load(&sources, base.location.clone(), loader, &arguments.question.resolve)?;
    // What is wrong with it was said of the spec as it is.
    let asked = what_if::asked(&arguments.question.what_if, &mut session.project)?;
    let option = if arguments.largest.is_some() {
        "--largest"
    } else {
        "--vary"
    };
    let wrong =
        |axis: &Axis, value: &str, message: &str| Problem::new(format!("{option} {}={value}: {message}", axis.path));
    let mut scale = 1_000_000;
    let mut set: Vec<(&Axis, &str)> = Vec::new();
    for (axis, step) in axes.iter().zip(steps) {
        let Some(value) = step.and_then(|step| axis.values.get(step)) else {
            continue;
        };
        if axis.path == TRAFFIC {
            scale = factor(value).map_err(|message| wrong(axis, value, &message))?;
            continue;
        }
        let done = session.project.set(&axis.path, value);
        done.map_err(|message| wrong(axis, value, &message))?;
        set.push((axis, value));
    }
    let judged = [session.judge_one(&base.environment)];
    let report = Report::new(&sources, &base.location, &judged, merged(&judged));
    // Relative to the project: where that lies on this machine is no part of the result.
    let location = Location {
        prefix: String::new(),
        ..base.location.clone()
    };
    let places = Places {
        sources: &sources,
        location: &location,
        asked: asked.as_ref(),
    };
    let unread: Vec<&Diagnostic> = report.unread().collect();
    // What cannot be read where a value was laid over the spec is a wrong value, whatever the others are.
    for (axis, value) in &set {
        let name = format!("--set {}={value}", axis.path);
        let of_value = |found: &&&Diagnostic| sources.file(found.span()).is_some_and(|file| file.name == name);
        if let Some(found) = unread.iter().find(of_value) {
            return Err(wrong(axis, value, &found.message));
        }
    }
    let mut remarks = Vec::new();
    let scenario = if unread.is_empty() {
        let [environment] = &judged;
        let mut scenarios = environment.model.scenarios.iter();
        match scenarios.find(|scenario| scenario.name.value.0 == base.scenario) {
            None => Err(vec![format!("there is no scenario `{}`", base.scenario)]),
            Some(scenario) => Scenario::of(&environment.model, scenario)
                .inspect(|scenario| remarks.extend(scenario.assumptions.iter().map(|own| places.said(own))))
                .map_err(|refusals| refusals.iter().map(|refusal| places.said(refusal)).collect()),
        }
    } else {
        Err(unread.iter().map(|found| line(found, places)).collect())
    };
    let scenario = scenario.map(|mut scenario| {
        scenario.scale_traffic(scale);
        scenario
    });
    let [judged] = judged;
    // Thousands of cells: unlike in other commands, memory is worth the time to give it back.
    drop(ManuallyDrop::into_inner(judged.model));
    drop(ManuallyDrop::into_inner(session.project));
    Ok(Prepared {
        scenario,
        more: recorded.texts_beyond(&base.texts),
        remarks,
    })
}

fn line(found: &Diagnostic, places: Places<'_>) -> String {
    let span = found.span();
    let at = places.locate(Place {
        start: span.start,
        end: span.end,
    });
    let at = at.map_or_else(String::new, |at| format!("{at}: "));
    format!("{at}{}", found.message)
}

/// Every text that the sweep depends on.
pub(super) struct Texts(BTreeMap<String, String>);

impl Texts {
    pub(super) fn of(base: &Base) -> Self {
        Self(base.texts.clone())
    }

    pub(super) fn add(&mut self, more: &BTreeMap<String, String>) {
        for (path, text) in more {
            self.0.entry(path.clone()).or_insert_with(|| text.clone());
        }
    }

    pub(super) const fn all(&self) -> &BTreeMap<String, String> {
        &self.0
    }

    /// Of all texts, which project file comes first, and what the command line lays over them.
    pub(super) fn digest(&self, base: &Base, arguments: &SweepArgs) -> String {
        let over = (&base.location.file, &base.environment, &arguments.question.resolve.sets);
        // Lists of texts cannot be written in two ways.
        digest(serde_json::to_string(&(&self.0, over)).unwrap_or_default().as_bytes())
    }
}
