//! Configuration, secrets, files and volumes of an instance.

use loadline_grammar::Span;
use loadline_grammar::ast::{Value, ValueKind};

use super::parts::{EnvName, SecretSource};
use super::thing::ThingId;
use crate::lower::{Cx, Head, HeadField, InstancePath, Name, Piece, ProjectPath, Scalar, Text, Val, Walk, report_kind};
use crate::quantity::{Amount, Bytes};
use crate::schema::{Kind, block, words};

/// A text that may contain references to other values of the model.
///
/// `env PORT 3000` is the text `3000`; `env PEER api.http.url` and `env PEER "${api.http.url}/v1"` refer to an address,
/// which each target writes as its own network calls it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// Joined, they are the text.
    pub parts: Vec<TemplatePart>,
}

/// A part of a [`Template`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TemplatePart {
    /// As it stands.
    Text(String),
    /// A reference that is not resolved yet. After resolution only those are left that could not be (reported).
    Path {
        /// `self.http.port`
        path: String,
        /// Where.
        span: Span,
    },
    /// The address of a thing; what it is depends on the network of the target.
    Address(Address),
}

/// `api.http.url`, `orders-db.host`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Whose.
    pub thing: ThingId,
    /// Which of a workload's listeners, by its place.
    pub listener: usize,
    /// Which part of it.
    pub facet: Facet,
    /// Whether the workload speaks of itself: then the port is that inside the instance.
    pub own: bool,
    /// As it is written: `api.http.url`.
    pub path: String,
    /// Where the reference stands.
    pub span: Span,
}

/// A part of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Facet {
    /// The name that clients connect to.
    Host,
    /// The port that clients connect to.
    Port,
    /// Both, with the scheme.
    Url,
}

impl Template {
    /// A plain text.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            parts: vec![TemplatePart::Text(text.into())],
        }
    }

    /// The text, if it refers to nothing.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [TemplatePart::Text(text)] => Some(text),
            _ => None,
        }
    }
}

impl TemplatePart {
    /// The words of a plain text; none of a reference.
    pub(crate) fn words(&self) -> std::str::SplitWhitespace<'_> {
        match self {
            Self::Text(text) => text.split_whitespace(),
            Self::Path { .. } | Self::Address(_) => "".split_whitespace(),
        }
    }
}

impl Scalar for Template {
    const KIND: Kind = Kind::new("a value, or a reference to one", "self.http.port");

    fn read(value: &Value<'_>, cx: &mut Cx<'_>) -> Option<Self> {
        let value = cx.follow(value)?;
        match &value.kind {
            ValueKind::Word(word) if word.contains('.') => Some(Self {
                parts: vec![TemplatePart::Path {
                    path: (*word).to_owned(),
                    span: value.span,
                }],
            }),
            ValueKind::Word(text) | ValueKind::Number(text) | ValueKind::Quantity(text) | ValueKind::Version(text) => {
                Some(Self::text(*text))
            }
            ValueKind::Text(_) | ValueKind::LongText(_) => {
                let pieces = crate::lower::text_pieces(value, &Self::KIND, cx)?;
                let parts = pieces.into_iter().map(|piece| match piece {
                    Piece::Literal(text) => Some(TemplatePart::Text(text)),
                    Piece::Name(path, span) if path.contains('.') => Some(TemplatePart::Path { path, span }),
                    Piece::Name(name, span) => cx.let_text(&name, span).map(TemplatePart::Text),
                });
                let parts: Option<Vec<TemplatePart>> = parts.collect();
                parts.map(|parts| Self { parts: joined(parts) })
            }
            _ => {
                report_kind(value, &Self::KIND, cx);
                None
            }
        }
    }

    fn show(&self) -> String {
        match self.as_text() {
            Some(text) => Text(text.to_owned()).show(),
            None => {
                let parts = self.parts.iter().map(|part| match part {
                    TemplatePart::Text(text) => text.clone(),
                    TemplatePart::Path { path, .. } => format!("${{{path}}}"),
                    TemplatePart::Address(address) => format!("${{{}}}", address.path),
                });
                format!("\"{}\"", parts.collect::<String>())
            }
        }
    }
}

