//! Dockerfiles, by BuildKit's own parser, and by our reader of what it expands.

use loadline_compiler::model::TargetName;
use serde_json::Value;

use super::texts;
use super::tools::{self, Directory};
use super::trial::{Fate, Files, Spec, Trial, difference, mapped};
use crate::escape::dockerfile::{self as escape, tests as reader};

fn spec(spec: &mut Spec<'_>) {
    spec.add("project shop { labels {\n");
    spec.each("label", "P@ ", "\n");
    spec.each_in("key", "", "K@", " \"x\"\n");
    spec.add("} }\nhost web { process systemd }\nservice api {\n  runtime node 24\n  run \"a.mjs\"\n  build { steps [] }\n  args ");
    spec.list("args", has_no_nul);
    spec.add("\n  health { ready exec ");
    spec.list("probe", has_no_nul);
    spec.add(" }\n");
    spec.each_in("volume", "volume v@ ", "/mnt/@/", " { kind persistent }\n");
    spec.add("}\n");
    spec.add("service steps { runtime go; run \"a\"; build { steps ");
    spec.list_in("step", "echo ", |text| {
        escape::step(text).is_ok() && text.trim() == text
    });
    spec.add(" } }\nservice files { runtime go; run \"a\"; build { files ");
    spec.list_in("copied", "d/", is_file);
    spec.add(" } }\n");
    for number in (0..spec.texts.len()).step_by(16) {
        spec.add(&format!(
            "service in-{number} {{ runtime go; run \"a\"; build {{}}; working_dir "
        ));
        spec.text_in("directory", "/srv/", number, "");
        spec.add(" }\n");
    }
}

/// A file that a build copies: inside of the context, and without what means something in patterns.
fn is_file(text: &str) -> bool {
    let means = |c: char| c.is_control() || matches!(c, '\\' | '*' | '?' | ':');
    !text.is_empty()
        && !text.contains(means)
        && !text.contains("..")
        && text.trim_matches(['/', ' ']) == text
        && text != "."
}

fn has_no_nul(text: &str) -> bool {
    !text.contains('\0')
}

fn fate(place: &str, text: &str) -> Fate {
    let good = match place {
        "volume" | "directory" if text.contains(char::is_control) => false,
        "volume" => escape::directory(&format!("/mnt/0/{text}")).is_ok(),
        "directory" => escape::directory(&format!("/srv/{text}")).is_ok(),
        "step" | "copied" => true,
        "key" => escape::label_key(&format!("K0{text}")).is_ok(),
        _ => escape::value(text).is_ok() || matches!(place, "args" | "probe"),
    };
    if good { Fate::Written } else { Fate::Refused }
}

/// The instructions, each with what the builder makes of its words.
fn read(all: &[&Files]) -> Option<Vec<Value>> {
    let mut python = tools::python()?;
    let directory = Directory::new();
    python.arg(tools::reader("instructions.py"));
    let mut paths: Vec<(usize, &str)> = Vec::new();
    for (number, files) in all.iter().enumerate() {
        for (path, contents) in files.iter().filter(|(path, _)| path.ends_with("Dockerfile")) {
            paths.push((number, path));
            python.arg(directory.file(&format!("{number}/{path}"), contents));
        }
    }
    let read = tools::json(&mut python);
    let mut found = vec![serde_json::Map::new(); all.len()];
    for ((number, path), file) in paths.into_iter().zip(read.as_array().unwrap()) {
        found[number].insert(path.to_owned(), built(file));
    }
    Some(found.into_iter().map(Value::from).collect())
}

/// Lists of JSON are taken as they are, and so is what a shell reads; all else is expanded.
fn built(file: &Value) -> Value {
    let Some(instructions) = file.as_array() else {
        return file.clone();
    };
    let built = instructions.iter().map(|instruction| {
        let as_is = instruction["json"] == true || instruction["name"] == "RUN";
        let mut instruction = instruction.clone();
        if !as_is || instruction["name"] == "COPY" {
            let unquoted = |word: &str| reader::unquoted(word).unwrap_or_else(|| format!("broken: {word}"));
            instruction["words"] = mapped(&instruction["words"], &unquoted);
            // A copy is a list where a word has a blank.
            instruction["json"].take();
        }
        instruction
    });
    built.collect()
}

/// Each breaks something if it is only put there.
const BAD: [&str; 8] = ["a\nUSER root", "a\"b", "$HOME", "a\\", "\\\"", "a b\"", "${X}", "'"];

#[test]
fn dockerfiles_hold_the_texts() {
    for texts in texts::batches() {
        let trial = Trial::new(TargetName::Docker, &texts, &spec);
        trial.fates_are(&fate);
        let Some(read) = read(&[trial.marked(), &trial.files]) else {
            return;
        };
        // Sources of a copy are patterns, in which this is a `[`.
        let found = mapped(&read[1], &|text| text.replace("[[]", "["));
        let wanted = mapped(&trial.wanted_of(&read[0]), &|text| text.replace("[[]", "["));
        assert_eq!(difference(&wanted, &found, ""), None);
        trial.all_are_read(&read[0].to_string(), &[]);
    }
}

#[test]
fn buildkit_notices_what_is_not_escaped() {
    let trial = Trial::new(TargetName::Docker, &["x".to_owned()], &spec);
    for text in BAD {
        let Some(read) = read(&[trial.marked(), &trial.naive(text)]) else {
            return;
        };
        let wanted = Trial::wanted_with(&read[0], text);
        assert!(difference(&wanted, &read[1], "").is_some(), "{text:?} was not missed");
    }
    // A line that is too long is an error of the whole file.
    let Some(read) = read(&[&trial.naive(&"x".repeat(65_535))]) else {
        return;
    };
    assert!(read[0]["api/Dockerfile"]["error"].is_string());
}
