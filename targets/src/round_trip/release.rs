//! Release scripts, by shfmt's parser of bash: the tree of a script, in which a word without expansions is its text.

use std::process::Command;

use loadline_compiler::model::TargetName;
use serde_json::{Map, Value};

use super::texts;
use super::tools::{self, Directory};
use super::trial::{Fate, Files, Spec, Trial, difference, mapped};
use crate::escape::http;

fn spec(spec: &mut Spec<'_>) {
    spec.add("project shop\nhost web { process pm2 }\n");
    spec.add("service api { runtime node 24; run \"a.mjs\"; listen http 3000\n health { ready \"/\" { header {\n");
    spec.each("header", "\"X-@\" ", "\n");
    spec.add("} } }\nmigrate before { run ");
    spec.list_in("run", "/bin/x", is_possible);
    spec.add(" }\n}\n");
    for number in (0..spec.texts.len()).step_by(12) {
        spec.add(&format!(
            "service in-{number} {{ runtime node 24; run \"a.mjs\"; listen http 4{number:03}; health {{ ready "
        ));
        spec.text_in("path", "/", number, "");
        spec.add(" }\n migrate before { run \"m.mjs\" }\n working_dir ");
        spec.text_in("directory", &format!("/srv/{number}/current/x"), number, "");
        spec.add("\n}\n");
    }
    spec.documented(12, |number| {
        format!("worker about-{number} {{ runtime node 24; run \"a.mjs\" }}")
    });
}

/// shfmt leaves out carriage returns, which bash keeps: the escape itself is tested with shells.
fn is_possible(text: &str) -> bool {
    !text.contains(['\0', '\r'])
}

fn fate(place: &str, text: &str) -> Fate {
    let is_path = !text.contains(char::is_control);
    let good = match place {
        "header" => http::header_value(text).is_ok(),
        "path" => is_path,
        "directory" => return if is_path { Fate::Either } else { Fate::Refused },
        _ => is_possible(text),
    };
    if good { Fate::Written } else { Fate::Refused }
}

/// The trees of all scripts.
fn read(files: &Files) -> Option<Value> {
    let shfmt = tools::root().join(".tools/python/bin/shfmt");
    if !shfmt.exists() {
        crate::testing::missing("there is no shfmt");
        return None;
    }
    let directory = Directory::new();
    let mut found = Map::new();
    for (path, contents) in files.iter().filter(|(path, _)| path.ends_with(".sh")) {
        let file = std::fs::File::open(directory.file(path, contents)).unwrap();
        let run = Command::new(&shfmt)
            .args(["--language-dialect", "bash", "--to-json"])
            .stdin(file)
            .output()
            .unwrap();
        let tree = serde_json::from_slice(&run.stdout).map_or(Value::Null, |tree| meant(&tree));
        found.insert(path.clone(), tree);
    }
    Some(Value::from(found))
}

/// Without positions and comments, and with words as their texts.
fn meant(tree: &Value) -> Value {
    match tree {
        Value::Array(items) => items.iter().map(meant).collect(),
        Value::Object(map) => {
            let is_place = |key: &str, value: &Value| {
                matches!(key, "Comments" | "Last" | "Name") && key != "Name" || value.get("Offset").is_some()
            };
            let kept = map.iter().filter(|(key, value)| !is_place(key, value));
            let mut kept: Map<String, Value> = kept.map(|(key, value)| (key.clone(), meant(value))).collect();
            // Quotes are left in words that are expanded: of those none is a user's.
            if map.get("Type").is_none()
                && let Some(text) = map.get("Parts").and_then(word)
            {
                kept.insert("Parts".to_owned(), Value::from(text));
            }
            Value::Object(kept)
        }
        other => other.clone(),
    }
}

/// The text of a word in which nothing is expanded.
fn word(parts: &Value) -> Option<String> {
    let mut out = String::new();
    for part in parts.as_array()? {
        let value = part.get("Value").and_then(Value::as_str).unwrap_or_default();
        match part["Type"].as_str()? {
            "Lit" => {
                let mut characters = value.chars();
                while let Some(character) = characters.next() {
                    out.extend(if character == '\\' {
                        characters.next()
                    } else {
                        Some(character)
                    });
                }
            }
            "SglQuoted" => out.push_str(value),
            _ => return None,
        }
    }
    Some(out)
}

/// Paths are sent, and so are written as they are sent.
fn sent(trial: &Trial, marked: &Value) -> Value {
    let mut wanted = trial.wanted_of(marked);
    let mut at = vec![&mut wanted];
    while let Some(value) = at.pop() {
        match value {
            Value::Object(map) => {
                let is_path = map.get("Name").is_some_and(|name| name["Value"] == "path");
                if is_path
                    && let Some(Value::String(path)) = map.get_mut("Value").and_then(|word| word.get_mut("Parts"))
                {
                    *path = http::path(path);
                }
                at.extend(map.values_mut());
            }
            Value::Array(items) => at.extend(items),
            _ => {}
        }
    }
    wanted
}

/// Each breaks something if it is only put there.
const BAD: [&str; 7] = ["a b", "$HOME", "`id`", "it's", "a;b", "\\", "a\nb"];

#[test]
fn scripts_hold_the_texts() {
    for texts in texts::batches() {
        let trial = Trial::new(TargetName::Release, &texts, &spec);
        trial.fates_are(&fate);
        let (Some(marked), Some(found)) = (read(trial.marked()), read(&trial.files)) else {
            return;
        };
        // This is how curl is told to send a header without a value.
        let found = mapped(&found, &|text| match text.strip_suffix(';') {
            Some(name) if name.starts_with("X-") && !name.contains(':') => format!("{name}: "),
            _ => text.to_owned(),
        });
        assert_eq!(difference(&sent(&trial, &marked), &found, ""), None);
        trial.all_are_read(&marked.to_string(), &["documentation"]);
    }
}

#[test]
fn shfmt_notices_what_is_not_escaped() {
    let trial = Trial::new(TargetName::Release, &["x".to_owned()], &spec);
    for text in BAD {
        let (Some(marked), Some(found)) = (read(trial.marked()), read(&trial.naive(text))) else {
            return;
        };
        let wanted = Trial::wanted_with(&marked, text);
        assert!(difference(&wanted, &found, "").is_some(), "{text:?} was not missed");
    }
}
