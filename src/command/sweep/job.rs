//! `--emit-job`: the sweep as an Indexed Job of Kubernetes.

use std::fs;

use loadline_simulator::sweep::{Question, Steps};
use loadline_targets::SweepJob;

use super::Base;
use super::cells::{self, Texts};
use crate::cli::SweepArgs;
use crate::command::simulate::what_if;
use crate::command::{print, remark};
use crate::exit::{Exit, Problem};

pub(super) fn emit(
    arguments: &SweepArgs,
    base: &Base,
    question: &Question,
    all: &[Steps],
    parts: u64,
) -> Result<Exit, Problem> {
    // A wrong value is better said now than by each pod, and a value may name a file that goes along.
    let mut texts = Texts::of(base);
    for steps in all {
        texts.add(&cells::prepare(base, &question.axes, steps, arguments)?.more);
    }
    let job = SweepJob {
        scenario: &base.scenario,
        namespace: &arguments.namespace,
        image: arguments.image.as_deref().unwrap_or_default(),
        claim: arguments.claim.as_deref(),
        parts,
        file: &base.location.file,
        texts: texts.all(),
        arguments: options(arguments, question),
    };
    let text = job
        .emit()
        .map_err(|message| Problem::new(format!("--emit-job: {message}")))?;
    match &arguments.out {
        None => print(&text)?,
        Some(path) => {
            fs::write(path, text).map_err(|error| Problem::io(path, &error))?;
            remark(&format!("wrote {}\n", path.display()));
        }
    }
    Ok(Exit::Clean)
}

/// What each part is asked, besides which part it is.
fn options(arguments: &SweepArgs, question: &Question) -> Vec<String> {
    let mut words = what_if::words(&arguments.question.what_if)
        .iter()
        .map(|(word, text)| format!("{}={text}", word.option()))
        .collect::<Vec<String>>();
    if words.is_empty() {
        words.push(question.scenario.clone());
    }
    let resolve = &arguments.question.resolve;
    words.extend(resolve.environments.iter().map(|name| format!("--env={name}")));
    words.extend(resolve.sets.iter().map(|set| format!("--set={set}")));
    words.extend(resolve.today.iter().map(|today| format!("--today={today}")));
    words.extend(arguments.vary.iter().map(|vary| format!("--vary={vary}")));
    if arguments.one_at_a_time {
        words.push("--one-at-a-time".to_owned());
    }
    words.extend([format!("--runs={}", question.runs), format!("--seed={}", question.seed)]);
    words
}
