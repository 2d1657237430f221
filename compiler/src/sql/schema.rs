//! What is known of a schema while its files are read in order.

use std::collections::{BTreeMap, BTreeSet};

use super::action::{Action, Change, ColumnSpec, Constraint, ConstraintKind, NewTable};
use super::effects::renamed;
use super::types::Type;

/// Tables, views and types, as far as the files said so.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    pub(super) tables: BTreeMap<String, Table>,
    /// Each view with the words of its query.
    pub(super) views: BTreeMap<String, Vec<String>>,
    /// Domains that check something.
    pub(super) constrained_domains: BTreeSet<String>,
    /// Which table an index is of, and its columns.
    pub(super) indexes: BTreeMap<String, (String, Vec<String>)>,
}

/// What is known of a table.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    pub(super) columns: BTreeMap<String, Type>,
    pub(super) not_null: BTreeSet<String>,
    pub(super) constraints: BTreeMap<String, Known>,
    pub(super) partitions: Vec<String>,
    pub(super) partitioned: bool,
}

/// A constraint that is there.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) kind: ConstraintKind,
    pub(super) columns: Vec<String>,
    pub(super) validated: bool,
}

impl Schema {
    /// Applies what a statement does.
    pub fn apply(&mut self, action: &Action) {
        match action {
            Action::CreateTable(new) => self.create(new),
            Action::AlterTable { table, change } => self.alter(table, change),
            Action::DropTable { table, .. } => {
                self.tables.remove(table);
            }
            Action::CreateIndex(index) => {
                if let Some(name) = &index.name {
                    self.indexes
                        .insert(name.clone(), (index.table.clone(), index.columns.clone()));
                }
            }
            Action::DropIndex { index, .. } => {
                self.indexes.remove(index);
            }
            Action::CreateView { view, words, .. } => {
                self.views.insert(view.clone(), words.clone());
            }
            Action::DropView { view } => {
                self.views.remove(view);
            }
            Action::CreateDomain {
                name,
                constrained: true,
            } => {
                self.constrained_domains.insert(name.clone());
            }
            Action::DropType { name, .. } => {
                self.constrained_domains.remove(name);
            }
            _ => {}
        }
    }

    fn create(&mut self, new: &NewTable) {
        let mut table = Table {
            partitioned: new.partitioned,
            ..Table::default()
        };
        for column in &new.columns {
            table.add_column(&new.name, column);
        }
        for constraint in &new.constraints {
            table.add(&new.name, constraint);
        }
        if let Some(parent) = new.partition_of.as_ref().and_then(|parent| self.tables.get_mut(parent)) {
            parent.partitions.push(new.name.clone());
        }
        self.tables.insert(new.name.clone(), table);
    }

    fn alter(&mut self, name: &str, change: &Change) {
        if let Change::Rename { new } = change {
            if let Some(table) = self.tables.remove(name) {
                self.tables.insert(renamed(name, new), table);
            }
            return;
        }
        // What a file adds to a table is known, even where nothing declares the rest of it.
        let table = self.tables.entry(name.to_owned()).or_default();
        match change {
            Change::AddColumn(column) => table.add_column(name, column),
            Change::DropColumn { column } => {
                table.columns.remove(column);
                table.constraints.retain(|_, known| !known.columns.contains(column));
            }
            Change::RenameColumn { old, new } => {
                if let Some(kind) = table.columns.remove(old) {
                    table.columns.insert(new.clone(), kind);
                }
                for known in table.constraints.values_mut() {
                    for column in known.columns.iter_mut().filter(|column| *column == old) {
                        new.clone_into(column);
                    }
                }
            }
            Change::SetType { column, to, .. } => {
                table.columns.insert(column.clone(), to.clone());
            }
            Change::SetNotNull { column } => {
                table.not_null.insert(column.clone());
            }
            Change::DropNotNull { column } => {
                table.not_null.remove(column);
            }
            Change::Redefine { old, column } => {
                table.columns.remove(old);
                table.columns.insert(column.name.clone(), column.kind.clone());
            }
            Change::AddConstraint(constraint) => table.add(name, constraint),
            Change::ValidateConstraint { name } => {
                if let Some(known) = table.constraints.get_mut(name) {
                    known.validated = true;
                }
            }
            Change::DropConstraint { name } => {
                table.constraints.remove(name);
            }
            Change::RenameConstraint { old, new } => {
                if let Some(known) = table.constraints.remove(old) {
                    table.constraints.insert(new.clone(), known);
                }
            }
            Change::AttachPartition { partition } => table.partitions.push(partition.clone()),
            Change::DetachPartition { partition, .. } => table.partitions.retain(|known| known != partition),
            _ => {}
        }
    }

