//! pest's tokens to the syntax tree, one function per rule.
//!
//! The tree is built from the flat run of start and end tokens rather than from nested pairs: measured, that is twice
//! as fast, and it reads the same.

use pest::Token;
use pest::iterators::{Pairs, Tokens};

use crate::ast::{Block, Comment, Comparison, Entry, Item, Key, List, Value, ValueKind};
use crate::parser::Rule;
use crate::span::Span;

/// The text of the file, and where it stands in the address space of spans.
#[derive(Clone, Copy)]
pub(crate) struct Source<'t> {
    pub(crate) text: &'t str,
    pub(crate) base: u32,
    /// Where the slice given to pest starts in the text.
    pub(crate) offset: usize,
}

impl<'t> Source<'t> {
    pub(crate) fn span(self, start: usize, end: usize) -> Span {
        Span::new(self.position(start), self.position(end))
    }

    /// A file is at most 4 MiB, so an offset always fits; saturating keeps a broken promise from panicking.
    fn position(self, offset: usize) -> u32 {
        self.base.saturating_add(u32::try_from(offset).unwrap_or(u32::MAX))
    }

    fn slice(self, start: usize, end: usize) -> &'t str {
        self.text.get(start..end).unwrap_or_default()
    }

    fn line_breaks(self, start: usize, end: usize) -> usize {
        let between = self.text.as_bytes().get(start..end).unwrap_or_default();
        between.iter().filter(|&&byte| byte == b'\n').count()
    }
}

/// The tokens of one parsed slice, with positions in the whole text.
pub(crate) struct Cursor<'t> {
    source: Source<'t>,
    tokens: Tokens<'t, Rule>,
}

enum Step {
    Start(Rule, usize),
    End(usize),
}

impl<'t> Cursor<'t> {
    pub(crate) fn new(source: Source<'t>, pairs: Pairs<'t, Rule>) -> Self {
        Self {
            source,
            tokens: pairs.tokens(),
        }
    }

    /// The next child of the rule that is open, or where that rule ends. A leaf's start is followed by its end.
    fn step(&mut self) -> Option<Step> {
        Some(match self.tokens.next()? {
            Token::Start { rule, pos } => Step::Start(rule, self.source.offset + pos.pos()),
            Token::End { pos, .. } => Step::End(self.source.offset + pos.pos()),
        })
    }

    /// The end of the leaf that was just started at `start`.
    fn leaf(&mut self, start: usize) -> usize {
        match self.step() {
            Some(Step::End(end)) => end,
            // A leaf has no children.
            _ => start,
        }
    }
}

/// Builds the entries of one level (the file, or a block) and gives each comment to the entry it belongs to.
#[derive(Default)]
pub(crate) struct Level<'t> {
    entries: Vec<Entry<'t>>,
    waiting: Vec<Comment<'t>>,
    /// Where the last thing of this level ended, as an offset into the file.
    last_end: usize,
    /// Whether anything stood on this level yet.
    started: bool,
}

impl<'t> Level<'t> {
    fn starting_at(start: usize) -> Self {
        Self {
            last_end: start,
            ..Self::default()
        }
    }

    /// Takes a parsed chunk: entries and comments.
    pub(crate) fn take_chunk(&mut self, source: Source<'t>, pairs: Pairs<'t, Rule>) {
        let mut at = Cursor::new(source, pairs);
        // The chunk itself.
        at.step();
        self.take(&mut at);
    }

    /// Takes entries and comments up to the end of the rule that holds them, and says where that is.
    fn take(&mut self, at: &mut Cursor<'t>) -> usize {
        loop {
            let (rule, start) = match at.step() {
                Some(Step::Start(rule, start)) => (rule, start),
                Some(Step::End(end)) => return end,
                None => return self.last_end,
            };
            let breaks = at.source.line_breaks(self.last_end, start);
            let spaced = self.started && 1 < breaks;
            match rule {
                Rule::comment => {
                    let comment = comment(at, start, spaced);
                    self.last_end = start + comment.text.len();
                    self.comment(comment, breaks);
                }
                Rule::entry => {
                    let (mut entry, end) = entry(at, start);
                    entry.spaced = spaced;
                    entry.lead = std::mem::take(&mut self.waiting);
                    self.entries.push(entry);
                    self.last_end = end;
                }
                _ => {
                    // The end of the input.
                    at.leaf(start);
                    continue;
                }
            }
            self.started = true;
        }
    }

