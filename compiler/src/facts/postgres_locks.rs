//! What each kind of statement takes and does on PostgreSQL 10 to 18.
//!
//! Source: measured. Every statement was run in a transaction on 10.23, 11.22, 12.22, 13.23, 14.23, 15.18, 16.14, 17.10 and
//! 18.4; its own rows of `pg_locks`, changed `relfilenode`s and messages at `debug1` were read. The measurements stand in
//! `compiler/tests/data/postgres_locks.tsv`, and a test compares every row of them with this table. What cannot be measured
//! inside a transaction (the concurrent forms) is from the manual, "Explicit Locking" and the page of each command.

use Lock::{
    AccessExclusive as AE, AccessShare as AS, Exclusive as E, RowExclusive as RE, RowShare as RS, Share as S,
    ShareRowExclusive as SRE, ShareUpdateExclusive as SUE,
};
use Role::{Other, Subject};
use Work::{BuildIndex, CheckReferences, Rewrite, Scan};

/// A lock on a table, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lock {
    /// Reading.
    AccessShare,
    /// `SELECT … FOR UPDATE`.
    RowShare,
    /// Writing rows.
    RowExclusive,
    /// Vacuum, concurrent index builds, validation.
    ShareUpdateExclusive,
    /// An index build: writes wait.
    Share,
    /// Foreign keys and triggers: writes wait.
    ShareRowExclusive,
    /// Only plain reads go on.
    Exclusive,
    /// Nothing goes on.
    AccessExclusive,
}

impl Lock {
    /// As PostgreSQL writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            AS => "ACCESS SHARE",
            RS => "ROW SHARE",
            RE => "ROW EXCLUSIVE",
            SUE => "SHARE UPDATE EXCLUSIVE",
            S => "SHARE",
            SRE => "SHARE ROW EXCLUSIVE",
            E => "EXCLUSIVE",
            AE => "ACCESS EXCLUSIVE",
        }
    }

    /// Whether plain `SELECT`s wait for it.
    #[must_use]
    pub fn blocks_reads(self) -> bool {
        self == AE
    }

    /// Whether `INSERT`, `UPDATE` and `DELETE` wait for it.
    #[must_use]
    pub fn blocks_writes(self) -> bool {
        S <= self
    }

    /// Whether two transactions cannot have these on one table together: the later one waits. Source: PostgreSQL manual,
    /// "Explicit Locking", table "Conflicting Lock Modes".
    #[must_use]
    pub fn conflicts_with(self, other: Self) -> bool {
        let with: &[Self] = match self {
            AS => &[AE],
            RS => &[E, AE],
            RE => &[S, SRE, E, AE],
            SUE => &[SUE, S, SRE, E, AE],
            S => &[RE, SUE, SRE, E, AE],
            SRE => &[RE, SUE, S, SRE, E, AE],
            E => &[RS, RE, SUE, S, SRE, E, AE],
            AE => return true,
        };
        with.contains(&other)
    }
}

/// What takes as long as the table is large.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Work {
    /// A new copy of the table with all its indexes is written.
    Rewrite,
    /// Every row is read.
    Scan,
    /// Every row is looked up in the referenced table.
    CheckReferences,
    /// An index is built.
    BuildIndex,
}

/// Which table of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// The one it names.
    Subject,
    /// The other ones: referenced by a foreign key, a partition, read by a view.
    Other,
}

/// A kind of statement, as far as locks and work tell them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names are the statements")]
pub enum Kind {
    AddColumn,
    AddColumnFilled,
    AddColumnComputed,
    AddColumnStored,
    AddColumnVirtual,
    AddColumnRequired,
    AddColumnUnique,
    AddColumnReferences,
    AddColumnCheck,
    DropColumn,
    RenameColumn,
    RenameTable,
    RenameConstraint,
    SetSchema,
    SetDefault,
    DropDefault,
    SetNotNull,
    SetNotNullProved,
    DropNotNull,
    AddNotNullNotValid,
    ValidateNotNull,
    RetypeInPlace,
    RetypeTimestampUtc,
    Retype,
    AddCheck,
    AddCheckNotValid,
    ValidateCheck,
    AddForeignKey,
    AddForeignKeyNotValid,
    ValidateForeignKey,
    DropConstraint,
    DropForeignKey,
    AlterConstraint,
    AddUnique,
    AddUniqueUsingIndex,
    AddExclude,
    CreateIndex,
    CreateIndexOnly,
    CreateIndexConcurrently,
    DropIndex,
    DropIndexConcurrently,
    Reindex,
    ReindexConcurrently,
    CreateTrigger,
    DropTrigger,
    SwitchTrigger,
    CreateTable,
    CreateTableReferences,
    CreatePartition,
    AttachPartition,
    AttachPartitionProved,
    DetachPartition,
    DetachPartitionConcurrently,
    DropTable,
    DropTypeCascade,
    Truncate,
    SetStatistics,
    SetParameters,
    SetStorage,
    SetTablespace,
    ReplicaIdentity,
    SetLogged,
    Cluster,
    VacuumFull,
    Vacuum,
    Analyze,
    RowSecurity,
    Policy,
    Rule,
    Owner,
    Comment,
    Grant,
    Statistics,
    Publication,
    ReplaceView,
    DropView,
    RefreshView,
    RefreshViewConcurrently,
    AddEnumValue,
    OtherAlterTable,
    Insert,
    Update,
    Delete,
    SelectForUpdate,
    Select,
    Nothing,
}

