//! Generated pages equal what they are generated from; `UPDATE=1` rewrites them.

mod language;

use loadline_compiler::rules::{ALL, FAMILIES, Rule};

use crate::harness::{Case, root, same_file};

#[test]
fn the_language_reference_is_the_schema() {
    for (path, text) in language::pages() {
        same_file(&format!("docs/language/{path}"), &text);
    }
}

#[test]
fn every_rule_has_its_page() {
    for rule in ALL {
        same_file(
            &format!("docs/rules/{}.md", rule.name),
            &Case::new().run(&format!("explain {}", rule.name)).stdout,
        );
    }
    same_file("docs/rules/README.md", &rule_index());
}

#[test]
fn no_page_of_a_rule_is_left_over() {
    for entry in std::fs::read_dir(root().join("docs/rules")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let rule = name.strip_suffix(".md").unwrap();
        assert!(
            rule == "README" || Rule::find(rule).is_some(),
            "docs/rules/{name} belongs to no rule"
        );
    }
}

fn rule_index() -> String {
    let mut out = String::from(
        "# Rules\n\nGenerated from the rules themselves; `loadline explain RULE` prints the same pages.\n",
    );
    for (hundreds, _, title) in FAMILIES {
        let rules: Vec<&&Rule> = ALL.iter().filter(|rule| rule.code / 100 == *hundreds).collect();
        if rules.is_empty() {
            continue;
        }
        out.push_str(&format!(
            "\n## {title}\n\n| Code | Rule | Severity | Checks that |\n|---|---|---|---|\n"
        ));
        for rule in rules {
            let summary = rule.summary().replace('|', "\\|");
            out.push_str(&format!(
                "| {} | [{1}]({1}.md) | {2} | {summary} |\n",
                rule.code_text(),
                rule.name,
                rule.severity.word()
            ));
        }
    }
    out
}

#[test]
fn the_command_line_reference_is_the_help() {
    let case = Case::new();
    let mut out = String::from("# The command line\n\nGenerated from `--help`.\n\n");
    out.push_str(&format!("```\n{}```\n", help(&case, "--help")));
    for command in [
        "init",
        "check",
        "compile",
        "fmt",
        "show",
        "graph",
        "simulate",
        "sweep",
        "sweep merge",
        "conform",
        "explain",
        "completions",
        "man",
    ] {
        out.push_str(&format!(
            "\n## loadline {command}\n\n```\n{}```\n",
            help(&case, &format!("{command} --help"))
        ));
    }
    same_file("docs/cli.md", &out);
}

fn help(case: &Case, arguments: &str) -> String {
    let text = case.run(arguments).stdout;
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n") + "\n"
}
