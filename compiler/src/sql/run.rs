//! Running a file in the head: what each statement meets, and what its transaction already holds.

use std::collections::{BTreeMap, BTreeSet};

use super::action::{Action, Change, Statement};
use super::locks::{Held, Weight};
use super::mysql;
use super::schema::Schema;
use crate::facts::postgres_locks::NEWEST;
use crate::values::Version;

/// Which family of databases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// PostgreSQL, and services that are.
    Postgres,
    /// MySQL and MariaDB.
    MySql,
    /// Another one: nothing is known of its locks.
    Other,
}

/// A database server as far as locks go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Server {
    /// Which family.
    pub family: Family,
    /// The major version; the newest that was measured when none is declared.
    pub major: u64,
    /// Whether the version was declared.
    pub declared: bool,
}

impl Server {
    /// The server of an engine and a version as a spec names them. Without a name it is PostgreSQL.
    #[must_use]
    pub fn of(engine: &str, version: Option<&Version>) -> Self {
        let family = match engine {
            "postgres" | "postgresql" | "aurora-postgres" | "" => Family::Postgres,
            "mysql" | "mariadb" | "aurora-mysql" => Family::MySql,
            _ => Family::Other,
        };
        let major = version.and_then(Version::major);
        Self {
            family,
            major: major.unwrap_or(NEWEST),
            declared: major.is_some(),
        }
    }
}

/// What runs a file, and with it whether its statements are one transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrap {
    /// Not known: each statement is taken to be on its own, unless the file says `BEGIN`.
    Unknown,
    /// The file is sent as one text: the statements of it are one transaction, if there are several.
    OneText(&'static str),
    /// The same, unless every statement of it refuses to be inside a transaction.
    Detected(&'static str),
}

impl Wrap {
    /// What comments in a file make of it.
    #[must_use]
    pub fn with(self, comments: Option<bool>) -> Self {
        match comments {
            Some(true) => Self::OneText("dbmate and goose run a file in one transaction"),
            Some(false) => Self::Unknown,
            None => self,
        }
    }
}

/// One action of a file, as it meets the database.
#[derive(Clone, Debug)]
pub struct Ran<'s> {
    /// Its statement.
    pub statement: &'s Statement,
    /// The action.
    pub action: &'s Action,
    /// Its locks and work.
    pub weight: Weight,
    /// The transaction that it is part of; `None` when it is on its own.
    pub transaction: Option<usize>,
    /// Locks on tables that are not new which statements before it in the transaction hold, and which statement each.
    pub before: Vec<(Held, &'s Statement)>,
    /// What the file has set `lock_timeout` to; `None` when it does not.
    pub has_lock_timeout: bool,
    /// Tables that this file creates: nobody waits for them.
    pub new: BTreeSet<String>,
    /// What was known of the schema before it: the type that a column had.
    pub old_type: Option<super::Type>,
    /// Whether the table has partitions.
    pub partitioned: bool,
    /// Values of enums that the transaction has added.
    pub new_values: Vec<String>,
}

impl Ran<'_> {
    /// Locks on tables that others use.
    pub fn held(&self) -> impl Iterator<Item = &Held> {
        self.weight.held.iter().filter(|held| !self.new.contains(&held.table))
    }

    /// Work on tables that others use.
    pub fn work(&self) -> impl Iterator<Item = &(crate::facts::postgres_locks::Work, String)> {
        self.weight.work.iter().filter(|(_, table)| !self.new.contains(table))
    }
}

/// Runs a file: `schema` is what is known before it, and afterwards what is known behind it.
pub fn run<'s>(script: &'s [Statement], schema: &mut Schema, server: Server, wrap: Wrap) -> Vec<Ran<'s>> {
    let mut ran = Vec::new();
    let mut session = Session::default();
    let one_transaction = match wrap {
        Wrap::Unknown => false,
        Wrap::OneText(_) => 1 < script.len(),
        Wrap::Detected(_) => !script
            .iter()
            .all(|statement| refuses_transactions(statement, schema, server)),
    };
    if one_transaction {
        session.begin();
    }
    for statement in script {
        for action in &statement.actions {
            match action {
                Action::Begin => session.begin(),
                Action::End => session.end(),
                Action::Set { name, value, local } => session.set(name, value, *local),
                _ => {}
            }
            session.note_new(action, schema);
            let mut weight = match server.family {
                Family::Postgres => Weight::of(action, schema, server.major, session.is_utc()),
                Family::MySql => mysql::weigh(action, schema, session.checks_keys()),
                Family::Other => Weight::default(),
            };
            if statement.refuses_to_block() {
                weight.work.clear();
            }
            let (old_type, partitioned) = before(action, schema);
            let entry = Ran {
                statement,
                action,
                weight,
                transaction: session.transaction,
                before: session.held.clone(),
                has_lock_timeout: session.has("lock_timeout") || session.has("lock_wait_timeout"),
                new: session.new.clone(),
                old_type,
                partitioned,
                new_values: session.values.clone(),
            };
            // Definitions of MySQL end their transaction, so nothing is held to its end.
            if server.family == Family::Postgres {
                session.take(&entry);
            }
            ran.push(entry);
            schema.apply(action);
        }
    }
    ran
}

