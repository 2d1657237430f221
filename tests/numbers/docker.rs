//! Dockerfiles: instructions, a line each.

use super::Files;
use super::read::{Numbers, heap, time};

pub(crate) fn read(files: &Files) -> Numbers {
    let mut found = Numbers::default();
    for (path, text) in files {
        let Some(name) = path.strip_suffix("/Dockerfile") else {
            continue;
        };
        for line in text.lines() {
            let (instruction, rest) = line.split_once(' ').unwrap_or((line, ""));
            let option = |name: &str| {
                rest.split(' ')
                    .find_map(|word| word.strip_prefix(&format!("--{name}=")))
            };
            match instruction {
                "HEALTHCHECK" => {
                    found.add(name, "check every", option("interval").and_then(|text| time(text, "s")));
                    found.add(
                        name,
                        "check timeout",
                        option("timeout").and_then(|text| time(text, "s")),
                    );
                    found.add(
                        name,
                        "check failing",
                        option("retries").and_then(|text| text.parse().ok()),
                    );
                }
                "CMD" => found.add(name, "heap", heap(rest)),
                "ENV" if rest.starts_with("NODE_OPTIONS") => found.add(name, "heap", heap(rest)),
                _ => {}
            }
        }
    }
    found
}
