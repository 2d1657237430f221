//! Statements as findings name them.

use super::action::{Action, Change, ConstraintKind};
use super::run::{Family, Server};
use crate::facts::postgres_locks::Kind;

impl Action {
    /// The statement in a few words: `ALTER TABLE users ADD COLUMN rank`.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            Self::CreateTable(new) => format!("CREATE TABLE {}", quoted(&new.name)),
            Self::AlterTable { table, change } => format!("ALTER TABLE {} {}", quoted(table), change.shown()),
            Self::DropTable { table, .. } => format!("DROP TABLE {}", quoted(table)),
            Self::CreateIndex(index) => format!(
                "CREATE {}INDEX {}ON {}",
                if index.unique { "UNIQUE " } else { "" },
                if index.concurrently { "CONCURRENTLY " } else { "" },
                quoted(&index.table)
            ),
            Self::DropIndex {
                index, concurrently, ..
            } => {
                format!("DROP INDEX {}{index}", if *concurrently { "CONCURRENTLY " } else { "" })
            }
            Self::Reindex {
                name,
                is_table,
                concurrently,
            } => format!(
                "REINDEX {} {}{name}",
                if *is_table { "TABLE" } else { "INDEX" },
                if *concurrently { "CONCURRENTLY " } else { "" }
            ),
            Self::CreateView { view, .. } => format!("CREATE VIEW {}", quoted(view)),
            Self::DropView { view } => format!("DROP VIEW {}", quoted(view)),
            Self::RefreshView { view, .. } => format!("REFRESH MATERIALIZED VIEW {}", quoted(view)),
            Self::CreateEnum { name } => format!("CREATE TYPE {name}"),
            Self::AddEnumValue { name, value } => format!("ALTER TYPE {name} ADD VALUE '{value}'"),
            Self::RenameEnumValue { name, old } => format!("ALTER TYPE {name} RENAME VALUE '{old}'"),
            Self::CreateSequence { name } => format!("CREATE SEQUENCE {name}"),
            Self::CreateDomain { name, .. } => format!("CREATE DOMAIN {name}"),
            Self::DropType { name, .. } => format!("DROP TYPE {name}"),
            Self::Truncate { tables, .. } => format!("TRUNCATE {}", list(tables)),
            Self::Lock { tables, mode } => format!("LOCK TABLE {} IN {} MODE", list(tables), mode.name()),
            Self::On { kind, table } => format!("{} {}", on(*kind), quoted(table)),
            Self::Write(write) => match write.kind {
                Kind::Update => format!("UPDATE {}", quoted(&write.table)),
                Kind::Delete => format!("DELETE FROM {}", quoted(&write.table)),
                _ => format!("INSERT INTO {}", quoted(&write.table)),
            },
            Self::Query { .. } => "SELECT".to_owned(),
            Self::Begin => "BEGIN".to_owned(),
            Self::End => "COMMIT".to_owned(),
            Self::Set { name, .. } => format!("SET {name}"),
            Self::Nothing => "the statement".to_owned(),
        }
    }
}

fn list(tables: &[String]) -> String {
    let tables: Vec<String> = tables.iter().map(|table| quoted(table)).collect();
    tables.join(", ")
}

const fn on(kind: Kind) -> &'static str {
    match kind {
        Kind::CreateTrigger => "CREATE TRIGGER … ON",
        Kind::DropTrigger => "DROP … ON",
        Kind::Policy => "CREATE POLICY … ON",
        Kind::Rule => "CREATE RULE … TO",
        Kind::Cluster => "CLUSTER",
        Kind::VacuumFull => "VACUUM FULL",
        Kind::Vacuum => "VACUUM",
        Kind::Analyze => "ANALYZE",
        Kind::Comment => "COMMENT ON",
        Kind::Grant => "GRANT … ON",
        Kind::Statistics => "CREATE STATISTICS … FROM",
        Kind::Publication => "CREATE PUBLICATION … FOR TABLE",
        _ => "a statement on",
    }
}

