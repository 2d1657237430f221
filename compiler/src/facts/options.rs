//! Options of the runtimes themselves: where they stand on a command line, and which are certainly theirs.

use crate::model::Language;

/// Options of one runtime.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The program that reads them.
    interpreter: &'static str,
    /// The variable that carries further ones.
    pub variable: &'static str,
    /// Options whose value is the next word.
    with_value: &'static [&'static str],
    /// How options begin that no program has for itself.
    own: &'static [&'static str],
}

/// Source: doc/api/cli.md of Node 24. Only options of V8 and of the runtime's own memory and diagnostics are listed: a
/// program may well have an `--import` or a `--watch` of its own.
const NODE: Options = Options {
    interpreter: "node",
    variable: "NODE_OPTIONS",
    with_value: &[
        "-r",
        "--require",
        "--import",
        "--loader",
        "--experimental-loader",
        "-C",
        "--conditions",
        "--title",
    ],
    own: &[
        "--max-old-space-size",
        "--max-semi-space-size",
        "--max-heap-size",
        "--expose-gc",
        "--heapsnapshot-near-heap-limit",
        "--max-http-header-size",
        "--stack-trace-limit",
        "--trace-gc",
        "--unhandled-rejections",
        "--v8-pool-size",
    ],
};

/// Source: `java` of JDK 25, "Extra Options for Java" and "Advanced Options".
const JVM: Options = Options {
    interpreter: "java",
    variable: "JAVA_TOOL_OPTIONS",
    with_value: &[
        "-cp",
        "-classpath",
        "--class-path",
        "-p",
        "--module-path",
        "--add-modules",
        "--add-opens",
    ],
    own: &["-Xm", "-Xs", "-XX:", "-javaagent:"],
};

impl Options {
    /// Of a runtime; `None` where nobody puts options on a command line.
    #[must_use]
    pub const fn of(language: Language) -> Option<&'static Self> {
        match language {
            Language::Node => Some(&NODE),
            Language::Jvm => Some(&JVM),
            _ => None,
        }
    }

    /// Where the program stands that the runtime runs: the first word behind the runtime that is no option, nor the value of
    /// one. `None` when the words do not name the runtime.
    #[must_use]
    pub fn program(&self, words: &[&str]) -> Option<usize> {
        let is_interpreter = |word: &&str| word.rsplit('/').next() == Some(self.interpreter);
        let start = words.iter().position(is_interpreter)?;
        let mut takes_value = false;
        for (index, word) in words.iter().enumerate().skip(start + 1) {
            if std::mem::take(&mut takes_value) {
                continue;
            }
            if word.starts_with('-') {
                takes_value = self.with_value.contains(word);
            } else {
                return Some(index);
            }
        }
        None
    }

    /// Whether a word is certainly meant for the runtime. Node takes dashes and underscores as the same.
    #[must_use]
    pub fn is_own(&self, word: &str) -> bool {
        let word = if self.interpreter == "node" {
            word.replace('_', "-")
        } else {
            word.to_owned()
        };
        self.own.iter().any(|own| match word.strip_prefix(own) {
            Some(rest) => !own.starts_with("--") || rest.is_empty() || rest.starts_with('='),
            None => false,
        })
    }
}

/// Whether an option sets the size of the heap.
#[must_use]
pub fn sets_heap(flag: &str) -> bool {
    flag.replace('_', "-").starts_with("--max-old-space-size") || flag.starts_with("-Xmx")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_behind_the_options_and_their_values() {
        let node = |words: &[&str]| NODE.program(words);
        assert_eq!(node(&["node", "s.js", "--expose-gc"]), Some(1));
        assert_eq!(
            node(&["/usr/bin/node", "--expose-gc", "-r", "dotenv/config", "s.js"]),
            Some(4)
        );
        assert_eq!(node(&["dumb-init", "node", "--import=tsx", "s.js"]), Some(3));
        assert_eq!(node(&["npm", "start"]), None);
        assert_eq!(node(&["node", "--expose-gc"]), None);
        assert_eq!(JVM.program(&["java", "-Xmx1g", "-jar", "a.jar", "-Xss1m"]), Some(3));
        assert_eq!(JVM.program(&["java", "-cp", "a.jar", "Main"]), Some(3));
    }

    #[test]
    fn an_option_is_the_whole_word() {
        assert!(NODE.is_own("--max_old_space_size=512") && NODE.is_own("--expose-gc"));
        assert!(!NODE.is_own("--max-old-space-size-of-mine") && !NODE.is_own("--port"));
        assert!(JVM.is_own("-Xmx1g") && JVM.is_own("-XX:+UseZGC") && !JVM.is_own("-Dkey=value"));
    }
}
