//! Shell: one word of a command line, an argument or the value of an assignment.

use loadline_compiler::quantity::Duration;

use crate::template::Escaped;

/// A word that the shell takes as it is. Inside `'…'` nothing has a meaning; a `'` ends the quotes, and `\'` stands alone.
pub(crate) fn word(text: &str) -> Result<Escaped, String> {
    if text.contains('\0') {
        return Err("no argument of a program can hold a NUL".to_owned());
    }
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+,@%=:".contains(&byte);
    if !text.is_empty() && text.bytes().all(is_plain) {
        return Ok(Escaped::trust(text));
    }
    Ok(Escaped::trust(format!("'{}'", text.replace('\'', r"'\''"))))
}

/// Words with blanks between them.
pub(crate) fn words<T: AsRef<str>>(texts: &[T]) -> Result<Escaped, String> {
    let words: Result<Vec<Escaped>, String> = texts.iter().map(|text| word(text.as_ref())).collect();
    let words = words?;
    let words: Vec<&str> = words.iter().map(Escaped::as_str).collect();
    Ok(Escaped::trust(words.join(" ")))
}

/// Numbers with blanks between them.
pub(crate) fn numbers(numbers: &[u16]) -> Escaped {
    let numbers: Vec<String> = numbers.iter().map(u16::to_string).collect();
    Escaped::trust(numbers.join(" "))
}

/// A time in seconds, as `sleep` and `timeout` of GNU and `curl` take it: `0.25`.
pub(crate) fn seconds(time: Duration) -> Escaped {
    let millis = time.ceil_millis();
    let (whole, rest) = (millis / 1000, millis % 1000);
    if rest == 0 {
        return Escaped::trust(whole.to_string());
    }
    Escaped::trust(format!("{whole}.{rest:03}").trim_end_matches('0'))
}

/// A comment to the end of its line.
pub(crate) fn remark(text: &str) -> Escaped {
    let clean = |c: char| if c.is_control() { ' ' } else { c };
    Escaped::trust(text.chars().map(clean).collect::<String>())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a shell makes of words: its arguments, one after the other.
    #[expect(clippy::disallowed_types, reason = "the test asks the real program")]
    fn read(shell: &str, program: &str) -> Option<Vec<String>> {
        let run = std::process::Command::new(shell).args(["-c", program]).output();
        let Ok(output) = run else {
            crate::testing::missing(&format!("there is no {shell}"));
            return None;
        };
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        Some(text.split_terminator('\0').map(str::to_owned).collect())
    }

    fn come_back(texts: &[String]) {
        let line = words(texts).unwrap();
        for shell in ["sh", "bash"] {
            let program = format!("printf '%s\\0' {}", line.as_str());
            if let Some(read) = read(shell, &program) {
                assert_eq!(read, texts, "{shell}");
            }
        }
        // As values of assignments, the way the script has them.
        let first = word(texts.first().unwrap()).unwrap();
        let program = format!("value={}; printf '%s\\0' \"$value\"", first.as_str());
        if let Some(read) = read("bash", &program) {
            assert_eq!(read, texts[..1]);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_shell_reads_the_same_words_back(texts in prop::collection::vec("[^\0]{0,20}", 1..8)) {
            come_back(&texts);
        }

        #[test]
        fn remarks_stay_one_line(text in any::<String>()) {
            prop_assert!(!remark(&text).as_str().contains(['\n', '\r']));
        }
    }

    #[test]
    fn awkward_words_come_back() {
        let awkward = [
            "",
            "plain",
            "'",
            "''",
            "\"",
            "$HOME",
            "`id`",
            "$(id)",
            "\\",
            "\\n",
            "a b",
            "\t",
            "\n",
            "\r\n",
            "*",
            "~",
            "~root",
            "{a,b}",
            "!!",
            "#",
            "-n",
            "--",
            "a=b",
            "é ☃ 🙂",
            ";",
            "&&",
            "|",
            "<(id)",
            "\u{7f}",
            "\u{2028}",
        ];
        come_back(&awkward.map(str::to_owned));
        assert!(word("a\0b").is_err());
    }

    #[test]
    fn times_are_decimal_seconds() {
        let read = |text: &str| seconds(Duration::read(text).unwrap()).as_str().to_owned();
        assert_eq!(["5m", "250ms", "1500ms", "0s"].map(read), ["300", "0.25", "1.5", "0"]);
    }
}
