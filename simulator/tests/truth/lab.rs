//! A system from a spec, run many times.

use std::thread;

use loadline_compiler::diagnostic::Severity;
use loadline_compiler::model::Model;
use loadline_compiler::project::{self, Loader, ReadError};
use loadline_compiler::source::Sources;
use loadline_simulator::engine::{self, Luck, Outcome, Plan};
use loadline_simulator::scenario::Scenario;
use loadline_simulator::system::System;
use loadline_simulator::{Seed, Tick};

/// What is run.
#[derive(Clone)]
pub struct Lab {
    pub system: System,
    pub plan: Plan,
}

/// A project of one file.
struct Only(String);

impl Loader for Only {
    fn read(&mut self, path: &str) -> Result<String, ReadError> {
        let is_it = path == "loadline.load";
        is_it.then(|| self.0.clone()).ok_or(ReadError::NotFound)
    }
}

/// The model of a spec without mistakes.
pub fn model(spec: &str) -> Model {
    let sources = Sources::new();
    let mut loader = Only(spec.to_owned());
    let project = project::load(&sources, &mut loader, "loadline.load").unwrap();
    let resolution = project.resolve(None, &mut loader);
    let found = project.diagnostics().iter().chain(&resolution.diagnostics);
    let errors: Vec<&str> = found
        .filter(|found| found.severity == Severity::Error)
        .map(|found| found.message.as_str())
        .collect();
    assert_eq!(errors, Vec::<&str>::new(), "{spec}");
    resolution.model
}

impl Lab {
    /// The first scenario of a spec.
    pub fn of(spec: &str) -> Self {
        let model = model(spec);
        let Scenario { system, plan, .. } = Scenario::of(&model, &model.scenarios[0]).unwrap();
        Self { system, plan }
    }

    /// What comes in the first `seconds` is not counted.
    pub fn warmed_up(mut self, seconds: f64) -> Self {
        self.plan.warm_up = Tick::at((seconds * 1e6) as u64);
        self
    }

    pub fn run(&self, run: u64) -> Outcome {
        let luck = Luck { seed: Seed(1), run };
        engine::run(&self.system, &self.plan, luck)
    }

    /// So many runs, in their order, on two processors.
    pub fn runs(&self, count: u64) -> Vec<Outcome> {
        let half = count / 2;
        thread::scope(|scope| {
            let first = scope.spawn(|| (0..half).map(|run| self.run(run)).collect::<Vec<_>>());
            let second: Vec<_> = (half..count).map(|run| self.run(run)).collect();
            first.join().unwrap().into_iter().chain(second).collect()
        })
    }
}

/// A mean over runs, and its standard error.
#[derive(Clone, Copy, Debug)]
pub struct Estimate {
    pub mean: f64,
    pub error: f64,
}

impl Estimate {
    pub fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let values: Vec<f64> = values.into_iter().collect();
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let spread: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        Self {
            mean,
            error: (spread / (count * (count - 1.0))).sqrt(),
        }
    }

    /// How many standard errors it is off.
    pub fn off(self, truth: f64) -> f64 {
        (self.mean - truth).abs() / self.error
    }

    /// Its standard error as a part of what it is of.
    pub fn blur(self) -> f64 {
        self.error / self.mean
    }
}
