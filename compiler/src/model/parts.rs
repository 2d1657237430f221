//! References by kind, and small parts that several blocks share.

use loadline_grammar::ast::{Comparison, Value, ValueKind};

use super::thing::{ThingId, ThingKind};
use crate::diagnostic::Diagnostic;
use crate::lower::{Cx, Head, HeadField, RefTo, Scalar, Text, Val, Walk, quoted, report_kind};
use crate::rules::syntax;
use crate::schema::{Kind, block};

macro_rules! references {
    ($( $(#[doc = $doc:literal])+ $name:ident: $wanted:literal, [$($kind:ident),+]; )+) => {
        $(
            $(#[doc = $doc])+
            #[derive(Clone, Copy, Debug)]
            pub enum $name {}

            impl RefTo for $name {
                const WANTED: &'static str = $wanted;
                const KINDS: &'static [ThingKind] = &[$( ThingKind::$kind ),+];
            }
        )+
    };
}

references! {
    /// To what a pool is opened to.
    ToClientOf: "a database or cache", [Database, Cache];
    /// To a database.
    ToDatabase: "a database", [Database];
    /// To a cache.
    ToCache: "a cache", [Cache];
    /// To a queue.
    ToQueue: "a queue", [Queue];
    /// To what carries messages between instances.
    ToPubSub: "a cache or queue", [Cache, Queue];
    /// To shared configuration.
    ToConfigSet: "a config_set", [ConfigSet];
    /// To where workloads run.
    ToPlace: "a host or cluster", [Host, Cluster];
    /// To where a store lives.
    ToStorePlace: "a cache or host", [Cache, Host];
    /// To what has revisions.
    ToWorkload: "a service, worker or job", [Service, Worker, Job];
    /// To what is replaced by rollouts.
    ToRolledOut: "a service or worker", [Service, Worker];
    /// To what can be sent something from outside.
    ToReceiver: "a service, worker, site, gateway or queue", [Service, Worker, Site, Gateway, Queue];
    /// To what others depend on and can lose.
    ToFailing: "a service, worker, site, gateway or store",
        [Service, Worker, Site, Gateway, Database, Cache, Queue, External];
    /// To what traffic passes.
    ToGateway: "a gateway", [Gateway];
    /// To anything that may be up or down.
    ToDependency: "a service, worker, site, gateway or store",
        [Service, Worker, Job, Site, Gateway, Database, Cache, Queue, External];
    /// To any thing at all.
    ToAnything: "a thing of this project",
        [Service, Worker, Job, Site, Gateway, ConfigSet, Database, Cache, Queue, External, Host, Cluster];
}

/// `api` or `api.http`: a thing that can be called, and which of its listeners.
#[derive(Clone, Debug)]
pub struct Callee {
    /// Which thing.
    pub id: ThingId,
    /// Its name.
    pub name: String,
    /// The listener, where one is named.
    pub listener: Option<String>,
}

impl Scalar for Callee {
    const KIND: Kind = Kind::new("a service, site or external, or a listener of a service", "api.http");

    fn read(value: &Value<'_>, cx: &mut Cx<'_>) -> Option<Self> {
        let value = cx.follow(value)?;
        let ValueKind::Word(text) = &value.kind else {
            report_kind(value, &Self::KIND, cx);
            return None;
        };
        let (name, listener) = match text.split_once('.') {
            Some((name, listener)) => (name, Some(listener.to_owned())),
            None => (*text, None),
        };
        let kinds = &[
            ThingKind::Service,
            ThingKind::Site,
            ThingKind::External,
            ThingKind::Worker,
        ];
        let id = cx.thing(name, value.span, kinds, "a service, site or external")?;
        Some(Self {
            id,
            name: name.to_owned(),
            listener,
        })
    }

    fn show(&self) -> String {
        match &self.listener {
            Some(listener) => format!("{}.{listener}", self.name),
            None => self.name.clone(),
        }
    }
}

/// The name of an environment variable.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EnvName(pub String);

impl Scalar for EnvName {
    const KIND: Kind = Kind::new("the name of an environment variable", "DATABASE_URL");

    fn read(value: &Value<'_>, cx: &mut Cx<'_>) -> Option<Self> {
        let value = cx.follow(value)?;
        let (ValueKind::Word(text) | ValueKind::Text(text)) = &value.kind else {
            report_kind(value, &Self::KIND, cx);
            return None;
        };
        if !is_env_name(text) {
            let message = format!("`{text}` cannot be the name of an environment variable");
            let label = "letters, digits and `_`, not beginning with a digit";
            cx.report(Diagnostic::new(
                &syntax::value_out_of_range::RULE,
                message,
                value.span,
                label,
            ));
            return None;
        }
        Some(Self((*text).to_owned()))
    }

    fn show(&self) -> String {
        self.0.clone()
    }
}

/// Whether every shell and platform takes it: `[A-Za-z_][A-Za-z0-9_]*`.
#[must_use]
pub fn is_env_name(text: &str) -> bool {
    let first = text
        .bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    first && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// A reference to a secret; never the secret itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSource {
    /// `vault:path#key`: a secret manager; on Kubernetes a Secret of the workload's name is expected to be synced from it.
    Vault {
        /// Path in the manager.
        path: String,
        /// Key in the secret.
        key: String,
    },
    /// `env:NAME`: the environment of whoever starts the process.
    Env(String),
    /// `file:/path`: a file on the machine.
    File(String),
    /// `k8s:NAME#KEY`: a Kubernetes Secret that exists.
    Kubernetes {
        /// The Secret's name.
        name: String,
        /// The key in it.
        key: String,
    },
    /// None of these: most likely the secret itself. A rule refuses it; outputs never contain it.
    Literal,
}

impl SecretSource {
    /// Reads `scheme:rest`.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let Some((scheme, rest)) = text.split_once(':') else {
            return Self::Literal;
        };
        match (scheme, rest.split_once('#')) {
            ("vault", Some((path, key))) if !path.is_empty() && !key.is_empty() => Self::Vault {
                path: path.to_owned(),
                key: key.to_owned(),
            },
            ("k8s", Some((name, key))) if !name.is_empty() && !key.is_empty() => Self::Kubernetes {
                name: name.to_owned(),
                key: key.to_owned(),
            },
            ("env", None) if is_env_name(rest) => Self::Env(rest.to_owned()),
            ("file", None) if rest.starts_with('/') && !rest.contains(char::is_control) => Self::File(rest.to_owned()),
            _ => Self::Literal,
        }
    }
}

impl Scalar for SecretSource {
    const KIND: Kind = Kind::new("a reference to a secret", "\"vault:shop/api#database_url\"");

    fn read(value: &Value<'_>, cx: &mut Cx<'_>) -> Option<Self> {
        Text::read(value, cx).map(|text| Self::parse(&text))
    }

    fn show(&self) -> String {
        match self {
            Self::Vault { path, key } => quoted(&format!("vault:{path}#{key}")),
            Self::Env(name) => quoted(&format!("env:{name}")),
            Self::File(path) => quoted(&format!("file:{path}")),
            Self::Kubernetes { name, key } => quoted(&format!("k8s:{name}#{key}")),
            Self::Literal => "(not shown)".to_owned(),
        }
    }
}

/// A word or string that is not from a fixed list: engine names, priority classes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Word(pub String);

impl std::ops::Deref for Word {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Scalar for Word {
    const KIND: Kind = Kind::new("a word", "postgres");

    fn read(value: &Value<'_>, cx: &mut Cx<'_>) -> Option<Self> {
        let value = cx.follow(value)?;
        match &value.kind {
            ValueKind::Word(word) => Some(Self((*word).to_owned())),
            ValueKind::Text(_) => Text::read(value, cx).map(|text| Self(text.0)),
            _ => {
                report_kind(value, &Self::KIND, cx);
                None
            }
        }
    }

    fn show(&self) -> String {
        self.0.clone()
    }
}

impl HeadField for Val<Comparison> {
    const KIND: Kind = Kind::new("a comparison", ">=");
    const OPTIONAL: bool = false;

    fn take(head: &mut Head<'_>, _keyword: Option<&'static str>, cx: &mut Cx<'_>) -> Option<Self> {
        let Some(value) = head.next() else {
            head.missing(Self::KIND, cx);
            return None;
        };
        let ValueKind::Comparison(comparison) = value.kind else {
            report_kind(value, &Self::KIND, cx);
            head.fail();
            return None;
        };
        Some(Self::written(comparison, value.span))
    }

    fn walk(&self, _keyword: Option<&str>, name: &str, to: &mut dyn Walk) {
        to.value(name, &Word(self.value.symbol().to_owned()), self.span, self.from);
    }
}

block! {
    /// Silences one rule for this thing. The reason is required, and reported with `check --format json`.
    pub struct Allow("allow") {
        head {
            /// The rule's name or code: `pool-near-limit`, `LL202`.
            rule: Val<Word>,
            /// Why this is right here.
            reason: Option<Val<Text>>,
        }
    }
}