/// Whether a statement cannot be inside a transaction; settings do not mind.
fn refuses_transactions(statement: &Statement, schema: &Schema, server: Server) -> bool {
    statement
        .actions
        .iter()
        .all(|action| matches!(action, Action::Set { .. }) || Weight::of(action, schema, server.major, false).alone)
}

fn before(action: &Action, schema: &Schema) -> (Option<super::Type>, bool) {
    match action {
        Action::AlterTable { table, change } => {
            let column = match change {
                Change::SetType { column, .. } => Some(column),
                Change::Redefine { old, .. } => Some(old),
                _ => None,
            };
            let old = column.and_then(|column| schema.type_of(table, column)).cloned();
            (old, schema.is_partitioned(table))
        }
        Action::CreateIndex(index) => (None, schema.is_partitioned(&index.table)),
        _ => (None, false),
    }
}

/// What one connection has said so far.
#[derive(Debug, Default)]
struct Session<'s> {
    transactions: usize,
    transaction: Option<usize>,
    held: Vec<(Held, &'s Statement)>,
    settings: BTreeMap<String, String>,
    local: BTreeMap<String, String>,
    new: BTreeSet<String>,
    values: Vec<String>,
}

impl<'s> Session<'s> {
    fn begin(&mut self) {
        if self.transaction.is_none() {
            self.transactions += 1;
            self.transaction = Some(self.transactions);
        }
    }

    fn end(&mut self) {
        self.transaction = None;
        self.held.clear();
        self.local.clear();
        self.values.clear();
    }

    fn set(&mut self, name: &str, value: &str, local: bool) {
        // Outside of a transaction `SET LOCAL` has no effect.
        if !local {
            self.settings.insert(name.to_owned(), value.to_owned());
        } else if self.transaction.is_some() {
            self.local.insert(name.to_owned(), value.to_owned());
        }
    }

    fn value(&self, name: &str) -> Option<&String> {
        self.local.get(name).or_else(|| self.settings.get(name))
    }

    /// Whether a timeout is set, and not to "wait for ever".
    fn has(&self, name: &str) -> bool {
        let never = |value: &String| {
            value.is_empty() || value.eq_ignore_ascii_case("default") || {
                value.trim_end_matches(|unit: char| unit.is_ascii_alphabetic()).trim() == "0"
            }
        };
        self.value(name).is_some_and(|value| !never(value))
    }

    /// MySQL: whether foreign keys are checked.
    fn checks_keys(&self) -> bool {
        self.value("foreign_key_checks")
            .is_none_or(|value| value != "0" && !value.eq_ignore_ascii_case("off"))
    }

    fn is_utc(&self) -> bool {
        self.value("timezone")
            .is_some_and(|zone| zone.eq_ignore_ascii_case("utc") || zone.eq_ignore_ascii_case("gmt"))
    }

    fn take(&mut self, ran: &Ran<'s>) {
        if self.transaction.is_none() {
            return;
        }
        let statement = ran.statement;
        let held = ran.held().map(|held| (held.clone(), statement));
        let held: Vec<(Held, &'s Statement)> = held.collect();
        self.held.extend(held);
        if let Action::AddEnumValue { value, .. } = ran.action {
            self.values.push(value.clone());
        }
    }

    fn note_new(&mut self, action: &Action, schema: &Schema) {
        match action {
            Action::CreateTable(new) => {
                self.new.insert(new.name.clone());
            }
            Action::CreateSequence { name } => {
                self.new.insert(name.clone());
            }
            Action::CreateView { view, .. } if !schema.has_view(view) => {
                self.new.insert(view.clone());
            }
            // A new table by another name is still new.
            Action::AlterTable {
                table,
                change: Change::Rename { new },
            } if self.new.contains(table) => {
                self.new.insert(super::effects::renamed(table, new));
            }
            _ => {}
        }
    }
}
