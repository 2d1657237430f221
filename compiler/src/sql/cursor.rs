//! A walk over the tokens of one statement.

use sqlparser::tokenizer::{Token, Word};

/// The tokens of a statement without spaces and comments, and how far they are read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'t> {
    rest: &'t [Token],
}

impl<'t> Cursor<'t> {
    pub(super) const fn new(tokens: &'t [Token]) -> Self {
        Self { rest: tokens }
    }

    pub(super) fn peek(&self) -> Option<&'t Token> {
        self.rest.first()
    }

    pub(super) fn at_end(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn next(&mut self) -> Option<&'t Token> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(first)
    }

    /// What is left.
    pub(super) fn rest(&self) -> &'t [Token] {
        self.rest
    }

    /// Whether these words come next.
    pub(super) fn sees(&self, words: &str) -> bool {
        let mut tokens = self.rest.iter();
        words
            .split(' ')
            .all(|word| tokens.next().is_some_and(|token| is_word(token, word)))
    }

    /// Reads these words, if they come next.
    pub(super) fn eat(&mut self, words: &str) -> bool {
        let seen = self.sees(words);
        if seen {
            self.rest = self.rest.get(words.split(' ').count()..).unwrap_or_default();
        }
        seen
    }

    pub(super) fn eat_token(&mut self, wanted: &Token) -> bool {
        let seen = self.peek() == Some(wanted);
        if seen {
            self.next();
        }
        seen
    }

    /// A name without its schema.
    pub(super) fn ident(&mut self) -> Option<String> {
        let Some(Token::Word(word)) = self.peek() else {
            return None;
        };
        self.next();
        Some(folded(word))
    }

    /// A name with its schema, if it has one. `public` is where PostgreSQL looks first, so `public.users` and `users` are one.
    pub(super) fn name(&mut self) -> Option<String> {
        let mut parts = vec![self.ident()?];
        while self.eat_token(&Token::Period) {
            parts.push(self.ident()?);
        }
        if 1 < parts.len() && parts.first().is_some_and(|first| first == "public") {
            parts.remove(0);
        }
        Some(parts.join("."))
    }

    /// Names with commas between them.
    pub(super) fn names(&mut self) -> Option<Vec<String>> {
        let mut names = vec![self.name()?];
        while self.eat_token(&Token::Comma) {
            names.push(self.name()?);
        }
        Some(names)
    }

    /// What stands in the parentheses that come next.
    pub(super) fn parenthesised(&mut self) -> Option<&'t [Token]> {
        if self.peek() != Some(&Token::LParen) {
            return None;
        }
        let mut depth = 0_usize;
        let end = self.rest.iter().position(|token| {
            match token {
                Token::LParen => depth += 1,
                Token::RParen => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth == 0
        })?;
        let inside = self.rest.get(1..end)?;
        self.rest = self.rest.get(end + 1..)?;
        Some(inside)
    }

    /// Column names in parentheses; expressions among them are left out.
    pub(super) fn columns(&mut self) -> Option<Vec<String>> {
        let inside = self.parenthesised()?;
        let columns = split_commas(inside).into_iter().filter_map(|part| match part {
            [Token::Word(word), rest @ ..] if !matches!(rest.first(), Some(Token::LParen)) => Some(folded(word)),
            _ => None,
        });
        Some(columns.collect())
    }

    /// Text in quotes.
    pub(super) fn text(&mut self) -> Option<&'t str> {
        match self.peek()? {
            Token::SingleQuotedString(text) | Token::EscapedStringLiteral(text) => {
                self.next();
                Some(text)
            }
            _ => None,
        }
    }
}

/// The parts between commas that no parenthesis encloses.
pub(super) fn split_commas(tokens: &[Token]) -> Vec<&[Token]> {
    let mut depth = 0_usize;
    tokens
        .split(|token| {
            match token {
                Token::LParen | Token::LBracket => depth += 1,
                Token::RParen | Token::RBracket => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth == 0 && *token == Token::Comma
        })
        .collect()
}

/// Whether a token is this word, unquoted.
pub(super) fn is_word(token: &Token, word: &str) -> bool {
    matches!(token, Token::Word(found) if found.quote_style.is_none() && found.value.eq_ignore_ascii_case(word))
}

/// PostgreSQL folds names that are not quoted to lower case; quoted ones stay.
pub(super) fn folded(word: &Word) -> String {
    if word.quote_style.is_some() {
        word.value.clone()
    } else {
        word.value.to_ascii_lowercase()
    }
}
