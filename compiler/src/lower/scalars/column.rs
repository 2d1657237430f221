//! Columns of a database.

use std::fmt;

use loadline_grammar::ast::{Value, ValueKind};

use crate::lower::{Cx, Scalar, report_kind};
use crate::schema::Kind;

/// `table.column`, or `schema.table.column`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Column {
    /// With its schema if one is given.
    pub table: String,
    /// The column's own name.
    pub column: String,
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.table, self.column)
    }
}

impl Scalar for Column {
    const KIND: Kind = Kind::new("a column", "users.full_name");

    fn read(value: &Value<'_>, cx: &mut Cx<'_>) -> Option<Self> {
        let value = cx.follow(value)?;
        let text = match &value.kind {
            ValueKind::Word(text) | ValueKind::Text(text) => *text,
            _ => "",
        };
        let parts = text
            .rsplit_once('.')
            .filter(|(table, column)| !table.is_empty() && !column.is_empty());
        let Some((table, column)) = parts else {
            report_kind(value, &Self::KIND, cx);
            return None;
        };
        Some(Self {
            table: table.to_owned(),
            column: column.to_owned(),
        })
    }

    fn show(&self) -> String {
        self.to_string()
    }
}
