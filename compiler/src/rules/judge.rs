//! From raw findings to what is reported: overlaps, `allow`, policies, environments.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use loadline_grammar::Span;

use super::{ALL, Rule, memory, operations, syntax};
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::{Allow, Model, ThingId, Word};
use crate::sql::{Allowance, Effects, Statement};
use crate::suggest;
use crate::values::Val;

/// What is reported for one environment.
#[derive(Debug, Default)]
pub struct Judged {
    /// In the order of the text.
    pub diagnostics: Vec<Diagnostic>,
    /// Findings that an `allow` or a policy silenced, with the reason.
    pub silenced: Vec<(Diagnostic, String)>,
}

/// Applies overlaps, `allow` and the project's policies.
#[must_use]
pub fn judge(model: &Model, found: Vec<Diagnostic>) -> Judged {
    let files = model.changes.iter().flat_map(|change| &change.files);
    judge_files(model, files.map(|file| &file.effects), found)
}

/// The same for findings about SQL files that no change names.
#[must_use]
pub fn judge_files<'m>(model: &'m Model, files: impl Iterator<Item = &'m Effects>, found: Vec<Diagnostic>) -> Judged {
    let mut comments = Vec::new();
    for statement in files.flat_map(|file| &file.script) {
        for allowance in &statement.allows {
            // Several changes may name one file.
            if comments
                .iter()
                .all(|(_, known, _): &Comment<'_>| known.span != allowance.span)
            {
                comments.push((statement, allowance, false));
            }
        }
    }
    let mut judge = Judge {
        model,
        allows: allows(model),
        comments,
        extra: Vec::new(),
    };
    judge.check_names();
    let mut judged = Judged::default();
    for mut diagnostic in without_overlaps(found) {
        if let Some(reason) = judge.silence(&diagnostic) {
            judged.silenced.push((diagnostic, reason));
            continue;
        }
        diagnostic.severity = judge.severity(&diagnostic);
        judged.diagnostics.push(diagnostic);
    }
    judge.report_unused();
    let extra = std::mem::take(&mut judge.extra);
    judged.diagnostics.extend(extra);
    judged
        .diagnostics
        .sort_by(|a, b| (a.span(), a.rule.code, &a.message).cmp(&(b.span(), b.rule.code, &b.message)));
    judged
}

struct Judge<'m> {
    model: &'m Model,
    /// Every `allow` with its thing, and whether it silenced something.
    allows: Vec<(ThingId, &'m Allow, bool)>,
    comments: Vec<Comment<'m>>,
    extra: Vec<Diagnostic>,
}

/// A comment in an SQL file that silences a rule for the statement behind it, and whether it did.
type Comment<'m> = (&'m Statement, &'m Allowance, bool);

fn allows(model: &Model) -> Vec<(ThingId, &Allow, bool)> {
    let workloads = model.workloads.iter().map(|thing| (thing.id, &thing.allow));
    let stores = model.stores.iter().map(|thing| (thing.id, &thing.allow));
    let sites = model.sites.iter().map(|thing| (thing.id, &thing.allow));
    let gateways = model.gateways.iter().map(|thing| (thing.id, &thing.allow));
    let config_sets = model.config_sets.iter().map(|thing| (thing.id, &thing.allow));
    let hosts = model.hosts.iter().map(|thing| (thing.id, &thing.allow));
    let clusters = model.clusters.iter().map(|thing| (thing.id, &thing.allow));
    let all = workloads
        .chain(stores)
        .chain(sites)
        .chain(gateways)
        .chain(config_sets)
        .chain(hosts)
        .chain(clusters);
    all.flat_map(|(id, allows)| allows.iter().map(move |allow| (id, allow, false)))
        .collect()
}

/// A rule's name where it is written; where it silences the rule, the entry and whether it gives a reason.
type Named<'m> = (&'m Val<Word>, Option<(Span, bool)>);

fn names(rule: &'static Rule, name: &str) -> bool {
    rule.name == name || rule.code_text().eq_ignore_ascii_case(name)
}

/// Findings that say the spec could not be read cannot be silenced: nothing behind them was judged. Nor can those that say
/// an output could not be written: what would be written instead is no answer.
fn can_be_silenced(diagnostic: &Diagnostic) -> bool {
    let unwritten = [
        memory::limit_below_request::RULE.code,
        operations::value_not_writable::RULE.code,
        operations::override_not_applied::RULE.code,
    ];
    let code = diagnostic.rule.code;
    (code >= 100 && !unwritten.contains(&code)) || diagnostic.rule.severity < Severity::Error
}

