//! The rows of the table: a setting, and a difference that sets it.

use std::ops::Range;

use loadline_compiler::schema::{Form, TOP_LEVEL};

/// One setting, flipped.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// Keyword of the block, then settings: `service`, `shutdown`, `drain`.
    pub(crate) path: Vec<String>,
    /// Which of its values, where that matters: `canary`.
    pub(crate) variant: String,
    pub(crate) before: Vec<String>,
    pub(crate) after: Vec<String>,
    /// Beneath both.
    pub(crate) context: Vec<String>,
    /// In other blocks, in both.
    pub(crate) beside: Vec<String>,
}

const FILES: &[&str] = &[
    include_str!("rows/service.rows"),
    include_str!("rows/job.rows"),
    include_str!("rows/edge.rows"),
    include_str!("rows/rest.rows"),
];

/// Blocks that are told apart by name, and what they are called in every world.
const SUBJECTS: &[(&str, &str)] = &[
    ("project", "shop"),
    ("service", "api"),
    ("worker", "mailer"),
    ("job", "report"),
    ("site", "web-app"),
    ("gateway", "edge"),
    ("config_set", "shared"),
    ("database", "orders-db"),
    ("cache", "redis"),
    ("queue", "spare"),
    ("external", "bank"),
    ("host", "web"),
    ("cluster", "prod"),
];

impl Row {
    pub(crate) fn subject(&self) -> (&'static str, &'static str) {
        let found = SUBJECTS.iter().find(|(keyword, _)| *keyword == self.path[0]);
        *found.unwrap_or_else(|| panic!("no world has a `{}`", self.path[0]))
    }

    /// `service.rollout canary`
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.path.join("."), self.variant)
            .trim_end()
            .to_owned()
    }

    /// As the table shows it: `shutdown { drain }`.
    pub(crate) fn shown(&self) -> String {
        let inner = self.path[1..].join(" { ");
        let closed = format!("`{inner}{}`", " }".repeat(self.path.len() - 2));
        if self.variant.is_empty() {
            closed
        } else {
            format!("{closed} {}", self.variant)
        }
    }

    pub(crate) fn before_text(&self) -> String {
        self.before.join("\n")
    }

    pub(crate) fn after_text(&self) -> String {
        self.after.join("\n")
    }

    /// All of its lines.
    pub(crate) fn texts(&self) -> [String; 4] {
        [&self.before, &self.after, &self.context, &self.beside].map(|lines| lines.join("\n"))
    }

    /// What differs between before and after, in `after_text`. Empty when nothing was there before.
    pub(crate) fn changed(&self) -> Range<usize> {
        let (before, after) = (self.before_text(), self.after_text());
        if before.is_empty() {
            return 0..0;
        }
        let common = |a: &mut dyn Iterator<Item = u8>, b: &mut dyn Iterator<Item = u8>| {
            a.zip(b).take_while(|(a, b)| a == b).count()
        };
        let start = common(&mut before.bytes(), &mut after.bytes());
        let most = before.len().min(after.len()) - start;
        let end = common(&mut before.bytes().rev(), &mut after.bytes().rev()).min(most);
        start..(after.len() - end).max(start + 1)
    }

    fn lines_mut(&mut self) -> [&mut Vec<String>; 2] {
        [&mut self.before, &mut self.after]
    }
}

/// Every row, those included that follow from others.
pub(crate) fn all() -> Vec<Row> {
    let written: Vec<Row> = FILES.iter().flat_map(|text| parse(text)).collect();
    let mut rows = written.clone();
    for row in &written {
        rows.extend(inside(
            row,
            "service.memory",
            "service.sidecar",
            "sidecar agent { image \"agent:1\" }",
        ));
        rows.extend(inside(
            row,
            "service.cpu",
            "service.sidecar",
            "sidecar agent { image \"agent:1\" }",
        ));
        rows.extend(inside(
            row,
            "service.env",
            "service.sidecar",
            "sidecar agent { image \"agent:1\" }",
        ));
        rows.extend(inside(
            row,
            "service.uses",
            "service.sidecar",
            "sidecar agent { image \"agent:1\" }",
        ));
        rows.extend(inside(
            row,
            "service.health",
            "service.sidecar",
            "sidecar agent { image \"agent:1\" }",
        ));
        rows.extend(inside(
            row,
            "service.uses",
            "service.migrate",
            "migrate before { run [\"migrate\"] }",
        ));
        rows.extend(moved(row, "service.build", "site"));
        for kind in ["cache", "queue", "external"] {
            rows.extend(moved(row, "database", kind).filter(|row| exists(&row.path)));
        }
        // A sidecar and the clients of a migration are written by the same code for all kinds.
        rows.extend(moved(row, "service", "job").filter(|row| exists(&row.path)));
    }
    // What follows from others stands with the rest of its block.
    let place = |row: &Row| {
        let first = written.iter().position(|first| first.path.get(1) == row.path.get(1));
        (block_order(&row.path[0]), first, row.path.len() > 3)
    };
    rows.sort_by_key(place);
    rows
}

