//! `shell-or-package-manager-entrypoint`

use crate::diagnostic::Diagnostic;
use crate::model::Workload;
use crate::rules::{Context, rule};
use crate::values::Command;

/// Programs that start another and do not pass signals on as the one that should drain needs them.
const SHELLS: &[&str] = &["sh", "bash", "ash", "dash", "zsh", "fish"];

/// The same, with a lock file to their name. `poetry run` and `pipenv run` are not among them: they replace themselves.
const PACKAGE_MANAGERS: &[&str] = &["npm", "npx", "yarn", "pnpm", "pnpx", "bunx", "corepack"];

/// PM2 in the foreground: it passes the signal on, and has a time of its own for what follows.
const PROCESS_MANAGERS: &[&str] = &["pm2", "pm2-runtime", "pm2-docker"];

/// Programs that replace themselves by the one behind them, or pass signals on to it.
const WRAPPERS: &[&str] = &[
    "env",
    "nice",
    "ionice",
    "stdbuf",
    "tini",
    "catatonit",
    "gosu",
    "su-exec",
    "setpriv",
    "exec",
];

rule! {
    /// ## What it checks
    /// `run` is the process itself, not a shell or a package manager that starts it.
    /// ## Why
    /// The first process of a container gets the signal to stop. A shell or package manager keeps it, or ends and leaves the
    /// child behind: the drain never begins, and everything in flight is killed at the end of the grace period. PM2 in a container
    /// passes it on, and kills its processes 1.6 s later, whatever the grace period is.
    /// ## Source
    /// Measured: SIGTERM to npm 11.19 ended npm with 143 and left `node` running. docker-node, docs/BestPractices.md: npm
    /// swallows signals. `dash -c COMMAND` stays, `bash -c COMMAND` and `sh -c "exec COMMAND"` do not (measured). PM2 6 and 7 as
    /// `pm2-runtime`: SIGKILL 2 s after SIGTERM with a drain of 5 s (measured).
    ///
    /// ```loadline,bad
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   run    ["npm", "start"]
    ///   memory 512Mi
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   run    ["node", "dist/server.mjs"]
    ///   memory 512Mi
    /// }
    /// ```
    605 "shell-or-package-manager-entrypoint" Warning, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for workload in &context.model.workloads {
        let Some(run) = &workload.run else { continue };
        let Some(culprit) = culprit(&run.value) else {
            continue;
        };
        let (name, program) = (&workload.name.value, &culprit.program);
        let diagnostic = match culprit.what {
            What::Shell(label) | What::PackageManager(label) => {
                let message = format!("`{name}` is started by `{program}`, which does not pass the signal to stop on");
                Diagnostic::new(&RULE, message, run.span, label).help(way_out(workload, &run.value))
            }
            What::ProcessManager => {
                let message =
                    format!("`{name}` is started by `{program}`, which kills it 1.6s after the signal to stop");
                Diagnostic::new(&RULE, message, run.span, "unless its own file says otherwise")
                    .help("run the program itself: the platform restarts it, and `processes` or `scale` multiply it")
            }
        };
        found.push(diagnostic.about(workload.id));
    }
}

struct Culprit {
    program: String,
    what: What,
}

