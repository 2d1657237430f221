//! Nesting costs neither time nor stack out of proportion: alternatives that share a prefix would be tried twice on each
//! level, and each level of recursion takes its share of the stack.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use loadline_grammar::{DEPTH_MAX, parse};

/// What is tried twice on each level takes 2^30 steps: hours. Linear work takes milliseconds on any machine.
const TIME_MAX: Duration = Duration::from_secs(60);

/// Half of the smallest stack that threads are given by default (2 MiB, `std::thread`).
const STACK: usize = 1024 * 1024;

/// Opening, what stands inside, closing: of every construct that can hold itself.
const KINDS: [(&str, &str, &str); 6] = [
    ("[", "1", "]"),
    ("[ ", "1..2", " ]"),
    ("[1, ", "$x", ", 2]"),
    ("[\n# c\n", "\"x\"", "\n# d\n]"),
    ("a {", " b 1 ", "}"),
    ("a b [1] {\n", "c 1m30s # d", "\n}\n"),
];

fn nested((open, inside, close): (&str, &str, &str), depth: usize) -> String {
    let key = if open.starts_with('[') { "key " } else { "" };
    format!("{key}{}{inside}{}\n", open.repeat(depth), close.repeat(depth))
}

/// The number of errors, found on a thread of its own with little stack.
fn errors(text: String) -> usize {
    let (sender, receiver) = mpsc::channel();
    let shown = text.clone();
    thread::Builder::new()
        .stack_size(STACK)
        .spawn(move || sender.send(parse(&text, 0).errors.len()))
        .unwrap();
    receiver
        .recv_timeout(TIME_MAX)
        .unwrap_or_else(|error| panic!("{error}: {shown}"))
}

#[test]
fn thirty_levels_are_read_in_linear_time() {
    for kind in KINDS {
        assert_eq!(errors(nested(kind, 30)), 0, "{kind:?}");
    }
}

#[test]
fn thirty_levels_around_a_mistake_too() {
    for (open, _, close) in KINDS {
        for wrong in ["=", "1e5", "{", "]"] {
            assert_ne!(errors(nested((open, wrong, close), 30)), 0, "{open:?} {wrong:?}");
        }
    }
}

#[test]
fn the_deepest_file_fits_a_small_stack() {
    for kind in KINDS {
        assert_eq!(errors(nested(kind, DEPTH_MAX - 1)), 0, "{kind:?}");
    }
}
