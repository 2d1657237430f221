//! A program that leaks under a real memory limit, started with the emitted flags: V8 ends it with a report, before the kernel ends
//! it without one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::limit::{Ending, Limit};
use super::orders::{container, words};
use crate::harness::{Case, root};
use crate::tools::missing;

/// Majors whose heap is a measured fact, as `scripts/install-tools` installs them.
const MAJORS: [u64; 5] = [18, 20, 22, 24, 26];

/// Keeps all that it makes: half of it objects, half of it text, none of it outside of the heap.
const LEAK: &str = "
const kept = [];
for (;;) {
  kept.push({ id: kept.length, text: 'x'.repeat(100) + kept.length });
}
";

#[test]
fn a_leak_ends_in_a_report_of_v8() {
    for major in MAJORS {
        let Some(node) = node(major) else { return };
        let case = Case::spec(&format!(
            "project p {{ as_of \"2024-01-01\" }}\n\
             cluster c {{ version 1.34; namespace n }}\n\
             service api {{\n\
             image \"ghcr.io/acme/api:1\"\n\
             runtime node {major}\n\
             run \"leak.js\"\n\
             memory 192Mi {{ heap auto }}\n\
             }}"
        ));
        case.write("leak.js", LEAK);
        let run = case.run("compile --target kubernetes -o deploy");
        assert_eq!(run.code, 0, "{}", run.shown());
        let api = container(&case.path("deploy/base/kubernetes"), "deployment-api.", "containers");
        let limit = Limit::mib(mib(api["resources"]["limits"]["memory"].as_str().unwrap()));
        let command = words(&api["command"]);
        assert_eq!(command[0], "node");
        assert!(
            command.iter().any(|word| word.starts_with("--max-old-space-size=")),
            "{command:?}"
        );

        let ended = limit.run(&node, &command[1..], &case.path(""));
        assert!(
            matches!(&ended, Ending::Itself(said) if said.contains("heap out of memory")),
            "Node {major}: {ended:?}"
        );

        // As large as the container, a heap never gets to its end.
        let too_large = [format!("--max-old-space-size={}", limit.in_mib()), "leak.js".to_owned()];
        let ended = limit.run(&node, &too_large, &case.path(""));
        assert!(matches!(ended, Ending::OverTheLimit), "Node {major}: {ended:?}");
    }
}

fn node(major: u64) -> Option<PathBuf> {
    let node = root().join(format!(".tools/node-{major}/node"));
    if !works(&node) {
        missing(&format!("Node.js {major}"));
        return None;
    }
    Some(node)
}

fn works(node: &Path) -> bool {
    fs::exists(node).unwrap()
        && Command::new(node)
            .arg("--version")
            .output()
            .is_ok_and(|said| said.status.success())
}

fn mib(quantity: &str) -> u64 {
    quantity.strip_suffix("Mi").unwrap().parse().unwrap()
}
