//! What each stage costs, over the size of the system: parse, resolve, check, emit, and all of them.
//!
//! `cargo bench` prints time per run and, where it has a meaning, bytes per second. Whole processes beside other programs
//! are measured by `scripts/bench`.

#![allow(clippy::unwrap_used, missing_docs, reason = "benchmarks")]

mod changes;
mod system;

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use loadline_compiler::migrations::{World, explore as explore_changes};
use loadline_compiler::model::TargetName;
use loadline_compiler::project::{self, Loader, Project, ReadError};
use loadline_compiler::rules;
use loadline_compiler::source::Sources;
use loadline_compiler::values::Date;

/// Services of a system.
const SIZES: &[usize] = &[10, 100, 1_000];

const TODAY: &str = "2026-11-21";

fn main() {
    divan::main();
}

/// A project that is one text.
struct OneFile<'t>(&'t str);

impl Loader for OneFile<'_> {
    fn read(&mut self, path: &str) -> Result<String, ReadError> {
        match path {
            "loadline.load" => Ok(self.0.to_owned()),
            _ => Err(ReadError::NotFound),
        }
    }
}

fn load<'s>(sources: &'s Sources, text: &str) -> Project<'s> {
    project::load(sources, &mut OneFile(text), "loadline.load").unwrap()
}

fn today() -> Date {
    Date::parse(TODAY).unwrap()
}

/// The last is about the largest that one file may hold: 100,000 entries.
#[divan::bench(args = [10, 100, 1_000, 1_600])]
fn parse(bencher: Bencher<'_, '_>, services: usize) {
    let text = system::spec(services);
    assert!(loadline_grammar::parse(&text, 0).errors.is_empty());
    bencher
        .counter(BytesCount::of_str(&text))
        .bench(|| loadline_grammar::parse(black_box(&text), 0));
}

#[divan::bench(args = [10, 100, 1_000])]
fn format(bencher: Bencher<'_, '_>, services: usize) {
    let text = system::spec(services);
    let parsed = loadline_grammar::parse(&text, 0);
    bencher
        .counter(BytesCount::of_str(&text))
        .bench(|| loadline_grammar::print(black_box(&parsed.file)));
}

#[divan::bench(args = SIZES)]
fn resolve(bencher: Bencher<'_, '_>, services: usize) {
    let text = system::spec(services);
    let sources = Sources::new();
    let project = load(&sources, &text);
    bencher.bench_local(|| project.resolve(None, &mut OneFile(&text)));
}

#[divan::bench(args = SIZES)]
fn rules(bencher: Bencher<'_, '_>, services: usize) {
    let text = system::spec(services);
    let sources = Sources::new();
    let model = load(&sources, &text).resolve(None, &mut OneFile(&text)).model;
    bencher.bench_local(|| rules::check(black_box(&model), &[], None, today()));
}

#[divan::bench(args = SIZES)]
fn emit_kubernetes(bencher: Bencher<'_, '_>, services: usize) {
    let text = system::spec(services);
    let sources = Sources::new();
    let model = load(&sources, &text).resolve(None, &mut OneFile(&text)).model;
    bencher.bench_local(|| loadline_targets::emit(black_box(&model), TargetName::Kubernetes));
}

#[divan::bench(args = SIZES)]
fn all(bencher: Bencher<'_, '_>, services: usize) {
    let text = system::spec(services);
    bencher.bench_local(|| {
        let sources = Sources::new();
        let checked = load(&sources, &text).check(None, &mut OneFile(&text), |_| today());
        loadline_targets::emit(&checked.model, TargetName::Kubernetes)
    });
}

impl Loader for changes::Changes {
    fn read(&mut self, path: &str) -> Result<String, ReadError> {
        let file = self.files.iter().find(|(name, _)| name == path);
        file.map(|(_, text)| text.clone()).ok_or(ReadError::NotFound)
    }
}

/// Changes of six steps each over five services, which nothing orders: each with a table of its own, or all with one.
#[divan::bench(args = [(1, false), (10, false), (10, true), (40, false)])]
fn explore(bencher: Bencher<'_, '_>, (count, shared): (usize, bool)) {
    explored(bencher, changes::spec(count, shared), true);
}

/// More than can be looked at: what giving up takes.
#[divan::bench(sample_count = 5)]
fn give_up(bencher: Bencher<'_, '_>) {
    explored(bencher, changes::about_one_column(12), false);
}

fn explored(bencher: Bencher<'_, '_>, mut files: changes::Changes, to_the_end: bool) {
    let sources = Sources::new();
    let project = project::load(&sources, &mut files, "loadline.load").unwrap();
    let model = project.resolve(None, &mut files).model;
    let world = World::of(&model);
    assert_eq!(explore_changes(&world).undecided.is_empty(), to_the_end);
    bencher.bench_local(|| explore_changes(&World::of(black_box(&model))));
}
