//! JavaScript expressions: an ecosystem file of PM2 is a module that is executed.

use loadline_compiler::model::is_env_name;

use crate::template::Escaped;

/// A string literal.
pub(crate) fn string(text: &str) -> Escaped {
    let json = serde_json::Value::from(text).to_string();
    // Legal inside literals since ES2019, and ends of lines for every reader before that.
    let json = json.replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029");
    Escaped::trust(json)
}

/// A list of string literals.
pub(crate) fn strings<T: AsRef<str>>(texts: &[T]) -> Escaped {
    let texts: Vec<String> = texts
        .iter()
        .map(|text| string(text.as_ref()).as_str().to_owned())
        .collect();
    Escaped::trust(format!("[{}]", texts.join(", ")))
}

/// `true` or `false`; templates would write them as Python does.
pub(crate) fn boolean(value: bool) -> Escaped {
    Escaped::trust(value.to_string())
}

/// The key of a property.
pub(crate) fn key(text: &str) -> Result<Escaped, String> {
    if text == "__proto__" {
        return Err("JavaScript takes the key `__proto__` for the prototype of the object".to_owned());
    }
    let word = is_env_name(text);
    Ok(if word { Escaped::trust(text) } else { string(text) })
}

/// A variable of the environment in which the file is read.
pub(crate) fn environment(name: &str) -> Result<Escaped, String> {
    if !is_env_name(name) {
        return Err(format!("{name:?} cannot be the name of an environment variable"));
    }
    Ok(Escaped::trust(format!("process.env.{name}")))
}

/// The content of a file, without the line break that editors put at its end.
pub(crate) fn file(path: &str) -> Escaped {
    let path = string(path);
    Escaped::trust(format!(
        "require(\"node:fs\").readFileSync({}, \"utf8\").replace(/\\n$/, \"\")",
        path.as_str()
    ))
}

/// A comment to the end of its line.
pub(crate) fn remark(text: &str) -> Escaped {
    let clean = |c: char| if ends_line(c) { ' ' } else { c };
    Escaped::trust(text.chars().map(clean).collect::<String>())
}

fn ends_line(c: char) -> bool {
    c.is_control() || c == '\u{2028}' || c == '\u{2029}'
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn strings_are_json_on_one_line(text in any::<String>()) {
            let literal = string(&text);
            let one_line = !literal.as_str().contains(['\n', '\r', '\u{2028}', '\u{2029}']);
            prop_assert!(one_line);
            prop_assert_eq!(serde_json::from_str::<String>(literal.as_str()).unwrap(), text);
        }

        #[test]
        fn keys_are_words_or_strings(text in any::<String>()) {
            let key = key(&text).unwrap();
            let read = serde_json::from_str::<String>(key.as_str());
            prop_assert_eq!(read.unwrap_or_else(|_| key.as_str().to_owned()), text);
        }

        #[test]
        fn remarks_stay_one_line(text in any::<String>()) {
            let remark = remark(&text);
            prop_assert!(!remark.as_str().contains(ends_line));
        }
    }

    #[test]
    fn what_is_no_key_or_variable_is_refused() {
        assert!(key("__proto__").is_err());
        assert_eq!(key("pre-prod").unwrap().as_str(), "\"pre-prod\"");
        assert!(environment("A-B").is_err());
        assert!(environment("a;process.exit()").is_err());
    }

    /// Node reads the same strings out of the literals as were put in.
    #[test]
    #[expect(clippy::disallowed_types, reason = "the test asks the real program")]
    fn node_itself_reads_the_strings_back() {
        let awkward = [
            "",
            "plain",
            "\"",
            "'",
            "`${1}`",
            "\\",
            "\\u0041",
            "\n",
            "\r\n",
            "\u{2028}\u{2029}",
            "\0",
            "\u{7f}",
            "é ☃ 漢 🙂",
            "</script>",
            "*/",
            "// x",
            "__proto__",
            "constructor",
            "${process.env.HOME}",
            "%d %s",
        ];
        let list = strings(&awkward);
        let keys: Vec<String> = awkward
            .iter()
            .filter_map(|text| key(text).ok())
            .enumerate()
            .map(|(index, key)| format!("{}: {index}", key.as_str()))
            .collect();
        let program = format!(
            "// {}\nconst object = {{{}}};\nprocess.stdout.write(JSON.stringify([{}, Object.keys(object).length]));",
            remark("a\nthrow 1;\u{2028}throw 2").as_str(),
            keys.join(", "),
            list.as_str()
        );
        let Ok(output) = std::process::Command::new("node").args(["-e", &program]).output() else {
            crate::testing::missing("there is no node");
            return;
        };
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{error}");
        let read: (Vec<String>, usize) = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(read.0, awkward);
        assert_eq!(read.1, awkward.len() - 1);
    }
}
