//! How a workload's code is built and run.

use crate::lower::{Command, ProjectPath, Text, Val, Version};
use crate::schema::{block, words};

words! {
    /// What executes the code. Decides base image, memory model, signals and default pools.
    pub enum Language("a runtime") {
        /// Node.js; give the major version: `node 24`.
        Node = "node",
        /// CPython.
        Python = "python",
        /// A Java virtual machine.
        Jvm = "jvm",
        /// A Go binary.
        Go = "go",
        /// .NET.
        Dotnet = "dotnet",
        /// A Rust binary.
        Rust = "rust",
        /// An executable about which nothing is assumed.
        Binary = "binary",
    }
}

block! {
    /// What executes the code, and which version of it.
    pub struct Runtime("runtime") {
        head {
            /// The runtime.
            language: Val<Language>,
            /// Its version; one is needed for `node`, `python`, `jvm` and `dotnet`.
            version: Option<Val<Version>>,
        }
    }
}

impl Runtime {
    /// The major version, if one is given.
    #[must_use]
    pub fn major(&self) -> Option<u64> {
        self.version.as_ref().and_then(|version| version.major())
    }

    /// Whether it is Node.js.
    #[must_use]
    pub fn is_node(&self) -> bool {
        self.language.value == Language::Node
    }
}

block! {
    /// How the image and the versioned directory are built. What is left out follows from the runtime.
    pub struct Build("build") {
        /// The directory that holds the sources.
        context: Option<Val<ProjectPath>>,
        /// Base image, instead of the runtime's own: a digest keeps builds repeatable.
        base: Option<Val<Text>>,
        /// The command that installs dependencies, instead of the runtime's own.
        install: Option<Val<Text>>,
        /// Commands that build, in order.
        steps: Option<Val<Vec<Text>>>,
        /// What the build leaves behind and the image needs: a directory or file of the context.
        output: Option<Val<Text>>,
        /// Further files and directories of the context that the image needs.
        files: Option<Val<Vec<Text>>>,
        /// A directory of static files that a gateway serves itself.
        assets as "static": Option<Val<Text>>,
    }
}

/// How a process is started: one name for what the runtime makes of `run`.
impl super::workload::Workload {
    /// The argument vector of the main process: `run "dist/server.mjs"` under Node is `node dist/server.mjs`.
    ///
    /// Empty when the image's own entry point is used.
    #[must_use]
    pub fn argv(&self) -> Vec<String> {
        argv(
            self.run.as_ref().map(|run| &run.value),
            self.runtime.as_ref(),
            &self.runtime_flags(),
            self.args(),
        )
    }

    fn args(&self) -> Vec<String> {
        let args = self
            .args
            .as_ref()
            .map(|args| args.value.iter().map(|text| text.0.clone()).collect());
        args.unwrap_or_default()
    }
}

/// `flags` stand between the runtime and the file: after the file they would be the program's own arguments.
#[must_use]
pub fn argv(run: Option<&Command>, runtime: Option<&Runtime>, flags: &[String], args: Vec<String>) -> Vec<String> {
    let Some(run) = run else { return args };
    let interpreter = runtime.and_then(interpreter);
    let mut words: Vec<String> = Vec::new();
    match interpreter {
        Some(interpreter) if is_script(run, runtime) => {
            words.push(interpreter.to_owned());
            words.extend(flags.iter().cloned());
            if interpreter == "java" {
                words.push("-jar".to_owned());
            }
            words.extend(run.words().iter().cloned());
        }
        Some(_) if carries_flags(run, runtime) => {
            let mut given = run.words().iter().cloned();
            words.extend(given.next());
            words.extend(flags.iter().cloned());
            words.extend(given);
        }
        _ => words.extend(run.words().iter().cloned()),
    }
    words.extend(args);
    words
}

fn interpreter(runtime: &Runtime) -> Option<&'static str> {
    match runtime.language.value {
        Language::Node => Some("node"),
        Language::Python => Some("python"),
        Language::Dotnet => Some("dotnet"),
        Language::Jvm => Some("java"),
        Language::Go | Language::Rust | Language::Binary => None,
    }
}

/// The runtime that a command line names by its interpreter: `node dist/server.mjs`.
#[must_use]
pub fn language_of(run: &Command) -> Option<Language> {
    match run.words().first()?.rsplit('/').next()? {
        "node" => Some(Language::Node),
        "python" | "python3" => Some(Language::Python),
        "dotnet" => Some(Language::Dotnet),
        "java" => Some(Language::Jvm),
        _ => None,
    }
}

/// Whether the command line starts the runtime itself, so that flags can stand behind it. `/usr/local/bin/node` is `node`.
pub(super) fn carries_flags(run: &Command, runtime: Option<&Runtime>) -> bool {
    let Some(interpreter) = runtime.and_then(interpreter) else {
        return false;
    };
    let program = run.words().first().and_then(|first| first.rsplit('/').next());
    program == Some(interpreter) || is_script(run, runtime)
}

/// Whether the interpreter must be put in front: one word is its file, and of a line the first may be.
fn is_script(run: &Command, runtime: Option<&Runtime>) -> bool {
    let endings: &[&str] = match runtime.map(|runtime| runtime.language.value) {
        Some(Language::Node) => &[".js", ".mjs", ".cjs"],
        Some(Language::Python) => &[".py"],
        Some(Language::Dotnet) => &[".dll"],
        Some(Language::Jvm) => &[".jar"],
        _ => return false,
    };
    match run {
        Command::File(_) => true,
        Command::Arguments(words) => {
            let first = words.first().map(String::as_str).unwrap_or_default();
            endings.iter().any(|ending| first.ends_with(ending))
        }
    }
}