/// Whether a rule is asked by every `check`: what targets cannot express is found when they are written, and what a rollout
/// does to the revision that runs only when that is known.
fn is_found_here(rule: &'static Rule) -> bool {
    rule.code != operations::not_expressible::RULE.code && !rule.is_about_transition()
}

impl Judge<'_> {
    /// Names of rules in `allow` and in policies must be names of rules, and silencing needs a reason.
    fn check_names(&mut self) {
        let mut names: Vec<Named<'_>> = Vec::new();
        names.extend(
            self.allows
                .iter()
                .map(|(_, allow, _)| (&allow.rule, Some((allow.span, allow.reason.is_some())))),
        );
        for policy in &self.model.policies {
            let plain = policy.deny.iter().chain(&policy.warn).chain(&policy.note);
            names.extend(plain.filter(|name| name.0 != "warnings").map(|name| (name, None)));
            names.extend(
                policy
                    .off
                    .iter()
                    .map(|off| (&off.rule, Some((off.span, off.reason.is_some())))),
            );
        }
        for (_, comment, _) in &self.comments {
            let (name, span) = (&comment.rule, comment.span);
            if Rule::find(name).is_none() {
                self.extra.push(no_such_rule(name, span));
            } else if comment.reason.is_none() {
                self.extra.push(without_reason(name, span));
            }
        }
        for (name, reason) in names {
            if Rule::find(&name.0).is_none() {
                let mut found = no_such_rule(&name.0, name.span);
                if let Some(near) = suggest::nearest(&name.0, ALL.iter().map(|rule| rule.name)) {
                    found = found.edit(name.span, near);
                }
                self.extra.push(found);
            } else if let Some((span, false)) = reason {
                self.extra.push(without_reason(&name.0, span));
            }
        }
    }

    /// The reason for which a finding is not reported.
    fn silence(&mut self, diagnostic: &Diagnostic) -> Option<String> {
        if !can_be_silenced(diagnostic) {
            return None;
        }
        let off = self
            .model
            .policies
            .iter()
            .flat_map(|policy| &policy.off)
            .find(|off| names(diagnostic.rule, &off.rule.0));
        if let Some(off) = off {
            return Some(
                off.reason
                    .as_ref()
                    .map_or_else(String::new, |reason| reason.value.0.clone()),
            );
        }
        let inside = |statement: &Statement| {
            let labels = diagnostic.labels.iter().map(|label| label.span);
            labels
                .into_iter()
                .any(|span| statement.span.start <= span.start && span.end <= statement.span.end)
        };
        let comment = self.comments.iter_mut().find(|(statement, allowance, _)| {
            allowance.reason.is_some() && names(diagnostic.rule, &allowance.rule) && inside(statement)
        });
        if let Some((_, allowance, used)) = comment {
            *used = true;
            return Some(allowance.reason.clone().unwrap_or_default());
        }
        let subject = diagnostic.subject?;
        let allow = self
            .allows
            .iter_mut()
            .find(|(thing, allow, _)| *thing == subject && names(diagnostic.rule, &allow.rule.0));
        allow.map(|(_, allow, used)| {
            *used = true;
            allow
                .reason
                .as_ref()
                .map_or_else(String::new, |reason| reason.value.0.clone())
        })
    }

    fn severity(&self, diagnostic: &Diagnostic) -> Severity {
        if !can_be_silenced(diagnostic) {
            return diagnostic.severity;
        }
        let mut severity = diagnostic.severity;
        for policy in &self.model.policies {
            let lists = [
                (&policy.note, Severity::Note),
                (&policy.warn, Severity::Warning),
                (&policy.deny, Severity::Error),
            ];
            for (list, level) in lists {
                if list.iter().any(|name| names(diagnostic.rule, &name.0)) {
                    severity = level;
                }
            }
        }
        let deny_warnings = self
            .model
            .policies
            .iter()
            .flat_map(|policy| &policy.deny)
            .any(|name| name.0 == "warnings");
        if deny_warnings && severity == Severity::Warning {
            Severity::Error
        } else {
            severity
        }
    }

    fn report_unused(&mut self) {
        let unused = self
            .allows
            .iter()
            .filter(|(_, allow, used)| !used && Rule::find(&allow.rule.0).is_some_and(is_found_here));
        let found = unused.map(|(thing, allow, _)| {
            let message = format!("`allow {}` silences nothing", allow.rule.0);
            Diagnostic::new(&syntax::unused_allow::RULE, message, allow.span, "no such finding here")
                .help("remove it")
                .about(*thing)
        });
        let found: Vec<Diagnostic> = found.collect();
        self.extra.extend(found);
        let unused = self
            .comments
            .iter()
            .filter(|(_, comment, used)| !used && comment.reason.is_some() && Rule::find(&comment.rule).is_some());
        let found = unused.map(|(_, comment, _)| {
            let message = format!("`allow {}` silences nothing", comment.rule);
            Diagnostic::new(
                &syntax::unused_allow::RULE,
                message,
                comment.span,
                "no such finding here",
            )
            .help("remove it")
        });
        let found: Vec<Diagnostic> = found.collect();
        self.extra.extend(found);
    }
}

