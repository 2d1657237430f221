//! The fuzz harness on stable: specs that are nearly right, cut, doubled and mixed.

use std::time::{Duration, Instant};

use loadline_simulator::{Seed, Stream};

use crate::harness::root;

#[path = "../fuzz/harness.rs"]
mod target;

/// Enough to try every kind of change on every spec; the time is only a guard against a slow machine.
const ROUNDS: u64 = 6_000;
const TIME_MAX: Duration = Duration::from_secs(20);

/// Words and signs that change what a spec means.
const TOKENS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    "\"",
    "\"\"\"",
    ";",
    "\n",
    ",",
    "..",
    "$x",
    "${x}",
    "${",
    "\\",
    "#",
    "0",
    "1",
    "-1",
    "99999999999999999999",
    "512Mi",
    "512",
    "30s",
    "0s",
    "10%",
    "200/s",
    "auto",
    "true",
    "none",
    "self.http.port",
    "api",
    "nothing",
    "remove",
    "extends",
    "allow",
    "new",
    "environment staging {",
    "service x {",
    "let y 3",
    "pool auto",
    "scale 0",
    "scale 0..0",
    "scale 18446744073709551615",
    "processes 0",
    "memory 0B",
    "memory 1B { heap auto }",
    "count 0",
    "surge 100%",
    "unavailable 100%",
    "é",
    "\u{202E}",
    "\0",
];

#[test]
fn specs_that_are_nearly_right_never_panic() {
    let seeds = seeds();
    assert!(seeds.len() > 3);
    let begun = Instant::now();
    for round in 0..ROUNDS {
        if TIME_MAX < begun.elapsed() {
            break;
        }
        let mut luck = Seed(20_261_121).stream(round, 0, "mutation");
        let text = mutated(&seeds, &mut luck);
        // A panic says which text it was: the test's output holds it.
        let result = std::panic::catch_unwind(|| target::run(&text));
        assert!(result.is_ok(), "round {round}, this text:\n{text}");
    }
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

fn below(luck: &mut Stream, limit: usize) -> usize {
    (luck.draw() % (limit.max(1) as u64)) as usize
}

fn mutated(seeds: &[String], luck: &mut Stream) -> String {
    let mut lines: Vec<String> = seeds[below(luck, seeds.len())].lines().map(str::to_owned).collect();
    for _ in 0..=below(luck, 6) {
        let at = below(luck, lines.len());
        let other = seeds[below(luck, seeds.len())]
            .lines()
            .nth(below(luck, 20))
            .unwrap_or("")
            .to_owned();
        match below(luck, 8) {
            0 => lines.insert(at.min(lines.len()), other),
            1 => drop(lines.get(at).is_some().then(|| lines.remove(at))),
            2 => {
                let copy = lines.get(at).cloned().unwrap_or_default();
                lines.insert(at, copy);
            }
            3 => lines.truncate(at.max(1)),
            _ => {
                if let Some(line) = lines.get_mut(at) {
                    let mut words: Vec<&str> = line.split(' ').collect();
                    let word = below(luck, words.len());
                    let token = TOKENS[below(luck, TOKENS.len())];
                    if below(luck, 2) == 0 {
                        words[word] = token
                    } else {
                        words.insert(word, token)
                    }
                    *line = words.join(" ");
                }
            }
        }
    }
    lines.join("\n")
}
