//! Unit files: the views of their templates.

use loadline_grammar::Span;
use serde::Serialize;

use super::hardening::Hardening;
use super::limits::Limits;
use super::restart::Restart;
use crate::artifact::Artifact;
use crate::output::Output;
use crate::template::Escaped;

/// A `.service` file.
#[derive(Debug, Serialize)]
pub(crate) struct ServiceUnit {
    /// Comments at the top.
    pub(crate) notes: Vec<Escaped>,
    pub(crate) description: Escaped,
    /// Units that are started before, in one line.
    pub(crate) after: Escaped,
    /// What it is stopped with.
    pub(crate) part_of: Option<Escaped>,
    pub(crate) restart: Restart,
    /// `Type=`
    pub(crate) kind: Escaped,
    /// Set when the program started is not the one that stays.
    pub(crate) daemon: Option<Daemon>,
    pub(crate) account: Escaped,
    pub(crate) working_directory: Option<Escaped>,
    pub(crate) environment: Vec<Escaped>,
    pub(crate) environment_files: Vec<Escaped>,
    pub(crate) credentials: Vec<Escaped>,
    /// Commands that must end before the start.
    pub(crate) before: Vec<Escaped>,
    pub(crate) start: Escaped,
    /// An exit code that is as good as 0.
    pub(crate) success_exit_status: Option<u64>,
    pub(crate) start_timeout: Escaped,
    pub(crate) stop_timeout: Escaped,
    pub(crate) kill_signal: Option<Escaped>,
    pub(crate) limits: Limits,
    pub(crate) files: Files,
    pub(crate) hardening: Hardening,
    pub(crate) wanted_by: Option<Escaped>,
}

/// A program that goes into the background.
#[derive(Debug, Serialize)]
pub(crate) struct Daemon {
    pub(crate) pid_file: Escaped,
    /// Under `/var/lib`, owned by the account.
    pub(crate) state_directory: Escaped,
    pub(crate) reload: Escaped,
    pub(crate) stop: Escaped,
}

/// What the processes see of the file system besides what everyone sees.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Files {
    pub(crate) writable: Vec<Escaped>,
    /// Directories of one instance, in the place where every instance has its own.
    pub(crate) volumes: Vec<Escaped>,
    pub(crate) mounted: Vec<Escaped>,
    pub(crate) memory: Vec<Escaped>,
}

impl Files {
    /// For a unit that runs several workloads.
    pub(crate) fn extend(&mut self, other: Self) {
        self.writable.extend(other.writable);
        self.volumes.extend(other.volumes);
        self.mounted.extend(other.mounted);
        self.memory.extend(other.memory);
    }
}

impl ServiceUnit {
    /// Adds the file.
    pub(crate) fn write(&self, path: String, span: Span, out: &mut Output) {
        let source = include_str!("../../templates/systemd/service.unit.j2");
        render(path, "systemd/service.unit.j2", source, self, span, out);
    }
}

/// A `.timer` file.
#[derive(Debug, Serialize)]
pub(crate) struct TimerUnit {
    pub(crate) notes: Vec<Escaped>,
    pub(crate) description: Escaped,
    pub(crate) events: Vec<Escaped>,
    /// A run that was due while the machine was off starts when it is back.
    pub(crate) catches_up: bool,
}

impl TimerUnit {
    /// Adds the file.
    pub(crate) fn write(&self, path: String, span: Span, out: &mut Output) {
        let source = include_str!("../../templates/systemd/timer.unit.j2");
        render(path, "systemd/timer.unit.j2", source, self, span, out);
    }
}

/// A `.target` file: all instances under one name.
#[derive(Debug, Serialize)]
pub(crate) struct TargetUnit {
    pub(crate) notes: Vec<Escaped>,
    pub(crate) description: Escaped,
    pub(crate) wants: Vec<Escaped>,
}

impl TargetUnit {
    /// Adds the file.
    pub(crate) fn write(&self, path: String, span: Span, out: &mut Output) {
        let source = include_str!("../../templates/systemd/target.unit.j2");
        render(path, "systemd/target.unit.j2", source, self, span, out);
    }
}

/// Adds a rendered file.
pub(crate) fn render<V: Serialize>(
    path: String,
    template: &'static str,
    source: &'static str,
    view: &V,
    span: Span,
    out: &mut Output,
) {
    if let Some(rendered) = out.render(template, source, view, span) {
        out.push(Artifact::rendered(path, rendered));
    }
}
