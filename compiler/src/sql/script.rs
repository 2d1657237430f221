//! The SQL files of a project, each run in the head after those before it.

use loadline_grammar::Span;

use super::effects::Effects;
use super::run::{Family, Ran, Server, Wrap, run};
use super::schema::Schema;
use crate::model::{Change, Model, SqlFile, SqlStep, Step, ThingId};

/// What a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// An `expand` step: running code does not notice.
    Expand,
    /// A `backfill` step.
    Backfill,
    /// A `contract` step.
    Contract,
    /// A file of a folder of migrations: which code runs beside it is not known.
    Migration,
}

/// An SQL file and what its statements meet.
#[derive(Clone, Debug)]
pub struct Script<'m> {
    /// Its path as shown.
    pub path: &'m str,
    /// What it is for.
    pub role: Role,
    /// Its statements as they were read.
    pub effects: &'m Effects,
    /// Its actions in order.
    pub ran: Vec<Ran<'m>>,
    /// The server.
    pub server: Server,
    /// Whether its statements are sent together.
    pub wrap: Wrap,
    /// The step, with its settings.
    pub step: Option<&'m SqlStep>,
    /// The change, by its place in the model.
    pub change: Option<usize>,
    /// The database.
    pub store: Option<ThingId>,
    /// Something outside of the file sets a lock timeout.
    pub has_lock_timeout: bool,
}

impl<'m> Script<'m> {
    /// The files of every change of a model.
    #[must_use]
    pub fn of_model(model: &'m Model) -> Vec<Self> {
        let mut scripts = Vec::new();
        for (index, change) in model.changes.iter().enumerate() {
            let store = change.on.as_ref().and_then(|on| model.store(on.id));
            let engine = store.and_then(|store| store.engine.as_ref());
            let version = engine
                .and_then(|engine| engine.version.as_ref())
                .map(|version| &version.value);
            let mut server = Server::of(store.map_or("", |store| store.engine_name()), version);
            if engine.is_none() {
                // Nothing says which server it is, so nothing is said about its locks.
                server.family = Family::Other;
            }
            let mut schema = schema_before(model, change, server);
            let outside = store.is_some_and(|store| sets_lock_timeout(model, store.id));
            for step in change.steps() {
                let (role, sql) = match step {
                    Step::Expand(sql) => (Role::Expand, sql),
                    Step::Backfill(sql) => (Role::Backfill, sql),
                    Step::Contract(sql) => (Role::Contract, sql),
                    Step::Deploy(_) | Step::Retire(_) => continue,
                };
                let Some(file) = change.file(&sql.file.value.0) else {
                    continue;
                };
                scripts.push(Self {
                    path: &file.path,
                    role,
                    effects: &file.effects,
                    ran: run(
                        &file.effects.script,
                        &mut schema,
                        server,
                        Wrap::Unknown.with(file.effects.transaction),
                    ),
                    server,
                    wrap: Wrap::Unknown.with(file.effects.transaction),
                    step: Some(sql),
                    change: Some(index),
                    store: store.map(|store| store.id),
                    has_lock_timeout: outside || sql.lock_timeout.is_some(),
                });
            }
        }
        scripts
    }

    /// The files of a folder of migrations, in the order in which they run.
    #[must_use]
    pub fn of_folder(files: &'m [SqlFile], server: Server, wrap: Wrap) -> Vec<Self> {
        let mut schema = Schema::default();
        let one = |file: &'m SqlFile| Self {
            path: &file.path,
            role: Role::Migration,
            effects: &file.effects,
            ran: run(
                &file.effects.script,
                &mut schema,
                server,
                wrap.with(file.effects.transaction),
            ),
            server,
            wrap: wrap.with(file.effects.transaction),
            step: None,
            change: None,
            store: None,
            has_lock_timeout: false,
        };
        files.iter().map(one).collect()
    }

    /// Whether something of that name is made anew somewhere in the file.
    #[must_use]
    pub fn makes(&self, name: &str) -> bool {
        self.ran.iter().any(|ran| match ran.action {
            super::Action::CreateTable(new) => new.name == name,
            super::Action::CreateView { view, .. } => view == name,
            super::Action::CreateEnum { name: made } | super::Action::CreateDomain { name: made, .. } => made == name,
            super::Action::AlterTable {
                change: super::Change::Rename { new },
                ..
            } => new == name,
            _ => false,
        })
    }

    /// Where its step is written, if it is one of a change.
    #[must_use]
    pub fn step_span(&self) -> Option<Span> {
        self.step.map(|step| step.span)
    }
}

/// What the declared schema and the changes before this one leave.
fn schema_before(model: &Model, change: &Change, server: Server) -> Schema {
    let mut schema = Schema::default();
    let mut apply = |effects: &Effects| {
        run(&effects.script, &mut schema, server, Wrap::Unknown);
    };
    if let Some(file) = &change.schema {
        apply(&file.effects);
    }
    let database = change.on.as_ref().map(|on| on.id);
    let earlier = model.changes.iter().take_while(|other| !std::ptr::eq(*other, change));
    for other in earlier.filter(|other| other.on.as_ref().map(|on| on.id) == database) {
        for step in other.steps() {
            if let Step::Expand(sql) | Step::Backfill(sql) | Step::Contract(sql) = step
                && let Some(file) = other.file(&sql.file.value.0)
            {
                apply(&file.effects);
            }
        }
    }
    schema
}

/// Whether a `migrate` of this database says how long it waits for a lock: it reaches the server through `PGOPTIONS`, or a note
/// says that the migration has to set it.
fn sets_lock_timeout(model: &Model, store: ThingId) -> bool {
    model.workloads.iter().any(|workload| {
        workload.migrate.as_ref().is_some_and(|migrate| {
            let uses = if migrate.uses.is_empty() {
                &workload.uses
            } else {
                &migrate.uses
            };
            migrate.lock_timeout.is_some() && uses.iter().any(|uses| uses.store.id == store)
        })
    })
}
