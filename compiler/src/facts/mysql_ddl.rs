//! What definitions of MySQL 8 do while others use the table.
//!
//! Source: MySQL 8.0 Reference Manual, "Online DDL Operations" (the tables of INSTANT, in place, rebuild, concurrent DML). Not
//! measured. Every definition waits for a metadata lock on its table, and every later statement on the table waits behind it.

/// A kind of definition, as far as the manual tells them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// At once, or in place while others write: columns, defaults, NULL, names, indexes, longer text.
    Online,
    /// A column that counts by itself, or is computed and stored.
    AddComputedColumn,
    /// Another type.
    ChangeType,
    /// A foreign key; in place only with `foreign_key_checks = 0`.
    AddForeignKey,
    /// A check that is enforced.
    AddCheck,
    /// The primary key goes, and no other comes.
    DropPrimaryKey,
    /// Another character set for the whole table.
    ConvertCharacterSet,
}

/// Whether writes go on while it works.
#[must_use]
pub const fn lets_write(operation: Operation) -> bool {
    match operation {
        Operation::Online => true,
        Operation::AddComputedColumn
        | Operation::ChangeType
        | Operation::AddForeignKey
        | Operation::AddCheck
        | Operation::DropPrimaryKey
        | Operation::ConvertCharacterSet => false,
    }
}

/// Characters of four bytes each (utf8mb4) of which the length still fits into one byte; a `varchar` that grows beyond them may
/// have to be copied.
pub const SHORT_TEXT_MAX: u64 = 255 / 4;
/// Characters of one byte each of which the length no longer fits into one byte: from here on growing is in place.
pub const LONG_TEXT_MIN: u64 = 256;
