//! From raw findings to what is reported: overlaps, `allow`, policies, environments.

use std::collections::BTreeMap;

use loadline_grammar::Span;

use super::{ALL, Rule, operations, syntax};
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::{Allow, Model, ThingId, Word};
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
    let mut judge = Judge {
        model,
        allows: allows(model),
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
    extra: Vec<Diagnostic>,
}

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
        operations::target_unavailable::RULE.code,
        operations::value_not_writable::RULE.code,
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
        for (name, reason) in names {
            if Rule::find(&name.0).is_none() {
                let message = format!("there is no rule `{}`", name.0);
                let found = Diagnostic::new(
                    &syntax::unknown_reference::RULE,
                    message,
                    name.span,
                    "not of the catalogue",
                );
                self.extra
                    .push(match suggest::nearest(&name.0, ALL.iter().map(|rule| rule.name)) {
                        Some(near) => found.help(format!("did you mean `{near}`?")).edit(name.span, near),
                        None => found.help("`loadline explain --list` names them all"),
                    });
            } else if let Some((span, false)) = reason {
                let message = format!("`{}` is silenced without a reason", name.0);
                let found = Diagnostic::new(
                    &syntax::allow_without_reason::RULE,
                    message,
                    span,
                    "why is it right here?",
                );
                self.extra
                    .push(found.help(format!("write `allow {} \"the reason\"`", name.0)));
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
    }
}

/// How many findings that a template brings to several things are told in full.
const SAME_PLACE_MAX: usize = 3;

/// Of findings about the same topic at the same place, the first in the catalogue's order stays, and the others become its
/// notes: other rules about the same thing, and the same rule about other things that share a template.
fn without_overlaps(mut found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let order: BTreeMap<u16, usize> = ALL.iter().enumerate().map(|(index, rule)| (rule.code, index)).collect();
    found.sort_by_key(|diagnostic| order.get(&diagnostic.rule.code).copied());
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
