//! `--largest`: the largest value at which all expectations hold.

use std::collections::BTreeMap;

use loadline_simulator::sweep::{Cell, Question, Row, Steps, Summary, Sweep, largest};
use loadline_simulator::{Tick, study};
use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};

use super::Base;
use super::cells::{self, Texts};
use crate::cli::SweepArgs;
use crate::command::simulate::take_for_granted;
use crate::exit::Problem;
use crate::progress::Bar;

pub(super) fn search(base: &Base, mut question: Question, arguments: &SweepArgs) -> Result<Sweep, Problem> {
    let count = question.axes.first().map_or(0, |axis| axis.values.len());
    let mut texts = Texts::of(base);
    let mut looked: BTreeMap<usize, Cell> = BTreeMap::new();
    let runs = question.runs;
    largest(count, |place| {
        let steps: Steps = vec![Some(place)];
        let prepared = cells::prepare(base, &question.axes, &steps, arguments)?;
        texts.add(&prepared.more);
        if looked.is_empty() {
            take_for_granted(&prepared.remarks);
        }
        let values = question.values(&steps);
        let scenario = prepared.scenario.map_err(|problems| {
            let value = values.iter().flatten().next().map_or("", String::as_str);
            Problem::new(format!(
                "--largest: {value} cannot be simulated:\n{}",
                problems.join("\n")
            ))
        })?;
        let bar = Bar::of_runs(runs, scenario.longest());
        let mut cell = Cell::new(values, Ok(&scenario));
        cell.runs = (0..runs)
            .into_par_iter()
            .map(|run| {
                let run = |watch: &dyn Fn(Tick)| study::run(&scenario, question.seed, run, watch);
                Row::of(&scenario, &bar.run(scenario.longest(), run).figures)
            })
            .collect();
        let passed = Summary::of(&cell).is_some_and(|summary| summary.passed);
        looked.insert(place, cell);
        Ok::<bool, Problem>(passed)
    })?;
    question.spec_sha256 = texts.digest(base, arguments);
    Ok(Sweep {
        question,
        shard: None,
        cells: looked.into_values().collect(),
    })
}
