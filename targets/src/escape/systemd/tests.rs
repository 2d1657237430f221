//! Every string survives systemd's own rules, or is refused.
//!
//! Two judges: the documented rules, written down again as a reader and fed with arbitrary strings, and systemd itself
//! with a fixed list of awkward ones.

mod judged;
pub(crate) mod oracle;

use proptest::prelude::*;

use super::*;

/// Splits a line into words and undoes quotes and C escapes, as systemd.syntax(7) says under "Quoting".
fn words(line: &str) -> Result<Vec<String>, String> {
    let mut out = Vec::new();
    let mut word: Option<String> = None;
    let mut quote: Option<char> = None;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match (c, quote) {
            ('\\', _) => word.get_or_insert_default().push(unescaped(&mut chars)?),
            (c, Some(open)) if c == open => quote = None,
            (c, Some(_)) => word.get_or_insert_default().push(c),
            ('"' | '\'', None) => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (' ' | '\t' | '\n' | '\r', None) => out.extend(word.take()),
            (c, None) => word.get_or_insert_default().push(c),
        }
    }
    if quote.is_some() {
        return Err("unbalanced quote: the unit does not load".to_owned());
    }
    out.extend(word);
    Ok(out)
}

fn unescaped(chars: &mut std::str::Chars<'_>) -> Result<char, String> {
    match chars.next() {
        Some('n') => Ok('\n'),
        Some('t') => Ok('\t'),
        Some('x') => {
            let digits: String = chars.by_ref().take(2).collect();
            let code = u8::from_str_radix(&digits, 16).map_err(|error| error.to_string())?;
            Ok(char::from(code))
        }
        Some(c @ ('"' | '\\' | '\'')) => Ok(c),
        other => Err(format!("an escape that nobody knows: {other:?}")),
    }
}

/// Undoes specifiers: `%%` is a percent sign, and nothing else may be left of them.
fn specified(word: &str) -> Result<String, String> {
    doubled(word, '%')
}

/// Undoes variables, as systemd.service(5) says under "Command lines": `$$` is a dollar sign.
pub(crate) fn substituted(word: &str) -> Result<String, String> {
    doubled(word, '$')
}

fn doubled(word: &str, mark: char) -> Result<String, String> {
    let mut out = String::new();
    let mut chars = word.chars();
    while let Some(c) = chars.next() {
        out.push(c);
        if c == mark && chars.next() != Some(mark) {
            return Err(format!("{word:?} has a {mark} that systemd replaces"));
        }
    }
    Ok(out)
}

/// What the process is given for a command line. A lone unquoted `;` would begin a second command.
fn started(line: &str) -> Result<Vec<String>, String> {
    if line.split(' ').any(|raw| raw == ";") {
        return Err("a second command".to_owned());
    }
    let specified: Result<Vec<String>, String> = words(line)?.iter().map(|word| specified(word)).collect();
    specified?.iter().map(|word| substituted(word)).collect()
}

/// What an environment file sets: the rules of a shell without variables.
fn file_value(line: &str) -> Result<(String, String), String> {
    let (name, rest) = line.split_once('=').ok_or("no assignment")?;
    let inner = rest.strip_prefix('"').ok_or("no quote")?;
    let mut out = String::new();
    let mut chars = inner.chars();
    loop {
        match chars.next().ok_or("the quote is not closed")? {
            '"' => break,
            '\\' => match chars.next() {
                Some(c @ ('"' | '\\' | '$' | '`')) => out.push(c),
                other => return Err(format!("a backslash before {other:?} stays")),
            },
            c => out.push(c),
        }
    }
    match chars.next() {
        None => Ok((name.to_owned(), out)),
        Some(c) => Err(format!("{c:?} behind the closing quote")),
    }
}

fn line_of(escaped: &Escaped) -> &str {
    let line = escaped.as_str();
    assert!(
        !line.contains('\n') && !line.ends_with('\\'),
        "{line:?} is more than one line"
    );
    line
}

/// Strings with the characters that mean something somewhere.
fn awkward() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<char>().prop_map(String::from),
        prop::sample::select(vec![
            "%",
            "%%",
            "%n",
            "%i",
            "$",
            "$$",
            "$HOME",
            "${HOME}",
            "\\",
            "\\x41",
            "\\n",
            "\"",
            "'",
            ";",
            "#",
            " ",
            "  ",
            "\t",
            "\n",
            "\r",
            "\0",
            "\u{7f}",
            "\u{1b}",
            "\u{2028}",
            "é",
            "`",
            "=",
            "@",
            "-",
            "+",
            ":",
            "!",
            "|",
            "&",
            "~",
            "[Service]",
            "a",
            "..",
            "/",
        ])
        .prop_map(str::to_owned),
    ];
    // What will never be a character is refused everywhere.
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat().replace(is_never_assigned, "?"))
}

