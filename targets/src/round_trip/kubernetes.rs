//! Kubernetes objects, by readers of YAML 1.1 and 1.2 in two languages, and as the kubelet expands them.

use loadline_compiler::model::TargetName;
use serde_json::Value;

use super::tools::{self, Directory};
use super::trial::{Fate, Files, Spec, Trial, difference};
use super::{expanded, texts};
use crate::escape::kubernetes as escape;

fn spec(spec: &mut Spec<'_>) {
    spec.add("project shop { owner \"team\"\n");
    spec.each("label", "labels { P@ ", " }\n");
    spec.add("}\ncluster prod { version 1.34; namespace shop }\nconfig_set shared { env {\n");
    spec.each("shared env", "S@ ", "\n");
    spec.add("} }\nservice api {\n  image \"a:1\"\n  listen http 3000\n  env_from shared\n  env {\n");
    spec.each("env", "V@ ", "\n");
    spec.add("}\n");
    spec.each("default", "config D@ string { default ", " }\n");
    spec.add("annotations {\n");
    spec.each("annotation", "A@ ", "\n");
    spec.add("}\nlabels {\n");
    spec.each("label", "L@ ", "\n");
    spec.add("}\nargs ");
    spec.list("args", has_no_nul);
    spec.add("\nsidecar agent {\n  image \"b:1\"\n  run ");
    spec.list("run", has_no_nul);
    spec.add("\n  env {\n");
    spec.each("sidecar env", "V@ ", "\n");
    spec.add("}\n}\nhealth { live exec ");
    spec.list("probe", has_no_nul);
    spec.add("\n ready \"/\" { header {\n");
    spec.each("header", "\"X-@\" ", "\n");
    spec.add("} } }\n");
    spec.add("placement {\n");
    spec.each("toleration", "tolerate \"K@\" ", "\n");
    spec.each("node", "node \"N@\" ", "\n");
    spec.add("}\n");
    spec.each_in("mount", "volume v@ ", "/mnt/@/", " { kind memory; size 1Mi }\n");
    for number in (0..spec.texts.len()).step_by(6) {
        spec.add(&format!("sidecar s{number} {{ image "));
        spec.text("image", number);
        spec.add("\n run [\"x\"]\n health { ready ");
        spec.text_in("path", "/", number, "");
        spec.add(" { port 9000 } } }\n");
    }
    spec.add("migrate before { run ");
    spec.list("run", has_no_nul);
    spec.add(" }\n}\n");
}

fn has_no_nul(text: &str) -> bool {
    !text.contains('\0')
}

/// Control characters end a header for Go's client, which sends those of probes; blanks at its ends are no part of it.
/// Source: golang.org/x/net/http/httpguts, `ValidHeaderFieldValue`; RFC 9110, 5.5.
fn is_header(text: &str) -> bool {
    !text.bytes().any(|byte| byte.is_ascii_control() && byte != b'\t') && text.trim_matches([' ', '\t']) == text
}

fn fate(place: &str, text: &str) -> Fate {
    let good = match place {
        "label" | "toleration" | "node" => escape::label_value(text).is_ok(),
        "annotation" => return Fate::Written,
        "header" => is_header(text),
        "path" => !text.contains(char::is_control),
        "image" => crate::image::reference(text).is_ok(),
        "mount" => !text.contains(|c: char| c.is_control() || c == ':'),
        _ => has_no_nul(text),
    };
    if good { Fate::Written } else { Fate::Refused }
}

/// The digests in names follow from the texts, so they differ.
fn named_alike(files: &Files) -> Files {
    let mut names: Vec<(&str, String)> = Vec::new();
    for path in files.keys() {
        let digest = path.strip_suffix(".yaml").and_then(|name| name.rsplit('-').next());
        let is_digest = |word: &&str| word.len() == 8 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
        if let Some(digest) = digest.filter(is_digest) {
            names.push((digest, format!("digest{}", names.len())));
        }
    }
    let alike = |text: &str| {
        names
            .iter()
            .fold(text.to_owned(), |text, (digest, name)| text.replace(digest, name))
    };
    files
        .iter()
        .map(|(path, contents)| (alike(path), alike(contents)))
        .collect()
}

