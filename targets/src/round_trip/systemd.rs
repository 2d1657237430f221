//! Units, by systemd itself: `systemd --test` loads them and prints what it has read. Environment files by a shell, which
//! reads such quotes alike, and by systemd's own reader. What a process would be started with is the printed command line
//! with `$$` as `$`, by systemd.service(5): starting it takes a machine that was booted with systemd.

use std::process::Command;

use loadline_compiler::model::TargetName;

use super::texts;
use super::tools::Directory;
use super::trial::{Fate, Files, Spec, Trial};
use crate::escape::systemd::tests::oracle::{Systemd, shown_words};
use crate::escape::systemd::tests::substituted;

fn spec(spec: &mut Spec<'_>) {
    spec.add("project shop\nhost web { process systemd }\nconfig_set shared { env {\n");
    spec.each("env", "S@ ", "\n");
    spec.add("} }\nservice api {\n  runtime node 24\n  run \"a.mjs\"\n  env_from shared\n  env {\n");
    spec.each("env", "V@ ", "\n");
    spec.add("}\n");
    spec.each("env", "config D@ string { default ", " }\n");
    spec.add("args ");
    spec.list("args", is_possible);
    spec.add("\n");
    for number in 0..spec.texts.len() {
        // systemd takes slashes and dots out of paths that mean nothing.
        if is_simple(&spec.texts[number]) {
            spec.add(&format!("volume v{number} "));
            spec.text_in("path", &format!("/var/v{number}/x"), number, "");
            spec.add(" { kind persistent }\nfile ");
            spec.text_in("path", &format!("/etc/f{number}/x"), number, "");
            spec.add(" from \"a.txt\"\n");
        }
    }
    spec.add("before prepare { run ");
    spec.list_in("run", "/bin/x", is_program);
    spec.add(" }\nmigrate before { run [\"node\", \"m.mjs\"] }\n}\n");
    spec.add("service many { runtime binary; run \"/bin/x\"; scale 2; listen http 3000; env {\n");
    for number in 0..spec.texts.len() {
        spec.add(&format!("V{number} "));
        spec.text_and("instance env", number, "${self.http.port}");
        spec.add("\n");
    }
    spec.add("} }\n");
    for number in (0..spec.texts.len()).step_by(6) {
        spec.add(&format!(
            "worker in-{number} {{ runtime binary; run \"/bin/x\"; working_dir "
        ));
        spec.text_in("directory", "/srv/x", number, "");
        spec.add(" }\n");
    }
    spec.documented(4, |number| {
        format!("worker about-{number} {{ runtime binary; run \"/bin/x\" }}")
    });
}

/// Nothing can be given a NUL, and systemd takes what will never be a character for none.
fn is_possible(text: &str) -> bool {
    let never = |c: char| u32::from(c) & 0xFFFE == 0xFFFE || ('\u{fdd0}'..='\u{fdef}').contains(&c);
    !text.contains(|c| c == '\0' || never(c))
}

fn is_simple(path: &str) -> bool {
    !path.ends_with('/') && !["//", "/.", "/.."].iter().any(|part| path.contains(part))
}

/// The first word is the program.
fn is_program(text: &str) -> bool {
    is_possible(text) && !text.contains(|c: char| c.is_control() || "\"'\\$".contains(c)) && !text.ends_with('/')
}

fn fate(place: &str, text: &str) -> Fate {
    // A name of a file has at most 255 bytes.
    let plain = !text.contains(char::is_control) && text.len() < 255;
    let good = match place {
        _ if !is_possible(text) => false,
        "path" => plain,
        // It runs to the end of its line.
        "directory" => plain && text.trim_end() == text && !text.ends_with('\\'),
        _ => true,
    };
    if good { Fate::Written } else { Fate::Refused }
}

/// Lines that differ from one run to the next: times, the directory, what has the order of a hash.
const VOLATILE: [&str; 5] = [
    "(destination-",
    "Timestamp",
    "Fragment Path",
    " (origin-",
    "SystemCallFilter",
];

