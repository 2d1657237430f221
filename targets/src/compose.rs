//! x

use loadline_compiler::model::Model;

use crate::output::Output;

pub(crate) fn emit(_model: &Model, _out: &mut Output) {}