/// With `$(NAME)` filled in where the kubelet does. Source: `makeEnvironmentVariables`, `ExpandContainerCommandOnlyStatic`.
fn started(document: &Value) -> Value {
    let variable = |name: &[u8]| name.starts_with(b"V").then(|| b"FILLED IN".to_vec());
    let text = |value: &Value| match value {
        Value::String(text) => Value::from(String::from_utf8_lossy(&expanded(text.as_bytes(), &variable)).into_owned()),
        other => other.clone(),
    };
    let texts = |value: &Value| match value {
        Value::Array(items) => items.iter().map(text).collect(),
        other => started(other),
    };
    match document {
        Value::Object(map) => Value::Object(
            map.iter()
                .map(|(key, value)| {
                    let value = match key.as_str() {
                        "command" | "args" => texts(value),
                        "env" => mapped_values(value, &text),
                        _ => started(value),
                    };
                    (key.clone(), value)
                })
                .collect(),
        ),
        Value::Array(items) => items.iter().map(started).collect(),
        other => other.clone(),
    }
}

/// The plain variables of a container.
fn mapped_values(env: &Value, with: &dyn Fn(&Value) -> Value) -> Value {
    let mut env = env.clone();
    for variable in env.as_array_mut().into_iter().flatten() {
        if let Some(value) = variable.get_mut("value") {
            *value = with(value);
        }
    }
    env
}

/// The documents in the directories, each as the kubelet would start it.
fn read(directories: &[(&str, Files)]) -> Option<Vec<Value>> {
    let mut python = tools::python()?;
    python.arg(tools::reader("objects.py"));
    let directory = Directory::new();
    for (name, files) in directories {
        for (path, contents) in named_alike(files) {
            directory.file(&format!("{name}/{path}"), &contents);
        }
        python.arg(directory.path().join(name));
    }
    let all = tools::json(&mut python);
    let of = |wanted: &str| {
        let entries = all.as_object().unwrap().iter();
        let own =
            entries.filter_map(|(name, document)| Some((name.strip_prefix(wanted)?.to_owned(), started(document))));
        Value::Object(own.collect())
    };
    Some(directories.iter().map(|(name, _)| of(&format!("{name}/"))).collect())
}

/// What a reader has against a document.
fn error(documents: &Value) -> Option<&Value> {
    documents
        .as_object()
        .unwrap()
        .values()
        .find_map(|document| document.get("error"))
}

/// Each breaks something if it is only put between the quotes, and those behind the bar if it is put there without.
const QUOTED: [&str; 6] = ["it's", "a\nb", "$(V0)", "$$", "\u{1}", "a\u{85}b"];
const BARE: [&str; 7] = ["no", "1e3", "12:30:45", "a: b", "# a", "~", "*a"];

#[test]
fn objects_hold_the_texts() {
    for texts in texts::batches() {
        let trial = Trial::new(TargetName::Kubernetes, &texts, &spec);
        trial.fates_are(&fate);
        let directories = [("marked", trial.marked().clone()), ("good", trial.files.clone())];
        let Some(read) = read(&directories) else { return };
        assert_eq!(error(&read[1]), None);
        assert_eq!(difference(&trial.wanted_of(&read[0]), &read[1], ""), None);
        trial.all_are_read(&read[0].to_string(), &[]);
    }
}

#[test]
fn the_readers_notice_what_is_not_escaped() {
    let trial = Trial::new(TargetName::Kubernetes, &["x".to_owned()], &spec);
    let names: Vec<String> = (0..QUOTED.len() + BARE.len())
        .map(|number| format!("bad{number}"))
        .collect();
    let quoted = QUOTED.iter().map(|text| trial.naive(text));
    let bare = BARE.iter().map(|text| trial.bare(text));
    let mut directories = vec![("marked", trial.marked().clone())];
    directories.extend(names.iter().map(String::as_str).zip(quoted.chain(bare)));
    let Some(read) = read(&directories) else { return };
    for (text, bad) in QUOTED.iter().chain(&BARE).zip(&read[1..]) {
        let wanted = Trial::wanted_with(&read[0], text);
        assert!(difference(&wanted, bad, "").is_some(), "{text:?} was not missed");
    }
}
