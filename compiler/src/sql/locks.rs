//! Which locks one action takes, and what takes time while it holds them.

use super::action::{Action, Change, ColumnSpec, Constraint, ConstraintKind, Value};
use super::schema::{Known, Schema};
use super::types::Retype;
use crate::facts::postgres_locks::{self as facts, Kind, Lock, Role, Work};

/// A lock on a table.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Held {
    /// The table.
    pub table: String,
    /// The lock.
    pub lock: Lock,
}

/// What an action takes and does on a server version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Weight {
    /// Which rows of the table of facts hold.
    pub kinds: Vec<Kind>,
    /// Its locks.
    pub held: Vec<Held>,
    /// What takes time, and on which table.
    pub work: Vec<(Work, String)>,
    /// Why the server refuses it, if it does.
    pub refused: Option<&'static str>,
    /// A view names what it takes away or changes, as far as words tell: then the server refuses it.
    pub used_by_view: bool,
    /// It cannot run inside a transaction.
    pub alone: bool,
    /// Something about it is not known, such as the type that a column has now: then no work is claimed.
    pub undecided: bool,
}

/// Kinds with their subject and the other tables of each.
type Parts = Vec<(Kind, Vec<String>)>;

impl Weight {
    /// What an action does to a PostgreSQL server of a major version, given what is known of the schema. `utc` is whether the
    /// session's time zone is UTC.
    #[must_use]
    pub fn of(action: &Action, schema: &Schema, major: u64, utc: bool) -> Self {
        let mut weight = Self::default();
        if let Action::Lock { tables, mode } = action {
            weight.held.extend(tables.iter().map(|table| Held {
                table: table.clone(),
                lock: *mode,
            }));
            return weight;
        }
        let (subject, parts) = parts(action, schema, utc, &mut weight);
        for (kind, others) in parts {
            weight.add(kind, &subject, &others, major);
        }
        weight
    }

    fn add(&mut self, kind: Kind, subject: &str, others: &[String], major: u64) {
        let Some(row) = facts::of(kind, major) else { return };
        self.kinds.push(kind);
        self.alone |= row.alone;
        self.refused = self.refused.or(row.refused);
        let tables = |role: Role| match role {
            Role::Subject => vec![subject.to_owned()],
            Role::Other => others.to_vec(),
        };
        for (role, lock) in row.locks {
            for table in tables(*role).into_iter().filter(|table| !table.is_empty()) {
                self.hold(table, *lock);
            }
        }
        for (work, role) in row.work {
            self.work.extend(tables(*role).into_iter().map(|table| (*work, table)));
        }
    }

    /// Of two locks on one table the stronger one counts.
    fn hold(&mut self, table: String, lock: Lock) {
        match self.held.iter_mut().find(|held| held.table == table) {
            Some(held) => held.lock = held.lock.max(lock),
            None => self.held.push(Held { table, lock }),
        }
    }
}

