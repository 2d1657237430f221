//! The release schedule of Node.js that a project brings itself.

use loadline_grammar::Span;

use crate::diagnostic::Diagnostic;
use crate::facts::node_schedule::NodeSchedule;
use crate::lower::Cx;
use crate::model::Model;
use crate::project::{Loader, ReadError};
use crate::rules::syntax;

pub(crate) fn read(model: &mut Model, loader: &mut dyn Loader, cx: &mut Cx<'_>) {
    let Some(path) = &model.project.node_schedule else {
        return;
    };
    let (name, span) = (path.value.0.as_str(), path.span);
    // Another environment may have read it already.
    let source = match cx.sources.files().find(|file| file.name == name) {
        Some(source) => source,
        None => match loader.read(name) {
            Ok(text) => match cx.sources.add(name, text) {
                Some(source) => source,
                None => return cx.report(too_much(name, span)),
            },
            Err(ReadError::Outside) => return cx.report(syntax::path_outside_project::found(name, span)),
            Err(error) => {
                let rule = &syntax::unknown_reference::RULE;
                return cx.report(Diagnostic::new(rule, error.message(name), span, "named here"));
            }
        },
    };
    match NodeSchedule::read(&source.text) {
        Ok(schedule) => model.node_schedule = schedule,
        Err((message, inside)) => {
            let place = |offset: u32| source.base.saturating_add(offset);
            let rule = &syntax::value_out_of_range::RULE;
            let message = format!("`{name}` is no release schedule: {message}");
            let at = Span::new(place(inside.start), place(inside.end));
            let found = Diagnostic::new(rule, message, at, "here").label(span, "read for this project");
            cx.report(found.help("take `schedule.json` of the nodejs/Release repository"));
        }
    }
}

fn too_much(name: &str, span: Span) -> Diagnostic {
    let message = format!("`{name}` is one file too many, or one text too long");
    Diagnostic::new(&syntax::value_out_of_range::RULE, message, span, "named here")
}
