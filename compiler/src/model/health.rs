//! How the platform asks an instance whether it is well.

use loadline_grammar::Span;
use loadline_grammar::ast::{Value, ValueKind};

use super::parts::ToDependency;
use crate::lower::{Command, Cx, Head, HeadField, InstancePath, Pairs, Ref, Scalar, Text, Val, Walk, report_kind};
use crate::quantity::Duration;
use crate::schema::{Kind, block};

block! {
    /// Probes. `startup` holds the other two back until it passes once; `ready` decides about traffic, `live` about restarts.
    pub struct Health("health") {
        /// Asked until it passes once. Without it a slow start is killed by `live`.
        startup: Option<Probe>,
        /// Asked as long as the instance lives; it gets traffic while this passes.
        ready: Option<Probe>,
        /// Asked as long as the instance lives; it is restarted when this fails. Must not depend on other systems.
        live: Option<Probe>,
    }
}

block! {
    /// One probe. The defaults are those of Kubernetes (core/v1 Probe).
    pub struct Probe("probe") {
        head {
            /// A path that is fetched, `grpc`, `tcp`, or `exec ["program", "argument"]`.
            check: ProbeCheck,
        }
        /// How often it is asked.
        every: Val<Duration> = Duration::seconds(10),
        /// How long an answer may take.
        timeout: Val<Duration> = Duration::seconds(1),
        /// Failures in a row until it counts as failed.
        failing: Val<u64> = 3,
        /// Successes in a row until it counts as passed again.
        passing: Val<u64> = 1,
        /// How long after the start it is first asked.
        after: Val<Duration> = Duration::ZERO,
        /// For `startup`, instead of `failing`: how long the start may take.
        within: Option<Val<Duration>>,
        /// The things that must be up for it to pass; for the rules and the simulator.
        checks: Option<Val<Vec<Ref<ToDependency>>>>,
        /// The listener, by name or number, when it is not the first.
        port: Option<Val<PortName>>,
        /// Headers to send.
        header: Pairs<Text>,
    }
}

impl Probe {
    /// Failures in a row that count as failed: `failing`, or what fits into `within`, rounded up.
    #[must_use]
    pub fn failures(&self) -> u64 {
        let within = self
            .within
            .as_ref()
            .and_then(|within| within.minus(self.after.value).ceil_div(self.every.value));
        within.unwrap_or(self.failing.value).max(1)
    }
}

/// What a probe does.
#[derive(Clone, Debug)]
pub enum ProbeCheck {
    /// Fetches a path; 200 to 399 passes.
    Http(Val<InstancePath>),
    /// Asks the gRPC health service.
    Grpc(Span),
    /// Opens a connection.
    Tcp(Span),
    /// Runs a program inside the instance; exit code 0 passes.
    Exec(Val<Command>),
}

impl HeadField for ProbeCheck {
    const KIND: Kind = Kind::new("a path", "\"/readyz\"").or(&[
        ("grpc", "Asks the gRPC health service."),
        ("tcp", "Opens a connection."),
        ("exec", "Runs a program; exit code 0 passes."),
    ]);
    const OPTIONAL: bool = false;

    fn take(head: &mut Head<'_>, _keyword: Option<&'static str>, cx: &mut Cx<'_>) -> Option<Self> {
        let Some(value) = head.peek() else {
            head.missing(Self::KIND, cx);
            return None;
        };
        match &value.kind {
            ValueKind::Word("grpc") => {
                head.next();
                Some(Self::Grpc(value.span))
            }
            ValueKind::Word("tcp") => {
                head.next();
                Some(Self::Tcp(value.span))
            }
            ValueKind::Word("exec") => {
                head.next();
                HeadField::take(head, None, cx).map(Self::Exec)
            }
            ValueKind::Text(_) | ValueKind::LongText(_) | ValueKind::Reference(_) => {
                HeadField::take(head, None, cx).map(Self::Http)
            }
            _ => {
                report_kind(value, &Self::KIND, cx);
                head.fail();
                None
            }
        }
    }

    fn walk(&self, _keyword: Option<&str>, name: &str, to: &mut dyn Walk) {
        let word = |word: &str| super::parts::Word(word.to_owned());
        match self {
            Self::Http(path) => to.value(name, &path.value, path.span, path.from),
            Self::Grpc(span) => to.value(name, &word("grpc"), *span, crate::lower::From::Spec),
            Self::Tcp(span) => to.value(name, &word("tcp"), *span, crate::lower::From::Spec),
            Self::Exec(command) => to.value(name, &command.value, command.span, command.from),
        }
    }
}

/// A listener by name or by number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PortName {
    /// The listener's name.
    Name(String),
    /// A port that the process listens on.
    Number(u16),
}

impl Scalar for PortName {
    const KIND: Kind = Kind::new("the name or port of a listener", "http");

    fn read(value: &Value<'_>, cx: &mut Cx<'_>) -> Option<Self> {
        let value = cx.follow(value)?;
        match &value.kind {
            ValueKind::Word(word) => Some(Self::Name((*word).to_owned())),
            _ => crate::lower::Port::read(value, cx).map(|port| Self::Number(port.0)),
        }
    }

    fn show(&self) -> String {
        match self {
            Self::Name(name) => name.clone(),
            Self::Number(port) => port.to_string(),
        }
    }
}
