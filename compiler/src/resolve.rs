//! Parsed files to the model of one environment.
//!
//! In order: collect the blocks by name, put the layers of each together, lower them, connect them, compute what was
//! left to be computed. Everything that is wrong on the way is collected; nothing stops at the first mistake.

mod changes;
mod collect;
mod connect;
pub(crate) mod consequences;
mod derive;
mod layers;
mod lower_all;
mod measured_files;
mod mounted_files;
mod node_schedule;
mod ranges;
mod references;
mod runtime_options;
mod scenarios;
pub(crate) mod set;
pub(crate) mod siblings;
mod sql_files;
mod steps;
mod unused;

pub(crate) use collect::BASE;

use crate::diagnostic::Diagnostic;
use crate::lower::Cx;
use crate::model::Model;
use crate::project::{Loader, Project};

/// A model, and what was found while it was made.
#[derive(Debug)]
pub struct Resolution {
    /// As complete as the spec allowed.
    pub model: Model,
    /// Findings of resolution, not yet of the rules.
    pub diagnostics: Vec<Diagnostic>,
}

pub(crate) fn resolve(project: &Project<'_>, environment: Option<&str>, loader: &mut dyn Loader) -> Resolution {
    let collected = collect::collect(project, environment);
    let mut cx = Cx::new(project.sources, &collected.names, &collected.lets);
    for diagnostic in &collected.diagnostics {
        cx.report(diagnostic.clone());
    }
    let mut model = lower_all::lower_all(&collected, environment, &mut cx);
    sql_files::read(&mut model, loader, &mut cx);
    mounted_files::read(&mut model, loader, &mut cx);
    node_schedule::read(&mut model, loader, &mut cx);
    measured_files::read(&mut model, loader, &mut cx);
    connect::connect(&mut model, &mut cx);
    steps::check(&model, &mut cx);
    scenarios::check(&model, &mut cx);
    changes::check(&model, &mut cx);
    ranges::check(&model, &mut cx);
    derive::derive(&mut model);
    runtime_options::write(&mut model);
    references::fill_in(&mut model, &mut cx);
    unused::find(project, &mut cx);
    Resolution {
        model,
        diagnostics: cx.into_found(),
    }
}
