//! Columns and constraints as they are declared.

use sqlparser::tokenizer::Token;

use super::action::{ColumnSpec, Constraint, ConstraintKind, NewTable, Value};
use super::cursor::{Cursor, is_word, split_commas};
use super::types::Type;

/// Functions that give one value for a whole statement, or for ever. Every other one is taken for volatile, as PostgreSQL takes
/// what is not declared otherwise. Source: `provolatile` of `pg_proc` on PostgreSQL 18.
const STABLE: &[&str] = &[
    "now",
    "transaction_timestamp",
    "statement_timestamp",
    "current_setting",
    "to_timestamp",
    "to_date",
    "to_char",
    "lower",
    "upper",
    "date_trunc",
    "timezone",
    "make_interval",
    "make_date",
    "concat",
    "coalesce",
    "nullif",
    "greatest",
    "least",
    "jsonb_build_object",
    "jsonb_build_array",
    "json_build_object",
    "json_build_array",
    "to_jsonb",
    "to_json",
    "array",
    "md5",
    "length",
    "round",
    "floor",
    "ceil",
    "abs",
    "date_part",
    "extract",
    "cast",
    "replace",
    "trim",
    "current_timestamp",
    "localtimestamp",
    "current_time",
    "localtime",
    "row",
    "interval",
    "decode",
    "encode",
    "repeat",
    "left",
    "right",
];

/// Where a column's own constraints begin.
const CONSTRAINT_WORDS: &[&str] = &[
    "constraint",
    "not",
    "null",
    "default",
    "generated",
    "unique",
    "primary",
    "check",
    "references",
    "collate",
    "deferrable",
    "initially",
    "auto_increment",
    "comment",
    "on",
    "after",
    "first",
    "storage",
    "compression",
    "key",
    "character",
    "charset",
    "invisible",
    "visible",
    "as",
    "virtual",
    "stored",
];

/// A column of `CREATE TABLE` or `ADD COLUMN`.
pub(super) fn column(at: &mut Cursor<'_>) -> Option<ColumnSpec> {
    let name = at.ident()?;
    let serial = ["serial", "bigserial", "smallserial", "serial4", "serial8", "serial2"]
        .into_iter()
        .any(|word| at.sees(word));
    let mut spec = ColumnSpec {
        name,
        kind: Type::read(at)?,
        not_null: serial,
        value: if serial { Value::Each } else { Value::Null },
        constraints: Vec::new(),
    };
    let mut constraint_name = None;
    while !at.at_end() {
        if at.eat("constraint") {
            constraint_name = at.ident();
            continue;
        }
        let inline = |kind, column: &str, name: Option<String>| Constraint {
            name,
            kind,
            columns: vec![column.to_owned()],
            not_valid: false,
            using_index: None,
        };
        let own = spec.name.clone();
        if at.eat("not null") {
            spec.not_null = true;
        } else if at.eat("null") {
            spec.not_null = false;
        } else if at.eat("default") {
            let expression = until_constraint(at);
            if expression.is_empty() {
                return None;
            }
            // NULL is what rows get without a default, too.
            let null = expression.first().is_some_and(|token| is_word(token, "null"));
            if !null {
                spec.value = default_value(expression);
            }
        } else if at.eat("generated") {
            let _ = at.eat("always") || at.eat("by default");
            spec.value = generated(at)?;
            spec.not_null |= spec.value == Value::Each;
        } else if at.eat("as") {
            at.parenthesised()?;
            spec.value = if at.eat("stored") {
                Value::Stored
            } else {
                Value::Virtual
            };
            let _ = at.eat("virtual");
        } else if at.eat("auto_increment") {
            spec.value = Value::Each;
        } else if at.eat("primary key") || at.eat("key") {
            spec.not_null = true;
            spec.constraints
                .push(inline(ConstraintKind::PrimaryKey, &own, constraint_name.take()));
        } else if at.eat("unique") {
            let _ = at.eat("key");
            let _ = at.eat("nulls not distinct") || at.eat("nulls distinct");
            spec.constraints
                .push(inline(ConstraintKind::Unique, &own, constraint_name.take()));
        } else if at.eat("check") {
            at.parenthesised()?;
            let _ = at.eat("no inherit");
            spec.constraints
                .push(inline(ConstraintKind::Check, &own, constraint_name.take()));
        } else if at.eat("references") {
            let other = references(at)?;
            spec.constraints
                .push(inline(ConstraintKind::References(other), &own, constraint_name.take()));
        } else if at.eat("collate") || at.eat("storage") || at.eat("compression") || at.eat("charset") {
            at.name()?;
        } else if at.eat("character set") {
            at.ident()?;
        } else if at.eat("comment") {
            at.text()?;
        } else if at.eat("on update") {
            until_constraint(at);
        } else if at.eat("after") {
            at.ident()?;
        } else if !(at.eat("deferrable")
            || at.eat("not deferrable")
            || at.eat("initially deferred")
            || at.eat("initially immediate")
            || at.eat("first")
            || at.eat("visible")
            || at.eat("invisible"))
        {
            return None;
        }
    }
    Some(spec)
}

