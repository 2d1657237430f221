//! `loadline check --fix`: what rules offer to mend, one edit after the other, each only if nothing is found then that was not
//! found before.

mod texts;

use std::collections::BTreeSet;

use loadline_compiler::against::{Side, pair, path_of};
use loadline_compiler::diagnostic::Diagnostic;
use loadline_compiler::source::Sources;

use super::is_unread;
use crate::cli::{CheckArgs, Format, ResolveArgs};
use crate::command::session::{Environment, Session, merged};
use crate::command::{print, remark};
use crate::exit::{Exit, Problem};
use crate::files::Location;
use crate::report::{self, Report, Style};
use texts::Texts;

/// More than any spec needs; an edit that brings back what another one removed ends here.
const EDITS_MAX: usize = 500;

pub(super) fn run(arguments: &CheckArgs, style: Style) -> Result<Exit, Problem> {
    let mut work = Work {
        location: Location::find(&arguments.project.path)?,
        resolve: arguments.project.resolve.clone(),
        refused: BTreeSet::new(),
    };
    let mut texts = Texts::default();
    work.check_names(&texts)?;
    for _ in 0..EDITS_MAX {
        match work.step(&texts)? {
            Some(mended) => texts = mended,
            None => break,
        }
    }
    texts.format();
    let diff = texts.diff(&work.location);
    if arguments.diff {
        print(&diff)?;
    } else {
        texts.write(&work.location)?;
        match arguments.format {
            Format::Text | Format::Short => print(&diff)?,
            // What reads these expects nothing else on standard output.
            _ => remark(&diff),
        }
    }
    work.report(&texts, arguments, style)
}

struct Work {
    location: Location,
    resolve: ResolveArgs,
    /// Findings whose edit would have brought another one.
    refused: BTreeSet<Key>,
}

/// A finding, whatever stands above it.
type Key = (u16, Vec<String>, String);

/// A spec as it would be, judged in every environment.
struct Judged<'s> {
    session: Session<'s>,
    environments: Vec<Environment>,
}

impl Work {
    /// The texts with one more edit; `None` when none is left that may be applied.
    fn step(&mut self, texts: &Texts) -> Result<Option<Texts>, Problem> {
        let sources = Sources::new();
        let now = self.judge(&sources, texts)?;
        for found in self.candidates(&now) {
            let key = (
                found.rule.code,
                path_of(&now.session.project, found.span()),
                found.message.clone(),
            );
            if self.refused.contains(&key) {
                continue;
            }
            if let Some(mended) = texts.with(&sources, &found.edits) {
                let sources = Sources::new();
                let then = self.judge(&sources, &mended)?;
                if mends(&now, &then, &found) {
                    return Ok(Some(mended));
                }
            }
            self.refused.insert(key);
        }
        Ok(None)
    }

    /// An environment that is not there is said before anything is changed.
    fn check_names(&self, texts: &Texts) -> Result<(), Problem> {
        let sources = Sources::new();
        let loader = Box::new(texts.loader(&self.location));
        Session::load(&sources, self.location.clone(), loader, &self.resolve).map(drop)
    }

    /// What offers an edit, in the environments that were asked for, in the order of the text.
    fn candidates(&self, judged: &Judged<'_>) -> Vec<Diagnostic> {
        let asked = &self.resolve.environments;
        let environments = judged.environments.iter();
        let environments = environments.filter(|environment| asked.is_empty() || asked.contains(&environment.name));
        let found = environments.map(|environment| (environment.name.clone(), environment.diagnostics.clone()));
        let mut found = loadline_compiler::rules::merge_environments(found.collect());
        found.retain(|found| !found.edits.is_empty());
        found
    }

    /// Judges every environment, whichever were asked for: what they share is edited for all of them.
    fn judge<'s>(&self, sources: &'s Sources, texts: &Texts) -> Result<Judged<'s>, Problem> {
        let everything = ResolveArgs {
            environments: Vec::new(),
            ..self.resolve.clone()
        };
        let loader = Box::new(texts.loader(&self.location));
        let mut session = Session::load(sources, self.location.clone(), loader, &everything)?;
        let environments = session.judge();
        Ok(Judged { session, environments })
    }

    fn report(&self, texts: &Texts, arguments: &CheckArgs, style: Style) -> Result<Exit, Problem> {
        let sources = Sources::new();
        let loader = Box::new(texts.loader(&self.location));
        let mut session = Session::load(&sources, self.location.clone(), loader, &self.resolve)?;
        let environments = session.judge();
        let report = Report::new(&sources, &self.location, &environments, merged(&environments));
        let text = report::render(&report, arguments.format, style);
        // With --diff the difference is the result.
        if arguments.diff {
            remark(&text);
        } else {
            print(&text)?;
        }
        Ok(report.exit())
    }
}

/// Whether a finding is gone from every environment, and nothing came in its place.
fn mends(now: &Judged<'_>, then: &Judged<'_>, found: &Diagnostic) -> bool {
    if now.environments.len() != then.environments.len() {
        return false;
    }
    let is_found = |other: &Diagnostic| {
        other.rule.code == found.rule.code && other.span() == found.span() && other.message == found.message
    };
    now.environments.iter().zip(&then.environments).all(|(old, new)| {
        // Where something could not be read no rule was asked: what they say once it can be is no fault of the edit.
        let was_unread = old.diagnostics.iter().any(is_unread);
        let pairs = pair(side(now, old), side(then, new));
        let mut own = old.diagnostics.iter().enumerate().filter(|(_, other)| is_found(other));
        let is_gone = own.all(|(index, _)| pairs.fixed.contains(&index));
        let mut fresh = new.diagnostics.iter().zip(&pairs.known).filter(|(_, known)| !**known);
        is_gone && fresh.all(|(fresh, _)| was_unread && !is_unread(fresh))
    })
}

fn side<'a>(judged: &'a Judged<'_>, environment: &'a Environment) -> Side<'a> {
    Side {
        project: &judged.session.project,
        model: &environment.model,
        found: &environment.diagnostics,
    }
}