enum What {
    Shell(&'static str),
    PackageManager(&'static str),
    ProcessManager,
}

fn culprit(run: &Command) -> Option<Culprit> {
    let words: Vec<&str> = run.words().iter().map(String::as_str).collect();
    // Operators ask for a shell, and none is there.
    let wanted = words
        .iter()
        .any(|word| ["&&", "||", "|", ";", ">", ">>"].contains(word));
    of_words(&words).or_else(|| {
        wanted.then(|| Culprit {
            program: "a shell".to_owned(),
            what: What::Shell("needs a shell to mean anything, and none is there"),
        })
    })
}

/// Behind programs that step aside, what really starts the process.
fn of_words(words: &[&str]) -> Option<Culprit> {
    let (first, rest) = words.split_first()?;
    let program = first.rsplit('/').next().unwrap_or_default();
    let found = |what| {
        Some(Culprit {
            program: program.to_owned(),
            what,
        })
    };
    if WRAPPERS.contains(&program) {
        // `tini -g` signals the children of its child too.
        if rest.contains(&"-g") && program == "tini" {
            return None;
        }
        let is_own = |word: &&&str| word.starts_with('-') || word.contains('=');
        let own = rest.iter().take_while(is_own).count();
        return of_words(rest.get(own..)?);
    }
    if SHELLS.contains(&program) {
        return if steps_aside(program, rest) {
            None
        } else {
            found(What::Shell("a shell"))
        };
    }
    if PACKAGE_MANAGERS.contains(&program) || (program == "bun" && !rest.iter().any(|word| is_script(word))) {
        return found(What::PackageManager("a package manager"));
    }
    if PROCESS_MANAGERS.contains(&program) {
        return found(What::ProcessManager);
    }
    None
}

/// Whether a shell replaces itself by what it runs: told so by `exec`, or bash with a single command.
fn steps_aside(shell: &str, arguments: &[&str]) -> bool {
    let Some((flag, script)) = arguments.split_first() else {
        return false;
    };
    let is_command = flag.starts_with('-') && flag.ends_with('c');
    let words: Vec<&str> = script.iter().flat_map(|word| word.split_whitespace()).collect();
    let several = words.iter().any(|word| word.contains([';', '|', '&', '>', '<']));
    let last = words.rsplit(joins).next().unwrap_or_default();
    let replaced = last.first() == Some(&"exec") || (shell == "bash" && !several);
    is_command && replaced && of_words(last).is_none()
}

fn is_script(word: &str) -> bool {
    [".js", ".mjs", ".cjs", ".ts", ".tsx", ".py"]
        .iter()
        .any(|end| word.ends_with(end))
}

fn way_out(workload: &Workload, run: &Command) -> String {
    let words: Vec<&str> = run.words().iter().flat_map(|word| word.split_whitespace()).collect();
    let Some(file) = script(&words) else {
        return "name the program itself, as in `run \"dist/server.mjs\"`; what must run before it is a `before` step"
            .to_owned();
    };
    let write = if workload.runtime.is_some() {
        format!("write `run \"{file}\"`: the runtime starts it directly")
    } else {
        format!("write `run [\"node\", \"{file}\"]`, or name the runtime")
    };
    if words.iter().any(joins) {
        format!("{write}; what runs ahead of it is a `before` step, or `migrate before`")
    } else {
        write
    }
}

/// The script that serves in the end: of several commands in a row that of the last one.
fn script<'w>(words: &[&'w str]) -> Option<&'w str> {
    let last = words.rsplit(joins).next()?;
    last.iter().find(|word| is_script(word)).copied()
}

/// Joins two commands of a shell.
fn joins(word: &&str) -> bool {
    ["&&", "||", ";"].contains(word)
}

#[cfg(test)]
mod tests {
    use super::{culprit, script};
    use crate::values::Command;

    #[test]
    fn the_script_is_found_inside_a_line_for_a_shell() {
        let of = |line: &'static str| script(&line.split_whitespace().collect::<Vec<_>>());
        assert_eq!(of("node dist/a.js"), Some("dist/a.js"));
        assert_eq!(of("sh -c node dist/migrate.js && node dist/a.js"), Some("dist/a.js"));
        assert_eq!(of("sh -c node dist/a.js --config b.js >> a.log"), Some("dist/a.js"));
        assert_eq!(of("npm start"), None);
    }
    fn program(words: &[&str]) -> Option<String> {
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        culprit(&Command::Arguments(words)).map(|culprit| culprit.program)
    }

    #[test]
    fn what_starts_the_process_is_found_behind_what_steps_aside() {
        for (words, expected) in [
            (&["tini", "--", "npm", "start"][..], Some("npm")),
            (&["env", "A=1", "sh", "-c", "node a.js"], Some("sh")),
            (&["sh", "start.sh"], Some("sh")),
            (&["sh", "-c", "node a.js && node b.js"], Some("sh")),
            (&["bash", "-c", "node a.js && node b.js"], Some("bash")),
            (&["sh", "-c", "exec npm start"], Some("sh")),
            (
                &["/usr/local/bin/pm2-runtime", "ecosystem.config.js"],
                Some("pm2-runtime"),
            ),
            (&["bun", "run", "start"], Some("bun")),
            (&["sh", "-c", "node migrate.js && exec node a.js"], None),
            (&["sh", "-ec", "exec node a.js"], None),
            (&["bash", "-c", "node a.js"], None),
            (&["tini", "-g", "--", "npm", "start"], None),
            (&["dumb-init", "npm", "start"], None),
            (&["bun", "run", "src/server.ts"], None),
            (&["poetry", "run", "gunicorn", "shop.wsgi"], None),
            (&["node", "npm.js"], None),
        ] {
            assert_eq!(program(words).as_deref(), expected, "{words:?}");
        }
    }
}
