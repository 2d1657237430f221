//! Values with their origin, a row each.

use loadline_compiler::model::ThingId;
use loadline_compiler::values::{From, Shown as AsText, Walk};
use loadline_grammar::Span;
use serde::Serialize;

use super::Shown;
use crate::command::session::BASE;

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
    #[serde(skip)]
    span: Span,
}

/// A value that names others came from them too, and an environment may have set those anew.
fn follow(shown: &Shown<'_>, name: &str, rows: &mut [Row]) {
    let sources: Vec<(usize, Vec<String>)> = rows
        .iter()
        .enumerate()
        .filter(|(_, row)| row.origin == "spec")
        .map(|(index, row)| (index, named_in(shown, row.span)))
        .filter(|(_, named)| !named.is_empty())
        .collect();
    for (index, named) in sources {
        for reference in named {
            let from = match reference.split_once('.') {
                None => of_let(shown, &reference),
                Some(("self", rest)) => of_row(rows, &format!("{name}.{rest}")),
                Some(_) => of_row(rows, &reference),
            };
            if let (Some(row), Some(from)) = (rows.get_mut(index), from) {
                row.through.push(from);
            }
        }
    }
}

/// Where a `let` has its value.
fn of_let(shown: &Shown<'_>, name: &str) -> Option<String> {
    let environment = Some(shown.environment.name.as_str()).filter(|name| *name != BASE);
    let project = &shown.session.project;
    let span = project.let_place(name, environment)?;
    let blocks = project
        .blocks_at(span)
        .into_iter()
        .filter(|block| !block.starts_with("let "));
    let through: String = blocks.map(|block| format!(", {block}")).collect();
    Some(format!("${name} at {}{through}", place(shown, span)?))
}

/// Where another value of the same thing is written.
fn of_row(rows: &[Row], path: &str) -> Option<String> {
    let row = rows.iter().find(|row| row.path == path)?;
    let through: String = row.through.iter().map(|block| format!(", {block}")).collect();
    Some(format!("{path} at {}{through}", row.place.as_ref()?))
}

/// The names in a value as it is written: `$level`, `"${level}"`, `self.logs.level`.
fn named_in(shown: &Shown<'_>, span: Span) -> Vec<String> {
    let Some(file) = shown.report.sources.file(span) else {
        return Vec::new();
    };
    let text = file.text.get(file.range(span)).unwrap_or_default();
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let is_path = |text: &str| text.starts_with(|c: char| c.is_ascii_lowercase()) && text.chars().all(is_name);
    if is_path(text) {
        return text.contains('.').then(|| text.to_owned()).into_iter().collect();
    }
    let mut parts = text.split('$');
    // A backslash before the dollar makes it a dollar.
    let mut escaped = parts.next().is_some_and(|before| before.ends_with('\\'));
    let mut named = Vec::new();
    for part in parts {
        let name: String = part
            .trim_start_matches('{')
            .chars()
            .take_while(|c| is_name(*c))
            .collect();
        if !escaped && !name.is_empty() {
            named.push(name);
        }
        escaped = part.ends_with('\\');
    }
    named
}

/// `shop.load:12:5`
fn place(shown: &Shown<'_>, span: Span) -> Option<String> {
    let place = shown.report.place(span)?;
    Some(format!("{}:{}:{}", place.file, place.start.line, place.start.column))
}

/// The values of a thing at a path and below it.
pub(super) fn rows(shown: &Shown<'_>, id: Option<ThingId>, name: &str, below: &str) -> Vec<Row> {
    let project = &shown.session.project;
    // The project's own block needs no mention either.
    let chain = match id {
        Some(id) => project.inheritance(id.kind.keyword(), name),
        None => {
            let named = &shown.environment.model.project.name;
            let title = named.as_ref().map(|named| format!("project {}", named.value));
            vec![title.unwrap_or_else(|| "project".to_owned())]
        }
    };
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
    follow(shown, name, &mut walker.rows);
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
        let place = written.then(|| place(self.shown, span)).flatten();
        let through = if written { self.through(span) } else { Vec::new() };
        self.rows.push(Row {
            path,
            value: value.show(),
            origin,
            rule,
            place,
            through,
            span,
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
