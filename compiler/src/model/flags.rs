//! How flags of the runtime reach the main process.

use super::env::Template;
use super::runtime::{Language, carries_flags};
use super::workload::Workload;
use super::{Model, Platform};
use crate::facts::runtimes;
use crate::lower::Val;

/// How the flags of [`Workload::runtime_flags`] reach the process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FlagsBy {
    /// There are none.
    Nothing,
    /// Between the runtime and the file.
    CommandLine,
    /// They must be added to the variable of [`Workload::options_variable`].
    Environment,
    /// They stand in that variable.
    Declared,
    /// That variable says something else: this word.
    Contradicted(String),
    /// Not at all, and why.
    Nobody(&'static str),
}

impl Workload {
    /// The variable from which the runtime reads options, whoever starts it.
    ///
    /// Source: Node's doc/api/cli.md, `NODE_OPTIONS` (the sizes of old space and semi-space are allowed in it on 18 to
    /// 26, measured); the JVM Tool Interface, `JAVA_TOOL_OPTIONS`.
    #[must_use]
    pub fn options_variable(&self) -> Option<&'static str> {
        match self.runtime.as_ref()?.language.value {
            Language::Node => Some("NODE_OPTIONS"),
            Language::Jvm => Some("JAVA_TOOL_OPTIONS"),
            Language::Go => Some("GOMEMLIMIT"),
            Language::Dotnet => Some("DOTNET_GCHeapHardLimit"),
            Language::Python | Language::Rust | Language::Binary => None,
        }
    }

    /// What that variable must hold, and nothing besides, where the runtime takes the size of its heap from it.
    #[must_use]
    pub(crate) fn heap_value(&self) -> Option<String> {
        let heap = self.memory.as_ref()?.heap.flag()?;
        let language = self.runtime.as_ref()?.language.value;
        runtimes::heap_variable(language, heap).map(|(_, value)| value)
    }

    /// What that variable holds: the workload's own value, else that of a shared set, else a declared default.
    #[must_use]
    pub(crate) fn options<'m>(&'m self, model: &'m Model) -> Option<&'m Val<Template>> {
        self.variable(model, self.options_variable()?)
    }

    /// A variable of its environment: its own value, else that of a shared set, else a declared default.
    #[must_use]
    pub(crate) fn variable<'m>(&'m self, model: &'m Model, name: &str) -> Option<&'m Val<Template>> {
        let shared = self.env_from.iter().rev().filter_map(|set| model.config_set(set.id));
        let declared = self.config.iter().find(|config| config.name.0 == name);
        self.env
            .get(name)
            .or_else(|| shared.into_iter().find_map(|set| set.env.get(name)))
            .or_else(|| declared.and_then(|config| config.default.as_ref()))
    }

    /// How the flags reach the process. Where the command line cannot carry them the compiler adds them to the
    /// environment, so that only what really is lost is left as [`FlagsBy::Nobody`].
    #[must_use]
    pub fn flags_by(&self, model: &Model) -> FlagsBy {
        if let Some(value) = self.heap_value() {
            return self.value_by(model, &value);
        }
        let flags = self.runtime_flags();
        let Some(variable) = self.options_variable().filter(|_| !flags.is_empty()) else {
            return FlagsBy::Nothing;
        };
        let run = self.run.as_ref().map(|run| &run.value);
        if run.is_some_and(|run| carries_flags(run, self.runtime.as_ref())) {
            return FlagsBy::CommandLine;
        }
        if matches!(model.platform(self), Platform::Pm2(_)) {
            return FlagsBy::Nobody("PM2 sets the environment when V8 has read its options already");
        }
        if self.secret.iter().any(|secret| secret.name.0 == variable) {
            return FlagsBy::Nobody("the variable that could carry it is a secret");
        }
        let Some(options) = self.options(model) else {
            return FlagsBy::Environment;
        };
        let words: Vec<&str> = options.parts.iter().flat_map(super::TemplatePart::words).collect();
        let other = |flag: &String| {
            words
                .iter()
                .rfind(|word| option(word) == option(flag))
                .filter(|word| word.replace('_', "-") != *flag)
        };
        if let Some(other) = flags.iter().find_map(other) {
            return FlagsBy::Contradicted((*other).to_owned());
        }
        let present = |flag: &String| words.iter().any(|word| option(word) == option(flag));
        if flags.iter().all(present) {
            FlagsBy::Declared
        } else {
            FlagsBy::Environment
        }
    }
}

impl Workload {
    fn value_by(&self, model: &Model, value: &str) -> FlagsBy {
        let version = self.runtime.as_ref().and_then(|runtime| runtime.version.as_ref());
        let (major, minor) = runtimes::GO_HAS_LIMIT_FROM;
        let is_go = self
            .runtime
            .as_ref()
            .is_some_and(|runtime| runtime.language.value == Language::Go);
        if is_go && version.is_some_and(|version| !version.at_least(major, minor)) {
            return FlagsBy::Nobody("Go has `GOMEMLIMIT` from 1.19 on");
        }
        if self
            .secret
            .iter()
            .any(|secret| Some(secret.name.0.as_str()) == self.options_variable())
        {
            return FlagsBy::Nobody("the variable that could carry it is a secret");
        }
        match self.options(model).map(|present| present.as_text()) {
            None => FlagsBy::Environment,
            Some(Some(present)) if present.trim() == value => FlagsBy::Declared,
            Some(present) => FlagsBy::Contradicted(present.unwrap_or("a reference").to_owned()),
        }
    }
}

/// What an option sets: `--max-old-space-size`, `-Xmx`. Node takes dashes and underscores as the same (doc/api/cli.md).
fn option(word: &str) -> String {
    if word.starts_with("-Xmx") {
        return "-Xmx".to_owned();
    }
    word.split('=').next().unwrap_or(word).replace('_', "-")
}
