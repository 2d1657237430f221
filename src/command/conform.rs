//! `loadline conform`

use std::fs;
use std::path::Path;

use loadline_compiler::diagnostic::counted;
use loadline_simulator::conform::{Disagreement, Recording, Unreadable, Verdict, conform};
use serde::Serialize;

use super::{print, remark};
use crate::cli::{ConformArgs, ShowFormat};
use crate::exit::{Exit, Problem};
use crate::progress::Bar;

/// Raised when a field is removed or changes its meaning; new fields do not raise it.
const SCHEMA_VERSION: u32 = 1;

/// A file, and what came of it.
struct Judged {
    file: String,
    outcome: Result<(Recording, Verdict), Unreadable>,
}

pub(crate) fn run(arguments: &ConformArgs) -> Result<Exit, Problem> {
    // What is not there at all is a slip of the command line, and known before anything is replayed.
    let texts: Result<Vec<(String, String)>, Problem> = arguments.files.iter().map(|path| text(path)).collect();
    let judged = judged(texts?);
    print(&match arguments.format {
        ShowFormat::Text => shown(&judged),
        ShowFormat::Json => json(&judged)?,
    })?;
    for one in &judged {
        if let Err(unreadable) = &one.outcome {
            remark(&format!(
                "loadline: {}:{}: {}\n",
                one.file, unreadable.line, unreadable.what
            ));
        }
    }
    Ok(match Counts::of(&judged) {
        Counts { unreadable: 1.., .. } => Exit::CouldNotRun,
        Counts { disagree: 1.., .. } => Exit::Findings,
        Counts { .. } => Exit::Clean,
    })
}

fn judged(texts: Vec<(String, String)>) -> Vec<Judged> {
    let bar = Bar::new(texts.len(), "recordings");
    let judged = texts.into_iter().map(|(file, text)| {
        let judged = judge(file, &text);
        bar.step();
        judged
    });
    judged.collect()
}

fn text(path: &Path) -> Result<(String, String), Problem> {
    let bytes = fs::read(path).map_err(|error| Problem::io(path, &error))?;
    let text = String::from_utf8(bytes);
    let text = text.map_err(|_| Problem::new(format!("{}: not UTF-8 text", path.display())))?;
    Ok((path.display().to_string(), text))
}

fn judge(file: String, text: &str) -> Judged {
    let outcome = Recording::read(text).map(|recording| {
        let verdict = conform(&recording);
        (recording, verdict)
    });
    Judged { file, outcome }
}

fn shown(judged: &[Judged]) -> String {
    let mut out = String::new();
    for one in judged {
        let Ok((recording, verdict)) = &one.outcome else {
            continue;
        };
        let word = if verdict.disagreements.is_empty() {
            "agrees"
        } else {
            "differs"
        };
        out.push_str(&format!(
            "{word:<8} {} ({}, {})\n",
            one.file, recording.name, recording.server
        ));
        for Disagreement { what, expected, seen } in &verdict.disagreements {
            out.push_str(&format!("  {what}\n    recorded   {expected}\n    simulated  {seen}\n"));
        }
    }
    let counts = Counts::of(judged);
    let all = counted(judged.len() as u64, "recording");
    out.push_str(&format!("{all}: {} agree, {} differ", counts.agree, counts.disagree));
    if counts.unreadable != 0 {
        out.push_str(&format!(", {} cannot be read", counts.unreadable));
    }
    out.push('\n');
    out
}

fn json(judged: &[Judged]) -> Result<String, Problem> {
    let document = Document {
        schema_version: SCHEMA_VERSION,
        counts: Counts::of(judged),
        recordings: judged.iter().map(Row::of).collect(),
    };
    let text = serde_json::to_string_pretty(&document).map_err(|error| Problem::new(error.to_string()))?;
    Ok(format!("{text}\n"))
}

#[derive(Serialize)]
struct Document<'j> {
    schema_version: u32,
    counts: Counts,
    recordings: Vec<Row<'j>>,
}

#[derive(Clone, Copy, Default, Serialize)]
struct Counts {
    agree: usize,
    disagree: usize,
    unreadable: usize,
}

impl Counts {
    fn of(judged: &[Judged]) -> Self {
        let mut counts = Self::default();
        for one in judged {
            match &one.outcome {
                Ok((_, verdict)) if verdict.disagreements.is_empty() => counts.agree += 1,
                Ok(_) => counts.disagree += 1,
                Err(_) => counts.unreadable += 1,
            }
        }
        counts
    }
}

#[derive(Serialize)]
struct Row<'j> {
    file: &'j str,
    name: Option<&'j str>,
    server: Option<&'j str>,
    agrees: bool,
    /// How far into a second of the wall clock it began, if that matters and one was found that fits.
    phase_micros: Option<u64>,
    disagreements: Vec<Difference<'j>>,
    error: Option<Wrong<'j>>,
}

#[derive(Serialize)]
struct Difference<'j> {
    what: &'j str,
    recorded: &'j str,
    simulated: &'j str,
}

#[derive(Serialize)]
struct Wrong<'j> {
    line: usize,
    message: &'j str,
}

impl<'j> Row<'j> {
    fn of(one: &'j Judged) -> Self {
        let read = one.outcome.as_ref().ok();
        let differences = |verdict: &'j Verdict| {
            let rows = verdict.disagreements.iter().map(|row| Difference {
                what: &row.what,
                recorded: &row.expected,
                simulated: &row.seen,
            });
            rows.collect()
        };
        Self {
            file: &one.file,
            name: read.map(|(recording, _)| recording.name.as_str()),
            server: read.map(|(recording, _)| recording.server.as_str()),
            agrees: read.is_some_and(|(_, verdict)| verdict.disagreements.is_empty()),
            phase_micros: read.and_then(|(_, verdict)| verdict.phase).map(|phase| phase.micros()),
            disagreements: read.map(|(_, verdict)| differences(verdict)).unwrap_or_default(),
            error: one.outcome.as_ref().err().map(|unreadable| Wrong {
                line: unreadable.line,
                message: &unreadable.what,
            }),
        }
    }
}