/// One row: what a kind of statement does on a range of versions.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The kind.
    pub kind: Kind,
    /// First major version.
    pub from: u64,
    /// Its locks on tables.
    pub locks: &'static [(Role, Lock)],
    /// What takes time, on which table.
    pub work: &'static [(Work, Role)],
    /// Why the server refuses it, if it does.
    pub refused: Option<&'static str>,
    /// It cannot run inside a transaction.
    pub alone: bool,
}

const fn row(kind: Kind, locks: &'static [(Role, Lock)], work: &'static [(Work, Role)]) -> Row {
    Row {
        kind,
        from: OLDEST,
        locks,
        work,
        refused: None,
        alone: false,
    }
}

impl Row {
    const fn since(mut self, version: u64) -> Self {
        self.from = version;
        self
    }

    const fn alone(mut self) -> Self {
        self.alone = true;
        self
    }

    const fn refused(mut self, why: &'static str) -> Self {
        self.refused = Some(why);
        self
    }
}

/// The oldest major version that was measured; older ones are taken for it.
pub const OLDEST: u64 = 10;
/// The newest major version that was measured; newer ones, and databases without a version, are taken for it.
pub const NEWEST: u64 = 18;

/// What a statement of a kind does on a major version.
#[must_use]
pub fn of(kind: Kind, major: u64) -> Option<&'static Row> {
    ROWS.iter()
        .rev()
        .find(|row| row.kind == kind && row.from <= major.clamp(OLDEST, NEWEST))
}

/// Why a version refuses what a later one has.
pub const UNKNOWN_SYNTAX: &str = "this version does not know the syntax";

