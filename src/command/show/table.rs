//! Values with their origin, a row each.

use loadline_compiler::model::ThingId;
use loadline_compiler::values::{From, Shown as AsText, Walk};
use loadline_grammar::Span;
use serde::Serialize;

use super::Shown;

/// One value.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    /// `api.memory.heap`
    pub(super) path: String,
    /// As it would be written.
    value: String,
    /// `spec`, `default` or `computed`.
    origin: &'static str,
    /// The rule that computed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<&'static str>,
    /// `shop.load:12:5`, when it is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<String>,
    /// What it came through, from the thing to where it is written: `["template web", "template base"]`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    through: Vec<String>,
}

/// The values of a thing at a path and below it.
pub(super) fn rows(shown: &Shown<'_>, id: Option<ThingId>, name: &str, below: &str) -> Vec<Row> {
    let chain = id
        .map(|id| shown.session.project.inheritance(id.kind.keyword(), name))
        .unwrap_or_default();
    let mut walker = Walker {
        shown,
        chain,
        path: vec![name.to_owned()],
        rows: Vec::new(),
    };
    match id {
        Some(id) => shown.environment.model.walk(id, &mut walker),
        None => shown.environment.model.walk_project(&mut walker),
    }
    let wanted = if below.is_empty() {
        name.to_owned()
    } else {
        format!("{name}.{below}")
    };
    let is_wanted = |path: &str| path == wanted || path.strip_prefix(&wanted).is_some_and(|rest| rest.starts_with('.'));
    walker.rows.retain(|row| is_wanted(&row.path));
    walker.rows
}

pub(super) fn text(rows: &[Row]) -> String {
    let width = |column: fn(&Row) -> &str, most: usize| {
        rows.iter()
            .map(|row| column(row).chars().count())
            .max()
            .unwrap_or(0)
            .min(most)
    };
    let (paths, values) = (width(|row| &row.path, 48), width(|row| &row.value, 40));
    let mut out = String::new();
    for row in rows {
        let origin = match (row.origin, row.rule, &row.place) {
            ("computed", Some(rule), _) => format!("computed: {rule}"),
            ("spec", _, Some(place)) => place.clone(),
            (origin, _, _) => origin.to_owned(),
        };
        let through = if row.through.is_empty() {
            String::new()
        } else {
            format!(", {}", row.through.join(", "))
        };
        out.push_str(&format!(
            "{:<paths$}  {:<values$}  {origin}{through}\n",
            row.path, row.value
        ));
    }
    out
}

pub(super) fn json(rows: &[Row]) -> String {
    let mut text = serde_json::to_string_pretty(rows).unwrap_or_default();
    text.push('\n');
    text
}

struct Walker<'w> {
    shown: &'w Shown<'w>,
    chain: Vec<String>,
    path: Vec<String>,
    rows: Vec<Row>,
}

impl Walk for Walker<'_> {
    fn enter(&mut self, name: &str, identity: Option<&str>, _span: Span) -> bool {
        self.path.push(match identity {
            Some(identity) => format!("{name}.{identity}"),
            None => name.to_owned(),
        });
        true
    }

    fn value(&mut self, name: &str, value: &dyn AsText, span: Span, from: From) {
        let mut path = self.path.join(".");
        if !name.is_empty() {
            path.push('.');
            path.push_str(name);
        }
        let (origin, rule) = match from {
            From::Spec => ("spec", None),
            From::Default => ("default", None),
            From::Derived(rule) => ("computed", Some(rule)),
        };
        let written = from == From::Spec;
        let place = written.then(|| self.shown.report.place(span)).flatten();
        let place = place.map(|place| format!("{}:{}:{}", place.file, place.start.line, place.start.column));
        let through = if written { self.through(span) } else { Vec::new() };
        self.rows.push(Row {
            path,
            value: value.show(),
            origin,
            rule,
            place,
            through,
        });
    }

    fn leave(&mut self) {
        self.path.pop();
    }
}

impl Walker<'_> {
    /// The templates up to the one that says it, and the environment.
    fn through(&self, span: Span) -> Vec<String> {
        let mut through = Vec::new();
        for block in self.shown.session.project.blocks_at(span) {
            match self.chain.iter().position(|link| *link == block) {
                // Its own block needs no mention.
                Some(place) => through.extend(self.chain.iter().take(place + 1).skip(1).cloned()),
                None => through.push(block),
            }
        }
        through
    }
}
