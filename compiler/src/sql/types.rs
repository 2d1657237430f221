//! Types of columns, and what changing one to another does.

use sqlparser::tokenizer::Token;

use super::cursor::Cursor;

/// A type: its usual name, and the numbers in its parentheses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Type {
    /// `varchar`, `timestamptz`, or the name of a type of the schema.
    pub name: String,
    /// Length, or precision and scale.
    pub numbers: Vec<u64>,
    /// An array of it.
    pub array: bool,
}

impl std::fmt::Display for Type {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)?;
        if !self.numbers.is_empty() {
            let numbers: Vec<String> = self.numbers.iter().map(u64::to_string).collect();
            write!(f, "({})", numbers.join(","))?;
        }
        f.write_str(if self.array { "[]" } else { "" })
    }
}

/// What changing a type does to the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retype {
    /// Only the declaration changes.
    InPlace,
    /// In place where the session's time zone is UTC, from PostgreSQL 12 on.
    InPlaceInUtc,
    /// A new copy of the table.
    Rewrite,
}

impl Type {
    /// Reads a type.
    pub(super) fn read(at: &mut Cursor<'_>) -> Option<Self> {
        let first = at.name()?;
        let mut kind = Self {
            name: first,
            ..Self::default()
        };
        let second = match kind.name.as_str() {
            "character" | "char" | "nchar" | "bit" => at.eat("varying"),
            "double" => at.eat("precision"),
            _ => false,
        };
        if let Some(inside) = at.parenthesised() {
            kind.numbers = inside
                .iter()
                .filter_map(|token| match token {
                    Token::Number(digits, _) => digits.parse().ok(),
                    _ => None,
                })
                .collect();
        }
        let zone = match kind.name.as_str() {
            "timestamp" | "time" => {
                let with = at.eat("with time zone");
                let _ = with || at.eat("without time zone");
                with
            }
            _ => false,
        };
        while at.eat_token(&Token::LBracket) {
            while !at.at_end() && !at.eat_token(&Token::RBracket) {
                at.next();
            }
            kind.array = true;
        }
        kind.array |= at.eat("array");
        // Words of MySQL that belong to the type.
        while at.eat("unsigned") || at.eat("signed") || at.eat("zerofill") {}
        let usual = match (kind.name.as_str(), second, zone) {
            ("int" | "int4" | "serial" | "serial4", _, _) => "integer",
            ("int8" | "bigserial" | "serial8", _, _) => "bigint",
            ("int2" | "smallserial" | "serial2", _, _) => "smallint",
            ("character" | "char" | "nchar", true, _) => "varchar",
            ("character" | "nchar" | "bpchar", false, _) => "char",
            ("bit", true, _) => "varbit",
            ("decimal" | "dec", _, _) => "numeric",
            ("bool", _, _) => "boolean",
            ("float8" | "double" | "float", _, _) => "double precision",
            ("float4", _, _) => "real",
            ("timestamp", _, true) => "timestamptz",
            ("time", _, true) => "timetz",
            _ => "",
        };
        if !usual.is_empty() {
            usual.clone_into(&mut kind.name);
        }
        Some(kind)
    }

    fn number(&self, place: usize) -> Option<u64> {
        self.numbers.get(place).copied()
    }

