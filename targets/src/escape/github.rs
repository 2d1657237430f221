//! GitHub Actions: what stands between `${{` and `}}` is an expression, wherever it stands in a workflow.

use serde::{Serialize, Serializer};

/// A text that holds no expression. Commands are never made of such texts: they get them in their environment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Inert(String);

impl Inert {
    /// An opening brace becomes an expression that gives it. Source: GitHub, "Evaluate expressions in workflows": string
    /// literals; what an expression gives is not read again.
    pub(crate) fn of(text: &str) -> Self {
        Self(text.replace("${{", "${{ '${{' }}"))
    }
}

impl Serialize for Inert {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        crate::yaml::Lines(&self.0).serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What the runner makes of a text, where expressions are string literals: a restatement of its reader, which looks for
    /// the end of an expression outside of quotes.
    fn evaluated(text: &str) -> Option<String> {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, expression)) = rest.split_once("${{") {
            out.push_str(before);
            let mut quoted = false;
            let mut previous = ' ';
            let end = expression.char_indices().find(|&(_, character)| {
                quoted ^= character == '\'';
                let ends = !quoted && character == '}' && previous == '}';
                previous = character;
                ends
            });
            let (at, _) = end?;
            let literal = expression.get(..at - 1)?.trim();
            out.push_str(&literal.strip_prefix('\'')?.strip_suffix('\'')?.replace("''", "'"));
            rest = expression.get(at + 1..)?;
        }
        out.push_str(rest);
        Some(out)
    }

    proptest! {
        #[test]
        fn the_runner_reads_texts_as_they_were(text in "([${} 'a]|\\$\\{\\{|\\}\\}|secrets\\.A|\\PC){0,16}") {
            let Inert(written) = Inert::of(&text);
            prop_assert_eq!(evaluated(&written), Some(text));
        }
    }

    #[test]
    fn other_texts_stay_as_they_are() {
        assert_eq!(
            Inert::of("npm ci && echo $HOME ${A} {{ x }}").0,
            "npm ci && echo $HOME ${A} {{ x }}"
        );
        assert_eq!(Inert::of("${{ secrets.A }}").0, "${{ '${{' }} secrets.A }}");
    }
}
