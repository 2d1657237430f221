//! Documents that show commands show what the commands say: every block marked `console` is run, line by line.
//!
//! A line that begins with `$ ` goes to a shell whose `loadline` is this one; what follows is its output, where a line
//! `…` stands for any number of lines, and today is any day. A block marked `loadline` is the `loadline.load` of what
//! comes after it. Each document has a directory of its own, with the examples in it.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::harness::{Case, root};

enum Step {
    /// This is `loadline.load` from here on.
    Spec(String),
    Command {
        line: usize,
        command: String,
        expected: Vec<String>,
    },
}

fn steps(text: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((_, fence)) = lines.next() {
        let Some(kind) = fence.strip_prefix("```").filter(|kind| !kind.is_empty()) else {
            continue;
        };
        let block: Vec<(usize, &str)> = lines.by_ref().take_while(|(_, line)| *line != "```").collect();
        match kind {
            "loadline" => steps.push(Step::Spec(block.iter().map(|(_, line)| format!("{line}\n")).collect())),
            "console" => steps.extend(commands(&block)),
            _ => {}
        }
    }
    steps
}

fn commands(block: &[(usize, &str)]) -> Vec<Step> {
    let mut steps = Vec::new();
    for (index, line) in block {
        match (line.strip_prefix("$ "), steps.last_mut()) {
            (Some(command), _) => steps.push(Step::Command {
                line: index + 1,
                command: command.to_owned(),
                expected: Vec::new(),
            }),
            (None, Some(Step::Command { expected, .. })) => expected.push((*line).to_owned()),
            (None, _) => panic!("line {}: output before the first command", index + 1),
        }
    }
    steps
}

fn matches(expected: &[String], said: &[String]) -> bool {
    match expected.split_first() {
        None => said.is_empty(),
        Some((first, rest)) if first == "…" => (0..=said.len()).any(|skipped| matches(rest, &said[skipped..])),
        Some((first, rest)) => said.first() == Some(first) && matches(rest, &said[1..]),
    }
}

/// Runs the document's blocks, and returns how many commands there were. What is said otherwise goes to `differences`,
/// or with `UPDATE=1` into the document, unless dots stand for a part of it.
fn run(document: &Path, differences: &mut Vec<String>) -> usize {
    let text = fs::read_to_string(document).unwrap();
    let steps = steps(&text);
    if steps.is_empty() {
        return 0;
    }
    let case = Case::new();
    std::os::unix::fs::symlink(root().join("examples"), case.path("examples")).unwrap();
    let mut commands = 0;
    let mut updated: Vec<String> = text.lines().map(str::to_owned).collect();
    let mut shift: isize = 0;
    for step in steps {
        match step {
            Step::Spec(text) => case.write("loadline.load", &text),
            Step::Command {
                line,
                command,
                expected,
            } => {
                commands += 1;
                let said = shell(&case, &command);
                let lines: Vec<String> = said.lines().map(|line| line.trim_end().to_owned()).collect();
                if matches(&comparable(&expected), &comparable(&lines)) {
                    continue;
                }
                if std::env::var_os("UPDATE").is_some() && !expected.iter().any(|line| line == "…") {
                    let start = line.checked_add_signed(shift).unwrap();
                    updated.splice(start..start + expected.len(), lines.iter().cloned());
                    shift += isize::try_from(lines.len()).unwrap() - isize::try_from(expected.len()).unwrap();
                } else {
                    let place = format!("{}:{line}", document.display());
                    differences.push(format!("{place}: $ {command}\n{said}"));
                }
            }
        }
    }
    let updated = updated.join("\n") + "\n";
    if updated != text {
        fs::write(document, updated).unwrap();
    }
    commands
}

fn shell(case: &Case, command: &str) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_loadline")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let output = Command::new("sh")
        .args(["-c", &format!("exec 2>&1\n{command}")])
        .current_dir(case.path(""))
        .env("PATH", &path)
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// The lines on any day, without empty ones at the end: they are layout.
fn comparable(lines: &[String]) -> Vec<String> {
    const DAY: usize = "2026-11-21".len();
    let end = lines
        .iter()
        .rposition(|line| !line.is_empty())
        .map_or(0, |last| last + 1);
    let any_day = |line: &String| match line.rsplit_once(", as of ") {
        Some((start, day)) if day.len() == DAY => format!("{start}, as of any day"),
        _ => line.trim_end().to_owned(),
    };
    lines[..end].iter().map(any_day).collect()
}

fn documents(below: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(below).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            documents(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
}

#[test]
fn what_is_shown_is_what_is_said() {
    let mut all = vec![root().join("README.md")];
    documents(&root().join("docs"), &mut all);
    documents(&root().join("examples"), &mut all);
    all.sort();
    let mut differences = Vec::new();
    let commands: usize = all.iter().map(|document| run(document, &mut differences)).sum();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert!(20 < commands, "only {commands} commands were run");
}

#[test]
fn a_line_of_dots_stands_for_lines() {
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    assert!(matches(&lines("a\n…\nd"), &lines("a\nb\nc\nd")));
    assert!(matches(&lines("a\n…"), &lines("a")));
    assert!(!matches(&lines("a\n…\nd"), &lines("a\nb")));
    assert!(!matches(&lines("a"), &lines("a\nb")));
}

/// Where a document links to in the repository, there is something.
#[test]
fn links_lead_somewhere() {
    let mut all: Vec<_> = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"]
        .map(|name| root().join(name))
        .into();
    documents(&root().join("docs"), &mut all);
    documents(&root().join("examples"), &mut all);
    let mut dead = Vec::new();
    for document in all {
        let text = fs::read_to_string(&document).unwrap();
        for link in text.split("](").skip(1) {
            let target = link.split([')', '#', ' ']).next().unwrap();
            let elsewhere = target.is_empty() || target.contains("://") || target.contains("…");
            if !elsewhere && !document.parent().unwrap().join(target).exists() {
                dead.push(format!("{}: {target}", document.display()));
            }
        }
    }
    assert!(dead.is_empty(), "{}", dead.join("\n"));
}
