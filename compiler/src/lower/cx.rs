//! What lowering knows and what it has found.

use std::collections::{BTreeMap, BTreeSet};

use loadline_grammar::Span;
use loadline_grammar::ast::Value;

use super::lets::Lets;
use crate::diagnostic::Diagnostic;
use crate::model::{ThingId, ThingKind};
use crate::rules::syntax;
use crate::schema::Form;
use crate::source::Sources;
use crate::suggest;

/// A declared name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Declared {
    pub(crate) id: ThingId,
    /// Where its block begins.
    pub(crate) span: Span,
}

/// Everything that lowering reads besides the tree, and the diagnostics it writes.
pub(crate) struct Cx<'a> {
    pub(crate) sources: &'a Sources,
    /// The one namespace of things.
    pub(crate) names: &'a BTreeMap<&'a str, Declared>,
    pub(super) lets: Lets<'a>,
    /// The thing that is being lowered: whose `allow` silences what is found in it.
    pub(crate) subject: Option<ThingId>,
    found: Vec<Diagnostic>,
    /// A template is lowered once for each thing that extends it, but its mistakes are reported once.
    seen: BTreeSet<(u16, Span, String)>,
}

impl<'a> Cx<'a> {
    pub(crate) fn new(
        sources: &'a Sources,
        names: &'a BTreeMap<&'a str, Declared>,
        lets: &'a BTreeMap<&'a str, &'a Value<'a>>,
    ) -> Self {
        Self {
            sources,
            names,
            lets: Lets::new(lets),
            subject: None,
            found: Vec::new(),
            seen: BTreeSet::new(),
        }
    }

    pub(crate) fn report(&mut self, mut diagnostic: Diagnostic) {
        if diagnostic.subject.is_none() {
            diagnostic.subject = self.subject;
        }
        let key = (diagnostic.rule.code, diagnostic.span(), diagnostic.message.clone());
        if self.seen.insert(key) {
            self.found.push(diagnostic);
        }
    }

    /// Whether something in an entry, from its key to the end of its braces, could not be read: what is missing then is not left out.
    pub(crate) fn is_misread(&self, entry: Span) -> bool {
        let Some(file) = self.sources.file(entry) else {
            return false;
        };
        let text = file.text.get(file.range(entry).start..).unwrap_or_default();
        let mut depth = 0_usize;
        let end = text.find(|sign| {
            match sign {
                '{' => depth = depth.saturating_add(1),
                '}' if depth <= 1 => return true,
                '}' => depth = depth.saturating_sub(1),
                '\n' | ';' if depth == 0 => return true,
                _ => {}
            }
            false
        });
        let length = u32::try_from(end.unwrap_or(text.len())).unwrap_or(u32::MAX);
        let whole = Span::new(entry.start, entry.start.saturating_add(length));
        self.found.iter().any(|found| {
            let is_error = found.severity == crate::diagnostic::Severity::Error;
            is_error && whole.contains(found.span().start)
        })
    }

    pub(crate) fn into_found(self) -> Vec<Diagnostic> {
        self.found
    }

    /// Whether a form is that of a top-level thing, which may say `extends`, `new` and `remove`.
    #[expect(clippy::unused_self, reason = "asked where a context is at hand")]
    pub(crate) fn is_thing(&self, form: &Form) -> bool {
        ThingKind::from_keyword(form.name).is_some()
    }

    /// A thing by name, or a finding with the nearest one.
    pub(crate) fn thing(&mut self, name: &str, span: Span, kinds: &[ThingKind], wanted: &str) -> Option<ThingId> {
        if let Some(declared) = self.names.get(name).copied() {
            if kinds.contains(&declared.id.kind) {
                return Some(declared.id);
            }
            let article = declared.id.kind.with_article();
            let found = Diagnostic::new(
                &syntax::unknown_reference::RULE,
                format!("`{name}` is {article}, not {wanted}"),
                span,
                format!("expected {wanted}"),
            )
            .label(declared.span, "declared here");
            self.report(found);
            return None;
        }
        let fitting = self
            .names
            .iter()
            .filter(|(_, declared)| kinds.contains(&declared.id.kind))
            .map(|(name, _)| *name);
        let fitting: Vec<&str> = fitting.collect();
        let mut found = Diagnostic::new(
            &syntax::unknown_reference::RULE,
            format!("there is no {} `{name}`", bare(wanted)),
            span,
            "not declared",
        );
        found = match (suggest::nearest(name, fitting.iter().copied()), fitting.as_slice()) {
            (Some(near), _) => found.help(format!("did you mean `{near}`?")).edit(span, near),
            (None, []) => found.help(format!(
                "declare it: `{} {name} {{ … }}`",
                kinds.first().map_or("", |kind| kind.keyword())
            )),
            (None, [..]) if fitting.len() <= 12 => found.help(format!("there is {}", fitting.join(", "))),
            (None, _) => found,
        };
        self.report(found);
        None
    }
}

fn bare(wanted: &str) -> &str {
    wanted
        .strip_prefix("a ")
        .or_else(|| wanted.strip_prefix("an "))
        .unwrap_or(wanted)
}
