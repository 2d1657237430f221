//! `flag-after-script`

use loadline_grammar::Span;

use crate::diagnostic::Diagnostic;
use crate::facts::options::{self, Options};
use crate::model::Workload;
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// Options of the runtime stand before the program that it runs.
    /// ## Why
    /// What stands behind the program is the program's own: Node hands `--max-old-space-size=512` on in `process.argv`, and Java
    /// `-Xmx512m` to `main`. Nobody complains, and the heap has the default size.
    /// ## Source
    /// Node, doc/api/cli.md: `node [options] [V8 options] [script] [arguments]`; `java [options] -jar file [arguments]`.
    ///
    /// ```loadline,bad
    /// service api {
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   runtime node 24
    ///   run     ["node", "dist/server.mjs", "--max-semi-space-size=32"]
    ///   memory  512Mi { heap 256Mi; young 96Mi }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// service api {
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   runtime node 24
    ///   run     "dist/server.mjs"
    ///   memory  512Mi { heap 256Mi; young 96Mi }
    /// }
    /// ```
    312 "flag-after-script" Error, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for workload in &context.model.workloads {
        let Some(options) = workload
            .runtime
            .as_ref()
            .and_then(|runtime| Options::of(runtime.language.value))
        else {
            continue;
        };
        for (flag, script, span) in ignored(workload, options) {
            let message = format!(
                "`{flag}` of `{}` stands behind the program, and has no effect",
                workload.name.value
            );
            let label = format!("an argument of `{script}`");
            let diagnostic = Diagnostic::new(&RULE, message, span, label)
                .help(help(workload, options, &flag))
                .about(workload.id);
            found.push(diagnostic);
        }
    }
}

/// The first option of each place that nobody reads, with the program it stands behind.
fn ignored(workload: &Workload, options: &Options) -> Vec<(String, String, Span)> {
    let mut found = Vec::new();
    let run = workload.run.as_ref();
    let mut words: Vec<(&str, Span)> = run
        .map(|run| run.value.words().iter().map(|word| (word.as_str(), run.span)).collect())
        .unwrap_or_default();
    let is_file = run.is_some_and(|run| matches!(run.value, crate::values::Command::File(_)));
    let args = workload.args.iter();
    words.extend(args.flat_map(|args| args.value.iter().map(|text| (text.0.as_str(), args.span))));
    found.extend(after_program(&words, is_file, options));
    if let Some(run) = workload.migrate.as_ref().and_then(|migrate| migrate.run.as_ref()) {
        let words: Vec<(&str, Span)> = run.value.words().iter().map(|word| (word.as_str(), run.span)).collect();
        found.extend(after_program(&words, false, options));
    }
    found
}

fn after_program(words: &[(&str, Span)], is_file: bool, options: &Options) -> Option<(String, String, Span)> {
    let plain: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
    let program = if is_file { 0 } else { options.program(&plain)? };
    let (flag, span) = words.iter().skip(program + 1).find(|(word, _)| options.is_own(word))?;
    Some(((*flag).to_owned(), plain.get(program).copied()?.to_owned(), *span))
}

fn help(workload: &Workload, options: &Options, flag: &str) -> String {
    let sets_heap = options::sets_heap(flag);
    match workload.memory.as_ref().map(|memory| memory.heap.flag().is_some()) {
        Some(true) if sets_heap => "leave it out: `heap` sets it in the right place".to_owned(),
        _ if sets_heap => "write `heap SIZE` in `memory`, which puts the flag in the right place".to_owned(),
        _ => format!(
            "write `env {} \"{flag}\"`, or put it before the program",
            options.variable
        ),
    }
}
