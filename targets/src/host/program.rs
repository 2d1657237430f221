//! What is started: a program by its absolute path, and its arguments.

use loadline_compiler::model::{Workload, argv};
use loadline_compiler::values::Command;

/// A program and its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Program {
    /// The program by its absolute path, then its arguments.
    pub(crate) words: Vec<String>,
}

impl Program {
    /// The main process of a workload; `None` when only an image says what it is.
    pub(crate) fn main(workload: &Workload) -> Option<Self> {
        let run = workload.run.as_ref()?;
        Some(Self::resolved(workload, &run.value, workload.argv()))
    }

    /// Something that runs with the code of a workload: a migration, a step before the start.
    pub(crate) fn beside(workload: &Workload, run: &Command) -> Self {
        let flags = workload.runtime_flags();
        let words = argv(Some(run), workload.runtime.as_ref(), &flags, Vec::new());
        Self::resolved(workload, run, words)
    }

    fn resolved(workload: &Workload, run: &Command, mut words: Vec<String>) -> Self {
        if let Some(program) = words.first_mut() {
            let is_file = matches!(run, Command::File(_));
            *program = absolute(workload, program, is_file);
        }
        Self { words }
    }
}

/// An interpreter is the machine's; a path is one of the release; any other word of a list is a program of the machine.
fn absolute(workload: &Workload, program: &str, is_file: bool) -> String {
    if program.starts_with('/') {
        program.to_owned()
    } else if let Some(path) = interpreter_path(program) {
        path.to_owned()
    } else if is_file || program.contains('/') {
        let directory = super::release_directory(workload);
        let inside = program.trim_start_matches("./");
        format!("{}/{inside}", directory.trim_end_matches('/'))
    } else {
        format!("/usr/bin/{program}")
    }
}

/// Where distributions put the interpreters of the runtimes. Debian and Fedora have no `python` without a number.
const INTERPRETERS: &[(&str, &str)] = &[
    ("node", "/usr/bin/node"),
    ("python", "/usr/bin/python3"),
    ("python3", "/usr/bin/python3"),
    ("dotnet", "/usr/bin/dotnet"),
    ("java", "/usr/bin/java"),
];

fn interpreter_path(name: &str) -> Option<&'static str> {
    INTERPRETERS
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, path)| *path)
}

/// What must be there before any release, for whoever installs it: releases bring their code, not what executes it.
pub(crate) fn needs(workload: &Workload) -> Option<String> {
    let runtime = workload.runtime.as_ref()?;
    let version = runtime.version.as_ref()?;
    let program = Program::main(workload)?.words.into_iter().next()?;
    let (_, path) = INTERPRETERS.iter().find(|(_, path)| *path == program)?;
    let language = runtime.language.value.word();
    Some(format!("Needs {language} {} as {path}.", version.value.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::model;

    fn words(settings: &str) -> Vec<String> {
        let spec = format!("host web {{ }}\nservice api {{ {settings} }}");
        let model = model(&spec);
        Program::main(&model.workloads[0]).unwrap().words
    }

    #[test]
    fn programs_are_absolute() {
        assert_eq!(
            words("runtime node 24; run \"dist/server.mjs\"; memory 512Mi { heap 300Mi }"),
            ["/usr/bin/node", "--max-old-space-size=300", "dist/server.mjs"]
        );
        assert_eq!(
            words("runtime go; run \"./bin/api\"; args [\"-v\"]"),
            ["/srv/api/current/bin/api", "-v"]
        );
        assert_eq!(
            words("runtime rust; run \"api\"; working_dir \"/opt/api/\""),
            ["/opt/api/api"]
        );
        assert_eq!(
            words("runtime python 3.13; run [\"gunicorn\", \"app:app\"]"),
            ["/usr/bin/gunicorn", "app:app"]
        );
        assert_eq!(
            words("runtime python 3.13; run [\".venv/bin/gunicorn\", \"app:app\"]"),
            ["/srv/api/current/.venv/bin/gunicorn", "app:app"]
        );
        assert_eq!(
            words("runtime python 3.13; run [\"python\", \"-m\", \"app\"]"),
            ["/usr/bin/python3", "-m", "app"]
        );
        assert_eq!(words("runtime binary; run \"/usr/sbin/thing\""), ["/usr/sbin/thing"]);
    }
}
