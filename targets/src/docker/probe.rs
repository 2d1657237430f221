//! A probe as a command inside the container: all that containers without an orchestrator can ask.

use loadline_compiler::model::{Health, Language, Listen, PortName, Probe, ProbeCheck, Workload};
use loadline_compiler::quantity::Duration;
use loadline_grammar::Span;

use crate::escape::http;
use crate::output::Output;

/// What is known about a container from the inside.
#[derive(Clone, Copy)]
pub(crate) struct Inside<'m> {
    language: Option<Language>,
    listen: &'m [Listen],
}

impl<'m> Inside<'m> {
    /// The container of a workload.
    pub(crate) fn of(workload: &'m Workload) -> Self {
        Self {
            language: workload.runtime.as_ref().map(|runtime| runtime.language.value),
            listen: &workload.listen,
        }
    }

    /// Somebody else's.
    pub(crate) const fn unknown() -> Self {
        Self {
            language: None,
            listen: &[],
        }
    }
}

/// The command of a probe.
///
/// # Errors
/// With the reason, when nothing in the container is known to be able to ask.
pub(crate) fn command(inside: Inside<'_>, probe: &Probe) -> Result<Vec<String>, String> {
    let language = inside.language;
    let port = port(inside, probe);
    match (&probe.check, language) {
        (ProbeCheck::Exec(command), _) => Ok(command.value.words().to_vec()),
        (ProbeCheck::Http(path), Some(Language::Node)) => {
            let port = port.ok_or("there is no port to ask")?;
            Ok(node(&fetch(port, &http::path(&path.value), probe)))
        }
        (ProbeCheck::Http(path), Some(Language::Python)) => {
            let port = port.ok_or("there is no port to ask")?;
            Ok(python(&urlopen(port, &http::path(&path.value), probe)))
        }
        (ProbeCheck::Tcp(_), Some(Language::Node)) => {
            let port = port.ok_or("there is no port to ask")?;
            Ok(node(&format!(
                "require(\"node:net\").connect({port},\"127.0.0.1\").on(\"connect\",()=>process.exit(0)).on(\"error\",()=>process.exit(1))"
            )))
        }
        (ProbeCheck::Tcp(_), Some(Language::Python)) => {
            let port = port.ok_or("there is no port to ask")?;
            let timeout = probe.timeout.ceil_seconds();
            Ok(python(&format!(
                "import socket;socket.create_connection((\"127.0.0.1\",{port}),{timeout})"
            )))
        }
        (ProbeCheck::Grpc(_), _) => Err(
            "only a command inside the container can be run, and the gRPC health service takes a client of its own"
                .to_owned(),
        ),
        (ProbeCheck::Http(_) | ProbeCheck::Tcp(_), _) => Err(
            "only a command inside the container can be run, and no program for it is known to be in the image"
                .to_owned(),
        ),
    }
}

/// Whether its headers can be sent.
pub(crate) fn judge_headers(inside: Inside<'_>, probe: &Probe, out: &mut Output) {
    let asks = matches!(inside.language, Some(Language::Node | Language::Python));
    if !asks || !matches!(probe.check, ProbeCheck::Http(_)) {
        return;
    }
    for pair in &probe.header {
        out.escaped(pair.name.span, http::header_name(&pair.name.value).map(|_| ()));
        out.escaped(pair.value.span, http::ascii_header_value(&pair.value.value).map(|_| ()));
    }
}

/// Where the check of a probe is written.
pub(crate) fn span(probe: &Probe) -> Span {
    match &probe.check {
        ProbeCheck::Http(path) => path.span,
        ProbeCheck::Grpc(span) | ProbeCheck::Tcp(span) => *span,
        ProbeCheck::Exec(command) => command.span,
    }
}

/// As docker reads durations: it knows no days, and hadolint neither milliseconds nor several units.
pub(crate) fn duration(duration: Duration) -> String {
    let millis = duration.ceil_millis();
    let text = format!("{}.{:03}", millis / 1000, millis % 1000);
    let seconds = text.trim_end_matches('0').trim_end_matches('.');
    format!("{seconds}s")
}

/// How long failures of a start do not count: what the start-up probe grants, else the declared boot time.
pub(crate) fn start_period(health: &Health, boot: Option<Duration>, probe: &Probe) -> Duration {
    if let Some(startup) = &health.startup {
        return startup.after.plus(startup.every.times(startup.failures()));
    }
    probe.after.max(boot.unwrap_or_default())
}

fn port(inside: Inside<'_>, probe: &Probe) -> Option<u16> {
    let mut all = inside.listen.iter();
    let listen = match probe.port.as_ref().map(|port| &port.value) {
        Some(PortName::Number(number)) => return Some(*number),
        Some(PortName::Name(name)) => all.find(|listen| listen.name() == name),
        None => all.next(),
    };
    listen.map(|listen| listen.port.0)
}

fn node(script: &str) -> Vec<String> {
    ["node", "-e", script].map(str::to_owned).into()
}

fn python(script: &str) -> Vec<String> {
    ["python", "-c", script].map(str::to_owned).into()
}

/// `ok` is 200 to 299 after redirects, as a kubelet's probe follows them. Whoever runs the check ends it in time.
fn fetch(port: u16, path: &str, probe: &Probe) -> String {
    let url = literal(&format!("http://127.0.0.1:{port}{path}"));
    let options = match headers(probe) {
        Some(headers) => format!(",{{headers:{headers}}}"),
        None => String::new(),
    };
    format!("fetch({url}{options}).then(r=>process.exit(r.ok?0:1),()=>process.exit(1))")
}

/// Raises an error for 400 and above, and an error ends Python with 1.
fn urlopen(port: u16, path: &str, probe: &Probe) -> String {
    let url = literal(&format!("http://127.0.0.1:{port}{path}"));
    let headers = headers(probe).map_or_else(String::new, |headers| format!(",headers={headers}"));
    let timeout = probe.timeout.ceil_seconds();
    format!("import urllib.request as u;u.urlopen(u.Request({url}{headers}),timeout={timeout})")
}

/// An object in JavaScript and a dictionary in Python.
fn headers(probe: &Probe) -> Option<String> {
    let pairs: Vec<String> = probe
        .header
        .iter()
        .map(|pair| format!("{}:{}", literal(&pair.name.value), literal(&pair.value.value)))
        .collect();
    (!pairs.is_empty()).then(|| format!("{{{}}}", pairs.join(",")))
}

/// A JSON string is a string literal of JavaScript and of Python alike.
fn literal(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
