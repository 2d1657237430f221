//! What judging costs beside reading: `cargo bench --bench catalogue`, with 1,000 services and 200 migrations unless two other
//! numbers follow `--`, or the directory of a spec.
//!
//! Prints the time to parse and resolve, to run and judge by all rules, and the ratio; then the shares of those rules and of the
//! facts made for them that took the longest. Each figure is the least of several runs.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::float_arithmetic,
    missing_docs,
    reason = "benchmarks"
)]

mod migrations;
mod system;

use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use loadline_compiler::budget::connections::Clients;
use loadline_compiler::migrations::{World, explore};
use loadline_compiler::model::Model;
use loadline_compiler::project::{self, Loader, ReadError};
use loadline_compiler::rules::{self, Context};
use loadline_compiler::source::Sources;
use loadline_compiler::sql::Script;
use loadline_compiler::values::Date;

const RUNS: usize = 9;
const SHOWN: usize = 25;

/// All files of a project, by name. Those of a directory are read once.
#[derive(Default)]
struct Files {
    texts: BTreeMap<String, String>,
    directory: Option<PathBuf>,
}

impl Loader for Files {
    fn read(&mut self, path: &str) -> Result<String, ReadError> {
        if let Some(directory) = self.directory.as_ref().filter(|_| !self.texts.contains_key(path)) {
            let text = std::fs::read_to_string(directory.join(path)).map_err(|_| ReadError::NotFound)?;
            self.texts.insert(path.to_owned(), text);
        }
        self.texts.get(path).cloned().ok_or(ReadError::NotFound)
    }
}

fn main() {
    // `cargo bench` adds flags of its own.
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|flag| !flag.starts_with("--"))
        .collect();
    let mut sizes = arguments.iter().filter_map(|argument| argument.parse().ok());
    let (services, migrations) = (sizes.next().unwrap_or(1_000), sizes.next().unwrap_or(200));
    let mut files = match arguments.first().map(PathBuf::from).filter(|path| path.is_dir()) {
        Some(path) => Files {
            directory: Some(path),
            ..Files::default()
        },
        None => Files {
            texts: migrations::with_migrations(services, migrations).into_iter().collect(),
            ..Files::default()
        },
    };

    let read = least(|| {
        let sources = Sources::new();
        let project = project::load(&sources, &mut files, "loadline.load").unwrap();
        let resolved = project.resolve(None, &mut files);
        assert!(resolved.diagnostics.is_empty(), "{:?}", resolved.diagnostics.first());
        std::mem::forget(black_box(resolved));
    });
    let sources = Sources::new();
    let project = project::load(&sources, &mut files, "loadline.load").unwrap();
    let model = project.resolve(None, &mut files).model;
    let mut findings = 0;
    let judged = least(|| {
        let found = rules::check(black_box(&model), &[], None, Date::parse("2026-11-21").unwrap());
        findings = found.len();
        black_box(rules::judge(&model, found));
    });
    let (services, changes) = (model.workloads.len(), model.changes.len());
    println!("{services} services, {changes} migrations, {findings} findings");
    println!("parse and resolve {:>9.3} ms", milliseconds(read));
    println!("rules             {:>9.3} ms", milliseconds(judged));
    println!("ratio             {:>9.3}", judged.as_secs_f64() / read.as_secs_f64());
    println!();
    for (cost, what) in costs(&model).into_iter().take(SHOWN) {
        println!("{:>9.3} ms  {what}", milliseconds(cost));
    }
}

/// What each rule takes, and each of the facts that several share; the dearest first.
fn costs(model: &Model) -> Vec<(Duration, &'static str)> {
    let (clients, world, scripts) = (Clients::of(model), World::of(model), Script::of_model(model));
    let explored = explore(&world);
    let context = Context {
        model,
        siblings: &[],
        clients: &clients,
        world: &world,
        explored: &explored,
        scripts: &scripts,
        running: None,
        today: Date::parse("2026-11-21").unwrap(),
    };
    let mut found = Vec::new();
    let mut costs = vec![
        (least(|| drop(black_box(Clients::of(model)))), "(who opens connections)"),
        (least(|| drop(black_box(World::of(model)))), "(the world of changes)"),
        (least(|| drop(black_box(explore(&world)))), "(exploring it)"),
        (
            least(|| drop(black_box(Script::of_model(model)))),
            "(running the SQL files)",
        ),
    ];
    for rule in rules::ALL {
        let Some(check) = rule.check else { continue };
        costs.push((least(|| check(&context, &mut Vec::new())), rule.name));
        check(&context, &mut found);
    }
    costs.push((
        least(|| drop(black_box(rules::judge(model, found.clone())))),
        "(judging what was found)",
    ));
    costs.sort_by_key(|(cost, _)| std::cmp::Reverse(*cost));
    costs
}

fn least(mut run: impl FnMut()) -> Duration {
    let mut time = || {
        let begun = Instant::now();
        run();
        begun.elapsed()
    };
    (0..RUNS).map(|_| time()).min().unwrap()
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}
