//! Changes in a form that a test can make up, and their text.

use std::fmt::Write as _;

use loadline_compiler::project::{Loader, ReadError};

/// `table.column`
pub(crate) type Column = &'static str;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Spec {
    /// Columns at the start, each with NOT NULL and with a default; `None` when no schema is declared.
    pub(crate) schema: Option<Vec<(Column, bool, bool)>>,
    pub(crate) changes: Vec<Change>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) moves: Vec<(Column, Column)>,
    pub(crate) from: Vec<Revision>,
    pub(crate) steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Revision {
    pub(crate) service: &'static str,
    pub(crate) version: u32,
    pub(crate) reads: Vec<Column>,
    pub(crate) writes: Vec<Column>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) does: Does,
    /// Change and step, from 0.
    pub(crate) after: Option<(usize, usize)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Does {
    Expand(Vec<Op>),
    Backfill(Vec<Column>),
    Contract(Vec<Op>),
    Deploy(Revision),
    Retire(&'static str, u32),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    /// NOT NULL, default.
    Add(Column, bool, bool),
    Drop(Column),
    Rename(Column, Column),
    NotNull(Column, bool),
    Default(Column, bool),
}

pub(crate) const SERVICES: [&str; 3] = ["api", "mailer", "web"];

/// The files of a spec.
pub(crate) struct Files(Vec<(String, String)>);

impl Loader for Files {
    fn read(&mut self, path: &str) -> Result<String, ReadError> {
        let file = self.0.iter().find(|(name, _)| name == path);
        file.map(|(_, text)| text.clone()).ok_or(ReadError::NotFound)
    }
}

impl Spec {
    pub(crate) fn files(&self) -> Files {
        let mut files = Vec::new();
        let schema = if self.schema.is_some() {
            "schema \"schema.sql\""
        } else {
            ""
        };
        let mut text = format!("database db {{ engine postgres 16; max_connections 100; reserve 10; {schema} }}\n");
        for service in SERVICES {
            let _ = writeln!(text, "service {service} {{ image \"{service}:1\"; memory 512Mi }}");
        }
        for (index, change) in self.changes.iter().enumerate() {
            let _ = writeln!(text, "change c{index} {{\n  on db");
            for (old, new) in &change.moves {
                let _ = writeln!(text, "  moves {old} to {new}");
            }
            for from in &change.from {
                let _ = writeln!(text, "  from {}", from.text(""));
            }
            for (step, what) in change.steps.iter().enumerate() {
                let after = what.after.map(|(change, step)| format!("after c{change}.s{step}"));
                let after = after.unwrap_or_default();
                let path = format!("{index}_{step}.sql");
                let _ = match &what.does {
                    Does::Deploy(revision) => writeln!(text, "  deploy {}", revision.step_text(step, &after)),
                    Does::Retire(service, version) => {
                        writeln!(text, "  retire {service} 1.{version} as s{step} {{ {after} }}")
                    }
                    Does::Expand(ops) => {
                        files.push((path.clone(), ops.iter().map(|op| op.sql()).collect()));
                        writeln!(text, "  expand \"{path}\" as s{step} {{ {after} }}")
                    }
                    Does::Contract(ops) => {
                        files.push((path.clone(), ops.iter().map(|op| op.sql()).collect()));
                        writeln!(text, "  contract \"{path}\" as s{step} {{ {after} }}")
                    }
                    Does::Backfill(columns) => {
                        let update = |column: &Column| {
                            let (table, name) = column.split_once('.').unwrap();
                            format!("UPDATE {table} SET {name} = 1;\n")
                        };
                        files.push((path.clone(), columns.iter().map(update).collect()));
                        writeln!(text, "  backfill \"{path}\" as s{step} {{ {after} }}")
                    }
                };
            }
            text.push_str("}\n");
        }
        files.push(("loadline.load".to_owned(), text));
        if let Some(schema) = &self.schema {
            files.push(("schema.sql".to_owned(), schema_text(schema)));
        }
        Files(files)
    }

    pub(crate) fn text(&self) -> String {
        let files = self.files().0;
        files
            .iter()
            .map(|(name, text)| format!("--- {name}\n{text}\n"))
            .collect()
    }
}

fn schema_text(schema: &[(Column, bool, bool)]) -> String {
    let mut text = String::new();
    for table in ["t", "u"] {
        let columns = schema
            .iter()
            .filter(|(column, ..)| column.split_once('.').unwrap().0 == table);
        let columns: Vec<String> = columns
            .map(|(column, not_null, default)| definition(column.split_once('.').unwrap().1, *not_null, *default))
            .collect();
        if !columns.is_empty() {
            let _ = writeln!(text, "CREATE TABLE {table} ({});", columns.join(", "));
        }
    }
    text
}

fn definition(name: &str, not_null: bool, default: bool) -> String {
    let not_null = if not_null { " NOT NULL" } else { "" };
    let default = if default { " DEFAULT 0" } else { "" };
    format!("{name} int{not_null}{default}")
}

impl Revision {
    fn text(&self, name: &str) -> String {
        self.with(name, "")
    }

    fn step_text(&self, step: usize, after: &str) -> String {
        self.with(&format!(" as s{step}"), after)
    }

    fn with(&self, name: &str, after: &str) -> String {
        let list = |key: &str, columns: &[Column]| match columns {
            [] => String::new(),
            _ => format!("{key} [{}]; ", columns.join(", ")),
        };
        let (reads, writes) = (list("reads", &self.reads), list("writes", &self.writes));
        format!("{} 1.{}{name} {{ {reads}{writes}{after} }}", self.service, self.version)
    }
}

impl Op {
    fn sql(&self) -> String {
        let parts = |column: &'static str| column.split_once('.').unwrap();
        match *self {
            Self::Add(column, not_null, default) => {
                let (table, name) = parts(column);
                format!(
                    "ALTER TABLE {table} ADD COLUMN {};\n",
                    definition(name, not_null, default)
                )
            }
            Self::Drop(column) => {
                let (table, name) = parts(column);
                format!("ALTER TABLE {table} DROP COLUMN {name};\n")
            }
            Self::Rename(old, new) => {
                let ((table, old), (_, new)) = (parts(old), parts(new));
                format!("ALTER TABLE {table} RENAME COLUMN {old} TO {new};\n")
            }
            Self::NotNull(column, on) => {
                let (table, name) = parts(column);
                let verb = if on { "SET" } else { "DROP" };
                format!("ALTER TABLE {table} ALTER COLUMN {name} {verb} NOT NULL;\n")
            }
            Self::Default(column, on) => {
                let (table, name) = parts(column);
                let what = if on { "SET DEFAULT 0" } else { "DROP DEFAULT" };
                format!("ALTER TABLE {table} ALTER COLUMN {name} {what};\n")
            }
        }
    }
}