fn no_such_rule(name: &str, span: Span) -> Diagnostic {
    let message = format!("there is no rule `{name}`");
    let found = Diagnostic::new(&syntax::unknown_reference::RULE, message, span, "not of the catalogue");
    match suggest::nearest(name, ALL.iter().map(|rule| rule.name)) {
        Some(near) => found.help(format!("did you mean `{near}`?")),
        None => found.help("`loadline explain --list` names them all"),
    }
}

fn without_reason(name: &str, span: Span) -> Diagnostic {
    let message = format!("`{name}` is silenced without a reason");
    Diagnostic::new(
        &syntax::allow_without_reason::RULE,
        message,
        span,
        "why is it right here?",
    )
    .help(format!("write `allow {name} \"the reason\"`"))
}

/// How many findings that a template brings to several things are told in full.
const SAME_PLACE_MAX: usize = 3;

/// Of findings about the same topic at the same place, the worst one, and of these the first in the catalogue's order, stays, and the others become its
/// notes: other rules about the same thing, and the same rule about other things that share a template.
fn without_overlaps(mut found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let order: BTreeMap<u16, usize> = ALL.iter().enumerate().map(|(index, rule)| (rule.code, index)).collect();
    found.sort_by_key(|diagnostic| (Reverse(diagnostic.severity), order.get(&diagnostic.rule.code).copied()));
    let mut kept: Vec<Diagnostic> = Vec::new();
    let mut places: BTreeMap<(Span, &'static str), (usize, usize)> = BTreeMap::new();
    for diagnostic in found {
        let Some(topic) = diagnostic.topic else {
            kept.push(diagnostic);
            continue;
        };
        let Some((place, others)) = places.get_mut(&(diagnostic.span(), topic)) else {
            places.insert((diagnostic.span(), topic), (kept.len(), 0));
            kept.push(diagnostic);
            continue;
        };
        let Some(first) = kept.get_mut(*place) else {
            continue;
        };
        if first.rule.code != diagnostic.rule.code {
            first
                .notes
                .push(format!("{}: {}", diagnostic.rule.name, diagnostic.message));
            continue;
        }
        *others += 1;
        if *others <= SAME_PLACE_MAX {
            first.notes.push(format!("also: {}", diagnostic.message));
        }
    }
    for (place, others) in places.into_values().filter(|(_, others)| SAME_PLACE_MAX < *others) {
        if let Some(first) = kept.get_mut(place) {
            first
                .notes
                .push(format!("and {} more of the same", others - SAME_PLACE_MAX));
        }
    }
    kept
}

/// Findings of several environments as one list: what holds in all of them is said once.
///
/// An `allow`, template or `let` is unused only if it is unused everywhere.
#[must_use]
pub fn merge_environments(judged: Vec<(String, Vec<Diagnostic>)>) -> Vec<Diagnostic> {
    type Key = (Span, u16, String, Severity, Vec<crate::diagnostic::Label>);
    let all = judged.len();
    let mut merged: BTreeMap<Key, (Diagnostic, Vec<String>)> = BTreeMap::new();
    for (environment, diagnostics) in judged {
        for diagnostic in diagnostics {
            let key = (
                diagnostic.span(),
                diagnostic.rule.code,
                diagnostic.message.clone(),
                diagnostic.severity,
                diagnostic.labels.clone(),
            );
            let entry = merged.entry(key).or_insert_with(|| (diagnostic, Vec::new()));
            if !entry.1.contains(&environment) {
                entry.1.push(environment.clone());
            }
        }
    }
    let everywhere = |(diagnostic, environments): &(Diagnostic, Vec<String>)| {
        diagnostic.rule.code != syntax::unused_allow::RULE.code || environments.len() == all
    };
    let finish = |(mut diagnostic, environments): (Diagnostic, Vec<String>)| {
        if environments.len() < all {
            diagnostic.environments = environments;
        }
        diagnostic
    };
    merged.into_values().filter(everywhere).map(finish).collect()
}
