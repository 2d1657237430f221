//! Any text comes back through the rules of the reader, or is refused.
//!
//! The reader is written from the Dockerfile reference: what an instruction is, how words are cut and quoted, where a
//! `$` is replaced. It knows nothing of the functions above.

use proptest::prelude::*;

use super::*;

/// Texts that are dense in what means something somewhere.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z0-9 \\t\\\\\"'$={}\\[\\]*?#!<&|;:/.-]{0,24}",
        1 => "[\\PC\\n\\r\\x00]{0,24}",
        1 => any::<String>(),
    ]
}

/// The instructions of a Dockerfile: physical lines, joined where one ends with `\`, without comments and without the
/// texts of heredocs.
fn instructions(file: &str) -> Vec<String> {
    let mut lines = file.split('\n');
    let mut found = Vec::new();
    while let Some(line) = lines.next() {
        if line.trim().is_empty() || line.trim_start().starts_with('#') {
            continue;
        }
        let mut logical = line.to_owned();
        while let Some(open) = logical.trim_end_matches([' ', '\t']).strip_suffix('\\') {
            logical = format!("{open}{}", lines.next().unwrap_or_default());
        }
        for end in heredocs(&logical) {
            lines.by_ref().find(|line| line.trim_start_matches('\t') == end);
        }
        found.push(logical);
    }
    found
}

/// What ends the texts that a `RUN` or `COPY` begins: words `<<END`, with a number or a dash or quotes around.
fn heredocs(line: &str) -> Vec<String> {
    if !line.starts_with("RUN") && !line.starts_with("COPY") {
        return Vec::new();
    }
    words(line)
        .iter()
        .map(|word| word.trim_start_matches(|c: char| c.is_ascii_digit()))
        .filter_map(|word| word.strip_prefix("<<"))
        .map(|end| end.strip_prefix('-').unwrap_or(end))
        .filter(|end| !end.is_empty() && !end.contains('<'))
        .map(|end| end.trim_matches(['"', '\'']).to_owned())
        .collect()
}

/// The rest of a line behind its beginning.
fn after<'l>(line: &'l str, beginning: &str) -> &'l str {
    line.strip_prefix(beginning).expect("another beginning")
}

/// Words: cut at blanks outside quotes, quotes and backslashes still in them.
fn words(line: &str) -> Vec<String> {
    let (mut found, mut word, mut quote) = (Vec::new(), String::new(), None);
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (None, blank) if blank.is_whitespace() => {
                if !word.is_empty() {
                    found.push(std::mem::take(&mut word));
                }
                continue;
            }
            (None, '"' | '\'') => quote = Some(character),
            (Some(open), _) if open == character => quote = None,
            (None | Some('"'), '\\') => {
                word.push(character);
                word.extend(characters.next());
                continue;
            }
            _ => {}
        }
        word.push(character);
    }
    if !word.is_empty() {
        found.push(word);
    }
    found
}

/// A word after quotes, backslashes and variables; every variable is `(expanded)`.
fn expanded(word: &str) -> String {
    unquoted(word).unwrap_or_else(|| panic!("a quote is not closed: {word}"))
}

/// The same; `None` where a quote is not closed.
pub(crate) fn unquoted(word: &str) -> Option<String> {
    let (mut text, mut quote) = (String::new(), None);
    let mut characters = word.chars().peekable();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (None, '"' | '\'') => quote = Some(character),
            (Some(open), _) if open == character => quote = None,
            (Some('\''), _) => text.push(character),
            (_, '$') => text.push_str("(expanded)"),
            (None, '\\') => text.extend(characters.next()),
            (Some('"'), '\\') => match characters.peek() {
                Some('"' | '$' | '\\') => text.extend(characters.next()),
                _ => text.push('\\'),
            },
            _ => text.push(character),
        }
    }
    quote.is_none().then_some(text)
}

/// Keys and values of an `ENV` or `LABEL`. The first `=` cuts, wherever it stands.
fn pairs(line: &str) -> Vec<(String, String)> {
    words(line)
        .iter()
        .map(|word| word.split_once('=').expect("a word without `=`"))
        .map(|(key, value)| (expanded(key), expanded(value)))
        .collect()
}

/// Sources and destination of a `COPY`.
fn copied(operands: &str) -> Vec<String> {
    let list: Result<Vec<String>, _> = serde_json::from_str(operands);
    let plain = || operands.split_whitespace().map(str::to_owned).collect();
    let words = list.unwrap_or_else(|_| plain());
    words.iter().map(|word| expanded(word)).collect()
}

/// The only instruction of a file that also has one behind it.
fn only(instruction: &str) -> String {
    let file = format!("{instruction}\nCMD [\"end\"]\n");
    let found = instructions(&file);
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(found[1], "CMD [\"end\"]");
    found[0].clone()
}

fn has_control(text: &str) -> bool {
    text.chars().any(|c| c.is_control() && c != '\t')
}