    fn comment(&mut self, comment: Comment<'t>, breaks: usize) {
        match self.entries.last_mut() {
            Some(last) if breaks == 0 && self.waiting.is_empty() && last.trail.is_none() => last.trail = Some(comment),
            _ => self.waiting.push(comment),
        }
    }

    pub(crate) fn push(&mut self, entry: Entry<'t>, end: usize) {
        self.entries.push(entry);
        self.last_end = end;
        self.started = true;
    }

    pub(crate) fn finish(mut self) -> (Vec<Entry<'t>>, Vec<Comment<'t>>) {
        // Nothing comes after this, and the tree is kept to the end: half of the room would stay empty.
        self.entries.shrink_to_fit();
        (self.entries, self.waiting)
    }
}

/// The key and values of an entry that was parsed without its block.
pub(crate) fn head<'t>(source: Source<'t>, pairs: Pairs<'t, Rule>) -> Entry<'t> {
    let mut at = Cursor::new(source, pairs);
    at.step();
    entry(&mut at, source.offset).0
}

/// A value that was parsed by itself.
pub(crate) fn single<'t>(source: Source<'t>, pairs: Pairs<'t, Rule>) -> Option<Value<'t>> {
    let mut at = Cursor::new(source, pairs);
    at.step();
    match at.step() {
        Some(Step::Start(rule, start)) => Some(value(&mut at, rule, start)),
        _ => None,
    }
}

fn comment<'t>(at: &mut Cursor<'t>, start: usize, spaced: bool) -> Comment<'t> {
    let end = at.leaf(start);
    Comment {
        span: at.source.span(start, end),
        text: at.source.slice(start, end).trim_end(),
        spaced,
    }
}

/// `entry` or `head`: both are a key, values and perhaps a block.
fn entry<'t>(at: &mut Cursor<'t>, start: usize) -> (Entry<'t>, usize) {
    let mut key_found = None;
    let mut values = Vec::new();
    let mut block_found = None;
    let end = loop {
        match at.step() {
            Some(Step::Start(Rule::key, start)) => key_found = Some(key(at, start)),
            Some(Step::Start(Rule::block, start)) => block_found = Some(block(at, start)),
            Some(Step::Start(Rule::EOI, start)) => _ = at.leaf(start),
            Some(Step::Start(rule, start)) => {
                if values.is_empty() {
                    // One is the usual number; a `Vec` left to itself begins with room for four.
                    values.reserve_exact(1);
                }
                values.push(value(at, rule, start));
            }
            Some(Step::End(end)) => break end,
            None => break start,
        }
    };
    let span = at.source.span(start, end);
    // The grammar begins every entry with a key.
    let key = key_found.unwrap_or(Key {
        span,
        text: "",
        quoted: false,
    });
    (
        Entry {
            span,
            key,
            values,
            block: block_found,
            lead: Vec::new(),
            trail: None,
            spaced: false,
        },
        end,
    )
}

fn key<'t>(at: &mut Cursor<'t>, start: usize) -> Key<'t> {
    let end = at.leaf(start);
    let span = at.source.span(start, end);
    let text = at.source.slice(start, end);
    match unquote(text, "\"") {
        Some(inner) => Key {
            span,
            text: inner,
            quoted: true,
        },
        None => Key {
            span,
            text,
            quoted: false,
        },
    }
}