    /// Tables at the other end of foreign keys of a table, in both directions.
    pub(super) fn neighbours(&self, table: &str) -> Vec<String> {
        let mut all = self.references(table, |_| true);
        for (name, other) in self.tables.iter().filter(|(name, _)| *name != table) {
            let refers = |known: &Known| matches!(&known.kind, ConstraintKind::References(to) if to == table);
            if other.constraints.values().any(refers) {
                all.push(name.clone());
            }
        }
        all.dedup();
        all
    }

    /// Tables that foreign keys of a table refer to, where the key passes.
    pub(super) fn references(&self, table: &str, key: impl Fn(&Known) -> bool) -> Vec<String> {
        let constraints = self.tables.get(table).map(|table| &table.constraints);
        let keys = constraints
            .into_iter()
            .flat_map(BTreeMap::values)
            .filter(|known| key(known));
        let targets = keys.filter_map(|known| match &known.kind {
            ConstraintKind::References(to) if to != table => Some(to.clone()),
            _ => None,
        });
        targets.collect()
    }

    /// Whether a view names the table, and the column if one is asked for.
    pub(super) fn is_used_by_a_view(&self, table: &str, column: Option<&str>) -> bool {
        self.views.values().any(|words| {
            let has = |name: &str| words.iter().any(|word| word == name);
            has(table.rsplit('.').next().unwrap_or(table)) && column.is_none_or(has)
        })
    }

    /// The type of a column, if it is known.
    #[must_use]
    pub fn type_of(&self, table: &str, column: &str) -> Option<&Type> {
        self.tables.get(table)?.columns.get(column)
    }

    pub(super) fn has_view(&self, view: &str) -> bool {
        self.views.contains_key(view)
    }

    /// Whether a table is known to have partitions.
    #[must_use]
    pub fn is_partitioned(&self, table: &str) -> bool {
        self.tables.get(table).is_some_and(|table| table.partitioned)
    }
}

impl Table {
    fn add_column(&mut self, table: &str, column: &ColumnSpec) {
        self.columns.insert(column.name.clone(), column.kind.clone());
        if column.not_null {
            self.not_null.insert(column.name.clone());
        }
        for constraint in &column.constraints {
            self.add(table, constraint);
        }
    }

    /// Under its name, or the one that PostgreSQL gives it.
    fn add(&mut self, table: &str, constraint: &Constraint) {
        let short = table.rsplit('.').next().unwrap_or(table);
        let columns = constraint.columns.join("_");
        let name = constraint.name.clone().unwrap_or_else(|| match &constraint.kind {
            ConstraintKind::PrimaryKey => format!("{short}_pkey"),
            ConstraintKind::Unique => format!("{short}_{columns}_key"),
            ConstraintKind::Check => format!("{short}_{columns}_check"),
            ConstraintKind::NotNull => format!("{short}_{columns}_not_null"),
            ConstraintKind::Exclude => format!("{short}_{columns}_excl"),
            ConstraintKind::References(_) => format!("{short}_{columns}_fkey"),
        });
        let known = Known {
            kind: constraint.kind.clone(),
            columns: constraint.columns.clone(),
            validated: !constraint.not_valid,
        };
        self.constraints.insert(name, known);
    }

    /// Whether a check that was validated says that a column is not null.
    pub(super) fn is_proved_not_null(&self, column: &str) -> bool {
        self.constraints.values().any(|known| {
            known.kind == ConstraintKind::Check && known.validated && known.columns.iter().any(|known| known == column)
        })
    }
}
