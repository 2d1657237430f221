//! Ecosystem files, by Node.js, which executes them, and PM2, which takes the apps.

use std::process::Command;

use loadline_compiler::model::TargetName;
use serde_json::Value;

use super::texts;
use super::tools::{self, Directory};
use super::trial::{Fate, Files, Spec, Trial, difference};

fn spec(spec: &mut Spec<'_>) {
    spec.add("project shop\nhost web { process pm2 }\nconfig_set shared { env {\n");
    spec.each("env", "S@ ", "\n");
    spec.add("} }\nservice api {\n  runtime node 24\n  run \"a.mjs\"\n  env_from shared\n  env {\n");
    spec.each("env", "V@ ", "\n");
    spec.add("}\n");
    spec.each("env", "config D@ string { default ", " }\n");
    for number in 0..spec.texts.len() {
        let text = &spec.texts[number];
        if !text.contains(|c: char| c.is_control() || c == '#') {
            spec.add(&format!("secret Q{number} from "));
            spec.text_in("secret", &format!("file:/s/{number}/"), number, "");
            spec.add("\n");
        }
    }
    spec.add("args ");
    spec.list("args", has_no_nul);
    spec.add("\n}\nservice binary { runtime binary; run ");
    spec.list_in("run", "/bin/", |text| has_no_nul(text) && !text.contains(' '));
    spec.add(" }\n");
    for number in (0..spec.texts.len()).step_by(5) {
        // A slash at the end of a directory is left out.
        if spec.texts[number].is_empty() || spec.texts[number].ends_with('/') {
            continue;
        }
        spec.add(&format!(
            "worker in-{number} {{ runtime node 24; run \"a.mjs\"; working_dir "
        ));
        spec.text_in("directory", "/srv/", number, "");
        spec.add(" }\n");
    }
    spec.documented(5, |number| {
        format!("worker about-{number} {{ runtime node 24; run \"a.mjs\" }}")
    });
}

fn has_no_nul(text: &str) -> bool {
    !text.contains('\0')
}

fn fate(place: &str, text: &str) -> Fate {
    let good = match place {
        // Of a script with a blank PM2 makes a line for a shell.
        "directory" => !text.contains(|c: char| c.is_control() || c == ' '),
        "env" => has_no_nul(text) && text != "[object Object]",
        _ => has_no_nul(text),
    };
    if good { Fate::Written } else { Fate::Refused }
}

fn read(all: &[&Files]) -> Option<Vec<Value>> {
    let directory = Directory::new();
    let mut node = Command::new("node");
    node.arg(tools::reader("ecosystem.js"));
    if node.output().is_err() {
        crate::testing::missing("there is no node");
        return None;
    }
    for (number, files) in all.iter().enumerate() {
        let contents = &files["ecosystem.config.cjs"];
        node.arg(directory.file(&format!("{number}/ecosystem.config.cjs"), contents));
    }
    Some(tools::json(&mut node).as_array().unwrap().clone())
}

/// Each breaks something if it is only put between the quotes or behind the slashes.
const BAD: [&str; 6] = ["\"", "\\", "a\nb", "a\rb", "\", b: \"", "\";process.exit(0);\""];

#[test]
fn ecosystem_files_hold_the_texts() {
    for texts in texts::batches() {
        let trial = Trial::new(TargetName::Pm2, &texts, &spec);
        trial.fates_are(&fate);
        let Some(read) = read(&[trial.marked(), &trial.files]) else {
            return;
        };
        assert_eq!(difference(&trial.wanted_of(&read[0]), &read[1], ""), None);
        trial.all_are_read(&read[0].to_string(), &["documentation"]);
    }
}

#[test]
fn node_notices_what_is_not_escaped() {
    let trial = Trial::new(TargetName::Pm2, &["x".to_owned()], &spec);
    let bad: Vec<Files> = BAD.iter().map(|text| trial.naive(text)).collect();
    let all: Vec<&Files> = [trial.marked()].into_iter().chain(&bad).collect();
    let Some(read) = read(&all) else { return };
    for (text, found) in BAD.iter().zip(&read[1..]) {
        let wanted = Trial::wanted_with(&read[0], text);
        assert!(difference(&wanted, found, "").is_some(), "{text:?} was not missed");
    }
}