impl Change {
    fn shown(&self) -> String {
        match self {
            Self::AddColumn(column) => format!("ADD COLUMN {}", quoted(&column.name)),
            Self::DropColumn { column } => format!("DROP COLUMN {}", quoted(column)),
            Self::RenameColumn { old, new } => format!("RENAME COLUMN {} TO {}", quoted(old), quoted(new)),
            Self::Rename { new } => format!("RENAME TO {}", quoted(new)),
            Self::RenameConstraint { old, .. } => format!("RENAME CONSTRAINT {old}"),
            Self::SetDefault { column } => format!("ALTER COLUMN {} SET DEFAULT", quoted(column)),
            Self::DropDefault { column } => format!("ALTER COLUMN {} DROP DEFAULT", quoted(column)),
            Self::SetNotNull { column } => format!("ALTER COLUMN {} SET NOT NULL", quoted(column)),
            Self::DropNotNull { column } => format!("ALTER COLUMN {} DROP NOT NULL", quoted(column)),
            Self::SetType { column, to, .. } => format!("ALTER COLUMN {} TYPE {to}", quoted(column)),
            Self::Redefine { old, column } if *old == column.name => format!("MODIFY {old} {}", column.kind),
            Self::Redefine { old, column } => format!("CHANGE {old} {} {}", column.name, column.kind),
            Self::AddIdentity { column } => format!("ALTER COLUMN {column} ADD GENERATED"),
            Self::AddConstraint(constraint) => {
                let name = constraint
                    .name
                    .as_ref()
                    .map_or_else(String::new, |name| format!("CONSTRAINT {} ", quoted(name)));
                let kind = match &constraint.kind {
                    ConstraintKind::PrimaryKey => "PRIMARY KEY",
                    ConstraintKind::Unique => "UNIQUE",
                    ConstraintKind::Check => "CHECK",
                    ConstraintKind::NotNull => "NOT NULL",
                    ConstraintKind::Exclude => "EXCLUDE",
                    ConstraintKind::References(_) => "FOREIGN KEY",
                };
                format!("ADD {name}{kind}")
            }
            Self::ValidateConstraint { name } => format!("VALIDATE CONSTRAINT {}", quoted(name)),
            Self::DropConstraint { name } => format!("DROP CONSTRAINT {}", quoted(name)),
            Self::AttachPartition { partition } => format!("ATTACH PARTITION {partition}"),
            Self::DetachPartition { partition, .. } => format!("DETACH PARTITION {partition}"),
            Self::ConvertCharacterSet => "CONVERT TO CHARACTER SET".to_owned(),
            Self::OnlyOnline => "ALGORITHM or LOCK".to_owned(),
            Self::Plain(kind) => plain(*kind).to_owned(),
        }
    }
}

const fn plain(kind: Kind) -> &'static str {
    match kind {
        Kind::Owner => "OWNER TO",
        Kind::SetSchema => "SET SCHEMA",
        Kind::SetTablespace => "SET TABLESPACE",
        Kind::SetLogged => "SET LOGGED, UNLOGGED or ACCESS METHOD",
        Kind::ReplicaIdentity => "REPLICA IDENTITY",
        Kind::RowSecurity => "ENABLE ROW LEVEL SECURITY",
        Kind::SwitchTrigger => "ENABLE or DISABLE TRIGGER",
        _ => "…",
    }
}

impl std::fmt::Display for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.family {
            Family::Postgres => write!(f, "PostgreSQL {}", self.major),
            Family::MySql => f.write_str("MySQL"),
            Family::Other => f.write_str("this database"),
        }
    }
}

/// Words that stand for something else when they are not quoted, among those that tables and columns are called.
const RESERVED: &[&str] = &[
    "all",
    "analyze",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "both",
    "case",
    "cast",
    "check",
    "collate",
    "column",
    "constraint",
    "create",
    "default",
    "desc",
    "distinct",
    "do",
    "else",
    "end",
    "except",
    "false",
    "fetch",
    "for",
    "foreign",
    "from",
    "grant",
    "group",
    "having",
    "in",
    "into",
    "leading",
    "limit",
    "not",
    "null",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "primary",
    "references",
    "returning",
    "select",
    "some",
    "table",
    "then",
    "to",
    "trailing",
    "true",
    "union",
    "unique",
    "user",
    "using",
    "variadic",
    "when",
    "where",
    "window",
    "with",
];

/// A name as it is written in a statement: in quotes where it needs them.
#[must_use]
pub fn quoted(name: &str) -> String {
    let plain = |part: &str| {
        let starts = part.starts_with(|first: char| first.is_ascii_lowercase() || first == '_');
        let rest = part
            .chars()
            .all(|found| found.is_ascii_lowercase() || found.is_ascii_digit() || found == '_');
        starts && rest && !RESERVED.contains(&part)
    };
    let parts = name.split('.').map(|part| {
        if plain(part) {
            part.to_owned()
        } else {
            format!("\"{part}\"")
        }
    });
    parts.collect::<Vec<_>>().join(".")
}
