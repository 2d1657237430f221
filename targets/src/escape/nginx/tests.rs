//! Every text comes back through nginx's rules as it was, or is refused.

use proptest::prelude::*;

use super::*;

/// The parameters of one directive, read by the rules of nginx's configuration files:
///
/// - blanks separate parameters, `;` ends the directive, `{` opens a block, `#` at the start of one begins a comment;
/// - a parameter that begins with a quote ends with the next one of its kind that no backslash stands before, and a blank,
///   `;`, `{` or `)` must follow it;
/// - a backslash protects the next byte; when the parameter is complete, `\"`, `\'` and `\\` lose it, `\t`, `\r` and `\n`
///   are control characters, and anything else keeps it;
/// - a parameter fits into 4096 bytes with its quotes.
fn parameters(text: &str) -> Result<Vec<String>, String> {
    let mut rest = text.chars().peekable();
    let mut all = Vec::new();
    loop {
        while rest.next_if(|c| " \t\r\n".contains(*c)).is_some() {}
        let raw = match rest.next() {
            None => return Err("no `;`".to_owned()),
            Some(';') => {
                return match rest.next() {
                    None => Ok(all),
                    Some(_) => Err("something follows the `;`".to_owned()),
                };
            }
            Some('{' | '}') => return Err("a block".to_owned()),
            Some('#') => return Err("a comment".to_owned()),
            Some(quote @ ('"' | '\'')) => {
                let mut raw = String::new();
                loop {
                    match rest.next() {
                        None => return Err("no closing quote".to_owned()),
                        Some(c) if c == quote => break,
                        Some('\\') => {
                            raw.push('\\');
                            raw.extend(rest.next());
                        }
                        Some(c) => raw.push(c),
                    }
                }
                if rest.peek().is_some_and(|c| !" \t\r\n;{)".contains(*c)) {
                    return Err("something follows the quote".to_owned());
                }
                raw
            }
            Some(first) => {
                let mut raw = String::from(first);
                if first == '\\' {
                    raw.extend(rest.next());
                }
                while let Some(c) = rest.next_if(|c| !" \t\r\n;{".contains(*c)) {
                    raw.push(c);
                    if c == '\\' {
                        raw.extend(rest.next());
                    }
                }
                raw
            }
        };
        if 4094 < raw.len() {
            return Err("too long parameter".to_owned());
        }
        all.push(unescaped(&raw));
    }
}

fn unescaped(raw: &str) -> String {
    let mut out = String::new();
    let mut rest = raw.chars();
    while let Some(c) = rest.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match rest.next() {
            Some(c @ ('"' | '\'' | '\\')) => out.push(c),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('n') => out.push('\n'),
            Some(c) => out.extend(['\\', c]),
            None => out.push('\\'),
        }
    }
    out
}

/// What a directive that expands variables makes of a parameter, if the only variable is ours.
fn with_variables(parameter: &str) -> Result<String, String> {
    let ours = format!("${{{DOLLAR}}}");
    let parts: Vec<&str> = parameter.split(&ours).collect();
    if parts.iter().any(|part| part.contains('$')) {
        return Err(format!("another variable in {parameter}"));
    }
    Ok(parts.join("$"))
}

/// The parameter comes back alone.
fn read(escaped: &Escaped) -> Result<String, String> {
    let mut all = parameters(&format!("{};", escaped.as_str()))?;
    match (all.pop(), all.is_empty()) {
        (Some(only), true) => Ok(only),
        (last, _) => Err(format!("{all:?} and {last:?}")),
    }
}

