//! `loadline sweep merge`

use std::fs;

use loadline_simulator::sweep::{merge, read};

use super::give;
use crate::cli::MergeArgs;
use crate::exit::{Exit, Problem};
use crate::report::Style;

pub(super) fn run(arguments: &MergeArgs, style: Style) -> Result<Exit, Problem> {
    let parts = arguments.files.iter().map(|path| {
        let text = fs::read_to_string(path).map_err(|error| Problem::io(path, &error))?;
        let name = path.display().to_string();
        let part = read(&text).map_err(|unreadable| Problem::new(format!("{name}: {}", unreadable.0)))?;
        Ok((name, part))
    });
    let parts: Result<Vec<_>, Problem> = parts.collect();
    let whole = merge(parts?).map_err(Problem::new)?;
    give(&whole, arguments.format, arguments.out.as_deref(), style)?;
    let fails = arguments.must_hold && !whole.succeeds();
    Ok(if fails { Exit::Findings } else { Exit::Clean })
}
