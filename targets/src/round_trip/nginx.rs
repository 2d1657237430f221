//! Gateways, by a running nginx: what it answers is what was written.

use loadline_compiler::model::TargetName;

use super::texts;
use super::trial::{Fate, Files, Spec, Trial};
use crate::escape::nginx as escape;
use crate::nginx::live::machine::{Answer, Directory, Nginx, free_port, nginx_version};

/// Where the files lie that are served.
fn spec(spec: &mut Spec<'_>, port: u16, files: &str) {
    spec.add(&format!(
        "project shop\nhost web {{ process systemd }}\ngateway edge {{\n  listen {port}\n  headers {{\n"
    ));
    spec.each("header", "\"X-@\" ", "\n");
    spec.add("}\n");
    for number in 0..spec.texts.len() {
        if !is_file_name(&spec.texts[number]) {
            continue;
        }
        spec.add("static ");
        spec.text_in("path", &format!("/p{number}/x"), number, "/");
        spec.add(&format!(" \"{files}/plain\"\n"));
        spec.add(&format!("static \"/d{number}/\" "));
        spec.text_in("directory", &format!("{files}/{number}/x"), number, "");
        spec.add("\n");
    }
    spec.add("}\n");
}

/// What a directory can be called.
fn is_file_name(text: &str) -> bool {
    text.len() < 250 && !text.contains(|c: char| c == '/' || c.is_control())
}

fn fate(place: &str, text: &str) -> Fate {
    let good = match place {
        "header" => escape::header_value(text).is_ok(),
        "path" => escape::exact(&format!("/p0/x{text}/")).is_ok(),
        _ => true,
    };
    if good { Fate::Written } else { Fate::Refused }
}

/// Each byte of a path as `%XX`.
fn encoded(path: &str) -> String {
    let byte = |byte| {
        if byte == b'/' {
            "/".to_owned()
        } else {
            format!("%{byte:02X}")
        }
    };
    path.bytes().map(byte).collect()
}

/// Writes the files where nginx looks for them; whoever has no IPv6 cannot listen on it.
fn install(directory: &Directory, files: &Files) {
    let has_ipv6 = std::path::Path::new("/proc/net/if_inet6").exists();
    for (path, contents) in files {
        let lines = contents.split_inclusive('\n');
        let kept: String = lines.filter(|line| has_ipv6 || !line.contains("listen [::]")).collect();
        directory.file(path, &kept);
    }
}

#[test]
fn nginx_answers_with_the_texts() {
    if nginx_version().is_none() {
        return;
    }
    for texts in texts::batches() {
        let (directory, port) = (Directory::new(), free_port());
        let files = directory.path().join("served").display().to_string();
        let trial = Trial::new(TargetName::Nginx, &texts, &|to| spec(to, port, &files));
        trial.fates_are(&fate);
        install(&directory, &trial.files);
        directory.file("served/plain/who", "plain");
        for (number, text) in texts.iter().enumerate().filter(|(_, text)| is_file_name(text)) {
            directory.file(&format!("served/{number}/x{text}/who"), &number.to_string());
        }
        let nginx = Nginx::start(&directory, port);
        let answer = nginx.ask("GET", "/nothing", "");
        let mut headers = 0;
        for (number, one) in trial.uses.iter().enumerate().filter(|(_, one)| one.place == "header") {
            // They are the first uses.
            let found = answer.header(&format!("x-{number}"));
            let wanted = (!trial.refused.contains_key(&number)).then(|| one.text.clone());
            if let Some(wanted) = wanted {
                assert_eq!(found, Some(wanted));
                headers += 1;
            }
        }
        assert!(50 < headers, "only {headers} headers");
        for (number, text) in texts.iter().enumerate().filter(|(_, text)| is_file_name(text)) {
            let answer = nginx.ask("GET", &format!("/d{number}/who"), "");
            assert_eq!(
                (answer.status, answer.body),
                (200, number.to_string()),
                "the directory {text:?}"
            );
            if fate("path", text) == Fate::Written {
                let answer: Answer = nginx.ask("GET", &encoded(&format!("/p{number}/x{text}/who")), "");
                assert_eq!(
                    (answer.status, answer.body.as_str()),
                    (200, "plain"),
                    "the path {text:?}"
                );
            }
        }
    }
}

/// Each breaks something if it is only put between the quotes.
const BAD: [&str; 6] = ["a\"b", "$host", "${host}", "a\\", "\\n", "\"; return 200 \""];

#[test]
fn nginx_notices_what_is_not_escaped() {
    if nginx_version().is_none() {
        return;
    }
    for text in BAD {
        let (directory, port) = (Directory::new(), free_port());
        let files = directory.path().join("served").display().to_string();
        let trial = Trial::new(TargetName::Nginx, &["x".to_owned()], &|to| spec(to, port, &files));
        install(&directory, &trial.naive(text));
        let answer = Nginx::try_start(&directory, port).map(|nginx| nginx.ask("GET", "/nothing", ""));
        let found = answer.ok().and_then(|answer| answer.header("x-0"));
        assert_ne!(found.as_deref(), Some(text), "was not missed");
    }
}
