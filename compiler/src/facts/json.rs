//! As much JSON as a table of dates needs, with the place of each value.

use loadline_grammar::Span;

/// A value. Numbers, lists and words are only passed over.
#[derive(Clone, Debug)]
pub(crate) enum Json {
    /// A string, its escapes as they are written; the place includes the quotes.
    Text(String, Span),
    /// Names with their places, and values.
    Object(Vec<(String, Span, Json)>, Span),
    /// Anything else.
    Other(Span),
}

impl Json {
    pub(crate) fn span(&self) -> Span {
        match self {
            Self::Text(_, span) | Self::Object(_, span) | Self::Other(span) => *span,
        }
    }

    /// The value of a name in an object.
    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(entries, _) => entries
                .iter()
                .find(|(key, _, _)| key == name)
                .map(|(_, _, value)| value),
            Self::Text(..) | Self::Other(_) => None,
        }
    }
}

/// What is wrong, and where.
type Wrong = (String, Span);

/// Deeper is no table of dates.
const DEPTH_MAX: usize = 16;

pub(crate) fn read(text: &str) -> Result<Json, Wrong> {
    let mut at = Cursor { text, place: 0 };
    let value = at.value(0)?;
    match at.peek() {
        None => Ok(value),
        Some(_) => Err(at.wrong("nothing is expected behind the last `}`")),
    }
}

struct Cursor<'t> {
    text: &'t str,
    place: usize,
}

impl Cursor<'_> {
    /// The next character that is no space.
    fn peek(&mut self) -> Option<char> {
        let rest = self.text.get(self.place..)?;
        let trimmed = rest.trim_start_matches([' ', '\t', '\r', '\n']);
        self.place += rest.len() - trimmed.len();
        trimmed.chars().next()
    }

    fn take(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.place += wanted.len_utf8();
        }
        found
    }

    fn span_from(&self, start: usize) -> Span {
        let place = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
        Span::new(place(start), place(self.place))
    }

    /// At the next character.
    fn wrong(&mut self, message: &str) -> Wrong {
        let next = self.peek().map_or(0, char::len_utf8);
        let start = self.place;
        self.place += next;
        (message.to_owned(), self.span_from(start))
    }

    fn value(&mut self, depth: usize) -> Result<Json, Wrong> {
        match self.peek() {
            _ if DEPTH_MAX < depth => Err(self.wrong("nested too deeply")),
            Some('{') => self.object(depth),
            Some('[') => self.list(depth),
            Some('"') => {
                let start = self.place;
                Ok(Json::Text(self.text()?, self.span_from(start)))
            }
            _ => {
                let start = self.place;
                let rest = self.text.get(start..).unwrap_or_default();
                let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
                let length = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
                if length == 0 {
                    return Err(self.wrong("expected a value"));
                }
                self.place += length;
                Ok(Json::Other(self.span_from(start)))
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json, Wrong> {
        let start = self.place;
        self.take('{');
        let mut entries = Vec::new();
        if !self.take('}') {
            loop {
                if self.peek() != Some('"') {
                    return Err(self.wrong("expected a name in quotes"));
                }
                let at = self.place;
                let key = self.text()?;
                let span = self.span_from(at);
                if !self.take(':') {
                    return Err(self.wrong("expected `:`"));
                }
                entries.push((key, span, self.value(depth + 1)?));
                if self.take('}') {
                    break;
                }
                if !self.take(',') {
                    return Err(self.wrong("expected `,` or `}`"));
                }
            }
        }
        Ok(Json::Object(entries, self.span_from(start)))
    }

    fn list(&mut self, depth: usize) -> Result<Json, Wrong> {
        let start = self.place;
        self.take('[');
        if !self.take(']') {
            loop {
                self.value(depth + 1)?;
                if self.take(']') {
                    break;
                }
                if !self.take(',') {
                    return Err(self.wrong("expected `,` or `]`"));
                }
            }
        }
        Ok(Json::Other(self.span_from(start)))
    }

    /// A string; the cursor is at its quote.
    fn text(&mut self) -> Result<String, Wrong> {
        let start = self.place;
        let rest = self.text.get(start + 1..).unwrap_or_default();
        let mut escaped = false;
        for (offset, character) in rest.char_indices() {
            match character {
                '\n' => break,
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => {
                    self.place = start + 1 + offset + 1;
                    return Ok(rest.get(..offset).unwrap_or_default().to_owned());
                }
                _ => {}
            }
        }
        Err(self.wrong("the string has no end"))
    }
}