/// Neighbouring texts as one.
pub(crate) fn joined(parts: Vec<TemplatePart>) -> Vec<TemplatePart> {
    let mut out: Vec<TemplatePart> = Vec::new();
    for part in parts {
        match (out.last_mut(), part) {
            (Some(TemplatePart::Text(before)), TemplatePart::Text(text)) => before.push_str(&text),
            (_, part) => out.push(part),
        }
    }
    out
}

impl Facet {
    /// As it is written in a reference.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Port => "port",
            Self::Url => "url",
        }
    }

    /// The facet that a word names.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Host, Self::Port, Self::Url]
            .into_iter()
            .find(|facet| facet.word() == word)
    }
}

block! {
    /// A secret in the environment, by reference. The secret itself never stands in a spec or in an output.
    pub struct Secret("secret") {
        head {
            /// The environment variable.
            name: Val<EnvName>,
            /// `"vault:path#key"`, `"env:NAME"`, `"file:/path"` or `"k8s:NAME#KEY"`.
            "from" source: Val<SecretSource>,
        }
    }
}

words! {
    /// The type of a configuration value.
    pub enum ConfigType("a type") {
        /// Any text.
        String = "string",
        /// A whole number.
        Integer = "integer",
        /// A number.
        Number = "number",
        /// `true` or `false`.
        Boolean = "boolean",
        /// A length of time with its unit.
        Duration = "duration",
        /// A URL.
        Url = "url",
    }
}

block! {
    /// A variable that the process validates when it starts; checked here for every environment.
    pub struct Config("config") {
        head {
            /// The environment variable.
            name: Val<EnvName>,
            /// Its type.
            kind: Val<ConfigType>,
        }
        /// What it is when `env` does not set it.
        default: Option<Val<Template>>,
        /// Least value.
        min: Option<Val<Amount>>,
        /// Largest value.
        max: Option<Val<Amount>>,
        /// The only values.
        one_of: Option<Val<Vec<Template>>>,
    }
}

words! {
    /// What keeps the data of a volume.
    pub enum VolumeKind("a kind of volume") {
        /// Gone with the instance.
        Scratch = "scratch",
        /// Stays when the instance is replaced; makes the workload stateful.
        Persistent = "persistent",
        /// In memory, and counted there.
        Memory = "memory",
    }
}

block! {
    /// A path that may be written. The rest of the file system is read-only.
    pub struct Volume("volume") {
        head {
            /// Name of the volume.
            name: Val<Name>,
            /// Where it is mounted.
            path: Val<InstancePath>,
        }
        /// How much it holds.
        size: Option<Val<Bytes>>,
        /// What keeps the data.
        kind: Val<VolumeKind> = VolumeKind::Scratch,
    }
}

block! {
    /// A configuration file that is mounted; a change of it rolls the workload.
    pub struct File("file") {
        head {
            /// Where it is mounted.
            path: Val<InstancePath>,
            /// A file of the project, or `secret "vault:…"`.
            "from" source: FileSource,
        }
    }
}

/// Where a mounted file comes from.
#[derive(Clone, Debug)]
pub enum FileSource {
    /// A file of the project.
    Local(Val<ProjectPath>),
    /// A secret.
    Secret(Val<SecretSource>),
}

impl HeadField for FileSource {
    const KIND: Kind =
        Kind::new("a file of the project", "\"config/app.json\"").or(&[("secret", "A secret by reference.")]);
    const OPTIONAL: bool = false;

    fn take(head: &mut Head<'_>, keyword: Option<&'static str>, cx: &mut Cx<'_>) -> Option<Self> {
        if keyword.is_some_and(|keyword| !head.keyword(keyword)) {
            head.missing(Self::KIND, cx);
            return None;
        }
        if head.keyword("secret") {
            return HeadField::take(head, None, cx).map(Self::Secret);
        }
        HeadField::take(head, None, cx).map(Self::Local)
    }

    fn walk(&self, keyword: Option<&str>, name: &str, to: &mut dyn Walk) {
        match self {
            Self::Local(path) => HeadField::walk(path, keyword, name, to),
            Self::Secret(source) => HeadField::walk(source, keyword, name, to),
        }
    }
}
