//! `loadline check --against REVISION`: the spec beside the one of a revision of git, and the rollout from one to the other.

use loadline_compiler::against::{Side, margins, pair};
use loadline_compiler::diagnostic::Diagnostic;
use loadline_compiler::rules;
use loadline_compiler::source::Sources;

use super::is_unread;
use crate::cli::ResolveArgs;
use crate::command::session::{BASE, Environment, Session};
use crate::exit::Problem;
use crate::git::{GitLoader, Repository, Revision, find_base};
use crate::report::{Against, Fixed, Place};

/// Judges every environment as what replaces the same environment of a revision.
pub(super) fn judge(
    session: &mut Session<'_>,
    revision: &str,
    all: bool,
) -> Result<(Vec<Environment>, Against), Problem> {
    let repository = Repository::around(&session.location.root)?;
    let revision = find_base(&repository, revision)?;
    let sources = Sources::new();
    let mut before = open(session, &sources, &repository, &revision)?;
    let mut environments = Vec::new();
    let mut against = Against::new(revision.shown(), revision.commit.clone(), all);
    let mut fixed: Vec<(String, Vec<Diagnostic>)> = Vec::new();
    for name in session.environments() {
        // What an environment that is new is laid over is what runs so far.
        let is_new = name != BASE && !before.project.environments().contains(&name.as_str());
        let old = before.judge_one(if is_new { BASE } else { &name });
        readable(&old, &before, &sources, &revision)?;
        let now = session.judge_after(&name, Some(&old.model));
        // Of what could not be read no rule said anything: nothing is fixed by that.
        if !now.diagnostics.iter().any(is_unread) {
            let sides = (side(&before, &old), side(session, &now));
            let pairs = pair(sides.0, sides.1);
            let gone = pairs.fixed.iter().filter_map(|index| old.diagnostics.get(*index));
            let gone = if is_new { Vec::new() } else { gone.cloned().collect() };
            fixed.push((name.clone(), gone));
            let known = now.diagnostics.iter().zip(&pairs.known).filter(|(_, known)| **known);
            against
                .known
                .push((name.clone(), known.map(|(found, _)| found.clone()).collect()));
            against.margins.push((name, margins(&old.model, &now.model)));
        }
        environments.push(now);
    }
    against.fixed = rules::merge_environments(fixed)
        .into_iter()
        .map(|found| Fixed {
            place: place(&before, &sources, &found),
            found,
        })
        .collect();
    Ok((environments, against))
}

/// The project as the revision has it, with nothing laid over it: what `--set` tries out is the change.
fn open<'s>(
    session: &mut Session<'_>,
    sources: &'s Sources,
    repository: &Repository,
    revision: &Revision,
) -> Result<Session<'s>, Problem> {
    let loader = Box::new(GitLoader::new(repository, revision)?);
    let arguments = ResolveArgs {
        environments: Vec::new(),
        sets: Vec::new(),
        today: Some(session.today_of_base()),
    };
    Session::load(sources, session.location.clone(), loader, &arguments)
        .map_err(|problem| Problem::new(format!("--against {}: {problem}", revision.name)))
}

/// A revision that was not read as a whole can be compared with nothing.
fn readable(old: &Environment, before: &Session<'_>, sources: &Sources, revision: &Revision) -> Result<(), Problem> {
    let Some(found) = old.diagnostics.iter().find(|found| is_unread(found)) else {
        return Ok(());
    };
    let place = sources.place(found.span());
    let place = format!("{}{place}", before.location.prefix);
    Err(Problem::new(format!(
        "--against {}: the spec of that revision cannot be read: {place}: {} {}: {}",
        revision.name,
        found.rule.code_text(),
        found.rule.name,
        found.message
    )))
}

fn side<'a>(session: &'a Session<'_>, environment: &'a Environment) -> Side<'a> {
    Side {
        project: &session.project,
        model: &environment.model,
        found: &environment.diagnostics,
    }
}

fn place(before: &Session<'_>, sources: &Sources, found: &Diagnostic) -> Option<Place> {
    let span = found.span();
    let file = sources.file(span)?;
    Some(Place {
        file: format!("{}{}", before.location.prefix, file.name),
        start: file.position(span.start),
        end: file.position(span.end),
    })
}
