//! A page for whoever is on call: one for each service and worker, in Markdown, with the numbers that the checker computed
//! and commands for where it runs.

mod about;
mod change;
mod entrance;
mod incidents;
mod inside;
mod limits;
mod page;
mod place;
mod stores;
#[cfg(test)]
mod tests;

use loadline_compiler::budget::connections::Clients;
use loadline_compiler::model::Model;

use crate::artifact::{Artifact, Comment};
use crate::escape::markdown::{self, Piece};
use crate::output::Output;
use crate::template;
use page::{Page, Section};
use place::Place;

const TEMPLATE: &str = include_str!("../templates/runbook/page.md.j2");

pub(crate) fn emit(model: &Model, out: &mut Output) {
    let clients = Clients::of(model);
    for workload in model.workloads.iter().filter(|workload| !workload.is_job()) {
        let place = Place::of(model, workload);
        match template::render("page.md", TEMPLATE, &page(&place, &clients)) {
            Ok(body) => out.push(Artifact {
                comment: Comment::Markup,
                ..Artifact::new(format!("{}.md", workload.name.value), body)
            }),
            Err(error) => out.refuse(workload.span, error, "cannot be written"),
        }
    }
}

fn page(place: &Place<'_>, clients: &Clients<'_>) -> Page {
    let workload = place.workload;
    let words: Vec<&str> = workload.documentation.split_whitespace().collect();
    let documentation = words.join(" ");
    let mut sections = vec![
        about::objectives(workload),
        about::dependencies(place.model, workload),
        limits::limits(place, clients),
        rollback(place),
        look(place),
    ];
    sections.extend(incidents::all(place, clients));
    Page {
        title: markdown::line(&[Piece::Text(&workload.name.value)]),
        documentation: (!documentation.is_empty()).then(|| markdown::line(&[Piece::Text(&documentation)])),
        facts: about::facts(place),
        sections,
    }
}

fn rollback(place: &Place<'_>) -> Section {
    let mut section = Section::new("Rollback");
    change::rollback(place, &mut section);
    section
}

/// First looks, and the variables that later commands name.
fn look(place: &Place<'_>) -> Section {
    let mut section = Section::new("First look");
    section.run([place.choose(), place.status(), place.usage(), place.logs()]);
    entrance::look(place, &mut section);
    section
}
