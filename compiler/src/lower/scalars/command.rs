//! What a process is started with.

use loadline_grammar::ast::{Value, ValueKind};

use super::texts::Text;
use crate::diagnostic::Diagnostic;
use crate::lower::{Cx, Scalar};
use crate::rules::syntax;
use crate::schema::Kind;

/// `"dist/server.mjs"`, or a list of arguments, which may be written as one string with spaces. Never passed through a shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// One word: a file that the runtime starts, or an executable.
    File(String),
    /// An argument vector, the program first.
    Arguments(Vec<String>),
}

impl Command {
    /// The words as written.
    #[must_use]
    pub fn words(&self) -> &[String] {
        match self {
            Self::File(file) => std::slice::from_ref(file),
            Self::Arguments(words) => words,
        }
    }
}

impl Scalar for Command {
    const KIND: Kind = Kind::new("a string or a list of strings", "\"dist/server.mjs\"");

    fn read(value: &Value<'_>, cx: &mut Cx<'_>) -> Option<Self> {
        let value = cx.follow(value)?;
        if let ValueKind::List(_) = &value.kind {
            return Vec::<Text>::read(value, cx)
                .map(|texts| Self::Arguments(texts.into_iter().map(|text| text.0).collect()));
        }
        let line = Text::read(value, cx)?.0;
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        if words.len() < 2 {
            return Some(Self::File(line));
        }
        // What a shell would make of these cannot be known, and no shell will be there.
        if line.contains(['\'', '"', '\\', '`', '$']) {
            let found = Diagnostic::new(
                &syntax::wrong_unit::RULE,
                "quotes and escapes mean nothing here: no shell reads this line",
                value.span,
                "one string is split at spaces",
            );
            cx.report(found.help("write a list: `[\"program\", \"argument with spaces\"]`"));
            return None;
        }
        Some(Self::Arguments(words))
    }

    fn show(&self) -> String {
        match self {
            Self::File(file) => super::texts::quoted(file),
            Self::Arguments(words) => {
                format!(
                    "[{}]",
                    words
                        .iter()
                        .map(|word| super::texts::quoted(word))
                        .collect::<Vec<_>>()
                        .join(", ")
                )
            }
        }
    }
}
