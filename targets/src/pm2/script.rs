//! How PM2 is told what to start.

use loadline_compiler::model::Workload;
use loadline_grammar::Span;

use crate::escape::javascript as escape;
use crate::host::{self, Program};
use crate::output::Output;
use crate::template::Escaped;

/// Options of Node that name a module: a path or a package. Source: `node --help`.
const MODULES: &[&str] = &["-r", "--require", "--import", "--loader", "--experimental-loader"];

/// Options that name a file or directory.
const PATHS: &[&str] = &["--env-file", "--env-file-if-exists", "--icu-data-dir"];

/// Further options that take the next word; all others are one word, with or without `=`.
const VALUES: &[&str] = &["-C", "--conditions", "--title", "--input-type", "--disable-warning"];

/// The words of a command line as PM2 wants them.
#[derive(Debug)]
pub(crate) struct Script {
    pub(crate) file: Escaped,
    pub(crate) arguments: Escaped,
    pub(crate) interpreter: Escaped,
    pub(crate) runtime_flags: Option<Escaped>,
}

/// The same before it is written.
#[derive(Debug, PartialEq, Eq)]
struct Words {
    flags: Vec<String>,
    file: String,
    arguments: Vec<String>,
}

impl Script {
    /// Node is PM2's to start. Of anything else the program is the script, by its absolute path and as it is: PM2 would
    /// find an interpreter by the file's ending.
    pub(crate) fn of(workload: &Workload, out: &mut Output) -> Option<Self> {
        let span = workload.run.as_ref().map_or(workload.name.span, |run| run.span);
        let program = Program::main(workload)?;
        let (words, interpreter) = if host::in_pm2_cluster(workload) {
            (node(workload, span, out)?, "node")
        } else {
            (plain(program)?, "none")
        };
        if words.file.contains(' ') {
            let directory = workload
                .working_dir
                .as_ref()
                .filter(|directory| directory.value.contains(' '));
            out.refuse(
                directory.map_or(span, |directory| directory.span),
                format!(
                    "PM2 hands a script with a blank in its path to a shell: {:?}",
                    words.file
                ),
                "cannot be written",
            );
            return None;
        }
        Some(Self {
            file: escape::string(&words.file),
            arguments: escape::strings(&words.arguments),
            interpreter: escape::string(interpreter),
            runtime_flags: (!words.flags.is_empty()).then(|| escape::strings(&words.flags)),
        })
    }
}

fn plain(program: Program) -> Option<Words> {
    let (file, arguments) = program.words.split_first()?;
    Some(Words {
        flags: Vec::new(),
        file: file.clone(),
        arguments: arguments.to_vec(),
    })
}

/// `node FLAGS FILE ARGUMENTS`; the file made absolute, since PM2 looks for others in `PATH`.
fn node(workload: &Workload, span: Span, out: &mut Output) -> Option<Words> {
    let words = workload.argv();
    let is_node = |word: &str| word == "node" || word.ends_with("/node");
    let split = match words.split_first() {
        Some((first, rest)) if is_node(first) => split(rest),
        _ => None,
    };
    let Some(words) = split else {
        out.refuse(
            span,
            "PM2 starts a file with Node, and none is named",
            "write `run \"dist/server.mjs\"`, or `runtime binary`",
        );
        return None;
    };
    let directory = host::release_directory(workload);
    let flags = match anchored(words.flags, &directory, !workload.listen.is_empty()) {
        Ok(flags) => flags,
        Err(reason) => {
            out.refuse(span, reason, "name its file: `./node_modules/…`");
            return None;
        }
    };
    Some(Words {
        flags,
        file: inside(&directory, &words.file),
        ..words
    })
}

