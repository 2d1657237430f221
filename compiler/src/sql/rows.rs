//! Statements that read and write rows.

use sqlparser::dialect::Dialect;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::Token;

use super::action::Action;
use super::cursor::{Cursor, is_word, split_commas};
use super::objects::{words, write};
use crate::facts::postgres_locks::Kind;

/// `INSERT`, `UPDATE`, `DELETE` and queries, with a `WITH` before them or not.
pub(super) fn actions(tokens: &[Token]) -> Option<Vec<Action>> {
    let mut at = Cursor::new(tokens);
    if at.sees("with") {
        // The statement itself is the first one that no parenthesis encloses.
        while !at.at_end()
            && !["update", "delete", "insert", "select", "merge"]
                .iter()
                .any(|word| at.sees(word))
        {
            if at.parenthesised().is_none() {
                at.next();
            }
        }
    }
    let limited = tokens
        .iter()
        .any(|token| is_word(token, "limit") || is_word(token, "fetch"));
    if at.eat("update") {
        let _ = at.eat("only");
        let table = at.name()?;
        while !at.at_end() && !at.sees("set") {
            at.next();
        }
        if !at.eat("set") {
            return None;
        }
        let (assignments, unbounded) = assignments(&mut at);
        return Some(vec![write(
            Kind::Update,
            table,
            assigned(assignments)?,
            unbounded && !limited,
        )]);
    }
    if at.eat("delete from") {
        let _ = at.eat("only");
        let table = at.name()?;
        let unbounded = is_unbounded(at.rest());
        return Some(vec![write(Kind::Delete, table, Vec::new(), unbounded && !limited)]);
    }
    if at.eat("insert into") || at.eat("insert ignore into") || at.eat("replace into") || at.eat("merge into") {
        let table = at.name()?;
        let columns = at.columns().unwrap_or_default();
        return Some(vec![write(Kind::Insert, table, columns, false)]);
    }
    if at.sees("select") || at.sees("values") || at.sees("table") {
        let words = words(tokens);
        let locks_rows = tokens
            .windows(2)
            .any(|pair| matches!(pair, [a, b] if is_word(a, "for") && (is_word(b, "update") || is_word(b, "share"))));
        return Some(vec![set_config(tokens).unwrap_or(Action::Query { words, locks_rows })]);
    }
    None
}

/// Whether the parser of queries reads it: then it is of no consequence to any table that is kept track of.
pub(super) fn is_read_by_the_parser(dialect: &dyn Dialect, tokens: &[Token]) -> bool {
    let mut parser = Parser::new(dialect).with_tokens(tokens.to_vec());
    parser.parse_statement().is_ok() && parser.peek_token().token == Token::EOF
}

/// `SELECT set_config('name', 'value', is_local)`.
fn set_config(tokens: &[Token]) -> Option<Action> {
    let mut at = Cursor::new(tokens);
    at.eat("select");
    if !matches!(at.name()?.as_str(), "set_config" | "pg_catalog.set_config") {
        return None;
    }
    let mut inside = Cursor::new(at.parenthesised()?);
    let name = inside.text()?.to_owned();
    inside.eat_token(&Token::Comma);
    let value = inside.text()?.to_owned();
    inside.eat_token(&Token::Comma);
    let local = inside.sees("true");
    Some(Action::Set { name, value, local })
}

/// The assignments behind `SET`, and whether what follows limits the rows.
fn assignments<'t>(at: &mut Cursor<'t>) -> (&'t [Token], bool) {
    let all = at.rest();
    let mut depth = 0_usize;
    let end = all.iter().position(|token| {
        match token {
            Token::LParen => depth += 1,
            Token::RParen => depth = depth.saturating_sub(1),
            _ => {}
        }
        let ends = ["from", "where", "returning", "order", "limit"];
        depth == 0 && ends.into_iter().any(|word| is_word(token, word))
    });
    let end = end.unwrap_or(all.len());
    let (before, behind) = all.split_at_checked(end).unwrap_or((all, &[]));
    (before, is_unbounded(behind))
}

/// `a = 1, (b, c) = (…)`: a, b, c.
fn assigned(assignments: &[Token]) -> Option<Vec<String>> {
    let mut columns = Vec::new();
    for part in split_commas(assignments) {
        let mut at = Cursor::new(part);
        match at.columns() {
            Some(several) => columns.extend(several),
            None => {
                let name = at.name()?;
                columns.push(name.rsplit('.').next().unwrap_or(&name).to_owned());
            }
        }
        if !at.eat_token(&Token::Eq) {
            return None;
        }
    }
    Some(columns)
}

/// Whether nothing behind the table limits the rows: no `WHERE`, or one that only asks what is null, or joins.
fn is_unbounded(tokens: &[Token]) -> bool {
    let mut depth = 0_usize;
    let start = tokens.iter().position(|token| {
        match token {
            Token::LParen => depth += 1,
            Token::RParen => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && is_word(token, "where")
    });
    let Some(condition) = start.and_then(|start| tokens.get(start + 1..)) else {
        return true;
    };
    let end = condition
        .iter()
        .position(|token| is_word(token, "returning"))
        .unwrap_or(condition.len());
    let condition = condition.get(..end).unwrap_or_default();
    condition.split(|token| is_word(token, "and")).all(|part| {
        let mut at = Cursor::new(part);
        if at.name().is_none() {
            return false;
        }
        let null = at.eat("is null") || at.eat("is not null");
        let joined = at.eat_token(&Token::Eq) && at.name().is_some_and(|name| name.contains('.'));
        (null || joined || part.len() == 1) && at.at_end()
    })
}
