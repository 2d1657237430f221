//! Templates of the user's, in place of ours.

use std::collections::BTreeMap;

use loadline_compiler::diagnostic::Diagnostic;
use loadline_compiler::model::Model;
use loadline_compiler::rules::operations;
use loadline_compiler::suggest;
use loadline_grammar::Span;
use serde::Serialize;

use crate::artifact::digest;
use crate::output::Output;
use crate::template;

/// The templates that a project can replace, by their path in its folder.
pub const TEMPLATES: &[&str] = &[
    "docker/Dockerfile.j2",
    "docker/dockerignore.j2",
    "nginx/bootstrap.sh.j2",
    "nginx/gateway.conf.j2",
    "nginx/headers.conf.j2",
    "nginx/main.conf.j2",
    "nginx/proxied.conf.j2",
    "nginx/tls.conf.j2",
    "pm2/ecosystem.config.cjs.j2",
    "systemd/environment.j2",
    "systemd/service.unit.j2",
    "systemd/sysusers.conf.j2",
    "systemd/target.unit.j2",
    "systemd/timer.unit.j2",
    "systemd/tmpfiles.conf.j2",
];

/// The templates of a project. Whoever compiles reads them: nothing here touches a file.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    folder: String,
    /// Where the folder is named.
    span: Span,
    texts: BTreeMap<String, String>,
}

impl Overrides {
    /// The files of the folder that `project { templates "…" }` names, by path inside of it.
    #[must_use]
    pub fn new(model: &Model, texts: BTreeMap<String, String>) -> Self {
        let named = model.project.templates.as_ref();
        Self {
            folder: named.map_or_else(String::new, |templates| templates.value.0.clone()),
            span: named.map_or_else(Span::default, |templates| templates.span),
            texts,
        }
    }

    /// Files that replace nothing.
    pub(crate) fn unknown(&self) -> impl Iterator<Item = Diagnostic> {
        let unknown = self.texts.keys().filter(|path| !TEMPLATES.contains(&path.as_str()));
        unknown.map(|path| {
            let rule = &operations::override_not_applied::RULE;
            let message = format!("`{}/{path}` replaces no template", self.folder);
            let found = Diagnostic::new(rule, message, self.span, "this folder holds it");
            match suggest::nearest(path, TEMPLATES.iter().copied()) {
                Some(near) => found.help(format!("name it `{near}`, or move it out of the folder")),
                None => found.help(format!("there are {}", TEMPLATES.join(", "))),
            }
        })
    }
}

/// A text, and the template that it was made from where that is not ours.
#[derive(Debug)]
pub(crate) struct Rendered {
    pub(crate) body: String,
    pub(crate) by: Option<String>,
}

impl Output {
    /// Renders a template, ours or the project's of the same path.
    ///
    /// One of ours that does not fit its view is a bug of ours, which is said at `span`; one of the project's is said where
    /// its folder is named.
    pub(crate) fn render<V: Serialize>(
        &mut self,
        path: &'static str,
        source: &'static str,
        view: &V,
        span: Span,
    ) -> Option<Rendered> {
        let Some(own) = self.overrides.texts.get(path) else {
            return match template::render(path, source, view) {
                Ok(body) => Some(Rendered { body, by: None }),
                Err(error) => {
                    self.refuse(span, error, "this is a bug of loadline: please report it");
                    None
                }
            };
        };
        let name = format!("{}/{path}", self.overrides.folder);
        match template::render(&name, own, view) {
            Ok(body) => {
                let digest = digest(own);
                let short = digest.get(..16).unwrap_or(&digest);
                let by = Some(format!("Template {name}, sha256 {short}"));
                Some(Rendered { body, by })
            }
            Err(error) => {
                let rule = &operations::override_not_applied::RULE;
                let found = Diagnostic::new(rule, error, self.overrides.span, "this folder holds it");
                // One mistake in a template shows in every file that it makes.
                if !self.diagnostics.iter().any(|known| known.message == found.message) {
                    self.diagnostics.push(found);
                }
                None
            }
        }
    }
}