/// Flags with absolute paths: Node reads them before PM2's cluster changes to the directory of the app.
fn anchored(flags: Vec<String>, directory: &str, is_cluster: bool) -> Result<Vec<String>, String> {
    let mut out: Vec<String> = Vec::new();
    let mut option = String::new();
    for flag in flags {
        let (name, value) = match flag.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None if flag.starts_with('-') => (flag.as_str(), None),
            None => (option.as_str(), Some(flag.as_str())),
        };
        let value = value
            .map(|value| anchor(name, value, directory, is_cluster))
            .transpose()?;
        out.push(match (value, flag.starts_with('-')) {
            (Some(value), true) => format!("{name}={value}"),
            (Some(value), false) => value,
            (None, _) => flag.clone(),
        });
        option = name.to_owned();
    }
    Ok(out)
}

fn anchor(option: &str, value: &str, directory: &str, is_cluster: bool) -> Result<String, String> {
    let is_module = MODULES.contains(&option);
    let is_relative = value.starts_with("./") || value.starts_with("../");
    if PATHS.contains(&option) || (is_module && is_relative) {
        return Ok(inside(directory, value));
    }
    // `node:…`, `file:…` and `data:…` are the same from everywhere.
    let from_everywhere = value.starts_with('/') || value.contains(':');
    if is_module && is_cluster && !from_everywhere {
        return Err(format!(
            "PM2's cluster looks for the package `{value}` in the directory of its daemon"
        ));
    }
    Ok(value.to_owned())
}

fn inside(directory: &str, path: &str) -> String {
    if path.starts_with('/') {
        return path.to_owned();
    }
    let path = path.trim_start_matches("./");
    format!("{}/{path}", directory.trim_end_matches('/'))
}

fn split(words: &[String]) -> Option<Words> {
    let mut flags: Vec<String> = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if !word.starts_with('-') {
            return Some(Words {
                flags,
                file: word.clone(),
                arguments: words.cloned().collect(),
            });
        }
        // Code on the command line, or read from standard input: no file.
        if matches!(word.as_str(), "-e" | "--eval" | "-p" | "--print" | "-" | "--") {
            return None;
        }
        flags.push(word.clone());
        if [MODULES, PATHS, VALUES].concat().contains(&word.as_str()) {
            flags.push(words.next()?.clone());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Option<Words> {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        split(&words)
    }

    #[test]
    fn flags_stand_before_the_file_and_arguments_behind() {
        let words = read("--max-old-space-size=300 --import ./otel.mjs dist/a.mjs --port 3 -v").unwrap();
        assert_eq!(words.flags, ["--max-old-space-size=300", "--import", "./otel.mjs"]);
        assert_eq!(words.file, "dist/a.mjs");
        assert_eq!(words.arguments, ["--port", "3", "-v"]);
        assert_eq!(read("a.mjs").unwrap().flags, Vec::<String>::new());
    }

    #[test]
    fn paths_in_flags_do_not_depend_on_the_daemon() {
        let read = |line: &str, is_cluster| {
            let flags = line.split(' ').map(str::to_owned).collect();
            anchored(flags, "/srv/a/current", is_cluster).map(|flags| flags.join(" "))
        };
        assert_eq!(
            read(
                "--import ./otel.mjs --require=../x.cjs --env-file .env --title ./t -C dev",
                true
            )
            .unwrap(),
            "--import /srv/a/current/otel.mjs --require=/srv/a/current/../x.cjs --env-file /srv/a/current/.env \
             --title ./t -C dev"
        );
        let absolute = "--import /opt/x.mjs --import node:inspector --max-old-space-size=300 --inspect";
        assert_eq!(read(absolute, true).unwrap(), absolute);
        assert!(read("-r dotenv/config", true).unwrap_err().contains("`dotenv/config`"));
        assert_eq!(read("-r dotenv/config", false).unwrap(), "-r dotenv/config");
    }

    #[test]
    fn a_command_line_without_a_file_is_none() {
        assert_eq!(read("--inspect"), None);
        assert_eq!(read("-e 1+1"), None);
        assert_eq!(read("--import x"), None);
    }
}