fn parts(action: &Action, schema: &Schema, utc: bool, weight: &mut Weight) -> (String, Parts) {
    let alone = |kind| vec![(kind, Vec::new())];
    match action {
        Action::CreateTable(new) => {
            let all = new
                .constraints
                .iter()
                .chain(new.columns.iter().flat_map(|column| &column.constraints));
            let referenced: Vec<String> = all.filter_map(target).filter(|to| *to != new.name).collect();
            let mut parts = vec![(Kind::CreateTable, Vec::new())];
            if !referenced.is_empty() {
                parts.push((Kind::CreateTableReferences, referenced));
            }
            parts.extend(
                new.partition_of
                    .iter()
                    .map(|parent| (Kind::CreatePartition, vec![parent.clone()])),
            );
            (new.name.clone(), parts)
        }
        Action::AlterTable { table, change } => (table.clone(), of_change(table, change, schema, utc, weight)),
        Action::DropTable { table, cascade } => {
            if !cascade && schema.is_used_by_a_view(table, None) {
                weight.used_by_view = true;
            }
            (
                table.clone(),
                vec![(Kind::DropTable, schema.references(table, |_| true))],
            )
        }
        Action::CreateIndex(index) => {
            let kind = match (index.concurrently, index.only) {
                (true, _) => Kind::CreateIndexConcurrently,
                (_, true) => Kind::CreateIndexOnly,
                _ => Kind::CreateIndex,
            };
            let partitions = schema.tables.get(&index.table).map(|table| table.partitions.clone());
            (index.table.clone(), vec![(kind, partitions.unwrap_or_default())])
        }
        Action::DropIndex {
            index,
            table,
            concurrently,
        } => {
            let of = table
                .clone()
                .or_else(|| schema.indexes.get(index).map(|(table, _)| table.clone()));
            let kind = if *concurrently {
                Kind::DropIndexConcurrently
            } else {
                Kind::DropIndex
            };
            (of.unwrap_or_default(), alone(kind))
        }
        Action::Reindex {
            name,
            is_table,
            concurrently,
        } => {
            let of = if *is_table {
                Some(name)
            } else {
                schema.indexes.get(name).map(|(table, _)| table)
            };
            let kind = if *concurrently {
                Kind::ReindexConcurrently
            } else {
                Kind::Reindex
            };
            (of.cloned().unwrap_or_default(), alone(kind))
        }
        Action::CreateView { view, words, .. } => {
            let replaced = schema.views.contains_key(view);
            let kind = if replaced { Kind::ReplaceView } else { Kind::Select };
            let subject = if replaced { view.clone() } else { String::new() };
            (subject, vec![(kind, named(words, schema))])
        }
        Action::DropView { view } => (view.clone(), alone(Kind::DropView)),
        Action::RefreshView { view, concurrently } => {
            let kind = if *concurrently {
                Kind::RefreshViewConcurrently
            } else {
                Kind::RefreshView
            };
            let words = schema.views.get(view).map(Vec::as_slice).unwrap_or_default();
            (view.clone(), vec![(kind, named(words, schema))])
        }
        Action::DropType { name, cascade: true } => {
            let uses = |table: &&String| {
                let columns = schema.tables.get(*table).map(|table| &table.columns);
                columns.into_iter().flatten().any(|(_, kind)| kind.name == *name)
            };
            let users = schema.tables.keys().filter(uses).cloned().collect();
            (String::new(), vec![(Kind::DropTypeCascade, users)])
        }
        Action::AddEnumValue { .. } => (String::new(), alone(Kind::AddEnumValue)),
        Action::Truncate { tables, cascade } => {
            let mut others: Vec<String> = tables.iter().skip(1).cloned().collect();
            if *cascade {
                others.extend(tables.iter().flat_map(|table| schema.neighbours(table)));
            }
            (
                tables.first().cloned().unwrap_or_default(),
                vec![(Kind::Truncate, others)],
            )
        }
        Action::On { kind, table } => (table.clone(), alone(*kind)),
        Action::Write(write) => (write.table.clone(), alone(write.kind)),
        Action::Query { words, locks_rows } => {
            let kind = if *locks_rows {
                Kind::SelectForUpdate
            } else {
                Kind::Select
            };
            (String::new(), vec![(kind, named(words, schema))])
        }
        _ => (String::new(), alone(Kind::Nothing)),
    }
}

/// Tables among the words of a query.
fn named(words: &[String], schema: &Schema) -> Vec<String> {
    let known = |table: &&String| words.iter().any(|word| word == *table);
    schema.tables.keys().filter(known).cloned().collect()
}

fn target(constraint: &Constraint) -> Option<String> {
    match &constraint.kind {
        ConstraintKind::References(to) => Some(to.clone()),
        _ => None,
    }
}

fn of_change(table: &str, change: &Change, schema: &Schema, utc: bool, weight: &mut Weight) -> Parts {
    let known = schema.tables.get(table);
    let constraint = |name: &str| known.and_then(|known| known.constraints.get(name));
    let alone = |kind| vec![(kind, Vec::new())];
    match change {
        Change::AddColumn(column) => add_column(column, schema),
        Change::DropColumn { column } => {
            if schema.is_used_by_a_view(table, Some(column)) {
                weight.used_by_view = true;
            }
            alone(Kind::DropColumn)
        }
        Change::RenameColumn { .. } => alone(Kind::RenameColumn),
        Change::Rename { .. } => alone(Kind::RenameTable),
        Change::RenameConstraint { .. } => alone(Kind::RenameConstraint),
        Change::SetDefault { .. } => alone(Kind::SetDefault),
        Change::DropDefault { .. } => alone(Kind::DropDefault),
        Change::SetNotNull { column } => alone(if known.is_some_and(|known| known.is_proved_not_null(column)) {
            Kind::SetNotNullProved
        } else {
            Kind::SetNotNull
        }),
        Change::DropNotNull { .. } => alone(Kind::DropNotNull),
        Change::AddIdentity { .. } | Change::Redefine { .. } | Change::ConvertCharacterSet => {
            alone(Kind::OtherAlterTable)
        }
        Change::OnlyOnline => alone(Kind::Nothing),
        Change::SetType { column, to, converted } => {
            let old = schema.type_of(table, column);
            if schema.is_used_by_a_view(table, Some(column)) {
                weight.used_by_view = true;
            }
            let of_column = |known: &Known| known.columns.contains(column);
            let retype = match old {
                _ if *converted => Retype::Rewrite,
                Some(old) => old.to(to),
                None if to.may_be_reached_in_place() => {
                    weight.undecided = true;
                    Retype::InPlace
                }
                None => Retype::Rewrite,
            };
            match retype {
                Retype::InPlace => alone(Kind::RetypeInPlace),
                Retype::InPlaceInUtc if utc => alone(Kind::RetypeTimestampUtc),
                _ => vec![(Kind::Retype, schema.references(table, of_column))],
            }
        }
        Change::AddConstraint(constraint) => add_constraint(table, constraint, schema),
        Change::ValidateConstraint { name } => match constraint(name).map(|known| &known.kind) {
            Some(ConstraintKind::References(to)) => vec![(Kind::ValidateForeignKey, vec![to.clone()])],
            Some(ConstraintKind::NotNull) => alone(Kind::ValidateNotNull),
            _ => alone(Kind::ValidateCheck),
        },
        Change::DropConstraint { name } => match constraint(name).map(|known| &known.kind) {
            Some(ConstraintKind::References(to)) => vec![(Kind::DropForeignKey, vec![to.clone()])],
            _ => alone(Kind::DropConstraint),
        },
        Change::AttachPartition { partition } => {
            // A check of the partition may prove that its rows belong; which one is not worked out.
            let checked = schema.tables.get(partition).is_some_and(|partition| {
                partition
                    .constraints
                    .values()
                    .any(|known| known.kind == ConstraintKind::Check && known.validated)
            });
            let kind = if checked {
                Kind::AttachPartitionProved
            } else {
                Kind::AttachPartition
            };
            vec![(kind, vec![partition.clone()])]
        }
        Change::DetachPartition {
            partition,
            concurrently,
        } => {
            let kind = if *concurrently {
                Kind::DetachPartitionConcurrently
            } else {
                Kind::DetachPartition
            };
            vec![(kind, vec![partition.clone()])]
        }
        Change::Plain(kind) => alone(*kind),
    }
}

