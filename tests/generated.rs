//! Systems made from a seed, one spec for each: they compile or are refused at a place, the same every time, and real
//! programs find nothing in what is written.
//!
//! `LOADLINE_GENERATED=2000` makes so many, from the seed `LOADLINE_SEED` on. Specs and outputs stay in
//! `target/tmp/generated/SEED`.

mod edge;
mod random;
mod system;
mod workload;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::harness::{Run, run_in};

/// How many there are in the suite, and how many of a hundred must compile.
const COUNT: u64 = 200;
const COMPILE: usize = 75;

/// The oldest version of Kubernetes that a spec without one is written for.
pub(crate) const OLDEST: &str = "1.30";

/// One spec, as the program judged it.
pub(crate) struct Generated {
    pub(crate) directory: PathBuf,
    pub(crate) version: Option<&'static str>,
    run: Run,
}

impl Generated {
    pub(crate) fn compiles(&self) -> bool {
        self.run.code == 0
    }

    fn spec(&self) -> String {
        fs::read_to_string(self.directory.join("loadline.load")).unwrap()
    }
}

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.parse().unwrap())
}

/// All of them, compiled once, as they were made: not formatted yet.
pub(crate) fn all() -> &'static [Generated] {
    static ALL: OnceLock<Vec<Generated>> = OnceLock::new();
    ALL.get_or_init(|| {
        let below = Path::new(env!("CARGO_TARGET_TMPDIR")).join("generated");
        let _ = fs::remove_dir_all(&below);
        let first = number("LOADLINE_SEED", 1);
        let seeds: Vec<u64> = (first..first + number("LOADLINE_GENERATED", COUNT)).collect();
        in_two(&seeds, |&seed| {
            let directory = below.join(format!("{seed:04}"));
            let system = system::spec(seed);
            for (path, text) in &system.files {
                let path = directory.join(path);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, text).unwrap();
            }
            Generated {
                version: system.version,
                run: run_in(&directory, &["compile", "-o", "out"], ""),
                directory,
            }
        })
    })
}

/// The same for each, on two threads.
fn in_two<T: Sync, R: Send>(things: &[T], each: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let (left, right) = things.split_at(things.len() / 2);
    std::thread::scope(|scope| {
        let first = scope.spawn(|| left.iter().map(&each).collect::<Vec<R>>());
        let second: Vec<R> = right.iter().map(&each).collect();
        first.join().unwrap().into_iter().chain(second).collect()
    })
}

#[test]
fn a_spec_compiles_or_is_refused_at_a_place() {
    let all = all();
    let compiled = all.iter().filter(|spec| spec.compiles()).count();
    for spec in all.iter().filter(|spec| !spec.compiles()) {
        let shown = spec.run.shown();
        assert!(
            spec.run.code == 1 && shown.contains("loadline.load:"),
            "{}\n{shown}",
            spec.spec()
        );
    }
    eprintln!("{compiled} of {} compile", all.len());
    assert!(
        all.len() * COMPILE <= compiled * 100,
        "{compiled} of {} compile",
        all.len()
    );
}

/// Formatting changes nothing but the form, twice is once, and the same spec gives the same bytes.
#[test]
fn formatting_and_compiling_again_change_nothing() {
    let all = all();
    let paths: Vec<&str> = all.iter().map(|spec| spec.directory.to_str().unwrap()).collect();
    let below = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let form = |check: &[&str]| run_in(below, &[&["fmt"], check, &paths].concat(), "");
    let run = form(&[]);
    assert_eq!(run.code, 0, "{}", run.shown());
    let run = form(&["--check"]);
    assert_eq!(run.code, 0, "formatted twice is not formatted once: {}", run.shown());
    let compiled: Vec<&Generated> = all.iter().filter(|spec| spec.compiles()).collect();
    in_two(&compiled, |spec| {
        // Only the manifest knows the bytes of the spec.
        let run = run_in(&spec.directory, &["compile", "-o", "out", "--verify"], "");
        let same = run.code == 0 || run.stdout.contains("out: 0 of ");
        assert!(same, "{}\n{}", spec.spec(), run.shown());
    });
}