fn parse(text: &str) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (mark, rest) = line.split_at(1);
        if mark == "@" {
            let (path, variant) = rest.trim().split_once(' ').unwrap_or((rest.trim(), ""));
            rows.push(Row {
                path: path.split('.').map(str::to_owned).collect(),
                variant: variant.to_owned(),
                before: Vec::new(),
                after: Vec::new(),
                context: Vec::new(),
                beside: Vec::new(),
            });
            continue;
        }
        let row = rows.last_mut().expect("a row begins with its path");
        let lines = match mark {
            "-" => &mut row.before,
            "+" => &mut row.after,
            " " => &mut row.context,
            "=" => &mut row.beside,
            other => panic!("`{other}` is no mark"),
        };
        lines.push(rest.to_owned());
    }
    rows
}

/// A row of a setting that another block has too: `service.memory.heap` as `service.sidecar.memory.heap`.
fn inside(row: &Row, from: &str, parent: &str, wrap: &str) -> Option<Row> {
    let own = row.path.join(".");
    if own != from && !own.starts_with(&format!("{from}.")) {
        return None;
    }
    let mut inner = row.clone();
    inner.path = parent
        .split('.')
        .map(str::to_owned)
        .chain(row.path[1..].iter().cloned())
        .collect();
    let head = wrap.split_once('{').unwrap().0;
    for lines in inner.lines_mut() {
        for line in lines.iter_mut() {
            *line = format!("{head}{{ {} }}", with_port(line));
        }
    }
    // The context of the row stays with the owner; the block itself is there before and after.
    inner.context.push(wrap.to_owned());
    Some(inner)
}

/// A probe of a sidecar, whose ports are not declared, says which one it asks.
fn with_port(line: &str) -> String {
    let named = line
        .replace("port admin", "port 9001")
        .replace("port grpc", "port 9000");
    if !line.starts_with("health") || named != line || line.contains("exec") {
        return named;
    }
    match line.match_indices("{ ").nth(1) {
        Some((at, brace)) => format!("{}{{ port 9000; {}", &line[..at], &line[at + brace.len()..]),
        None => format!("{} {{ port 9000 }} }}", line.trim_end_matches(" }")),
    }
}

/// A row of a setting that a block of another kind has too.
fn moved(row: &Row, from: &str, to: &str) -> Option<Row> {
    let own = row.path.join(".");
    let rest = own.strip_prefix(from).filter(|rest| rest.starts_with('.'))?;
    let mut other = row.clone();
    let kept = from.split_once('.').map_or("", |(_, setting)| setting);
    let path = if kept.is_empty() {
        format!("{to}{rest}")
    } else {
        format!("{to}.{kept}{rest}")
    };
    other.path = path.split('.').map(str::to_owned).collect();
    let (old, new) = (row.subject().1, other.subject().1);
    for lines in [
        &mut other.before,
        &mut other.after,
        &mut other.context,
        &mut other.beside,
    ] {
        for line in lines.iter_mut() {
            *line = line.replace(&format!("{old}."), &format!("{new}."));
        }
    }
    if to == "job" {
        for line in &mut other.context {
            *line = line.replace("scale", "parallel");
        }
    }
    Some(other)
}

fn block_order(keyword: &str) -> usize {
    TOP_LEVEL
        .iter()
        .position(|block| block.keyword == keyword)
        .unwrap_or(usize::MAX)
}

/// Settings without a row: of blocks that no target reads, and of nested blocks that are the same as a service's.
pub(crate) fn is_elsewhere(path: &str) -> bool {
    let of_a_worker = path
        .strip_prefix("worker.")
        .is_some_and(|rest| exists_in(&format!("service.{rest}")));
    let blocks = ["change.", "scenario.", "policy."];
    of_a_worker || path.starts_with("job.sidecar.") || blocks.iter().any(|block| path.starts_with(block))
}

fn exists_in(path: &str) -> bool {
    paths().contains(path)
}

/// Whether the schema has such a setting.
pub(crate) fn exists(path: &[String]) -> bool {
    paths().contains(&path.join("."))
}

/// Every setting of the schema that says something itself: without settings of its own, or with a value on its line.
pub(crate) fn paths() -> std::collections::BTreeSet<String> {
    let mut found = std::collections::BTreeSet::new();
    for block in TOP_LEVEL {
        collect(block.form, &[block.keyword, ""], block.keyword, &mut found);
    }
    found
}

fn collect(form: &Form, words: &[&str], path: &str, found: &mut std::collections::BTreeSet<String>) {
    for setting in form.settings {
        if !setting.applies_to(words) && !setting.is_of_a_variant(form) {
            continue;
        }
        let path = format!("{path}.{}", setting.name);
        if setting.form.settings.is_empty() || setting.form.free_keys || !setting.form.head.is_empty() {
            found.insert(path.clone());
        }
        if !setting.form.free_keys {
            collect(setting.form, &[setting.name, ""], &path, found);
        }
    }
}