fn add_column(column: &ColumnSpec, schema: &Schema) -> Parts {
    let computed = column.value == Value::Each || schema.constrained_domains.contains(&column.kind.name);
    let kind = match column.value {
        _ if computed => Kind::AddColumnComputed,
        Value::Stored => Kind::AddColumnStored,
        Value::Virtual => Kind::AddColumnVirtual,
        Value::Same | Value::Each => Kind::AddColumnFilled,
        Value::Null if column.not_null => Kind::AddColumnRequired,
        Value::Null => Kind::AddColumn,
    };
    let mut parts = vec![(kind, Vec::new())];
    for constraint in &column.constraints {
        parts.push(match &constraint.kind {
            ConstraintKind::PrimaryKey | ConstraintKind::Unique | ConstraintKind::Exclude => {
                (Kind::AddColumnUnique, Vec::new())
            }
            ConstraintKind::Check => (Kind::AddColumnCheck, Vec::new()),
            ConstraintKind::NotNull => continue,
            ConstraintKind::References(to) => (Kind::AddColumnReferences, vec![to.clone()]),
        });
    }
    parts
}

fn add_constraint(table: &str, constraint: &Constraint, schema: &Schema) -> Parts {
    let with_index = constraint.using_index.is_some();
    match &constraint.kind {
        ConstraintKind::Unique if with_index => vec![(Kind::AddUniqueUsingIndex, Vec::new())],
        // A primary key makes its columns NOT NULL, which scans.
        ConstraintKind::PrimaryKey if with_index && is_nullable(table, constraint, schema) => {
            vec![(Kind::AddUniqueUsingIndex, Vec::new()), (Kind::SetNotNull, Vec::new())]
        }
        ConstraintKind::PrimaryKey if with_index => vec![(Kind::AddUniqueUsingIndex, Vec::new())],
        ConstraintKind::Unique | ConstraintKind::PrimaryKey => vec![(Kind::AddUnique, Vec::new())],
        ConstraintKind::Exclude => vec![(Kind::AddExclude, Vec::new())],
        ConstraintKind::Check if constraint.not_valid => vec![(Kind::AddCheckNotValid, Vec::new())],
        ConstraintKind::Check => vec![(Kind::AddCheck, Vec::new())],
        ConstraintKind::NotNull if constraint.not_valid => vec![(Kind::AddNotNullNotValid, Vec::new())],
        ConstraintKind::NotNull => vec![(Kind::SetNotNull, Vec::new())],
        ConstraintKind::References(to) if constraint.not_valid => vec![(Kind::AddForeignKeyNotValid, vec![to.clone()])],
        ConstraintKind::References(to) => vec![(Kind::AddForeignKey, vec![to.clone()])],
    }
}

/// Whether a column of the index that becomes the primary key is known to be nullable, and nothing proves that it has no nulls.
fn is_nullable(table: &str, constraint: &Constraint, schema: &Schema) -> bool {
    let index = constraint
        .using_index
        .as_ref()
        .and_then(|index| schema.indexes.get(index));
    let known = schema.tables.get(table);
    index.zip(known).is_some_and(|((_, columns), table)| {
        let nullable = |column: &&String| {
            table.columns.contains_key(*column)
                && !table.not_null.contains(*column)
                && !table.is_proved_not_null(column)
        };
        columns.iter().any(|column| nullable(&column))
    })
}
