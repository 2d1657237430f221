//! `loadline init`

use std::fs;
use std::io::Write as _;

use super::print;
use crate::cli::InitArgs;
use crate::exit::{Exit, Problem};
use crate::files::ROOT_FILE;

const SPEC: &str = include_str!("init.load");

pub(crate) fn run(arguments: &InitArgs) -> Result<Exit, Problem> {
    fs::create_dir_all(&arguments.dir).map_err(|error| Problem::io(&arguments.dir, &error))?;
    let path = arguments.dir.join(ROOT_FILE);
    let mut file = match fs::OpenOptions::new().write(true).create_new(true).open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            return Err(Problem::new(format!(
                "{}: already there, and left as it is",
                path.display()
            )));
        }
        Err(error) => return Err(Problem::io(&path, &error)),
    };
    file.write_all(SPEC.as_bytes())
        .map_err(|error| Problem::io(&path, &error))?;
    let dir = arguments.dir.display();
    print(&format!(
        "wrote {}\nnext:  loadline check {dir}\n       loadline compile {dir} -o {}\n",
        path.display(),
        arguments.dir.join("deploy").display()
    ))?;
    Ok(Exit::Clean)
}
