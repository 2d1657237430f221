//! `shell-or-package-manager-entrypoint`

use crate::diagnostic::Diagnostic;
use crate::model::Workload;
use crate::rules::{Context, rule};
use crate::values::Command;

/// Programs that start another and do not pass signals on as the one that should drain needs them.
const SHELLS: &[&str] = &["sh", "bash", "ash", "dash", "zsh", "fish"];

/// The same, with a lock file to their name.
const PACKAGE_MANAGERS: &[&str] = &[
    "npm", "npx", "yarn", "pnpm", "pnpx", "bun", "corepack", "pipenv", "poetry",
];

rule! {
    /// ## What it checks
    /// `run` is the process itself, not a shell or a package manager that starts it.
    /// ## Why
    /// The first process of a container gets the signal to stop. A shell or package manager keeps it, or ends and leaves the
    /// child behind: the drain never begins, and everything in flight is killed at the end of the grace period.
    /// ## Source
    /// Measured: SIGTERM to npm 11.19 ended npm with 143 and left `node` running. docker-node, docs/BestPractices.md: npm
    /// swallows signals.
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
        let Some((program, what)) = culprit(&run.value) else {
            continue;
        };
        let name = &workload.name.value;
        let message = format!("`{name}` is started by `{program}`, which does not pass the signal to stop on");
        let diagnostic = Diagnostic::new(&RULE, message, run.span, what)
            .help(way_out(workload, &run.value))
            .about(workload.id);
        found.push(diagnostic);
    }
}

fn culprit(run: &Command) -> Option<(String, &'static str)> {
    let words = run.words();
    let first = words.first().map(String::as_str).unwrap_or_default();
    let program = first.rsplit('/').next().unwrap_or_default();
    if SHELLS.contains(&program) {
        return Some((program.to_owned(), "a shell"));
    }
    if PACKAGE_MANAGERS.contains(&program) {
        return Some((program.to_owned(), "a package manager"));
    }
    // Operators ask for a shell, and none is there.
    let wanted = words
        .iter()
        .find(|word| ["&&", "||", "|", ";", ">"].contains(&word.as_str()));
    wanted.map(|_| {
        (
            "a shell".to_owned(),
            "needs a shell to mean anything, and none is there",
        )
    })
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
    let is_script = |word: &&&str| {
        [".js", ".mjs", ".cjs", ".ts", ".py"]
            .iter()
            .any(|end| word.ends_with(end))
    };
    last.iter().find(is_script).copied()
}

/// Joins two commands of a shell.
fn joins(word: &&str) -> bool {
    ["&&", "||", ";"].contains(word)
}

#[cfg(test)]
mod tests {
    use super::script;

    #[test]
    fn the_script_is_found_inside_a_line_for_a_shell() {
        let of = |line: &'static str| script(&line.split_whitespace().collect::<Vec<_>>());
        assert_eq!(of("node dist/a.js"), Some("dist/a.js"));
        assert_eq!(of("sh -c node dist/migrate.js && node dist/a.js"), Some("dist/a.js"));
        assert_eq!(of("sh -c node dist/a.js --config b.js >> a.log"), Some("dist/a.js"));
        assert_eq!(of("npm start"), None);
    }
}
