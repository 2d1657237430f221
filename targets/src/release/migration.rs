//! Migrations of a release: what adds runs before it, what takes away only when a person says so.

use loadline_compiler::model::{Migrate, MigrateWhen, Model, Platform, Workload};
use serde::Serialize;

use crate::escape::shell as escape;
use crate::host::{self, Program};
use crate::lock_timeout;
use crate::output::Output;
use crate::systemd;
use crate::template::Escaped;

/// A unit that migrates, or under PM2, which has none, the command line.
#[derive(Debug, Serialize)]
pub(super) struct Migration {
    unit: Escaped,
    timeout: Option<Escaped>,
    directory: Escaped,
    assignment: Option<Escaped>,
    words: Escaped,
}

/// The migrations of a release.
#[derive(Debug, Default)]
pub(super) struct Migrations {
    /// Before anything is replaced.
    pub(super) expand: Option<Migration>,
    /// By hand.
    pub(super) contract: Option<Migration>,
}

impl Migrations {
    pub(super) fn of(model: &Model, workload: &Workload, out: &mut Output) -> Self {
        let Some(migrate) = &workload.migrate else {
            return Self::default();
        };
        match migrate.when.value {
            MigrateWhen::Before => Self {
                expand: Migration::of(model, &host::at_next(workload), migrate, out),
                contract: None,
            },
            MigrateWhen::After => Self {
                expand: None,
                contract: Migration::of(model, workload, migrate, out),
            },
            // The program does it itself.
            MigrateWhen::OnStart => Self::default(),
        }
    }
}

impl Migration {
    fn of(model: &Model, workload: &Workload, migrate: &Migrate, out: &mut Output) -> Option<Self> {
        let run = migrate.run.as_ref()?;
        let span = run.span;
        let mut assignment = None;
        // The unit has it under systemd, and there its target says what it cannot.
        if matches!(model.platform(workload), Platform::Pm2(_)) {
            let told = lock_timeout::variable(model, workload, migrate, out);
            assignment = told.map(|(name, value)| out.escaped(migrate.span, escape::word(&format!("{name}={value}"))));
        }
        Some(Self {
            unit: out.escaped(workload.name.span, escape::word(&systemd::migration_unit(workload))),
            timeout: migrate.timeout.as_ref().map(|timeout| escape::seconds(timeout.value)),
            directory: out.escaped(span, escape::word(&host::release_directory(workload))),
            assignment,
            words: out.escaped(span, escape::words(&Program::beside(workload, &run.value).words)),
        })
    }
}