/// The tokens of an expression, which ends where the next constraint begins.
fn until_constraint<'t>(at: &mut Cursor<'t>) -> &'t [Token] {
    let all = at.rest();
    let mut depth = 0_usize;
    let mut length = 0_usize;
    while let Some(token) = at.peek() {
        match token {
            Token::LParen | Token::LBracket => depth += 1,
            Token::RParen | Token::RBracket => depth = depth.saturating_sub(1),
            Token::Word(word) if depth == 0 && 0 < length && word.quote_style.is_none() => {
                let lower = word.value.to_ascii_lowercase();
                // `'{}'::character varying[]` names a type.
                let cast = length.checked_sub(1).and_then(|before| all.get(before)) == Some(&Token::DoubleColon);
                let charset = lower != "character" || at.sees("character set");
                if CONSTRAINT_WORDS.contains(&lower.as_str()) && !cast && charset {
                    break;
                }
            }
            _ => {}
        }
        at.next();
        length += 1;
    }
    all.get(..length).unwrap_or_default()
}

/// Whether a default is one value for all rows.
pub(super) fn default_value(expression: &[Token]) -> Value {
    let volatile = expression.iter().enumerate().any(|(index, token)| {
        let Token::Word(word) = token else { return false };
        let called = matches!(expression.get(index + 1), Some(Token::LParen));
        // `'x'::varchar(10)` and `CAST(1 AS numeric(10, 2))` call nothing.
        let before = index.checked_sub(1).and_then(|before| expression.get(before));
        let is_type = before.is_some_and(|before| *before == Token::DoubleColon || is_word(before, "as"));
        called && !is_type && !STABLE.contains(&word.value.to_ascii_lowercase().as_str())
    });
    if volatile { Value::Each } else { Value::Same }
}

/// What follows `GENERATED ALWAYS`.
fn generated(at: &mut Cursor<'_>) -> Option<Value> {
    if !at.eat("as") {
        return None;
    }
    if at.eat("identity") {
        let _ = at.parenthesised();
        return Some(Value::Each);
    }
    at.parenthesised()?;
    if at.eat("stored") {
        return Some(Value::Stored);
    }
    let _ = at.eat("virtual");
    Some(Value::Virtual)
}

/// The table, and the rest of a reference.
fn references(at: &mut Cursor<'_>) -> Option<String> {
    let table = at.name()?;
    let _ = at.parenthesised();
    loop {
        let matched = at.eat("match full") || at.eat("match simple") || at.eat("match partial");
        let acted = (at.eat("on delete") || at.eat("on update")) && {
            let _ = at.eat("no action")
                || at.eat("restrict")
                || at.eat("cascade")
                || at.eat("set null")
                || at.eat("set default");
            let _ = at.parenthesised();
            true
        };
        if !matched && !acted {
            return Some(table);
        }
    }
}

