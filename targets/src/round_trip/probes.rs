//! Probes that are programs: Node.js and Python run what a compose file says, and a listener hears what they ask.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::Command;
use std::sync::mpsc;
use std::time::Duration;

use loadline_compiler::model::TargetName;
use serde_json::{Map, Value};

use super::trial::{Fate, Spec, Trial};
use super::{compose, texts};
use crate::escape::http;

/// How many paths are asked for by each program, and how long all of them may take.
const PATHS: usize = 40;
const PROGRAMS: [(&str, &str); 2] = [("node", "-e"), ("python", "-c")];
const PATIENCE: Duration = Duration::from_secs(60);

fn spec(spec: &mut Spec<'_>, port: u16) {
    spec.add("project shop\n");
    for language in ["node 24", "python 3.13"] {
        let name = language.split(' ').next().unwrap();
        spec.add(&format!(
            "service {name} {{\n image \"a:1\"\n runtime {language}\n listen http {port}\n\
             health {{ ready \"/headers\" {{ timeout 30s; header {{\n"
        ));
        spec.each("header", "\"X-@\" ", "\n");
        spec.add("} } } }\n");
        let is_path = |text: &str| !text.contains(char::is_control) && !text.contains("..");
        let paths = (0..spec.texts.len()).filter(|&number| is_path(&spec.texts[number]));
        for number in paths.take(PATHS).collect::<Vec<usize>>() {
            spec.add(&format!(
                "service {name}-{number} {{ image \"a:1\"; runtime {language}; listen http {port}; health {{ ready "
            ));
            spec.text_in("path", &format!("/{name}/{number}/"), number, "");
            spec.add(" { timeout 30s } } }\n");
        }
    }
}

/// The first lines and headers of so many requests, which are all answered.
fn heard(listener: TcpListener, count: usize) -> mpsc::Receiver<Vec<String>> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut heads = Vec::new();
        for stream in listener.incoming().take(count) {
            let Ok(mut stream) = stream else { continue };
            let mut head = Vec::new();
            let mut buffer = [0; 65536];
            while !head.ends_with(b"\r\n\r\n") {
                match stream.read(&mut buffer) {
                    Ok(read) if 0 < read => head.extend_from_slice(&buffer[..read]),
                    _ => break,
                }
            }
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            heads.push(String::from_utf8_lossy(&head).into_owned());
        }
        let _ = sender.send(heads);
    });
    receiver
}

/// With `%XX` as the bytes they stand for.
fn decoded(path: &str) -> Vec<u8> {
    let bytes = path.as_bytes();
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let digits = bytes
            .get(at + 1..at + 3)
            .and_then(|digits| std::str::from_utf8(digits).ok());
        match digits
            .and_then(|digits| u8::from_str_radix(digits, 16).ok())
            .filter(|_| byte == b'%')
        {
            Some(decoded) => {
                out.push(decoded);
                at += 3;
            }
            None => {
                out.push(byte);
                at += 1;
            }
        }
    }
    out
}

/// The scripts of all checks that a program runs.
fn scripts(services: &Map<String, Value>, (program, option): (&str, &str)) -> Vec<String> {
    let checks = services.values().map(|service| &service["healthcheck"]["test"]);
    let own = checks.filter(|test| test[1] == program && test[2] == option);
    own.map(|test| test[3].as_str().unwrap().to_owned()).collect()
}

/// One process for all of them; whether it ends well, and what it says.
fn run((program, option): (&str, &str), scripts: &[String]) -> Option<(bool, String)> {
    // Node would end with the first answer.
    let (name, before) = if program == "python" {
        ("python3", "")
    } else {
        (program, "process.exit=()=>{};")
    };
    let script = format!("{before}{}", scripts.join("\n"));
    match Command::new(name).args([option, &script]).output() {
        Ok(run) => Some((run.status.success(), String::from_utf8_lossy(&run.stderr).into_owned())),
        Err(error) => {
            crate::testing::missing(&format!("{name}: {error}"));
            None
        }
    }
}

#[test]
fn programs_notice_what_is_not_escaped() {
    let trial = Trial::new(TargetName::Compose, &["x".to_owned()], &|to| spec(to, 9));
    for text in ["\"", "\\"] {
        let Some(read) = compose::read(&trial.naive(text)) else {
            return;
        };
        let services = read.unwrap()["services"].as_object().unwrap().clone();
        for program in PROGRAMS {
            let Some((good, _)) = run(program, &scripts(&services, program)) else {
                return;
            };
            assert!(!good, "{text:?} was not missed by {program:?}");
        }
    }
}

#[test]
fn probes_ask_with_the_texts() {
    let texts = texts::batches().swap_remove(0);
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let trial = Trial::new(TargetName::Compose, &texts, &|to| spec(to, port));
    trial.fates_are(&|place, text| match place {
        "header" if http::ascii_header_value(text).is_err() => Fate::Refused,
        _ => Fate::Written,
    });
    let Some(read) = compose::read(&trial.files) else {
        return;
    };
    let services = read.unwrap()["services"].as_object().unwrap().clone();
    let heads = heard(listener, services.len());
    for program in PROGRAMS {
        let scripts = scripts(&services, program);
        assert_eq!(scripts.len(), services.len() / 2);
        let Some((good, said)) = run(program, &scripts) else {
            return;
        };
        assert!(good, "{program:?}: {said}");
    }
    let heads = heads.recv_timeout(PATIENCE).expect("every probe asks");
    let accepted = trial
        .uses
        .iter()
        .enumerate()
        .filter(|(number, _)| !trial.refused.contains_key(number));
    let (headers, paths): (Vec<_>, Vec<_>) = accepted.partition(|(_, one)| one.place == "header");
    let fields: BTreeSet<&str> = heads
        .iter()
        .flat_map(|head| head.split("\r\n").skip(1))
        .filter_map(|line| line.split_once(':'))
        .map(|(_, value)| value.trim_matches([' ', '\t']))
        .collect();
    for (_, header) in headers {
        assert!(fields.contains(header.text.as_str()), "{:?} was not heard", header.text);
    }
    let targets: BTreeSet<Vec<u8>> = heads
        .iter()
        .filter_map(|head| head.split(' ').nth(1))
        .map(decoded)
        .collect();
    for (_, path) in paths {
        // What stands behind `#` is no part of what is sent.
        let sent = path.text.split('#').next().unwrap();
        let ends = |target: &Vec<u8>| target.ends_with(&[b"/", decoded(sent).as_slice()].concat());
        assert!(targets.iter().any(ends), "{:?} was not asked for", path.text);
    }
    assert_eq!(targets.len(), 2 * PATHS + 1);
}
