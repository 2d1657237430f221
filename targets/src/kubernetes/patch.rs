//! `patch kubernetes "deployment/api" { … }`: a JSON merge patch of an object, and of elements of lists by their name.

use std::collections::BTreeSet;

use loadline_compiler::diagnostic::Diagnostic;
use loadline_compiler::model::{Patch, PatchField, PatchValue, TargetName};
use loadline_compiler::rules::operations;
use loadline_compiler::suggest;
use loadline_grammar::Span;
use serde::Serialize;

use super::node::Node;
use crate::artifact::digest;
use crate::output::Output;

/// What names an element of a list.
const NAME: &str = "name";

/// Kinds whose name is a digest of what they hold: another content under the same name is refused by the API server.
const IMMUTABLE: &[&str] = &["job", "configmap"];

/// The patches of a project, and what became of them.
#[derive(Debug, Default)]
pub(crate) struct Patches<'m> {
    all: Vec<&'m Patch>,
    applied: BTreeSet<usize>,
    /// What could have been patched.
    objects: BTreeSet<String>,
}

impl<'m> Patches<'m> {
    pub(crate) fn new(all: &'m [Patch]) -> Self {
        let all = all.iter().filter(|patch| patch.target.value == TargetName::Kubernetes);
        Self {
            all: all.collect(),
            ..Self::default()
        }
    }

    /// The object with all that is laid over it, and what is said of that in its header; `None` without a patch.
    pub(crate) fn apply<T: Serialize>(
        &mut self,
        kind: &str,
        name: &str,
        object: &T,
        out: &mut Output,
    ) -> Option<(Node, String)> {
        let key = format!("{}/{name}", kind.to_ascii_lowercase());
        let mut node: Option<Node> = None;
        let mut text = String::new();
        for (at, patch) in self.all.iter().enumerate() {
            if patch.selector.value.0 != key {
                continue;
            }
            self.applied.insert(at);
            if IMMUTABLE.contains(&kind.to_ascii_lowercase().as_str()) {
                let message = format!("a {kind} cannot be patched: its name is a digest of its content");
                out.diagnostics.push(wrong(message, patch.selector.span, "this object"));
                continue;
            }
            let mut own = node.take().or_else(|| Node::of(object))?;
            merge(&mut own, &patch.fields, out);
            text.push_str(&format!("{:?}", Shown(&patch.fields)));
            node = Some(own);
        }
        self.objects.insert(key.clone());
        let digest = digest(&text);
        let short = digest.get(..16).unwrap_or(&digest).to_owned();
        node.map(|node| (node, format!("Patch kubernetes \"{key}\", sha256 {short}")))
    }

    /// Says which patches found no object.
    pub(crate) fn finish(self, out: &mut Output) {
        for (at, patch) in self.all.iter().enumerate() {
            if self.applied.contains(&at) {
                continue;
            }
            let key = &patch.selector.value.0;
            let found = wrong(
                format!("there is no object `{key}`"),
                patch.selector.span,
                "not written",
            );
            out.diagnostics
                .push(match suggest::nearest(key, self.objects.iter().map(String::as_str)) {
                    Some(near) => found.help(format!("write `{near}`")),
                    None => {
                        found.help("write kind and name: `deployment/NAME`; `compile` shows the files of all objects")
                    }
                });
        }
    }
}

/// A patch without the places where it stands: what its digest is made of.
struct Shown<'p>(&'p [PatchField]);

impl std::fmt::Debug for Shown<'_> {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for field in self.0 {
            write!(to, "{:?} ", field.name)?;
            match &field.value {
                PatchValue::Fields(fields) => write!(to, "{{{:?}}}", Shown(fields))?,
                PatchValue::Element(name, fields) => write!(to, "{name:?} {{{:?}}}", Shown(fields))?,
                value => write!(to, "{value:?}; ")?,
            }
        }
        Ok(())
    }
}

fn wrong(message: impl Into<String>, span: Span, label: &str) -> Diagnostic {
    Diagnostic::new(&operations::override_not_applied::RULE, message, span, label)
}

fn merge(object: &mut Node, fields: &[PatchField], out: &mut Output) {
    let Node::Map(entries) = object else {
        return;
    };
    for field in fields {
        let at = entries.iter().position(|(name, _)| *name == field.name);
        match (&field.value, at) {
            (PatchValue::Nothing, Some(at)) => _ = entries.remove(at),
            (PatchValue::Nothing, None) => {
                let message = format!("`{}` is not there, so nothing is taken away", field.name);
                out.diagnostics.push(wrong(message, field.span, "no such field"));
            }
            (value, at) => {
                let mut own = match at {
                    Some(at) => entries.get_mut(at).map(|(_, node)| std::mem::replace(node, Node::Null)),
                    None => None,
                };
                set(&mut own, field, value, out);
                match (own, at.and_then(|at| entries.get_mut(at))) {
                    (Some(own), Some((_, node))) => *node = own,
                    (Some(own), None) => entries.push((field.name.clone(), own)),
                    (None, _) => {}
                }
            }
        }
    }
}

/// What a field becomes; as it was, when the patch does not fit.
fn set(own: &mut Option<Node>, field: &PatchField, value: &PatchValue, out: &mut Output) {
    let mut mismatch = |own: &Node, wanted: &str| {
        let message = format!(
            "`{}` is {}, and the patch makes it {wanted}",
            field.name,
            own.describe()
        );
        out.diagnostics.push(wrong(message, field.span, "does not fit"));
    };
    match value {
        PatchValue::Fields(fields) => {
            let mut object = own.take().unwrap_or_else(|| Node::Map(Vec::new()));
            if matches!(object, Node::Map(_)) {
                merge(&mut object, fields, out);
            } else {
                mismatch(&object, "a block");
            }
            *own = Some(object);
        }
        PatchValue::Element(name, fields) => {
            let mut list = own.take().unwrap_or_else(|| Node::List(Vec::new()));
            if let Node::List(items) = &mut list {
                let is_it = |item: &Node| item.field(NAME).is_some_and(|own| *own == Node::Text(name.clone()));
                if !items.iter().any(is_it) {
                    items.push(Node::Map(vec![(NAME.to_owned(), Node::Text(name.clone()))]));
                }
                if let Some(item) = items.iter_mut().find(|item| is_it(item)) {
                    merge(item, fields, out);
                }
            } else {
                mismatch(&list, "a list of named elements");
            }
            *own = Some(list);
        }
        value => {
            let new = plain(value);
            match own {
                Some(old) if !old.is_like(&new) => mismatch(old, new.describe()),
                _ => *own = Some(new),
            }
        }
    }
}

fn plain(value: &PatchValue) -> Node {
    match value {
        PatchValue::Flag(flag) => Node::Flag(*flag),
        PatchValue::Number(number) => Node::number(number),
        PatchValue::Text(text) => Node::Text(text.clone()),
        PatchValue::List(items) => Node::List(items.iter().map(plain).collect()),
        PatchValue::Nothing | PatchValue::Fields(_) | PatchValue::Element(..) => Node::Null,
    }
}