fn block<'t>(at: &mut Cursor<'t>, start: usize) -> Block<'t> {
    let mut level = Level::starting_at(start);
    let end = level.take(at);
    let (entries, tail) = level.finish();
    let inline = at.source.line_breaks(start, end) == 0;
    Block {
        span: at.source.span(start, end),
        entries,
        tail,
        inline,
    }
}

fn value<'t>(at: &mut Cursor<'t>, rule: Rule, start: usize) -> Value<'t> {
    match rule {
        Rule::numeric => return numeric(at, start),
        Rule::list => return list(at, start),
        _ => {}
    }
    let end = at.leaf(start);
    let text = at.source.slice(start, end);
    let kind = match rule {
        Rule::text => match unquote(text, "\"\"\"") {
            Some(long) => ValueKind::LongText(long),
            None => ValueKind::Text(unquote(text, "\"").unwrap_or(text)),
        },
        Rule::number => number(text),
        Rule::reference => ValueKind::Reference(text.trim_start_matches('$')),
        Rule::comparison => ValueKind::Comparison(comparison(text)),
        _ => ValueKind::Word(text),
    };
    Value {
        span: at.source.span(start, end),
        kind,
    }
}

fn unquote<'t>(text: &'t str, quote: &str) -> Option<&'t str> {
    // `""` is an empty string, not a `"` that opens and closes itself.
    text.strip_prefix(quote)?.strip_suffix(quote)
}

/// Longest match first, as the language says: quantity, version, number.
fn number(text: &str) -> ValueKind<'_> {
    let digits = |byte: u8| byte.is_ascii_digit() || byte == b'_' || byte == b'.';
    if !text.bytes().all(digits) {
        ValueKind::Quantity(text)
    } else if 1 < text.bytes().filter(|&byte| byte == b'.').count() {
        ValueKind::Version(text)
    } else {
        ValueKind::Number(text)
    }
}

/// One bound is that bound; two are a range.
fn numeric<'t>(at: &mut Cursor<'t>, start: usize) -> Value<'t> {
    let mut first = None;
    loop {
        match (at.step(), first.take()) {
            (Some(Step::Start(rule, from)), None) => first = Some(value(at, rule, from)),
            (Some(Step::Start(rule, from)), Some(low)) => {
                let high = value(at, rule, from);
                let end = at.leaf(start);
                return Value {
                    span: at.source.span(start, end),
                    kind: ValueKind::Range(Box::new((low, high))),
                };
            }
            (_, Some(only)) => return only,
            // The grammar gives a numeric at least one bound.
            (_, None) => {
                return Value {
                    span: at.source.span(start, start),
                    kind: ValueKind::Word(""),
                };
            }
        }
    }
}

fn list<'t>(at: &mut Cursor<'t>, start: usize) -> Value<'t> {
    let mut items: Vec<Item<'t>> = Vec::new();
    let mut waiting = Vec::new();
    let mut last_end = start;
    let end = loop {
        let (rule, start) = match at.step() {
            Some(Step::Start(rule, start)) => (rule, start),
            Some(Step::End(end)) => break end,
            None => break last_end,
        };
        let breaks = at.source.line_breaks(last_end, start);
        if rule == Rule::comment {
            let comment = comment(at, start, 1 < breaks && !items.is_empty());
            last_end = start + comment.text.len();
            match items.last_mut() {
                Some(last) if breaks == 0 && waiting.is_empty() && last.trail.is_none() => last.trail = Some(comment),
                _ => waiting.push(comment),
            }
        } else {
            let value = value(at, rule, start);
            last_end = start + value.span.len() as usize;
            items.push(Item {
                value,
                lead: std::mem::take(&mut waiting),
                trail: None,
            });
        }
    };
    let kind = ValueKind::List(List { items, tail: waiting });
    Value {
        span: at.source.span(start, end),
        kind,
    }
}

fn comparison(text: &str) -> Comparison {
    match text {
        "<" => Comparison::Less,
        "<=" => Comparison::AtMost,
        ">=" => Comparison::AtLeast,
        ">" => Comparison::Greater,
        _ => Comparison::Equal,
    }
}