    /// What changing to another type does.
    ///
    /// Source: measured on PostgreSQL 10 to 18; those that were not (`cidr`, `bit varying`, `interval`) are in the list of
    /// safe changes of strong_migrations 2.8.0.
    #[must_use]
    pub fn to(&self, new: &Self) -> Retype {
        if self == new {
            return Retype::InPlace;
        }
        if self.array || new.array {
            return Retype::Rewrite;
        }
        // Not shorter, or without any limit.
        let widened = |place| match (self.number(place), new.number(place)) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(old), Some(new)) => old <= new,
        };
        // The greatest precision of times is the default.
        let finer = self.number(0).unwrap_or(6) <= new.number(0).unwrap_or(6);
        let in_place = match (self.name.as_str(), new.name.as_str()) {
            ("varchar" | "text", "text") | ("text", "varchar") if new.numbers.is_empty() => true,
            ("varchar", "varchar") | ("varbit", "varbit") => widened(0),
            ("numeric", "numeric") => {
                new.numbers.is_empty()
                    || (!self.numbers.is_empty()
                        && widened(0)
                        && self.number(1).unwrap_or(0) == new.number(1).unwrap_or(0))
            }
            ("cidr", "inet") => true,
            ("timestamp", "timestamptz") | ("timestamptz", "timestamp") if finer => return Retype::InPlaceInUtc,
            (old, new) if old == new => {
                matches!(old, "timestamp" | "timestamptz" | "time" | "timetz" | "interval") && finer
            }
            _ => false,
        };
        if in_place { Retype::InPlace } else { Retype::Rewrite }
    }

    /// Whether some type can become this one without a rewrite; asked when the old type is not known.
    #[must_use]
    pub fn may_be_reached_in_place(&self) -> bool {
        self.array
            || matches!(
                self.name.as_str(),
                "text"
                    | "varchar"
                    | "varbit"
                    | "numeric"
                    | "inet"
                    | "timestamp"
                    | "timestamptz"
                    | "time"
                    | "timetz"
                    | "interval"
            )
    }

    /// What is lost or refused when values of this type become another, in a few words; `None` when every value fits.
    #[must_use]
    pub fn narrows_to(&self, new: &Self) -> Option<String> {
        if self.array != new.array || (self.array && self.name != new.name) {
            return None;
        }
        let rank = |name: &str| {
            ["smallint", "integer", "bigint"]
                .iter()
                .position(|known| *known == name)
        };
        if let (Some(old_rank), Some(new_rank)) = (rank(&self.name), rank(&new.name)) {
            return (new_rank < old_rank).then(|| format!("values above the range of {new} are refused"));
        }
        let (old_name, new_name) = (self.name.as_str(), new.name.as_str());
        let is_text = |name: &str| matches!(name, "text" | "varchar" | "char" | "citext");
        if is_text(old_name) && is_text(new_name) {
            let limit = new.number(0)?;
            let longer = self.number(0).is_none_or(|old| limit < old);
            return longer.then(|| format!("text longer than {limit} characters is refused"));
        }
        let known = |name: &str| {
            matches!(
                name,
                "smallint"
                    | "integer"
                    | "bigint"
                    | "numeric"
                    | "real"
                    | "double precision"
                    | "boolean"
                    | "uuid"
                    | "json"
                    | "jsonb"
                    | "date"
                    | "timestamp"
                    | "timestamptz"
                    | "time"
                    | "inet"
                    | "bytea"
            )
        };
        match (old_name, new_name) {
            (old, new) if is_text(old) && known(new) => Some(format!("text that is no {new} is refused")),
            ("numeric", "numeric") => {
                let (digits, scale) = (new.number(0)?, new.number(1).unwrap_or(0));
                let old = self.number(0).map(|digits| (digits, self.number(1).unwrap_or(0)));
                let whole = |(digits, scale): (u64, u64)| digits.saturating_sub(scale);
                match old {
                    Some(old) if whole(old) <= whole((digits, scale)) && old.1 <= scale => None,
                    _ => Some(format!("digits beyond {new} are lost or refused")),
                }
            }
            ("numeric" | "real" | "double precision", "smallint" | "integer" | "bigint") => {
                Some("fractions are rounded away".to_owned())
            }
            ("double precision", "real") => Some("digits are lost".to_owned()),
            ("timestamp" | "timestamptz", "date") => Some("the time of day is lost".to_owned()),
            ("integer" | "bigint" | "smallint", "boolean") => Some("numbers are lost".to_owned()),
            _ => None,
        }
    }
}