proptest! {
    #[test]
    fn command_lines_give_their_words_back(arguments in prop::collection::vec(awkward(), 0..4)) {
        let mut given = vec!["/usr/bin/node".to_owned()];
        given.extend(arguments);
        match command(&given) {
            Ok(line) => prop_assert_eq!(started(line_of(&line)).unwrap(), given),
            Err(_) => prop_assert!(given.concat().contains('\0')),
        }
    }

    #[test]
    fn programs_give_their_path_back(text in awkward()) {
        let given = format!("/opt/{text}x");
        match command(std::slice::from_ref(&given)) {
            // The path is no argument: a doubled dollar would be looked for on the disk.
            Ok(line) => {
                let words = words(line_of(&line)).unwrap();
                prop_assert_eq!(words.len(), 1);
                prop_assert_eq!(specified(&words[0]).unwrap(), given);
            }
            Err(_) => prop_assert!(
                given.chars().any(|c| c.is_control() || "\"'\\$".contains(c))
            ),
        }
    }

    #[test]
    fn assignments_give_their_value_back(value in awkward()) {
        match assignment("NAME", &value) {
            Ok(line) => {
                let words = words(line_of(&line)).unwrap();
                prop_assert_eq!(words.len(), 1);
                prop_assert_eq!(specified(&words[0]).unwrap(), format!("NAME={value}"));
            }
            Err(_) => prop_assert!(value.contains('\0')),
        }
    }

    #[test]
    fn environment_files_give_their_value_back(value in awkward()) {
        match file_assignment("NAME", &value) {
            Ok(line) => prop_assert_eq!(
                file_value(line.as_str()).unwrap(),
                ("NAME".to_owned(), value)
            ),
            Err(_) => prop_assert!(value.contains('\0')),
        }
    }

    #[test]
    fn whole_values_stand_as_they_are(text in awkward()) {
        let given = format!("/srv/{text}");
        let stays = !given.chars().any(char::is_control)
            && given == given.trim()
            && !given.ends_with('\\');
        for escaped in [path(&given), sentence(&given)] {
            prop_assert_eq!(escaped.is_ok(), stays);
            if let Ok(line) = escaped {
                prop_assert_eq!(specified(line_of(&line)).unwrap(), given.clone());
            }
        }
    }

    #[test]
    fn list_paths_give_their_path_back(text in awkward()) {
        let given = format!("/srv/{text}");
        let (one, pair) = (list_path(&given), bind_instance(&given, &given));
        prop_assert_eq!(one.is_ok(), !given.chars().any(char::is_control));
        if let (Ok(one), Ok(pair)) = (one, pair) {
            let read = words(line_of(&one)).unwrap();
            prop_assert_eq!(read.len(), 1);
            prop_assert_eq!(specified(&read[0]).unwrap(), given.clone());
            // The colon between the two stands outside the quotes.
            let read = words(&line_of(&pair).replacen("%i\":\"", "0\" \"", 1)).unwrap();
            prop_assert_eq!(read.len(), 2);
            prop_assert_eq!(specified(&read[0]).unwrap(), format!("{given}/0"));
            prop_assert_eq!(specified(&read[1]).unwrap(), given);
        }
    }

    #[test]
    fn table_paths_give_their_path_back(text in awkward()) {
        let given = format!("/srv/{text}");
        if let Ok(line) = table_path(&given) {
            let read = words(line_of(&line)).unwrap();
            prop_assert_eq!(read.len(), 1);
            prop_assert_eq!(specified(&read[0]).unwrap(), given);
        }
    }

    #[test]
    fn remarks_stay_one_line(text in awkward()) {
        prop_assert!(!remark(&text).as_str().contains(char::is_control));
    }
}

#[test]
fn what_a_unit_cannot_hold_is_refused_with_the_reason() {
    let message = |escaped: Result<Escaped, String>| escaped.unwrap_err();
    assert_eq!(
        message(command(&["node".to_owned()])),
        "\"node\" is not the absolute path of a program"
    );
    assert_eq!(
        message(path("/srv/a\nExecStart=/bin/sh")),
        "systemd has no way to write '\\n' here"
    );
    assert!(message(sentence("ends with \\")).contains("a line that goes on"));
    assert!(message(table_path("/srv/../etc")).contains("`..`"));
    assert!(message(zone("UTC\n")).contains("time zone"));
    assert!(message(name("a b")).contains("a name"));
    assert!(message(assignment("A B", "x")).contains("environment variable"));
}

#[test]
fn cpu_is_a_percentage_of_one_core() {
    for (millicores, shown) in [(1000, "100%"), (250, "25%"), (2500, "250%"), (125, "12.5%")] {
        assert_eq!(percent_of_core(millicores).as_str(), shown);
    }
}

#[test]
fn what_is_no_character_to_systemd_is_refused() {
    for bad in ["\u{fffe}", "a\u{ffff}", "\u{fdd0}", "\u{10ffff}"] {
        assert!(sentence(bad).is_err() && assignment("A", bad).is_err() && file_assignment("A", bad).is_err());
        assert!(
            path(&format!("/{bad}")).is_err() && list_path(&format!("/{bad}")).is_err(),
            "{bad:?}"
        );
        assert!(command(&["/bin/x".to_owned(), bad.to_owned()]).is_err());
    }
    for good in ["\u{fffd}", "\u{feff}", "\u{e000}", "😀"] {
        assert!(assignment("A", good).is_ok(), "{good:?}");
    }
}

#[test]
fn paths_that_no_file_can_have_are_refused() {
    let name = "x".repeat(255);
    assert!(list_path(&format!("/{name}/{name}")).is_ok());
    assert!(list_path(&format!("/{name}x")).is_err() && path(&format!("/{name}x")).is_err());
    assert!(list_path(&format!("/{name}").repeat(16)).is_err());
}
