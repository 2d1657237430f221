//! Small systems in which a setting is flipped: one for each way to run things.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

use loadline_compiler::diagnostic::{Diagnostic, Severity};
use loadline_compiler::model::TargetName;
use loadline_compiler::project::{self, Loader, ReadError};
use loadline_compiler::source::Sources;
use loadline_targets::{Output, Overrides, TEMPLATES};

use super::rows::Row;
use crate::harness::root;

/// What runs the system. Targets of one way see the same spec.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Way {
    Containers,
    Cluster,
    Systemd,
    Pm2,
}

pub(crate) const WAYS: [Way; 4] = [Way::Containers, Way::Cluster, Way::Systemd, Way::Pm2];

impl Way {
    const fn of(target: TargetName) -> Self {
        match target {
            TargetName::Docker | TargetName::Compose | TargetName::Ci => Self::Containers,
            TargetName::Kubernetes | TargetName::Alerts | TargetName::Runbook => Self::Cluster,
            TargetName::Systemd | TargetName::Nginx | TargetName::Release => Self::Systemd,
            TargetName::Pm2 => Self::Pm2,
        }
    }

    /// Those that this version writes.
    pub(crate) fn targets(self) -> impl Iterator<Item = TargetName> {
        TargetName::ALL
            .iter()
            .copied()
            .filter(move |target| Self::of(*target) == self)
    }

    /// Where things run, and a second such place.
    const fn places(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Containers => None,
            Self::Cluster => Some(("cluster", "prod")),
            Self::Systemd | Self::Pm2 => Some(("host", "web")),
        }
    }

    /// Keyword, name and body of everything.
    fn blocks(self) -> Vec<(&'static str, &'static str, String)> {
        let mut blocks: Vec<(&str, &str, String)> = Vec::new();
        match self {
            Self::Containers => {}
            Self::Cluster => {
                for (name, namespace) in [("prod", "shop"), ("away", "far")] {
                    let body = format!(
                        "nodes 3; cpu 4; memory 16Gi; zones 3; version 1.34; rollouts argo; namespace {namespace}"
                    );
                    blocks.push(("cluster", name, body));
                }
            }
            Self::Systemd | Self::Pm2 => {
                let process = if self == Self::Pm2 { "pm2" } else { "systemd" };
                for (name, address) in [("web", "10.0.0.1"), ("away", "10.0.0.2")] {
                    let body = format!("process {process}; cpu 4; memory 8Gi; address [\"{address}\"]");
                    blocks.push(("host", name, body));
                }
            }
        }
        let there = self
            .places()
            .map_or_else(String::new, |(_, home)| format!("; runs_on {home}"));
        // A site is files, which no cluster serves.
        let for_files = if self == Self::Cluster { "" } else { there.as_str() };
        let program = |file: &str| {
            format!(
                "version 1.0.0; runtime node 24; run \"{file}\"; memory 1Gi {{ heap 128Mi; young 24Mi }}; \
                 build {{ context \".\" }}{there}"
            )
        };
        let server = |port: u16| format!("{}; listen http {port}; env PORT self.http.port", program("server.js"));
        let targets = if self == Self::Containers {
            "; targets [docker, compose]"
        } else {
            ""
        };
        let text = str::to_owned;
        blocks.extend([
            (
                "project",
                "shop",
                format!("registry \"ghcr.io/acme\"; as_of \"2026-11-21\"{targets}"),
            ),
            (
                "database",
                "orders-db",
                text("engine postgres 16; max_connections 200; url \"postgres://orders-db.internal:5432/orders\""),
            ),
            (
                "cache",
                "redis",
                text("engine redis 7; url \"redis://redis.internal:6379\""),
            ),
            (
                "queue",
                "mail",
                text("engine rabbitmq 4; url \"amqp://mail.internal:5672\""),
            ),
            (
                "queue",
                "spare",
                text("engine rabbitmq 4; url \"amqp://mail.internal:5672\""),
            ),
            ("external", "bank", text("url \"https://bank.example.com\"")),
            ("config_set", "shared", text("env REGION eu")),
            ("service", "api", server(3000)),
            ("service", "other", server(4000)),
            ("worker", "mailer", program("mailer.js")),
            (
                "job",
                "report",
                format!("{}; schedule \"0 3 * * *\"", program("report.js")),
            ),
            (
                "site",
                "web-app",
                format!("build {{ steps [\"npm run build\"]; output \"dist\" }}{for_files}"),
            ),
            (
                "gateway",
                "edge",
                format!(
                    "listen 443; domain \"shop.example.com\"; \
                     tls {{ certificate \"/etc/ssl/a.pem\"; key \"/etc/ssl/a.key\" }}; route \"/\" api{there}"
                ),
            ),
        ]);
        blocks
    }
}

/// What a target made of a spec.
pub(crate) struct Made {
    /// Everything that is written, in one text.
    pub(crate) files: String,
    pub(crate) said: Vec<Said>,
}

/// Something that the target said.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) text: String,
    pub(crate) is_error: bool,
    /// Where, from the start of the row.
    place: Range<i64>,
}

impl Said {
    /// For tests of the judgement itself.
    pub(crate) fn at(text: &str, start: i64) -> Self {
        Self {
            text: text.to_owned(),
            is_error: false,
            place: start..start + 2,
        }
    }

    /// Whether it is said at a part of the row.
    pub(crate) fn is_at(&self, part: &Range<usize>) -> bool {
        let (start, end) = (i64::try_from(part.start).unwrap(), i64::try_from(part.end).unwrap());
        self.place.start < end && start < self.place.end
    }
}

