//! Every rule's page is true: its bad spec fires it and nothing else at its level, its good spec is silent, and what it
//! offers to mend mends it.

use loadline_compiler::diagnostic::{Diagnostic, Severity};
use loadline_compiler::project::{self, Loader, ReadError};
use loadline_compiler::rules::{ALL, Example, ExampleKind, Rule};
use loadline_compiler::source::Sources;
use loadline_compiler::values::Date;

struct Files(Vec<(String, String)>);

impl Loader for Files {
    fn read(&mut self, path: &str) -> Result<String, ReadError> {
        let file = self.0.iter().find(|(name, _)| name == path);
        file.map(|(_, text)| text.clone()).ok_or(ReadError::NotFound)
    }
}

fn files(example: &Example) -> Files {
    let mut files = vec![("loadline.load".to_owned(), example.spec.clone())];
    files.extend(example.files.iter().cloned());
    Files(files)
}

fn check(example: &Example) -> Vec<Diagnostic> {
    let sources = Sources::new();
    let mut files = files(example);
    let project = project::load(&sources, &mut files, "loadline.load").unwrap();
    let today = Date::parse("2026-11-21").unwrap();
    let before = Sources::new();
    let running = example.running.as_ref().map(|spec| {
        let mut files = Files(vec![("loadline.load".to_owned(), spec.clone())]);
        let project = project::load(&before, &mut files, "loadline.load").unwrap();
        project.resolve(example.environment.as_deref(), &mut files).model
    });
    project
        .check_after(example.environment.as_deref(), running.as_ref(), &mut files, |model| {
            model.project.as_of.as_ref().map_or(today, |date| date.value)
        })
        .judged
        .diagnostics
}

fn shown(found: &[Diagnostic]) -> String {
    found
        .iter()
        .map(|found| format!("  {} {}: {}\n", found.severity.word(), found.rule.name, found.message))
        .collect()
}

/// Whether a finding is the rule's, or has the rule's among its notes: of rules that overlap, the first one reports.
fn speaks(found: &Diagnostic, rule: &Rule) -> bool {
    let noted = format!("{}: ", rule.name);
    found.rule.name == rule.name || found.notes.iter().any(|note| note.starts_with(&noted))
}

/// Rules that are found when outputs are written; their pages have no specs of their own.
fn is_found_by_compile(rule: &Rule) -> bool {
    (921..=923).contains(&rule.code) || rule.code == 926
}

#[test]
fn every_bad_spec_fires_its_rule_and_no_other() {
    let mut wrong = String::new();
    for rule in ALL.iter().filter(|rule| !is_found_by_compile(rule)) {
        let bad = examples(rule, ExampleKind::Bad);
        assert!(!bad.is_empty(), "{} has no bad spec", rule.name);
        for example in bad {
            let found = check(&example);
            let Some(severity) = found
                .iter()
                .filter(|found| speaks(found, rule))
                .map(|found| found.severity)
                .max()
            else {
                wrong += &format!(
                    "{} is silent on its own bad spec; found:\n{}\n",
                    rule.name,
                    shown(&found)
                );
                continue;
            };
            let others = |found: &Diagnostic| !speaks(found, rule) && severity <= found.severity;
            let others: Vec<Diagnostic> = found.into_iter().filter(others).collect();
            if !others.is_empty() {
                wrong += &format!("the bad spec of {} fires others too:\n{}\n", rule.name, shown(&others));
            }
        }
    }
    assert_eq!(wrong, "");
}

#[test]
fn every_good_spec_is_silent() {
    let mut wrong = String::new();
    for rule in ALL.iter().filter(|rule| !is_found_by_compile(rule)) {
        let good = examples(rule, ExampleKind::Good);
        assert!(!good.is_empty(), "{} has no good spec", rule.name);
        for example in good {
            let mut loud = check(&example);
            loud.retain(|found| Severity::Warning <= found.severity);
            if !loud.is_empty() {
                wrong += &format!("the good spec of {} is not silent:\n{}\n", rule.name, shown(&loud));
            }
        }
    }
    assert_eq!(wrong, "");
}

fn examples(rule: &Rule, kind: ExampleKind) -> Vec<Example> {
    let all = rule.examples().into_iter();
    all.filter(|example| example.kind == kind).collect()
}

#[test]
fn what_a_rule_offers_to_mend_is_mended() {
    for rule in ALL {
        for example in rule
            .examples()
            .into_iter()
            .filter(|example| example.kind == ExampleKind::Bad)
        {
            let found = check(&example);
            let Some(own) = found
                .iter()
                .find(|found| found.rule.name == rule.name && !found.edits.is_empty())
            else {
                continue;
            };
            let mut edits = own.edits.clone();
            edits.sort_by_key(|edit| std::cmp::Reverse(edit.span));
            let mut mended = example.clone();
            for edit in edits {
                // The spec is the first file, so its positions are offsets.
                mended
                    .spec
                    .replace_range(edit.span.start as usize..edit.span.end as usize, &edit.text);
            }
            let left = check(&mended);
            let loud = left
                .iter()
                .filter(|found| Severity::Warning <= found.severity)
                .cloned()
                .collect::<Vec<_>>();
            let before = found.iter().filter(|found| Severity::Warning <= found.severity).count();
            assert!(
                loud.iter().all(|found| found.rule.name != rule.name),
                "{} is still there:\n{}",
                rule.name,
                mended.spec
            );
            assert!(
                loud.len() < before,
                "mending {} adds findings:\n{}\n{}",
                rule.name,
                mended.spec,
                shown(&loud)
            );
        }
    }
}

#[test]
fn pages_have_their_parts() {
    for rule in ALL {
        let page = rule.page();
        for heading in ["## What it checks", "## Why", "## Source"] {
            assert!(page.contains(heading), "{} lacks {heading}", rule.name);
        }
        assert!(!rule.summary().is_empty(), "{}", rule.name);
    }
}

#[test]
fn codes_and_names_are_unique_and_in_order() {
    let mut codes: Vec<u16> = ALL.iter().map(|rule| rule.code).collect();
    assert!(codes.is_sorted(), "{codes:?}");
    codes.dedup();
    assert_eq!(codes.len(), ALL.len());
    for rule in ALL {
        assert!(
            rule.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'),
            "{}",
            rule.name
        );
        assert!(std::ptr::eq(Rule::find(rule.name).unwrap(), *rule));
    }
}

#[test]
fn every_rule_file_is_in_the_list() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rules");
    for family in std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
    {
        for file in std::fs::read_dir(family).unwrap().map(|entry| entry.unwrap().path()) {
            let text = std::fs::read_to_string(&file).unwrap();
            if !text.contains("\nrule! {") {
                continue;
            }
            let name = file.file_stem().unwrap().to_str().unwrap().replace('_', "-");
            assert!(
                Rule::find(&name).is_some(),
                "{} is not in rules::ALL, or its name differs",
                file.display()
            );
        }
    }
}