/// A constraint of a table; `None` when it is not understood.
pub(super) fn table_constraint(at: &mut Cursor<'_>) -> Option<Constraint> {
    let name = if at.eat("constraint") { at.name() } else { None };
    let mut constraint = Constraint {
        name,
        kind: ConstraintKind::Check,
        columns: Vec::new(),
        not_valid: false,
        using_index: None,
    };
    if at.sees("primary key") || at.sees("unique") {
        constraint.kind = if at.eat("primary key") {
            ConstraintKind::PrimaryKey
        } else {
            at.eat("unique");
            ConstraintKind::Unique
        };
        let _ = at.eat("nulls not distinct") || at.eat("nulls distinct");
        if at.eat("using index") {
            constraint.using_index = Some(at.ident()?);
        } else {
            // MySQL gives the index a name here.
            let _ = at.eat("key") || at.eat("index");
            if constraint.name.is_none() && at.peek() != Some(&Token::LParen) {
                constraint.name = at.ident();
            }
            constraint.columns = at.columns()?;
        }
    } else if at.eat("foreign key") {
        if at.peek() != Some(&Token::LParen) {
            constraint.name = at.ident();
        }
        constraint.columns = at.columns()?;
        if !at.eat("references") {
            return None;
        }
        constraint.kind = ConstraintKind::References(references(at)?);
    } else if at.eat("check") {
        let inside = at.parenthesised()?;
        constraint.columns = not_null_column(inside).into_iter().collect();
    } else if at.eat("not null") {
        constraint.kind = ConstraintKind::NotNull;
        constraint.columns = vec![at.ident()?];
    } else if at.eat("exclude") {
        constraint.kind = ConstraintKind::Exclude;
    } else {
        return None;
    }
    // What remains are options: which of them is NOT VALID?
    while !at.at_end() {
        if at.eat("not valid") {
            constraint.not_valid = true;
        } else {
            at.next();
        }
    }
    Some(constraint)
}

/// The column of `CHECK (column IS NOT NULL)`, which proves a later `SET NOT NULL`.
fn not_null_column(inside: &[Token]) -> Option<String> {
    let mut inside = inside;
    while let [Token::LParen, middle @ .., Token::RParen] = inside {
        inside = middle;
    }
    let mut at = Cursor::new(inside);
    let column = at.ident()?;
    (at.eat("is not null") && at.at_end()).then_some(column)
}

/// What stands in the parentheses of `CREATE TABLE`.
pub(super) fn table_parts(table: &mut NewTable, inside: &[Token]) -> Option<()> {
    for part in split_commas(inside) {
        let mut at = Cursor::new(part);
        if at.at_end() || at.eat("like") {
            continue;
        }
        if is_constraint(&at) {
            table.constraints.push(table_constraint(&mut at)?);
        } else if !is_mysql_index(part) {
            table.columns.push(column(&mut at)?);
        }
    }
    Some(())
}

/// `KEY name (column)` inside of `CREATE TABLE`.
fn is_mysql_index(part: &[Token]) -> bool {
    let words = ["key", "index", "fulltext", "spatial"];
    let indexed = part.iter().take(4).any(|token| *token == Token::LParen);
    let first = part
        .first()
        .is_some_and(|first| words.into_iter().any(|word| is_word(first, word)));
    // A column of that name has a type behind it: `key varchar(20)`.
    let mut at = Cursor::new(part.get(1..).unwrap_or_default());
    let is_type = Type::read(&mut at).is_some_and(|kind| !kind.numbers.is_empty());
    first && indexed && !is_type
}

/// Whether a table's constraint comes next, and no column.
pub(super) fn is_constraint(at: &Cursor<'_>) -> bool {
    let words = ["constraint", "primary key", "unique", "foreign key", "check", "exclude"];
    words.into_iter().any(|word| at.sees(word))
}
