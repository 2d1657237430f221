//! `loadline graph`

use loadline_compiler::model::{EdgeKind, Model, ThingId, ThingKind};
use loadline_compiler::source::Sources;

use super::session::{Session, merged};
use super::{print, remark};
use crate::cli::{GraphArgs, GraphFormat};
use crate::exit::{Exit, Problem};
use crate::report::{self, Report, Style};

pub(crate) fn run(arguments: &GraphArgs, style: Style) -> Result<Exit, Problem> {
    let sources = Sources::new();
    let mut session = Session::open(&sources, &arguments.project.path, &arguments.project.resolve)?;
    let name = session.only_environment()?;
    let environment = session.judge_one(&name);
    let environments = [environment];
    let report = Report::new(&sources, &session.location, &environments, merged(&environments));
    // A graph with holes would mislead; findings of the rules do not change it.
    if report.has_unread() {
        remark(&report::render(&report, crate::cli::Format::Text, style));
        return Ok(Exit::Findings);
    }
    let [environment] = &environments;
    print(&match arguments.format {
        GraphFormat::Dot => dot(&environment.model),
        GraphFormat::Mermaid => mermaid(&environment.model),
    })?;
    Ok(Exit::Clean)
}

fn dot(model: &Model) -> String {
    let mut out = String::from("digraph loadline {\n  rankdir=LR;\n  node [fontname=\"Helvetica\"];\n");
    for thing in model.graph.things() {
        let shape = match thing.kind {
            ThingKind::Database => "cylinder",
            ThingKind::Cache | ThingKind::Queue => "component",
            ThingKind::External => "box, style=dashed",
            ThingKind::Gateway => "house",
            ThingKind::Site => "note",
            ThingKind::Job => "box, style=rounded",
            _ => "box",
        };
        let name = model.name(thing);
        out.push_str(&format!(
            "  \"{name}\" [shape={shape}, label=\"{name}\\n{}\"];\n",
            thing.kind.keyword()
        ));
    }
    for edge in model.graph.edges() {
        let style = if is_soft(edge.kind) { ", style=dashed" } else { "" };
        let (from, to) = (model.name(edge.from), model.name(edge.to));
        out.push_str(&format!(
            "  \"{from}\" -> \"{to}\" [label=\"{}\"{style}];\n",
            edge.kind.word()
        ));
    }
    out.push_str("}\n");
    out
}

fn mermaid(model: &Model) -> String {
    let mut out = String::from("flowchart LR\n");
    let id = |thing: ThingId| format!("{}_{}", thing.kind.keyword(), thing.place());
    for thing in model.graph.things() {
        let name = model.name(thing);
        let (open, close) = match thing.kind {
            ThingKind::Database => ("[(", ")]"),
            ThingKind::Cache | ThingKind::Queue => ("[[", "]]"),
            ThingKind::External => ("([", "])"),
            ThingKind::Gateway => ("{{", "}}"),
            _ => ("[", "]"),
        };
        out.push_str(&format!("  {}{open}\"{name}\"{close}\n", id(thing)));
    }
    for edge in model.graph.edges() {
        let arrow = if is_soft(edge.kind) { "-.->" } else { "-->" };
        out.push_str(&format!(
            "  {} {arrow}|{}| {}\n",
            id(edge.from),
            edge.kind.word(),
            id(edge.to)
        ));
    }
    out
}

/// Edges that nobody waits on.
fn is_soft(kind: EdgeKind) -> bool {
    match kind {
        EdgeKind::Call { kind, optional } => optional || kind != loadline_compiler::model::CallKind::Call,
        EdgeKind::DeadLetter => true,
        _ => false,
    }
}
