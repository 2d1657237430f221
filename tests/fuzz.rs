//! The fuzz harness on stable: specs that are nearly right, cut, doubled and mixed.

use std::time::{Duration, Instant};

use loadline_simulator::{Seed, Stream};

mod mutation;

use mutation::{SPEC, SQL, below, mutated, noise};

use crate::harness::root;

#[path = "../fuzz/harness.rs"]
mod target;

/// Enough to try every kind of change on every spec; the time is only a guard against a slow machine.
const ROUNDS: u64 = 6_000;
const TIME_MAX: Duration = Duration::from_secs(20);

/// For each of the others.
const SHORT: Duration = Duration::from_secs(2);

#[test]
fn specs_that_are_nearly_right_never_panic() {
    let seeds = seeds();
    assert!(seeds.len() > 3);
    rounds(ROUNDS, TIME_MAX, |luck| {
        let text = mutated(&seeds, SPEC, luck);
        (text.clone(), Box::new(move || target::run(&text)))
    });
}

#[test]
fn sql_that_is_nearly_right_never_panics() {
    let seeds = sql_seeds();
    assert!(seeds.len() > 30);
    rounds(2_000, SHORT, |luck| {
        let text = match below(luck, 4) {
            0 => noise(luck),
            _ => mutated(&seeds, SQL, luck),
        };
        (text.clone(), Box::new(move || target::sql(&text)))
    });
}

#[test]
fn folders_of_any_names_lose_none() {
    let names = [
        "V1__a.sql",
        "V1.2__b.sql",
        "V99999999999999999999__c.sql",
        "R__d.sql",
        "U1__e.sql",
        "001_f.sql",
        "002_f.up.sql",
        "002_f.down.sql",
        "20240131120000_g/migration.sql",
        "2024-01-31-120000_h/up.sql",
        "schema.sql",
        "/",
        "..",
    ];
    rounds(5_000, SHORT, |luck| {
        let one = |luck: &mut Stream| match below(luck, 5) {
            0 => noise(luck).replace(['\n', '\r'], ""),
            _ => names[below(luck, names.len())].to_owned(),
        };
        let count = below(luck, 8);
        let mut listed: Vec<String> = (0..count).map(|_| one(luck)).collect();
        listed.retain(|name| !name.is_empty());
        listed.sort();
        listed.dedup();
        let text = listed.join("\n");
        (text.clone(), Box::new(move || target::folder(&text)))
    });
}

#[test]
fn specs_in_the_place_of_others_never_panic() {
    // What has changes of its schema is what the explorer and transitions have most to say of.
    let mut seeds = seeds();
    let changes: Vec<String> = seeds.iter().filter(|spec| spec.contains("change ")).cloned().collect();
    seeds.extend(changes.iter().chain(&changes).cloned());
    let sql = sql_seeds();
    rounds(2_000, SHORT, |luck| {
        let running = seeds[below(luck, seeds.len())].clone();
        let own = [running.clone()];
        let spec = match below(luck, 4) {
            0 => mutated(&seeds, SPEC, luck),
            _ => mutated(&own, SPEC, luck),
        };
        let sql = mutated(&sql, SQL, luck);
        let text = format!("{spec}\n----\n{sql}\n----\n{running}");
        (text, Box::new(move || target::transition(&spec, &sql, &running)))
    });
}

type Round = (String, Box<dyn FnOnce() + std::panic::UnwindSafe>);

/// Runs as many as the time allows. A panic says which text it was: the test's output holds it.
fn rounds(count: u64, time: Duration, mut draw: impl FnMut(&mut Stream) -> Round) {
    let begun = Instant::now();
    for round in 0..count {
        if time < begun.elapsed() {
            break;
        }
        let (text, run) = draw(&mut Seed(20_261_121).stream(round, 0, "mutation"));
        let result = std::panic::catch_unwind(run);
        assert!(result.is_ok(), "round {round}, this text:\n{text}");
    }
}

fn sql_seeds() -> Vec<String> {
    let rules = loadline_compiler::rules::ALL.iter();
    let files = rules.flat_map(|rule| rule.examples()).flat_map(|example| example.files);
    let sql = files.filter(|(name, _)| name.ends_with(".sql"));
    sql.map(|(_, text)| text).collect()
}

fn seeds() -> Vec<String> {
    let mut seeds: Vec<String> = loadline_compiler::rules::ALL
        .iter()
        .flat_map(|rule| rule.examples())
        .map(|example| example.spec)
        .collect();
    seeds.push(std::fs::read_to_string(root().join("src/command/init.load")).unwrap());
    if let Ok(examples) = std::fs::read_dir(root().join("examples")) {
        for example in examples {
            for file in ["loadline.load", "broken.load"] {
                seeds.extend(std::fs::read_to_string(example.as_ref().unwrap().path().join(file)));
            }
        }
    }
    seeds
}
