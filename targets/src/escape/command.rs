//! Command lines that a person copies into bash.

/// A part of a command line.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Part<'a> {
    /// Our own text, with its spaces: `kubectl --namespace `.
    Own(&'static str),
    /// One word, or a part of one, whatever is in it.
    Word(&'a str),
}

/// The parts one behind the other.
pub(crate) fn line(parts: &[Part<'_>]) -> String {
    let mut out = String::new();
    for part in parts {
        match part {
            Part::Own(text) => out.push_str(text),
            Part::Word(text) => out.push_str(&word(text)),
        }
    }
    out
}

/// Quoted if it must be. Source: Bash reference manual, "Quoting".
pub(crate) fn word(text: &str) -> String {
    let plain =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | ':' | '@' | '%' | '+' | ',' | '=');
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    if !text.chars().any(char::is_control) {
        return format!("'{}'", text.replace('\'', "'\\''"));
    }
    let mut out = String::from("$'");
    for character in text.chars() {
        match character {
            '\'' | '\\' => out.extend(['\\', character]),
            other if other.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(other))),
            other => out.push(other),
        }
    }
    out.push('\'');
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::disallowed_types, reason = "the test asks the real program")]

    use super::*;

    #[test]
    fn bash_reads_words_as_they_were() {
        let words = [
            "api", "a b", "", "it's", "$(id)", "`id`", "\"", "\\", "a\nb", "a\tb'c\\", "*", "~", "#x", "-x", "é", "!x",
            "{a,b}", "=ls",
        ];
        for text in words {
            let script = format!("printf %s {}", word(text));
            let output = std::process::Command::new("bash")
                .env("LC_ALL", "C.UTF-8")
                .args(["-c", &script])
                .output()
                .unwrap();
            assert_eq!(String::from_utf8(output.stdout).unwrap(), text, "{script}");
        }
    }

    #[test]
    fn only_what_must_be_is_quoted() {
        let parts = [
            Part::Own("kubectl --namespace "),
            Part::Word("shop"),
            Part::Own(" get "),
            Part::Word("a b"),
        ];
        assert_eq!(line(&parts), "kubectl --namespace shop get 'a b'");
    }
}