type All = Rc<BTreeMap<TargetName, Made>>;

/// The same text is compiled once: most rows begin alike.
#[derive(Default)]
pub(crate) struct Bench(RefCell<BTreeMap<String, All>>);

impl Bench {
    /// What every target of a way makes of a row before and after; `None` where the way has no place for it.
    pub(crate) fn both(&self, way: Way, row: &Row) -> Option<(All, All)> {
        let blocks = way.blocks();
        let has = |keyword: &str, name: &str| blocks.iter().any(|block| (block.0, block.1) == (keyword, name));
        let (keyword, name) = row.subject();
        let (place, home) = way.places().unzip();
        let needs = |word: &str| row.texts().iter().any(|text| text.contains(word));
        let beside_is_there = row.beside.iter().all(|line| {
            let words: Vec<&str> = line.split_whitespace().take(2).collect();
            matches!(words[..], [keyword, name] if has(keyword, name))
        });
        let is_there = has(keyword, name)
            && beside_is_there
            && (!needs("HOME") || place.is_some())
            && (!needs("MACHINE") || place == Some("host"));
        if !is_there {
            return None;
        }
        let fill = |text: &str| {
            let home = home.unwrap_or("");
            text.replace("HOME", home)
                .replace("MACHINE", home)
                .replace("AWAY", "away")
        };
        let made = |flipped: &str| {
            let (text, start) = spec(&blocks, (keyword, name), row, flipped, fill);
            // The place of the row is part of what is said.
            let key = format!("{way:?} {start} {text}");
            let known = self.0.borrow().get(&key).cloned();
            known.unwrap_or_else(|| {
                let made = Rc::new(emit(&text, start, way));
                self.0.borrow_mut().insert(key, Rc::clone(&made));
                made
            })
        };
        Some((made(&row.before_text()), made(&row.after_text())))
    }
}

/// The world's own blocks as templates below the row's context, and the row laid over both; where the row begins.
fn spec(
    blocks: &[(&str, &str, String)],
    subject: (&str, &str),
    row: &Row,
    flipped: &str,
    fill: impl Fn(&str) -> String,
) -> (String, usize) {
    let mut text = String::new();
    for (keyword, name, body) in blocks {
        text.push_str(&if (*keyword, *name) == subject && *keyword != "project" {
            let context = fill(&row.context.join("\n"));
            format!("template base {{ {body} }}\n{keyword} {name} {{\nextends base\n{context}\n}}\n")
        } else {
            format!("{keyword} {name} {{ {body} }}\n")
        });
    }
    let beside = fill(&row.beside.join("\n"));
    text.push_str(&format!(
        "environment flip {{\n{beside}\n{} {} {{\n",
        subject.0, subject.1
    ));
    let start = text.len();
    text.push_str(&fill(flipped));
    text.push_str("\n}\n}\n");
    (text, start)
}

/// Every file that a row names is there.
struct AnyFile<'t>(&'t str);

impl Loader for AnyFile<'_> {
    fn read(&mut self, path: &str) -> Result<String, ReadError> {
        Ok(match path {
            "loadline.load" => self.0.to_owned(),
            "files/schedule.json" => {
                r#"{"v24":{"start":"2025-05-06","lts":"2025-10-28","end":"2028-04-30"}}"#.to_owned()
            }
            "files/times.txt" => "100s\n200s\n".to_owned(),
            path if path.ends_with(".sql") => "CREATE TABLE users (id int);\n".to_owned(),
            path => format!("the text of {path}\n"),
        })
    }
}

fn emit(text: &str, start: usize, way: Way) -> BTreeMap<TargetName, Made> {
    let sources = Sources::new();
    let mut loader = AnyFile(text);
    let project = project::load(&sources, &mut loader, "loadline.load").unwrap();
    let resolution = project.resolve(Some("flip"), &mut loader);
    let found = project.diagnostics().iter().chain(&resolution.diagnostics);
    let errors: Vec<&str> = found
        .filter(|found| found.severity == Severity::Error)
        .map(|found| found.message.as_str())
        .collect();
    assert!(errors.is_empty(), "the row is no spec: {errors:?}\n{text}");
    let model = &resolution.model;
    let templates = model.project.templates.as_ref().map(|_| own_templates());
    let overrides = Overrides::new(model, templates.unwrap_or_default());
    let refused = loadline_targets::refused(model, &overrides);
    let make = |target| made(loadline_targets::emit_with(model, target, &overrides), &refused, start);
    way.targets().map(|target| (target, make(target))).collect()
}

/// A folder of templates: ours, each with a line more.
fn own_templates() -> BTreeMap<String, String> {
    let text = |path: &str| std::fs::read_to_string(root().join("targets/templates").join(path)).unwrap();
    let own = |path: &&str| ((*path).to_owned(), format!("{}# our own\n", text(path)));
    TEMPLATES.iter().map(own).collect()
}

fn made(output: Output, refused: &[Diagnostic], start: usize) -> Made {
    let start = i64::try_from(start).unwrap();
    let files = output.artifacts.iter();
    let said = output.diagnostics.iter().chain(refused).map(|found| {
        let label = found.labels.first().map_or("", |label| &label.text);
        let span = found.span();
        Said {
            text: format!("{}: {label}", found.message),
            is_error: found.severity == Severity::Error,
            place: i64::from(span.start) - start..i64::from(span.end) - start,
        }
    });
    Made {
        said: said.collect(),
        files: files.map(|file| format!("==> {}\n{}", file.path, file.body)).collect(),
    }
}