/// What systemd prints about each of the units, with its command lines as words.
fn read(systemd: &Systemd, files: &Files) -> String {
    let mut units: Vec<(String, &str)> = Vec::new();
    for (path, contents) in files {
        if path.ends_with(".service") {
            units.push((path.replace("@.", "@1."), contents));
        }
    }
    let wanted: String = units.iter().map(|(name, _)| format!("Wants={name}\n")).collect();
    let target = format!("[Unit]\n{wanted}");
    let mut all = vec![("judged.target", target.as_str())];
    all.extend(units.iter().map(|(name, contents)| (name.as_str(), *contents)));
    let dump = systemd.dump(&all);
    let mut out = String::new();
    for (name, _) in &units {
        let own = dump.split_once(&format!("-> Unit {name}:")).map_or("", |(_, own)| own);
        let ends = ["\n\t-> ", "\n-> ", "\n\t\t-> Job "].into_iter();
        let own = ends.fold(own, |own, end| own.split_once(end).map_or(own, |(own, _)| own));
        out.push_str(&format!("-> {name}\n"));
        for line in own.split('\n') {
            match line.trim_start().strip_prefix("Command Line: ") {
                Some(command) => {
                    let words = shown_words(command);
                    let words = words.iter().map(|word| substituted(word).unwrap_or_else(|wrong| wrong));
                    out.push_str(&format!("started {}\n", words.collect::<Vec<String>>().join("\0")));
                }
                None if VOLATILE.iter().any(|word| line.contains(word)) => {}
                None => out.push_str(&format!("{line}\n")),
            }
        }
    }
    out
}

#[track_caller]
fn assert_same(wanted: &str, found: &str) {
    let pair = wanted
        .split('\n')
        .zip(found.split('\n'))
        .find(|(wanted, found)| wanted != found);
    if let Some((wanted, found)) = pair {
        let start = wanted
            .bytes()
            .zip(found.bytes())
            .take_while(|(one, other)| one == other)
            .count();
        let shown = |text: &str| {
            text.bytes()
                .skip(start.saturating_sub(20))
                .take(80)
                .collect::<Vec<u8>>()
        };
        let (wanted, found) = (shown(wanted), shown(found));
        panic!(
            "wanted {:?}, found {:?}",
            String::from_utf8_lossy(&wanted),
            String::from_utf8_lossy(&found)
        );
    }
    assert_eq!(wanted.len(), found.len());
}

/// Each breaks something if it is only put there, and every second of them in quotes too.
const BAD: [&str; 8] = ["%n", "a\"b", "a\nUser=root", "\\x41", "$HOME", "\\", "a b", "'"];

#[test]
fn units_hold_the_texts() {
    let Some(systemd) = Systemd::new() else {
        crate::testing::missing("systemd cannot be asked here");
        return;
    };
    for texts in texts::batches() {
        let trial = Trial::new(TargetName::Systemd, &texts, &spec);
        trial.fates_are(&fate);
        let marked = read(&systemd, trial.marked());
        trial.all_are_read(&marked, &["path", "instance env"]);
        assert_same(&trial.wanted(&marked), &read(&systemd, &trial.files));
    }
}

#[test]
fn systemd_notices_what_is_not_escaped() {
    let Some(systemd) = Systemd::new() else { return };
    let trial = Trial::new(TargetName::Systemd, &["x".to_owned()], &spec);
    let marked = read(&systemd, trial.marked());
    for text in BAD {
        let wanted = Trial::wanted_with_text(&marked, text);
        assert!(read(&systemd, &trial.naive(text)) != wanted, "{text:?} was not missed");
    }
}

/// What a shell reads out of the file of an instance; quotes of systemd's environment files are those of a shell.
fn sourced(files: &Files, names: usize) -> Option<Vec<String>> {
    let directory = Directory::new();
    let file = directory.file("many.env", &files["env/many@2.env"]);
    let mut shell = Command::new("sh");
    let values: String = (0..names).map(|number| format!(" \"${{V{number}-unset}}\"")).collect();
    shell
        .args(["-c", &format!(". \"$0\"; printf '%s\\0'{values}")])
        .arg(file);
    let read = shell.output().unwrap();
    if !read.status.success() {
        return None;
    }
    let printed = String::from_utf8_lossy(&read.stdout).into_owned();
    Some(printed.split_terminator('\0').map(str::to_owned).collect())
}

#[test]
fn environment_files_hold_the_texts() {
    for texts in texts::batches() {
        let trial = Trial::new(TargetName::Systemd, &texts, &spec);
        let marked = sourced(trial.marked(), texts.len()).unwrap();
        let wanted: Vec<String> = marked.iter().map(|text| trial.wanted(text)).collect();
        assert!(marked.iter().all(|text| text.ends_with("qz3001")));
        assert_eq!(sourced(&trial.files, texts.len()).unwrap(), wanted);
    }
    let trial = Trial::new(TargetName::Systemd, &["x".to_owned()], &spec);
    for text in ["\"", "$HOME", "`id`", "\\\\"] {
        let naive = sourced(&trial.naive(text), 1);
        assert_ne!(naive, Some(vec![format!("{text}3001")]), "{text:?} was not missed");
    }
}
