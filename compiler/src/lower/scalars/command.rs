//! What a process is started with.

use loadline_grammar::ast::{Value, ValueKind};

use super::texts::Text;
use crate::lower::{Cx, Scalar};
use crate::schema::Kind;

/// `"dist/server.mjs"`, or a list of arguments. Never passed through a shell.
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
        Text::read(value, cx).map(|text| Self::File(text.0))
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
