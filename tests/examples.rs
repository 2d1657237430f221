//! The systems in `examples/`: nothing is found in them, what they compile to is checked in, and in their broken copies
//! is found what was broken.

use std::fs;

use crate::harness::{are_formatted, notes_of, root, run_in};

/// Every example: its spec, and where its output is kept.
const EXAMPLES: &[(&str, &str)] = &[
    ("examples/orders", "examples/orders/deploy"),
    ("examples/platform", "examples/platform/deploy"),
    ("examples/api-gateway", "examples/api-gateway/deploy"),
    ("examples/api-gateway/pm2.load", "examples/api-gateway/deploy-pm2"),
    ("examples/pxl", "examples/pxl/deploy"),
    ("examples/payments", "examples/payments/deploy"),
];

/// Each has a copy with mistakes in it.
const BROKEN: &[&str] = &["orders", "platform", "api-gateway", "pxl", "payments"];

#[test]
fn no_example_is_missing_here() {
    for entry in fs::read_dir(root().join("examples")).unwrap() {
        let entry = entry.unwrap();
        let path = format!("examples/{}", entry.file_name().to_str().unwrap());
        // Those are no systems to copy, and have a test of their own.
        let listed = path == "examples/scenarios" || EXAMPLES.iter().any(|(spec, _)| *spec == path);
        assert!(listed || !entry.path().is_dir(), "{path}");
    }
}

/// Notes are information, and `orders` has two: from which step on there is no way back.
#[test]
fn nothing_is_found() {
    for (spec, _) in EXAMPLES {
        let expected: &[&str] = if *spec == "examples/orders" { &["LL406"; 2] } else { &[] };
        assert_eq!(notes_of(spec).unwrap(), expected, "{spec}");
    }
}

#[test]
fn every_file_is_formatted() {
    let specs = EXAMPLES.iter().map(|(spec, _)| (*spec).to_owned());
    let broken = BROKEN.iter().map(|example| format!("examples/{example}/broken.load"));
    are_formatted(&specs.chain(broken).collect::<Vec<_>>());
}

/// `UPDATE=1` writes the outputs again.
#[test]
fn the_outputs_are_checked_in() {
    for (spec, output) in EXAMPLES {
        let mut arguments = vec!["compile", spec, "-o", output];
        if std::env::var_os("UPDATE").is_none() {
            arguments.push("--verify");
        }
        let run = run_in(&root(), &arguments, "");
        assert_eq!(run.code, 0, "UPDATE=1 writes {output}: {}", run.shown());
    }
}

#[test]
fn the_broken_copies_are_found_out() {
    for example in BROKEN {
        let spec = format!("examples/{example}/broken.load");
        let run = run_in(&root(), &["check", &spec], "");
        assert_eq!(run.code, 1, "{spec}: {}", run.shown());
        let text = fs::read_to_string(root().join(&spec)).unwrap();
        insta::with_settings!({ snapshot_path => "snapshots/broken", prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(*example, format!("{text}\n{}", run.shown()));
        });
    }
}
