//! A compose file, by Docker Compose itself: its YAML, its interpolation, its model. It needs no engine for that.

use std::process::Command;

use loadline_compiler::model::TargetName;
use serde_json::Value;

use super::texts;
use super::tools::{self, Directory};
use super::trial::{Fate, Files, Spec, Trial, difference, mapped};

fn spec(spec: &mut Spec<'_>) {
    spec.add("project shop {\n  labels {\n");
    spec.each("label", "P@ ", "\n");
    spec.add("}\n}\nconfig_set shared { env {\n");
    spec.each("shared env", "S@ ", "\n");
    spec.add(
        "} }\nservice api {\n  image \"a:1\"\n  runtime node 24\n  listen http 3000\n  env_from shared\n  env {\n",
    );
    spec.each("env", "V@ ", "\n");
    spec.add("}\n");
    spec.each("default", "config D@ string { default ", " }\n");
    spec.add("annotations {\n");
    spec.each("annotation", "A@ ", "\n");
    spec.each_in("key", "", "K@", " \"x\"\n");
    spec.add("}\nargs ");
    spec.list("args", has_no_nul);
    spec.add("\nsidecar agent {\n  image \"b:1\"\n  run ");
    spec.list("run", has_no_nul);
    spec.add("\n  env {\n");
    spec.each("sidecar env", "V@ ", "\n");
    spec.add("}\n health { ready exec ");
    spec.list("probe", has_no_nul);
    spec.add(" } }\n");
    spec.each_in("mount", "volume v@ ", "/mnt/@/", " { kind memory; size 1Mi }\n");
    spec.each_in("file", "file ", "/etc/@/", " from \"a.txt\"\n");
    for number in 0..spec.texts.len() {
        // In a reference to a secret it stands before the key.
        if spec.texts[number].contains(|c: char| c.is_control() || c == '#') {
            continue;
        }
        spec.add(&format!("file \"/run/s{number}\" from secret "));
        spec.text_in("secret file", &format!("file:/s/{number}/"), number, "");
        spec.add(&format!("\nsecret Q{number} from "));
        spec.text_in("secret", "vault:p", number, "#k");
        spec.add("\n");
    }
    spec.add("migrate before { run ");
    spec.list("run", has_no_nul);
    spec.add(" }\n}\n");
}

fn has_no_nul(text: &str) -> bool {
    !text.contains('\0')
}

fn fate(place: &str, text: &str) -> Fate {
    let good = match place {
        "mount" | "file" => !text.contains(char::is_control),
        // What a reference to a secret may be is the language's.
        "secret" | "secret file" => return Fate::Either,
        _ => has_no_nul(text),
    };
    if good { Fate::Written } else { Fate::Refused }
}

/// What compose makes of the file; it doubles the dollars again, so that its output is a compose file too.
pub(super) fn read(files: &Files) -> Option<Result<Value, String>> {
    let compose = tools::root().join(".tools/python/bin/docker-compose");
    if !compose.exists() {
        crate::testing::missing("Docker Compose is not there");
        return None;
    }
    let directory = Directory::new();
    for (path, contents) in files {
        directory.file(path, contents);
    }
    let mut command = Command::new(compose);
    command.arg("--file").arg(directory.path().join("compose.yaml"));
    command.args(["--profile", "*", "config", "--format", "json"]);
    command
        .env("HOME", "FILLED IN")
        .env("V0", "FILLED IN")
        .env("X", "FILLED IN");
    // Whatever it asks for.
    for name in files["compose.yaml"].split("${").skip(1) {
        if let Some((name, _)) = name.split_once(":?") {
            command.env(name, "given");
        }
    }
    let output = command.output().unwrap();
    if !output.status.success() {
        return Some(Err(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    let read: Value = serde_json::from_slice(&output.stdout).unwrap();
    let place = directory.path().display().to_string();
    Some(Ok(mapped(&read, &|text| {
        text.replace("$$", "$").replace(&place, "DIRECTORY")
    })))
}

/// Compose takes slashes, dots and parents out of paths.
fn cleaned(text: &str) -> String {
    if !["/mnt/", "/etc/", "/s/", "/run/"]
        .iter()
        .any(|start| text.starts_with(start))
    {
        return text.to_owned();
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in text.split('/').filter(|part| !matches!(*part, "" | ".")) {
        match part {
            ".." => _ = parts.pop(),
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// Each breaks something if it is only put between the quotes, or without quotes.
const BAD: [(&str, bool); 9] = [
    ("it's", true),
    ("a\nb", true),
    ("$HOME", true),
    ("${V0}", true),
    ("$$", true),
    ("${", true),
    ("a: b", false),
    ("# a", false),
    ("&a", false),
];

#[test]
fn compose_files_hold_the_texts() {
    for texts in texts::batches() {
        let trial = Trial::new(TargetName::Compose, &texts, &spec);
        trial.fates_are(&fate);
        let (Some(marked), Some(found)) = (read(trial.marked()), read(&trial.files)) else {
            return;
        };
        let marked = marked.unwrap();
        let wanted = mapped(&trial.wanted_of(&marked), &cleaned);
        assert_eq!(difference(&wanted, &mapped(&found.unwrap(), &cleaned), ""), None);
        trial.all_are_read(&marked.to_string(), &["secret"]);
    }
}

#[test]
fn compose_notices_what_is_not_escaped() {
    let trial = Trial::new(TargetName::Compose, &["x".to_owned()], &spec);
    let Some(marked) = read(trial.marked()) else { return };
    let marked = marked.unwrap();
    for (text, quoted) in BAD {
        let bad = if quoted { trial.naive(text) } else { trial.bare(text) };
        let found = read(&bad).unwrap();
        let wanted = Trial::wanted_with(&marked, text);
        assert!(found.is_err() || found != Ok(wanted), "{text:?} was not missed");
    }
}