proptest! {
    #[test]
    fn values_and_keys_come_back(key in text(), text in text()) {
        match (label_key(&key), value(&text)) {
            (Ok(escaped_key), Ok(escaped)) => {
                let line = format!("LABEL {}={}", escaped_key.as_str(), escaped.as_str());
                let line = only(&line);
                prop_assert_eq!(pairs(after(&line, "LABEL ")), [(key, text)]);
            }
            (Err(_), _) => prop_assert!(has_control(&key) || key.is_empty() || key.contains('=')),
            (_, Err(_)) => prop_assert!(has_control(&text)),
        }
    }

    #[test]
    fn copies_come_back(source in text(), further in text(), destination in text()) {
        match copy(&[&source, &further], &destination) {
            Ok(escaped) => {
                let line = only(&format!("COPY --from=build {}", escaped.as_str()));
                let mut read = copied(after(&line, "COPY --from=build "));
                // A class with nothing but `[` is a `[` in the patterns of sources.
                for source in &mut read[..2] {
                    *source = source.replace("[[]", "[");
                }
                let wanted = [source, further, destination];
                prop_assert!(!read[0].starts_with("--") || escaped.as_str().starts_with('['));
                prop_assert_eq!(read, wanted);
            }
            Err(_) => {
                let refused = |path: &String| has_control(path) || path.is_empty() || path.contains('\\');
                prop_assert!(refused(&source) || refused(&further) || refused(&destination));
            }
        }
    }

    #[test]
    fn directories_come_back(path in text()) {
        if let Ok(escaped) = directory(&path) {
            let line = only(&format!("WORKDIR {}", escaped.as_str()));
            prop_assert_eq!(expanded(after(&line, "WORKDIR ").trim()), path);
        } else {
            let edges = path.is_empty() || path.trim() != path || path.ends_with('\\');
            prop_assert!(edges || has_control(&path));
        }
    }

    #[test]
    fn commands_come_back(words in prop::collection::vec(text(), 0..5)) {
        match exec(&words) {
            Ok(escaped) => {
                let line = only(&format!("CMD {}", escaped.as_str()));
                let read: Vec<String> = serde_json::from_str(after(&line, "CMD ")).unwrap();
                prop_assert_eq!(read, words);
            }
            Err(_) => prop_assert!(words.iter().any(|word| word.contains('\0'))),
        }
    }

    #[test]
    fn steps_stay_in_their_instruction(text in text()) {
        if let Ok(escaped) = step(&text) {
            let line = only(&format!("RUN --mount=type=cache,target=/c {}", escaped.as_str()));
            let rest = after(&line, "RUN --mount=type=cache,target=/c ");
            prop_assert_eq!(rest, text.trim());
            prop_assert!(!rest.starts_with("--"));
        }
    }

    #[test]
    fn images_are_one_word_without_variables(text in text()) {
        if let Ok(escaped) = image(&text) {
            prop_assert_eq!(only(&format!("FROM {} AS runtime", escaped.as_str())), format!("FROM {text} AS runtime"));
            prop_assert_eq!(words(&text), [text.clone()]);
            prop_assert_eq!(expanded(&text), text);
        }
    }

    #[test]
    fn ignored_paths_come_back(path in text()) {
        if let Ok(escaped) = ignored(&path) {
            let line = escaped.as_str().trim();
            prop_assert!(!line.starts_with(['#', '!']) && !line.contains('\n'));
            let mut read = String::new();
            let mut characters = line.trim_start_matches('/').chars();
            while let Some(character) = characters.next() {
                prop_assert!(!matches!(character, '*' | '?' | '['), "a pattern");
                read.extend(if character == '\\' { characters.next() } else { Some(character) });
            }
            prop_assert_eq!(read, path.trim_start_matches('/'));
        }
    }

    #[test]
    fn comments_are_one_line(text in text()) {
        if let Ok(escaped) = comment(&text) {
            prop_assert_eq!(instructions(&format!("# {}\nCMD []", escaped.as_str())), ["CMD []"]);
        }
    }
}

#[test]
fn ordinary_texts_are_not_refused() {
    for good in [
        "npm run build",
        "a && b || c",
        "echo \"$HOME\" > x",
        "cat <<<x",
        "x $((1 << 3))",
    ] {
        assert_eq!(step(good).unwrap().as_str(), good);
    }
    for good in ["node:24-bookworm-slim", "ghcr.io:443/a/b@sha256:0123", "scratch"] {
        assert_eq!(image(good).unwrap().as_str(), good);
    }
    assert_eq!(copy(&["a b"], "./c").unwrap().as_str(), "[\"a b\",\"./c\"]");
    assert_eq!(copy(&["a", "b*"], "./").unwrap().as_str(), "a b* ./");
    assert_eq!(path_after("/opt/venv/bin").unwrap().as_str(), "\"/opt/venv/bin:$PATH\"");
    assert_eq!(ignored("dist/*.map").unwrap().as_str(), "/dist/\\*.map");
}

#[test]
fn lines_that_buildkit_does_not_read_are_refused() {
    let (long, longer) = ("x".repeat(63_000), "x".repeat(65_000));
    for escape in [value, step, directory] {
        assert!(escape(&long).is_ok() && escape(&longer).is_err());
    }
    assert!(exec(std::slice::from_ref(&long)).is_ok() && exec(&[long.clone(), long.clone()]).is_err());
    assert!(copy(&[&long], "./").is_ok() && copy(&[&long, &long], "./").is_err());
    assert!(label_key(&long).is_err());
}

#[test]
fn a_quote_behind_a_backslash_is_a_number() {
    let words = ["\\\"", "\"", "\\\\\""].map(str::to_owned);
    let escaped = exec(&words).unwrap();
    assert_eq!(escaped.as_str(), r#"["\\\u0022","\"","\\\\\u0022"]"#);
}

#[test]
fn what_breaks_out_is_refused() {
    for bad in [
        "a\nUSER root",
        "a \\",
        "--network=host a",
        "cat <<EOF",
        "cat 3<<-'EOF'",
        " ",
        "a\rb",
    ] {
        assert!(step(bad).is_err(), "{bad:?}");
    }
    for bad in ["", "node:24 AS x", "$BASE", "deps", "-a", "a\nb", "--platform=x"] {
        assert!(image(bad).is_err(), "{bad:?}");
    }
    assert!(value("a\nb").is_err());
    assert!(value("a\0b").is_err());
    assert!(label_key("a=b").is_err());
}