/// Texts of what is special to nginx, and of anything.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[\"'\\\\ ;{}#$%()a-z\t\r\n=~^@*/.\u{0}-\u{8}é日-]{0,24}",
        "\\PC{0,40}",
        "(\\\\|\"|é){2000,2100}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn literal_parameters_come_back(text in text()) {
        match literal(&text) {
            Ok(escaped) => prop_assert_eq!(read(&escaped), Ok(text)),
            Err(_) => prop_assert!(
                text.chars().any(|c| c.is_control() && c != '\t') || 2000 < text.len()
            ),
        }
    }

    #[test]
    fn parameters_with_variables_come_back(text in text()) {
        if let Ok(escaped) = expanded(&text) {
            let expanded = read(&escaped).and_then(|parameter| with_variables(&parameter));
            prop_assert_eq!(expanded, Ok(text));
        }
    }

    #[test]
    fn header_values_come_back(text in text()) {
        if let Ok(escaped) = header_value(&text) {
            let value = read(&escaped).and_then(|parameter| with_variables(&parameter));
            prop_assert_eq!(value.as_deref(), Ok(text.as_str()));
            prop_assert!(!text.contains(['\r', '\n', '\0']) && text.trim_matches([' ', '\t']) == text);
        }
    }

    #[test]
    fn header_names_come_back(text in "[A-Za-z!#$%&'*+.^_`|~ :;{}\"\\\\-]{0,6}") {
        match header_name(&text) {
            Ok(escaped) => prop_assert_eq!(read(&escaped), Ok(text)),
            Err(_) => {
                let outside = text.chars().any(|c| " :;{}\"\\".contains(c));
                prop_assert!(text.is_empty() || outside);
            }
        }
    }

    #[test]
    fn locations_come_back(text in text()) {
        let path = format!("/{text}");
        if let Ok(escaped) = prefix(&path) {
            prop_assert_eq!(read(&escaped), Ok(path.clone()));
        }
        if let Ok(escaped) = exact(&path) {
            let all = parameters(&format!("{};", escaped.as_str()));
            prop_assert_eq!(all, Ok(vec!["=".to_owned(), path]));
        }
    }

    /// What is written without quotes is one parameter, and what it was.
    #[test]
    fn bare_words_are_single_parameters(text in prop_oneof![text(), "[a-z0-9.:*/\\[\\]-]{0,30}"]) {
        let all = [
            (server_name(&text), text.to_ascii_lowercase()),
            (media_type(&text), text.clone()),
            (name(&text), text.clone()),
        ];
        for (escaped, expected) in all {
            if let Ok(escaped) = escaped {
                prop_assert_eq!(read(&escaped), Ok(expected));
            }
        }
        for escaped in [network(&text), server(&text, 80), host_header(&text), ciphers(&text)].into_iter().flatten() {
            prop_assert!(read(&escaped).is_ok_and(|only| !only.contains('$')));
        }
    }

    #[test]
    fn comments_stay_comments(text in text()) {
        let lines = comment_lines(&text);
        for line in lines.iter().chain([&comment(&text)]) {
            prop_assert!(!line.as_str().contains(char::is_control) && line.as_str().len() < 1000);
        }
    }
}

#[test]
fn parameters_end_where_nginx_stops_reading() {
    assert!(literal(&"a".repeat(4094)).is_ok());
    assert!(literal(&"a".repeat(4095)).is_err());
    assert!(literal(&"\\".repeat(2047)).is_ok());
    assert!(literal(&"\\".repeat(2048)).is_err());
}

#[test]
fn networks_have_no_host_bits() {
    let of = |text: &str| network(text).map(|escaped| escaped.as_str().to_owned());
    assert_eq!(of("10.1.2.3/8").as_deref(), Ok("10.0.0.0/8"));
    assert_eq!(of("10.1.2.3").as_deref(), Ok("10.1.2.3/32"));
    assert_eq!(of("0.0.0.0/0").as_deref(), Ok("0.0.0.0/0"));
    assert_eq!(of("fd00:1::7/16").as_deref(), Ok("fd00::/16"));
    assert_eq!(of("::1/0").as_deref(), Ok("::/0"));
    for wrong in ["10.0.0.0/33", "10.0.0/8", "office", "10.0.0.0/-1", "unix:"] {
        assert!(of(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn rates_are_written_exactly() {
    let of = |text: &str| {
        let escaped = rate(Rate::read(text).unwrap());
        escaped.map(|escaped| escaped.as_str().to_owned()).ok()
    };
    assert_eq!(of("20/s").as_deref(), Some("20r/s"));
    assert_eq!(of("0.5/s").as_deref(), Some("30r/m"));
    assert_eq!(of("90/m").as_deref(), Some("90r/m"));
    assert_eq!(of("120/m").as_deref(), Some("2r/s"));
    assert_eq!(of("7200/h").as_deref(), Some("2r/s"));
    assert_eq!(of("7/h"), None);
    assert_eq!(of("0/s"), None);
}

#[test]
fn sizes_and_times_have_units_of_nginx() {
    let of = |bytes: u64| size(Bytes::new(bytes)).map(|escaped| escaped.as_str().to_owned());
    assert_eq!(of(10 << 20).as_deref(), Ok("10m"));
    assert_eq!(of(1 << 30).as_deref(), Ok("1024m"));
    assert_eq!(of(512 << 10).as_deref(), Ok("512k"));
    assert_eq!(of(1_000_001).as_deref(), Ok("1000001"));
    assert!(of(0).is_err());
    assert_eq!(time(Duration::seconds(90)).as_str(), "90s");
    assert_eq!(time(Duration::millis(1500)).as_str(), "1500ms");
    assert_eq!(time(Duration::micros(1)).as_str(), "1ms");
}

#[test]
fn domains_are_host_names() {
    for good in [
        "example.com",
        "*.example.com",
        "xn--bcher-kva.example",
        "localhost",
        "A.b",
    ] {
        assert!(server_name(good).is_ok(), "{good}");
    }
    let long = format!("{}.com", "a".repeat(64));
    for bad in [
        "",
        "*",
        "*.",
        "a..b",
        ".example.com",
        "-a.b",
        "a_b.c",
        "~^x$",
        "bücher.example",
        "a b",
        "a;b",
        &long,
    ] {
        assert!(server_name(bad).is_err(), "{bad}");
    }
}
