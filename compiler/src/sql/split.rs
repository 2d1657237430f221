//! A file as statements: where each stands, and which rules the comments before it silence.

use std::cell::Cell;

use loadline_grammar::Span;
use sqlparser::dialect::Dialect;
use sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer, Whitespace};

use super::action::Allowance;

/// One statement: its place, its tokens without spaces and comments, and the comments that silence rules for it.
pub(super) struct Part {
    pub(super) span: Span,
    pub(super) tokens: Vec<Token>,
    pub(super) allows: Vec<Allowance>,
}

/// The statements of a file; and where and why it cannot be cut into them any further, a quote that nobody closes.
pub(super) fn statements(dialect: &dyn Dialect, text: &str, base: u32) -> (Vec<Part>, Option<(Span, String)>) {
    let text = &only_what_runs(text);
    let lines = Lines::new(text, base);
    let mut tokens = Vec::new();
    let stuck = Tokenizer::new(dialect, text).tokenize_with_location_into_buf(&mut tokens);
    let stuck = stuck
        .err()
        .map(|error| (Span::at(lines.position(error.location)), error.message));
    if stuck.is_some() {
        // The statement that it breaks off in is not one.
        let whole = tokens.iter().rposition(|token| token.token == Token::SemiColon);
        tokens.truncate(whole.map_or(0, |last| last + 1));
    }
    let mut parts = Vec::new();
    for piece in tokens.split(|token| token.token == Token::SemiColon) {
        let first = piece.iter().find(|token| !is_space(token));
        let last = piece.iter().rev().find(|token| !is_space(token));
        let (Some(first), Some(last)) = (first, last) else {
            continue;
        };
        parts.push(Part {
            span: Span::new(lines.position(first.span.start), lines.position(last.span.end)),
            tokens: piece
                .iter()
                .filter(|token| !is_space(token))
                .map(|token| token.token.clone())
                .collect(),
            allows: piece.iter().filter_map(|token| allowance(token, &lines)).collect(),
        });
    }
    (parts, stuck)
}

fn is_space(token: &TokenWithSpan) -> bool {
    matches!(token.token, Token::Whitespace(_) | Token::EOF)
}

/// Comments after which a migration tool's file runs only backwards: dbmate, goose, sql-migrate.
const DOWN: &[&str] = &["-- migrate:down", "-- +goose Down", "-- +migrate Down"];

/// The text without what does not run forward, and without commands of psql; every position stays as it is.
fn only_what_runs(text: &str) -> String {
    let (mut down, mut rows) = (false, false);
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim();
        down = match trimmed {
            _ if DOWN.iter().any(|marker| starts_with(trimmed, marker)) => true,
            _ if ["-- migrate:up", "-- +goose Up", "-- +migrate Up"]
                .iter()
                .any(|marker| starts_with(trimmed, marker)) =>
            {
                false
            }
            _ => down,
        };
        if down || rows || trimmed.starts_with('\\') {
            // As many bytes, so that what follows keeps its place; characters do not matter on a line without tokens.
            out.extend(line.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
        } else {
            out.push_str(line);
        }
        // What pg_dump writes behind `COPY … FROM stdin;` are rows, up to `\.`.
        rows =
            trimmed != "\\." && (rows || (!down && starts_with(trimmed, "COPY ") && trimmed.ends_with("FROM stdin;")));
    }
    out
}

/// Whether comments for dbmate, goose or sqlx say that the file is one transaction. Sources: README of dbmate 2 ("Migration
/// options"), of goose 3 ("SQL migrations"), `-- no-transaction` of sqlx 0.8.
pub(super) fn transaction(text: &str) -> Option<bool> {
    let comments = || text.lines().map(str::trim).filter(|line| line.starts_with("--"));
    let without = comments().any(|line| {
        let line = line.to_ascii_lowercase();
        line.contains("no-transaction") || line.contains("no transaction") || line.contains("transaction:false")
    });
    let with = comments().any(|line| starts_with(line, "-- migrate:up") || starts_with(line, "-- +goose Up"));
    if without { Some(false) } else { with.then_some(true) }
}

fn starts_with(line: &str, marker: &str) -> bool {
    line.get(..marker.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(marker))
}

/// `-- loadline: allow RULE "reason"`
fn allowance(token: &TokenWithSpan, lines: &Lines<'_>) -> Option<Allowance> {
    let Token::Whitespace(Whitespace::SingleLineComment { comment, .. }) = &token.token else {
        return None;
    };
    let rest = comment
        .trim()
        .strip_prefix("loadline:")?
        .trim_start()
        .strip_prefix("allow")?
        .trim();
    let (rule, reason) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let reason = reason.trim().trim_matches('"').trim();
    let start = lines.position(token.span.start);
    let length = u32::try_from(comment.trim_end().len() + 2).unwrap_or(0);
    Some(Allowance {
        span: Span::new(start, start.saturating_add(length)),
        rule: rule.to_owned(),
        reason: (!reason.is_empty()).then(|| reason.to_owned()),
    })
}

/// Line and column of the SQL parser to positions of ours.
struct Lines<'t> {
    text: &'t str,
    base: u32,
    starts: Vec<usize>,
    /// Where the last question was answered: questions come in order, and a line may be a whole file.
    last: Cell<Answer>,
}

#[derive(Clone, Copy, Default)]
struct Answer {
    line: usize,
    column: usize,
    offset: usize,
}

impl<'t> Lines<'t> {
    fn new(text: &'t str, base: u32) -> Self {
        let breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        Self {
            text,
            base,
            starts: std::iter::once(0).chain(breaks).collect(),
            last: Cell::default(),
        }
    }

    fn position(&self, location: Location) -> u32 {
        let line = usize::try_from(location.line.saturating_sub(1)).unwrap_or(usize::MAX);
        let column = usize::try_from(location.column.saturating_sub(1)).unwrap_or(usize::MAX);
        let start = self.starts.get(line).copied().unwrap_or(self.text.len());
        let last = self.last.get();
        let (from, known) = if last.line == line && last.column <= column && start <= last.offset {
            (last.offset, last.column)
        } else {
            (start, 0)
        };
        let rest = self.text.get(from..).unwrap_or_default();
        let further = column.saturating_sub(known);
        let offset = from + rest.char_indices().nth(further).map_or(rest.len(), |(at, _)| at);
        self.last.set(Answer { line, column, offset });
        self.base.saturating_add(u32::try_from(offset).unwrap_or(u32::MAX))
    }
}