/// Of two rows of one kind the later version's stands later, and holds from there on.
#[rustfmt::skip]
pub const ROWS: &[Row] = &[
    row(Kind::AddColumn, &[(Subject, AE)], &[]),
    // 11 keeps a constant or stable default beside the rows.
    row(Kind::AddColumnFilled, &[(Subject, AE)], &[(Rewrite, Subject)]),
    row(Kind::AddColumnFilled, &[(Subject, AE)], &[]).since(11),
    // A volatile default, serial, identity, or a domain with a constraint: one value for each row.
    row(Kind::AddColumnComputed, &[(Subject, AE)], &[(Rewrite, Subject)]),
    row(Kind::AddColumnStored, &[(Subject, AE)], &[]).refused(UNKNOWN_SYNTAX),
    row(Kind::AddColumnStored, &[(Subject, AE)], &[(Rewrite, Subject)]).since(12),
    row(Kind::AddColumnVirtual, &[(Subject, AE)], &[]).refused(UNKNOWN_SYNTAX),
    row(Kind::AddColumnVirtual, &[(Subject, AE)], &[]).since(18),
    row(Kind::AddColumnRequired, &[(Subject, AE)], &[(Scan, Subject)]).refused("the new column contains null values"),
    row(Kind::AddColumnUnique, &[(Subject, AE)], &[(BuildIndex, Subject)]),
    row(Kind::AddColumnReferences, &[(Subject, AE), (Other, SRE)], &[]),
    row(Kind::AddColumnCheck, &[(Subject, AE)], &[(Scan, Subject)]),
    row(Kind::DropColumn, &[(Subject, AE)], &[]),
    row(Kind::RenameColumn, &[(Subject, AE)], &[]),
    row(Kind::RenameTable, &[(Subject, AE)], &[]),
    row(Kind::RenameConstraint, &[(Subject, AE)], &[]),
    row(Kind::SetSchema, &[(Subject, AE)], &[]),
    row(Kind::SetDefault, &[(Subject, AE)], &[]),
    row(Kind::DropDefault, &[(Subject, AE)], &[]),
    row(Kind::SetNotNull, &[(Subject, AE)], &[(Scan, Subject)]),
    row(Kind::SetNotNullProved, &[(Subject, AE)], &[(Scan, Subject)]),
    // 12 believes a validated CHECK.
    row(Kind::SetNotNullProved, &[(Subject, AE)], &[]).since(12),
    row(Kind::DropNotNull, &[(Subject, AE)], &[]),
    row(Kind::AddNotNullNotValid, &[(Subject, AE)], &[]).refused(UNKNOWN_SYNTAX),
    row(Kind::AddNotNullNotValid, &[(Subject, AE)], &[]).since(18),
    row(Kind::ValidateNotNull, &[(Subject, SUE)], &[(Scan, Subject)]).refused(UNKNOWN_SYNTAX),
    row(Kind::ValidateNotNull, &[(Subject, SUE)], &[(Scan, Subject)]).since(18),
    row(Kind::RetypeInPlace, &[(Subject, AE)], &[]),
    row(Kind::RetypeTimestampUtc, &[(Subject, AE)], &[(Rewrite, Subject)]),
    row(Kind::RetypeTimestampUtc, &[(Subject, AE)], &[]).since(12),
    // Tables on the other side of the column's foreign keys are locked too.
    row(Kind::Retype, &[(Subject, AE), (Other, AE)], &[(Rewrite, Subject)]),
    row(Kind::AddCheck, &[(Subject, AE)], &[(Scan, Subject)]),
    row(Kind::AddCheckNotValid, &[(Subject, AE)], &[]),
    row(Kind::ValidateCheck, &[(Subject, SUE)], &[(Scan, Subject)]),
    row(Kind::AddForeignKey, &[(Subject, SRE), (Other, SRE)], &[(CheckReferences, Subject)]),
    row(Kind::AddForeignKeyNotValid, &[(Subject, SRE), (Other, SRE)], &[]),
    row(Kind::ValidateForeignKey, &[(Subject, SUE), (Other, RS)], &[(CheckReferences, Subject)]),
    row(Kind::DropConstraint, &[(Subject, AE)], &[]),
    row(Kind::DropForeignKey, &[(Subject, AE), (Other, AE)], &[]),
    row(Kind::AlterConstraint, &[(Subject, AE)], &[]),
    row(Kind::AddUnique, &[(Subject, AE)], &[(BuildIndex, Subject)]),
    row(Kind::AddUniqueUsingIndex, &[(Subject, AE)], &[]),
    row(Kind::AddExclude, &[(Subject, AE)], &[(BuildIndex, Subject)]),
    row(Kind::CreateIndex, &[(Subject, S), (Other, S)], &[(BuildIndex, Subject)]),
    row(Kind::CreateIndexOnly, &[(Subject, S)], &[]),
    row(Kind::CreateIndexConcurrently, &[(Subject, SUE)], &[(BuildIndex, Subject)]).alone(),
    row(Kind::DropIndex, &[(Subject, AE)], &[]),
    row(Kind::DropIndexConcurrently, &[(Subject, SUE)], &[]).alone(),
    row(Kind::Reindex, &[(Subject, S)], &[(BuildIndex, Subject)]),
    row(Kind::ReindexConcurrently, &[(Subject, SUE)], &[]).refused(UNKNOWN_SYNTAX),
    row(Kind::ReindexConcurrently, &[(Subject, SUE)], &[(BuildIndex, Subject)]).since(12).alone(),
    row(Kind::CreateTrigger, &[(Subject, SRE)], &[]),
    row(Kind::DropTrigger, &[(Subject, AE)], &[]),
    row(Kind::SwitchTrigger, &[(Subject, SRE)], &[]),
    row(Kind::CreateTable, &[(Subject, AE)], &[]),
    row(Kind::CreateTableReferences, &[(Subject, AE), (Other, SRE)], &[]),
    row(Kind::CreatePartition, &[(Subject, AE), (Other, AE)], &[]),
    row(Kind::AttachPartition, &[(Subject, AE), (Other, AE)], &[(Scan, Other)]),
    row(Kind::AttachPartition, &[(Subject, SUE), (Other, AE)], &[(Scan, Other)]).since(12),
    row(Kind::AttachPartitionProved, &[(Subject, AE), (Other, AE)], &[]),
    row(Kind::AttachPartitionProved, &[(Subject, SUE), (Other, AE)], &[]).since(12),
    row(Kind::DetachPartition, &[(Subject, AE), (Other, SUE)], &[]),
    row(Kind::DetachPartition, &[(Subject, AE), (Other, AE)], &[]).since(14),
    row(Kind::DetachPartitionConcurrently, &[], &[]).refused(UNKNOWN_SYNTAX),
    row(Kind::DetachPartitionConcurrently, &[(Subject, SUE), (Other, AE)], &[]).since(14).alone(),
    // Tables that its foreign keys reference, and those that reference it, are locked too.
    row(Kind::DropTable, &[(Subject, AE), (Other, AE)], &[]),
    row(Kind::DropTypeCascade, &[(Other, AE)], &[]),
    row(Kind::Truncate, &[(Subject, AE), (Other, AE)], &[]),
    row(Kind::SetStatistics, &[(Subject, SUE)], &[]),
    row(Kind::SetParameters, &[(Subject, SUE)], &[]),
    row(Kind::SetStorage, &[(Subject, AE)], &[]),
    // Measured to the table's own tablespace; to another one it is a copy (manual of ALTER TABLE).
    row(Kind::SetTablespace, &[(Subject, AE)], &[]),
    row(Kind::ReplicaIdentity, &[(Subject, AE)], &[]),
    row(Kind::SetLogged, &[(Subject, AE)], &[(Rewrite, Subject)]),
    row(Kind::Cluster, &[(Subject, AE)], &[(Rewrite, Subject)]),
    row(Kind::VacuumFull, &[(Subject, AE)], &[(Rewrite, Subject)]).alone(),
    row(Kind::Vacuum, &[(Subject, SUE)], &[]).alone(),
    row(Kind::Analyze, &[(Subject, SUE)], &[]),
    row(Kind::RowSecurity, &[(Subject, AE)], &[]),
    row(Kind::Policy, &[(Subject, AE)], &[]),
    row(Kind::Rule, &[(Subject, AE)], &[]),
    row(Kind::Owner, &[(Subject, AE)], &[]),
    row(Kind::Comment, &[(Subject, SUE)], &[]),
    row(Kind::Grant, &[], &[]),
    row(Kind::Grant, &[(Subject, AS)], &[]).since(18),
    row(Kind::Statistics, &[(Subject, SUE)], &[]),
    row(Kind::Publication, &[(Subject, SUE)], &[]),
    row(Kind::ReplaceView, &[(Subject, AE), (Other, AS)], &[]),
    row(Kind::DropView, &[(Subject, AE)], &[]),
    row(Kind::RefreshView, &[(Subject, AE), (Other, AS)], &[(Rewrite, Subject)]),
    row(Kind::RefreshViewConcurrently, &[(Subject, E), (Other, AS)], &[]),
    // 12 allows it in a transaction, but the value cannot be used before it ends.
    row(Kind::AddEnumValue, &[], &[]).alone(),
    row(Kind::AddEnumValue, &[], &[]).since(12),
    // What was not measured takes the strongest lock unless the manual of ALTER TABLE says otherwise.
    row(Kind::OtherAlterTable, &[(Subject, AE)], &[]),
    row(Kind::Insert, &[(Subject, RE)], &[]),
    row(Kind::Update, &[(Subject, RE)], &[]),
    row(Kind::Delete, &[(Subject, RE)], &[]),
    row(Kind::SelectForUpdate, &[(Subject, RS), (Other, RS)], &[]),
    row(Kind::Select, &[(Subject, AS), (Other, AS)], &[]),
    row(Kind::Nothing, &[], &[]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_for_whom_is_mutual_and_as_in_the_manual() {
        let all = [AS, RS, RE, SUE, S, SRE, E, AE];
        for one in all {
            for other in all {
                assert_eq!(
                    one.conflicts_with(other),
                    other.conflicts_with(one),
                    "{one:?} {other:?}"
                );
            }
            assert_eq!(one.conflicts_with(AS), one.blocks_reads());
            assert_eq!(one.conflicts_with(RE), one.blocks_writes());
        }
        // The crosses of each column of the table.
        let crosses = all.map(|one| all.iter().filter(|other| one.conflicts_with(**other)).count());
        assert_eq!(crosses, [1, 2, 4, 5, 5, 6, 7, 8]);
    }
}
