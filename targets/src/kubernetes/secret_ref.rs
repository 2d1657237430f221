//! References to Secrets. A Secret with data is never written.

use std::collections::BTreeMap;

use loadline_compiler::diagnostic::Diagnostic;
use loadline_compiler::model::SecretSource;
use loadline_compiler::rules::operations;
use loadline_compiler::values::Val;
use serde::Serialize;

use crate::escape::kubernetes as escape;
use crate::output::Output;

/// A key of a Secret.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct SecretKey<'m> {
    pub(crate) name: &'m str,
    pub(crate) key: &'m str,
}

/// The Secrets of one workload.
pub(crate) struct Secrets<'m> {
    /// The workload's own Secret, into which `vault:` paths are synced, has its name.
    own: &'m str,
    /// Which path a key of the own Secret comes from.
    paths: BTreeMap<&'m str, &'m str>,
}

impl<'m> Secrets<'m> {
    pub(crate) fn of(workload: &'m str) -> Self {
        Self {
            own: workload,
            paths: BTreeMap::new(),
        }
    }

    /// The key that holds a secret, or an error at its place.
    pub(crate) fn key(&mut self, source: &'m Val<SecretSource>, out: &mut Output) -> Option<SecretKey<'m>> {
        let found = match &source.value {
            SecretSource::Vault { path, key } => self.synced(path, key, source, out)?,
            SecretSource::Kubernetes { name, key } => SecretKey { name, key },
            SecretSource::Env(_) => {
                let message = "a cluster does not know the environment of who starts the process";
                refuse(source, message, out);
                return None;
            }
            SecretSource::File(_) => {
                refuse(source, "a cluster has no files that hold secrets", out);
                return None;
            }
            SecretSource::Literal => {
                refuse(source, "a secret is given by reference only", out);
                return None;
            }
        };
        out.escaped(source.span, escape::subdomain(found.name).map(|_| ()));
        out.escaped(source.span, escape::key(found.key).map(|_| ()));
        Some(found)
    }

    /// Two paths cannot share a key of the one Secret that they are synced into.
    fn synced(
        &mut self,
        path: &'m str,
        key: &'m str,
        source: &Val<SecretSource>,
        out: &mut Output,
    ) -> Option<SecretKey<'m>> {
        let first = *self.paths.entry(key).or_insert(path);
        if first != path {
            let message = format!(
                "the Secret `{}` would have the key `{key}` from `{first}` and from `{path}`",
                self.own
            );
            let found = Diagnostic::new(
                &operations::value_not_writable::RULE,
                message,
                source.span,
                "the second",
            );
            out.diagnostics.push(found.help(format!(
                "write `k8s:NAME#{key}` with the name of another Secret for one of them"
            )));
            return None;
        }
        Some(SecretKey { name: self.own, key })
    }
}

fn refuse(source: &Val<SecretSource>, message: &str, out: &mut Output) {
    let found = Diagnostic::new(
        &operations::value_not_writable::RULE,
        message,
        source.span,
        "not known on Kubernetes",
    );
    out.diagnostics.push(
        found.help("write `vault:PATH#KEY`, which is expected in the Secret of the workload's name, or `k8s:NAME#KEY`"),
    );
}
